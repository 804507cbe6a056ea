"""The report form, its receipt, and the page of possible duplicates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from geosites.core.records import CHOSEN_OF_SIGHTING, Sighting, Site
from geosites.core.same_scene import SAME_SCENE_M, SAME_SCENE_MIN
from geosites.permissions.todays_reports import SeenToday
from geosites.presentation import report_form_texts
from geosites.presentation.template_rendering import Page
from geosites.validation.api_schemas.duplicate_schemas import REASONS, JudgementReason
from geosites.web.views.reporting import report_form
from geosites.web.views.reporting.report_form import SelectOption

MOST_SEEN = 25
FIELDS = (
    "lon",
    "lat",
    "accuracy_m",
    "site",
    "nobody",
    "headcount",
    "observed_at",
    "offset",
    "origin",
    *(item.name for item in CHOSEN_OF_SIGHTING),
    "unit",
    "note",
    "corrects",
    "confirmed",
)
"""What can be typed into the form."""
TAKEN_OVER = (
    *("id", "observed_at", "lon", "lat", "accuracy_m", "headcount", "site", "origin"),
    *(item.name for item in CHOSEN_OF_SIGHTING),
    "unit",
)
"""Columns of the file that reports waiting on a device are put into."""
FOLDED = ("observed_at", "origin", *(item.name for item in CHOSEN_OF_SIGHTING), "unit", "note")
"""Fields that are folded away until one of them is filled in."""


DAYS_OFFERED = (1, 7, 14, 90)
"""Days of possible duplicates that the page offers."""


@dataclass(frozen=True, kw_only=True)
class Filled:
    """State of the form: values and errors by field.

    `wrong` has the reason for refusing a field. `login` and `unit` identify whose reports wait on
    the phone; they are empty in the page `kept` for use without a network. `units`: choices for
    those who may report on behalf of others. `asked`: questions to be confirmed, by code. `notes`:
    a report may have one. `now`: the server's time as receipts write it.
    """

    id: str = ""
    login: str = ""
    unit: str = ""
    units: Sequence[str] = ()
    now: str = ""
    plausible_heads: int
    asked: Sequence[tuple[str, str]] = ()
    notes: bool = False
    kept: bool = False
    typed: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    wrong: Mapping[str, str] = field(default_factory=dict)


def report(page: Page, filled: Filled, sites: Sequence[Site], seen: Sequence[SeenToday]) -> str:
    """Return the form, with the sites to choose from and today's reports."""
    words = page.words
    return page.html(
        "reporting/report.html",
        here="report",
        filled=filled,
        typed=filled.typed,
        unfolded=any(filled.typed[name] for name in FOLDED) or "observed_at" in filled.wrong,
        mistakes=report_form.mistakes(words),
        say=report_form_texts.said(words),
        sites=[SelectOption("", words.say("No site")), *report_form.site_choices(sites)],
        origins=report_form.origins(words),
        chosen=report_form.chosen(words),
        more=report_form.more(words),
        columns=" ".join(TAKEN_OVER),
        units=[
            SelectOption("", words.say("One’s own")),
            *(SelectOption(unit, unit) for unit in filled.units),
        ],
        today=[(report_form.seen_text(words, item), item.id) for item in seen[:MOST_SEEN]],
    )


def receipt(
    page: Page,
    sighting: Sighting,
    place: str,
    doubts: Sequence[Sighting],
    counted: UUID | None,
    note: str | None = None,
    *,
    may_change: bool = False,
) -> str:
    """Return the receipt: the record with time and place, and possible duplicates.

    `counted` is the sighting that counts in its place, if it was merged. `may_change`: the
    principal may correct or withdraw it.
    """
    words = page.words
    return page.html(
        "reporting/receipt.html",
        minutes=SAME_SCENE_MIN,
        here="report",
        sighting=sighting,
        when=words.instant(sighting.observed_at),
        place=place,
        heads=words.heads(sighting.headcount),
        doubts=[report_form.sighting_text(words, item) for item in doubts],
        counted=counted,
        may_change=may_change and sighting.verified is not False,
        note=note,
    )


@dataclass(frozen=True, kw_only=True)
class PairLine:
    """Two sightings side by side; `moved` would be merged into `kept`."""

    moved: Sighting
    kept: Sighting
    place: str
    distance_m: float


@dataclass(frozen=True, kw_only=True)
class MergedLine:
    """A sighting that was merged into another; by whom, when, and why."""

    moved: Sighting
    kept: Sighting
    login: str
    unit: str
    at: dt.datetime
    reason: str


def duplicates(
    page: Page, pairs: Sequence[PairLine], total: int, merged: Sequence[MergedLine], days: int
) -> str:
    """Return the possible duplicates of some days, and the merged ones."""
    words = page.words
    return page.html(
        "reporting/duplicates.html",
        here="duplicates",
        pairs=[_pair(page, pair) for pair in pairs],
        total=total,
        merged=[_merged(page, line) for line in merged],
        days=days,
        days_offered=DAYS_OFFERED,
        distance=words.metres(SAME_SCENE_M),
        minutes=SAME_SCENE_MIN,
        choices=_choices(page),
        parting=[SelectOption(item, reason_word(page, item)) for item in REASONS[False]],
        statement=words.say_many(
            "%(count)s pair of reports may show one scene.",
            "%(count)s pairs of reports may show one scene.",
            total,
        ),
    )


def _pair(page: Page, pair: PairLine) -> dict[str, object]:
    words = page.words
    return {
        "place": pair.place,
        "kept": report_form.sighting_text(words, pair.kept),
        "moved": report_form.sighting_text(words, pair.moved),
        "distance": words.metres(pair.distance_m),
        "ids": (pair.moved.id, pair.kept.id),
    }


def _merged(page: Page, line: MergedLine) -> dict[str, object]:
    words = page.words
    return {
        "kept": report_form.sighting_text(words, line.kept),
        "moved": report_form.sighting_text(words, line.moved),
        "by": f"{line.login} ({line.unit}), {words.instant(line.at)}",
        "reason": reason_word(page, line.reason),
        "ids": (line.moved.id, line.kept.id),
    }


def _choices(page: Page) -> list[tuple[str, list[SelectOption]]]:
    say = page.words.say
    labels = {True: say("Merge: only the first counts"), False: say("Keep separate: both count")}
    return [
        (labels[same], [SelectOption(item, reason_word(page, item)) for item in reasons])
        for same, reasons in REASONS.items()
    ]


def reason_word(page: Page, reason: str) -> str:
    """Return why two sightings were merged or kept apart."""
    say = page.words.say
    return {
        JudgementReason.SAME_SCENE: say("one scene, two reports"),
        JudgementReason.SENT_TWICE: say("one report, sent twice"),
        JudgementReason.OTHER_GROUP: say("two groups"),
        JudgementReason.OTHER_PLACE: say("two places"),
        JudgementReason.OTHER_TIME: say("two moments"),
        JudgementReason.MADE_IN_ERROR: say("merged by mistake"),
    }[JudgementReason(reason)]
