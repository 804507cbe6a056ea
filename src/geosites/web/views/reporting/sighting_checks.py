"""The review queue of sightings, and the page of one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from geosites.core.records import CHOSEN_OF_SIGHTING, Sighting
from geosites.db.reports.sighting_checks import COUNTED, CheckState, SightingVersion
from geosites.presentation.check_labels import (
    check_reason_word,
    state_word,
    verdict_choice,
    verdict_word,
)
from geosites.presentation.formatting import Words
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.validation.api_schemas.check_schemas import REASONS, Check, CheckVerdict
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.reporting.report_form import SelectOption, origin_word

DECIDED: Mapping[bool | None, tuple[CheckVerdict, ...]] = {
    None: (CheckVerdict.VERIFIED, CheckVerdict.REJECTED, CheckVerdict.WITHDRAWN),
    True: (CheckVerdict.REJECTED, CheckVerdict.WITHDRAWN, CheckVerdict.REOPENED),
    False: (CheckVerdict.REOPENED, CheckVerdict.VERIFIED),
}
"""What can be decided about a sighting by whether it was checked."""


@dataclass(frozen=True, kw_only=True)
class SeenSighting:
    """A sighting as its reader may see it: `exact` or in the middle of a cell (lon, lat).

    `decided`: what a coordinator last decided, where that is known.
    """

    sighting: Sighting
    since: dt.datetime
    place: str
    lon: str
    lat: str
    exact: bool
    decided: CheckVerdict | None = None


@dataclass(frozen=True, kw_only=True)
class CheckList:
    """The filtered list: `query` has the filters, by field.

    `done`: the sighting just decided about.
    """

    lines: Sequence[SeenSighting]
    total: int
    query: Mapping[str, str]
    units: Sequence[str]
    territories: Mapping[str, str]
    before: dt.datetime | None = None
    done: SeenSighting | None = None


def sighting_checks(page: Page, listed: CheckList, form: FilledForm) -> str:
    """Return the list, the newest first, each with what can be decided about it."""
    words, back = page.words, address(page, listed.query)
    return page.html(
        "reporting/sighting_checks.html",
        here="check",
        statement=_statement(words, listed),
        done=listed.done and _line(page, listed.done, back),
        form=form.told(words),
        filtered=any(
            text for name, text in listed.query.items() if name not in ("state", "people")
        ),
        states=[
            SelectOption(CheckState.TO_CHECK, words.say("To be checked")),
            SelectOption(CheckState.VERIFIED, words.say("Verified")),
            SelectOption(CheckState.REJECTED, words.say("Rejected or withdrawn")),
            SelectOption("all", words.say("All")),
        ],
        people=[
            SelectOption("seen", words.say("Some seen")),
            SelectOption("all", words.say("All, also visits that saw nobody")),
        ],
        units=[SelectOption("", words.say("All")), *(SelectOption(u, u) for u in listed.units)],
        territories=[
            SelectOption("", words.say("All")),
            *(SelectOption(code, name) for code, name in listed.territories.items()),
        ],
        lines=[_line(page, seen, back) for seen in listed.lines],
        back=back,
        more=listed.before and address(page, {**listed.query, "before": listed.before.isoformat()}),
    )


def sighting_check(
    page: Page,
    seen: SeenSighting,
    versions: Sequence[SightingVersion],
    places: Sequence[str],
    form: FilledForm,
    sites: Sequence[SelectOption],
    back: str,
) -> str:
    """Return the page of one sighting: record, earlier versions, actions.

    `places` has the location names of `versions`.
    """
    words, sighting = page.words, seen.sighting
    return page.html(
        "reporting/sighting_check.html",
        here="check",
        seen=seen,
        version=seen.since.isoformat(),
        heads=words.capital(words.heads(sighting.headcount)),
        when=words.instant(sighting.observed_at),
        state=_state(words, versions[-1]),
        facts=_facts(words, seen),
        decisions=decisions(words, sighting.verified),
        correcting=_options(words, CheckVerdict.CORRECTED),
        history=_history(words, versions, places),
        form=form.told(words),
        sites=sites,
        back=back,
    )


def decisions(words: Words, verified: bool | None) -> list[tuple[str, list[SelectOption]]]:
    """Return what can be decided about a sighting: headings, each with its reasons."""
    return [(verdict_choice(words, item), _options(words, item)) for item in DECIDED[verified]]


def differences(words: Words, before: Sighting, after: Sighting) -> list[str]:
    """Return what differs between two versions of a sighting, each in a line."""
    told = [
        (words.say("Count"), words.heads(before.headcount), words.heads(after.headcount)),
        (words.say("Time"), words.instant(before.observed_at), words.instant(after.observed_at)),
        (words.say("State"), state_word(words, before.verified), state_word(words, after.verified)),
    ]
    lines = [
        words.say("%(what)s: “%(before)s” became “%(after)s”", what=what, before=one, after=other)
        for what, one, other in told
        if one != other
    ]
    if (before.point, before.site) != (after.point, after.site):
        lines.append(words.say("The place was changed."))
    return lines or [words.say("Only how it is counted was changed.")]


def _statement(words: Words, listed: CheckList) -> str:
    if listed.total > COUNTED:
        return words.say("More than %(count)s sightings.", count=words.number(COUNTED))
    return words.say_many("%(count)s sighting.", "%(count)s sightings.", listed.total)


def _line(page: Page, seen: SeenSighting, back: str) -> dict[str, object]:
    words, sighting = page.words, seen.sighting
    return {
        "id": sighting.id,
        "version": seen.since.isoformat(),
        "href": page.links.sighting_check(sighting.id, back),
        "when": words.instant(sighting.observed_at),
        "heads": words.capital(words.heads(sighting.headcount)),
        "place": seen.place,
        "who": _who(words, sighting),
        "state": _decided(words, sighting.verified, seen.decided),
        "decisions": decisions(words, sighting.verified),
        "lon": seen.lon,
        "lat": seen.lat,
    }


def _who(words: Words, sighting: Sighting) -> str:
    unit = sighting.unit or words.say("unit not specified")
    return f"{unit} ({origin_word(words, sighting.origin)})"


def _facts(words: Words, seen: SeenSighting) -> list[tuple[str, str]]:
    sighting = seen.sighting
    accuracy = sighting.accuracy_m
    told = [
        (words.say("Where"), seen.place),
        (words.say("Position"), _position(words, seen)),
        (words.say("Accuracy"), words.metres(accuracy) if accuracy is not None else ""),
        (words.say("By"), _who(words, sighting)),
        *(
            (words.retold(item.label), words.retold(item.words[value]))
            for item in CHOSEN_OF_SIGHTING
            if (value := getattr(sighting, item.name)) is not None
        ),
        (words.say("Number"), str(sighting.id)),
    ]
    return [(label, text) for label, text in told if text]


def _position(words: Words, seen: SeenSighting) -> str:
    lon, lat = (words.number(float(value), 6) for value in (seen.lon, seen.lat))
    if seen.exact:
        return words.say("longitude %(lon)s, latitude %(lat)s", lon=lon, lat=lat)
    return words.say("to 100 m; give a reason to see it exactly")


def _options(words: Words, verdict: CheckVerdict) -> list[SelectOption]:
    say = words.say(": ")
    decided = "" if verdict is CheckVerdict.CORRECTED else verdict_word(words, verdict) + say
    return [
        SelectOption(
            f"{verdict}:{reason}", words.capital(decided + check_reason_word(words, reason))
        )
        for reason in REASONS[verdict]
    ]


def _history(words: Words, versions: Sequence[SightingVersion], places: Sequence[str]) -> Table:
    say = words.say
    return Table(
        caption=say("What it was before, the latest first"),
        columns=(
            TableColumn(say("From")),
            TableColumn(say("Seen at")),
            TableColumn(say("People")),
            TableColumn(say("Where")),
            TableColumn(say("State")),
            TableColumn(say("By whom, why")),
        ),
        rows=tuple(
            (
                Cell(words.instant(item.since)),
                Cell(words.instant(item.sighting.observed_at)),
                Cell(words.heads(item.sighting.headcount)),
                Cell(place),
                Cell(_state(words, item)),
                _by(words, item.check, first=not index),
            )
            for index, (item, place) in reversed(
                list(enumerate(zip(versions, places, strict=True)))
            )
        ),
        empty=say("None."),
    )


def _state(words: Words, version: SightingVersion) -> str:
    if version.merged_into is not None:
        return words.say("merged into another")
    verdict = version.check.verdict if version.check else None
    return _decided(words, version.sighting.verified, verdict)


def _decided(words: Words, verified: bool | None, verdict: CheckVerdict | None) -> str:
    """Return the state of a sighting; one that does not count is either withdrawn or rejected."""
    if verified is False and verdict in (CheckVerdict.REJECTED, CheckVerdict.WITHDRAWN):
        return verdict_word(words, verdict)
    return state_word(words, verified)


def _by(words: Words, check: Check | None, *, first: bool) -> Cell:
    if check is None:
        return Cell(words.say("as reported") if first else words.say("by its reporter"))
    decided = verdict_word(words, check.verdict)
    reason = check_reason_word(words, check.reason)
    return Cell(f"{check.login} ({check.unit})", note=f"{decided}{words.say(': ')}{reason}")


def address(page: Page, query: Mapping[str, str]) -> str:
    """Return the URL of the filtered list."""
    chosen = {name: text for name, text in query.items() if text}
    if page.links.chosen:
        chosen["lang"] = page.words.language.value
    return page.links.plain("/sightings") + (f"?{urlencode(chosen)}" if chosen else "")
