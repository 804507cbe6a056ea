"""The annex of a bulletin: hotspots, changes, operations, closures, effort, revisions."""

from __future__ import annotations

from geosites.bulletins import change_tables
from geosites.bulletins import tables as bulletin_tables
from geosites.bulletins.decisions import closed_sites
from geosites.bulletins.displacement_sentences import no_answer, window
from geosites.bulletins.layout_blocks import Section, Subsection
from geosites.bulletins.serialization import Content
from geosites.bulletins.summary_sentences import change_statement
from geosites.core.documents.bulletins import ToldOperation
from geosites.core.documents.weeks import NamedPlace
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.displacement_text import (
    displacement_statement,
    event_title,
    trust_statement,
)
from geosites.presentation.text.week_text import (
    alarm_statement,
    week_effort,
    week_notes,
)


def sections(words: Words, links: Links, content: Content) -> list[Section]:
    """Return the sections of the annex, up to how the figures were made."""
    listed = [
        _hotspots(words, links, content),
        _changes(words, links, content),
        _operations(words, content),
        _closures(words, links, content),
        _effort(words, content),
        _revisions(words, content),
        _difference(words, content),
    ]
    return [section for section in listed if section is not None]


def _hotspots(words: Words, links: Links, content: Content) -> Section:
    week = content["hotspots"]
    lines = [alarm_statement(words, item) for item in content["alarms"]]
    if content["alarms"]:
        lines.insert(0, words.say("Space-time alarm, beyond what chance gives:"))
    return Section(
        key="hotspots",
        title=words.say("Hotspots"),
        lines=tuple(lines),
        tables=(bulletin_tables.hotspots(words, links, week),),
    )


# what changed ------------------------------------------------------------------------------------


def _changes(words: Words, links: Links, content: Content) -> Section:
    changes, week = content["changes"], content["hotspots"]
    fresh = [spot for spot in week["hotspots"] if spot["rank"] in changes["hotspots_new"]]
    gone = [_place(words, spot) for spot in changes["hotspots_gone"]]
    new = [f"{_place(words, spot)} ({spot['rank']})" for spot in fresh]
    since = words.week(IsoWeek.parse(changes["since"]))
    return Section(
        key="changes",
        title=words.say("What changed since %(week)s", week=since),
        lines=(
            change_statement(words, changes),
            words.say("New hotspots: %(list)s.", list=", ".join(new) or words.say("none")),
            words.say("Hotspots gone: %(list)s.", list=", ".join(gone) or words.say("none")),
        ),
        tables=(
            change_tables.figures(words, changes),
            *change_tables.closure_changes(words, links, changes["closures"]),
        ),
    )


def _place(words: Words, spot: NamedPlace) -> str:
    return hotspot_text.place_of(words, spot)


# operations --------------------------------------------------------------------------------------


def _operations(words: Words, content: Content) -> Section:
    result = content["operations"]
    parts = [_operation(words, item) for item in result["events"]]
    left = result["total"] - len(parts)
    lines = []
    if not parts:
        lines.append(words.say("No operation or closure in the last months."))
    if left:
        lines.append(
            words.say_many(
                "%(count)s earlier event is not told here.",
                "%(count)s earlier events are not told here.",
                left,
            )
        )
    return Section(
        key="operations",
        title=words.say("After the last operations"),
        lines=(*lines, *([_nobody_followed(words)] if parts else [])),
        parts=tuple(parts),
    )


def _nobody_followed(words: Words) -> str:
    return words.say(
        "Counts at places before and after, beside comparable places: nobody was followed."
    )


def _operation(words: Words, one: ToldOperation) -> Subsection:
    title = event_title(words, one["event"], one["place"])
    answer = one["answer"]
    if answer is None:
        return Subsection(title=title, lines=(no_answer(words, one["cause"]),))
    return Subsection(
        title=title,
        lines=(
            " ".join([window(words, one), *displacement_statement(words, answer)]),
            " ".join(trust_statement(words, answer)),
        ),
    )


# closures and effort -----------------------------------------------------------------------------


def _closures(words: Words, links: Links, content: Content) -> Section:
    closed = closed_sites(content)
    as_of = words.instant(content["closures"]["as_of"])
    return Section(
        key="closures",
        title=words.say("Closures to check"),
        lines=(words.say("As of %(instant)s.", instant=as_of),),
        tables=(bulletin_tables.closures(words, links, closed),),
    )


def _effort(words: Words, content: Content) -> Section:
    effort = content["effort"]
    parts = [
        f"{_day_part(words, key)} {words.number(effort['day_parts'][key])}"
        for key in (*DAY_PARTS, "unknown")
        if key != "unknown" or effort["day_parts"][key]
    ]
    week = content["hotspots"]
    lines = [
        week_effort(words, week),
        *(week_notes(words, week) if week["visits"] else ()),
        words.say("Visits by part of the day: %(list)s.", list=", ".join(parts)),
    ]
    return Section(
        key="effort",
        title=words.say("Effort and gaps"),
        lines=tuple(lines),
        tables=(
            bulletin_tables.territories(words, week),
            bulletin_tables.gaps(words, effort),
        ),
    )


def _day_part(words: Words, key: str) -> str:
    say = words.say
    return {
        "night": say("night (0–6)"),
        "morning": say("morning (6–12)"),
        "afternoon": say("afternoon (12–18)"),
        "evening": say("evening (18–24)"),
        "unknown": say("hour unknown"),
    }[key]


# revisions ---------------------------------------------------------------------------------------


def _revisions(words: Words, content: Content) -> Section:
    return Section(
        key="revisions",
        title=words.say("Earlier weeks revised since the last bulletin"),
        tables=(change_tables.revisions(words, content["revisions"]),),
    )


def _difference(words: Words, content: Content) -> Section | None:
    """Return the changes of this revision, or None for the first."""
    before = content.get("supersedes")
    if before is None:
        return None
    return Section(
        key="differences",
        title=words.say(
            "What this revision changes in revision %(number)s",
            number=words.number(before["revision"]),
        ),
        tables=(change_tables.differences(words, before["differences"]),),
    )
