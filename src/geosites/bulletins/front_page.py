"""The first page of a bulletin: people, what moved, closed sites, what to decide, the map.

It tells no statistic that needs explaining; these stand in the annex.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from geosites.bulletins import tables as bulletin_tables
from geosites.bulletins.content import Content
from geosites.bulletins.layout import Section
from geosites.bulletins.moved import moved_lines
from geosites.core.documents.bulletins import WeekChanges
from geosites.core.documents.closures import ClosureSummary
from geosites.presentation.formatting import Words
from geosites.presentation.labels import BROKEN, UNDER_CLOSURE, closure_status, day_part_word
from geosites.presentation.links import Links
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.seen_text import needs_person, seen_brief
from geosites.presentation.text.summary_text import never_checked
from geosites.presentation.text.week_text import (
    alarm_place,
    alarm_statement,
    week_effort,
    week_statement,
)

MOST_SITES = 3
MOST_ALERTS = 3
MOST_DECISIONS = 4
"""How many lines the first page has for each; all sites stand in the annex."""

ENDS_SOON = dt.timedelta(days=14)
"""A closure that ends within this time is to be extended or lifted."""

DUE_SOON = dt.timedelta(days=7)


def sections(words: Words, links: Links, content: Content) -> list[Section]:
    """Return the sections of the first page."""
    return [
        _answer(words, content),
        _closed(words, links, content),
        _decisions(words, content),
        _map(words, content),
    ]


def _answer(words: Words, content: Content) -> Section:
    week = content["hotspots"]
    lines = [
        f"{week_statement(words, week)[0]} {change_brief(words, content['changes'])}",
        *moved_lines(words, content),
        alarm_line(words, content),
        hotspot_text.caution(words, week),
    ]
    return Section(
        key="answer",
        title=words.say("In short"),
        alerts=_at_most(words, people_back(words, content), MOST_ALERTS),
        lines=tuple(line for line in lines if line),
    )


def people_back(words: Words, content: Content) -> list[str]:
    """Return the closed sites where people were seen, each in a line: what needs a person first.

    `Jardins d’Éole : fermeture contredite, 10 personnes signalées à 9 h 06, non vérifié.`
    """
    return [
        f"{site['name']}{words.say(': ')}{_state(words, site)}."
        for site in content["closures"]["sites"]
        if needs_person(site)
    ]


def _state(words: Words, site: ClosureSummary) -> str:
    parts = closure_status(words, site["status"]).word, seen_brief(words, site)
    return ", ".join(part for part in parts if part)


def change_brief(words: Words, changes: WeekChanges) -> str:
    """Return how heads changed; where chance would do the same, that alone, without figures."""
    same = changes["same_places"]
    if same["low"] is None or same["high"] is None or same["low"] > 0 or same["high"] < 0:
        return change_statement(words, changes)
    return words.say_many(
        "No clear change since last week at the %(count)s place visited in both.",
        "No clear change since last week at the %(count)s places visited in both.",
        same["places"],
    )


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


def alarm_line(words: Words, content: Content) -> str:
    """Return the alarms of the week, that there is none, or that none can be given."""
    raised = [alarm_statement(words, item) for item in content["alarms"]]
    if raised:
        return f"{words.say('Alarm')}{words.say(': ')}{' '.join(raised)}"
    if content["hotspots"]["visits"] == 0:
        return words.say("No alarm can be given: no visits were made.")
    return words.say("No alarm: no area has clearly more people than in the past.")


def closed_line(words: Words, content: Content) -> str:
    """Return how many closed sites are in which state."""
    states = [item["status"] for item in content["closures"]["sites"]]
    counted = [
        f"{closure_status(words, status).word} ({words.number(states.count(status))})"
        for status in dict.fromkeys(states)
        if status in UNDER_CLOSURE
    ]
    if not counted:
        return words.say("No site is closed.")
    return words.say("Closed sites: %(list)s.", list=", ".join(counted))


def _map(words: Words, content: Content) -> Section:
    week = content["hotspots"]
    lines = (week_effort(words, week),) if week["visits"] else ()
    return Section(key="map", title=words.say("Map"), picture=True, lines=lines)


def _closed(words: Words, links: Links, content: Content) -> Section:
    closed = closed_sites(content)
    return Section(
        key="closed",
        title=words.say("Closed sites"),
        tables=(
            bulletin_tables.closed(
                words,
                links,
                closed[:MOST_SITES],
                left=len(closed[MOST_SITES:]),
                states=closed_line(words, content),
            ),
        ),
    )


def closed_sites(content: Content) -> list[ClosureSummary]:
    """Return the sites that are declared closed, what needs a person first."""
    return [item for item in content["closures"]["sites"] if item["status"] in UNDER_CLOSURE]


# what to decide ----------------------------------------------------------------------------------


def _decisions(words: Words, content: Content) -> Section:
    items = decisions(words, content) or [words.say("Nothing to decide this week.")]
    return Section(
        key="decide",
        title=words.say("What to decide"),
        items=_at_most(words, items, MOST_DECISIONS),
    )


def _at_most(words: Words, lines: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the first lines, and how many more there are."""
    more = len(lines) - most
    if more <= 0:
        return tuple(lines)
    rest = words.say_many("%(count)s more: annex.", "%(count)s more: annex.", more)
    return (*lines[:most], rest)


def decisions(words: Words, content: Content) -> list[str]:
    """Return what somebody has to decide, the most urgent first: each site at most once."""
    as_of = content["closures"]["as_of"]
    by_site = [_about(words, site, as_of) for site in closed_sites(content)]
    alarms = [
        words.say("Alarm (%(where)s): have the place visited.", where=alarm_place(words, item))
        for item in content["alarms"]
    ]
    found = [*(line for line in by_site if line), *alarms]
    gaps = content["effort"]["gaps_total"]
    if gaps:
        found.append(
            words.say_many(
                "%(count)s place that used to be visited was not this week: decide whether to "
                "go there again.",
                "%(count)s places that used to be visited were not this week: decide whether to "
                "go there again.",
                gaps,
            )
        )
    return found


def _about(words: Words, site: ClosureSummary, as_of: dt.datetime) -> str | None:
    """Return the most urgent decision about a closed site."""
    say, name = words.say, site["name"]
    until, due = site["closed_until"], site["next_visit_due"]
    if site["status"] == "reopened":
        return say(
            "%(site)s: people are there again; decide on an operation, an extension or the end "
            "of the closure.",
            site=name,
        )
    if site["status"] in BROKEN or needs_person(site):
        return say("%(site)s: have the report verified.", site=name)
    if until is not None and until - as_of <= ENDS_SOON:
        day = words.day(until, near=as_of)
        return say("%(site)s: the closure ends on %(day)s; extend or lift it.", site=name, day=day)
    if never_checked(site):
        return say("%(site)s: never checked since the closure; send a visit.", site=name)
    if due is not None and due - as_of <= DUE_SOON:
        return _visit(words, site, due, as_of)
    return None


def _visit(words: Words, site: ClosureSummary, due: dt.datetime, as_of: dt.datetime) -> str:
    part = site["next_day_part"]
    day = words.day(due, near=as_of)
    if due <= as_of:
        line = words.say("%(site)s: a visit was due on %(day)s", site=site["name"], day=day)
    else:
        line = words.say("%(site)s: visit before %(day)s", site=site["name"], day=day)
    return f"{line}, {day_part_word(words, part)}." if part else f"{line}."
