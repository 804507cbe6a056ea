"""The sections of a bulletin that tell the week: sentences first, then tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.bulletins import change_tables
from geosites.bulletins import tables as bulletin_tables
from geosites.bulletins.content import Content
from geosites.core.documents.bulletins import ToldOperation, WeekChanges
from geosites.core.documents.weeks import NamedPlace
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.labels import UNDER_CLOSURE, closure_status
from geosites.presentation.links import Links
from geosites.presentation.tables.summary_tables import Table
from geosites.presentation.text import displacement_text, hotspot_text
from geosites.presentation.text.displacement_text import (
    displacement_statement,
    event_title,
    trust_statement,
)
from geosites.presentation.text.seen_text import needs_person
from geosites.presentation.text.summary_text import closure_brief
from geosites.presentation.text.week_text import (
    alarm_statement,
    week_effort,
    week_notes,
    week_statement,
)


@dataclass(frozen=True, kw_only=True)
class Subsection:
    """Something told under a heading of its own inside a section."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with what stands under it, in this order; `picture`: the map comes first."""

    key: str
    title: str
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()
    parts: Sequence[Subsection] = ()
    picture: bool = False


def told(words: Words, links: Links, content: Content) -> list[Section]:
    """Return what the bulletin tells of its week, the answer first."""
    result = [
        _answer(words, content),
        _map(words),
        _hotspots(words, links, content),
        _changes(words, links, content),
        _operations(words, content),
        _closures(words, links, content),
        _effort(words, content),
        _revisions(words, content),
        _difference(words, content),
    ]
    return [section for section in result if section is not None]


# the answer --------------------------------------------------------------------------------------


def _answer(words: Words, content: Content) -> Section:
    week = content["hotspots"]
    lines = [
        *people_back(words, content),
        week_statement(words, week)[0],
        *(week_notes(words, week) if week["visits"] else ()),
        change_statement(words, content["changes"]),
        _alarm(words, content),
        _closed(words, content),
        hotspot_text.caution(words, week),
    ]
    return Section(
        key="answer",
        title=words.say("In short"),
        lines=tuple(line for line in lines if line),
    )


def people_back(words: Words, content: Content) -> list[str]:
    """Return the closed sites where people were seen, each in a line: what needs a person first."""
    return [
        f"{site['name']}{words.say(': ')}{closure_brief(words, site)}."
        for site in content["closures"]["sites"]
        if needs_person(site)
    ]


def change_statement(words: Words, changes: WeekChanges) -> str:
    """Return how heads changed at the places visited in both weeks, with its interval."""
    same = changes["same_places"]
    if same["places"] == 0:
        return words.say("No place was visited both last week and this week: no comparison.")
    places = words.say_many(
        "At the %(count)s place visited in both weeks",
        "At the %(count)s places visited in both weeks",
        same["places"],
    )
    if same["low"] is None or same["high"] is None:
        return words.say(
            "%(places)s: %(change)s; too few places for an interval.",
            places=places,
            change=words.signed(same["change"]),
        )
    message = words.say(
        "%(places)s: %(change)s people since last week (%(interval)s).",
        places=places,
        change=words.signed(same["change"]),
        interval=words.interval(same["low"], same["high"]),
    )
    clear = same["low"] > 0 or same["high"] < 0
    unclear = words.say("No clear change.")
    return message if clear else f"{message} {unclear}"


def _alarm(words: Words, content: Content) -> str:
    sounded = [alarm_statement(words, item) for item in content["alarms"]]
    if not sounded and content["hotspots"]["visits"] == 0:
        return words.say("No alarm can be given: no visits were made.")
    if not sounded:
        return words.say("No alarm: no area has clearly more people than in the past.")
    return f"{words.say('Alarm')}{words.say(': ')}{' '.join(sounded)}"


def _closed(words: Words, content: Content) -> str:
    states = [item["status"] for item in content["closures"]["sites"]]
    counted = [
        f"{closure_status(words, status).word} ({words.number(states.count(status))})"
        for status in dict.fromkeys(states)
        if status in UNDER_CLOSURE
    ]
    if not counted:
        return words.say("No site is closed.")
    return words.say("Closed sites: %(list)s.", list=", ".join(counted))


# the map and its hotspots ------------------------------------------------------------------------


def _map(words: Words) -> Section:
    return Section(key="map", title=words.say("Map"), picture=True)


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
        return Subsection(title=title, lines=(_no_answer(words, one["cause"]),))
    weeks = (answer["after"]["end"] - answer["after"]["start"]).days // 7
    window = words.say_many(
        "Over %(count)s week after it.", "Over %(count)s weeks after it.", weeks
    )
    return Subsection(
        title=title,
        lines=(
            " ".join([window, *displacement_statement(words, answer)]),
            " ".join(trust_statement(words, answer)),
        ),
    )


def _no_answer(words: Words, cause: str | None) -> str:
    if cause == "too_recent":
        why = words.say("Less than a full week has passed since; the answer comes next week.")
    else:
        why = displacement_text.refusal(words, cause)
    return f"{words.say('No answer')}{words.say(': ')}{why}"


# closures and effort -----------------------------------------------------------------------------


def _closures(words: Words, links: Links, content: Content) -> Section:
    closed = [item for item in content["closures"]["sites"] if item["status"] in UNDER_CLOSURE]
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
    lines = [
        week_effort(words, content["hotspots"]),
        words.say("Visits by part of the day: %(list)s.", list=", ".join(parts)),
    ]
    return Section(
        key="effort",
        title=words.say("Effort and gaps"),
        lines=tuple(lines),
        tables=(
            bulletin_tables.territories(words, content["hotspots"]),
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
    """Return what this revision changes, or None where it is the first."""
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
