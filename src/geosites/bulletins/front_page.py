"""The first page of a bulletin: people, displacement, closed sites, decisions, the map.

It has no statistic that needs an explanation; these are in the annex.
"""

from __future__ import annotations

from collections.abc import Sequence

from geosites.bulletins import tables as bulletin_tables
from geosites.bulletins.decisions import closed_sites, decisions
from geosites.bulletins.layout_blocks import Section, shortened
from geosites.bulletins.serialization import Content
from geosites.bulletins.summary_sentences import three_sentences
from geosites.core.documents.closures import ClosureSummary
from geosites.presentation.formatting import Words
from geosites.presentation.labels import UNDER_CLOSURE, closure_status
from geosites.presentation.links import Links
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_sightings_text import needs_person, seen_brief
from geosites.presentation.text.week_text import week_effort

MOST_SITES = 3
MOST_ALERTS = 3
MOST_DECISIONS = 4
"""Maximum number of lines on the first page; all sites are in the annex."""


def sections(words: Words, links: Links, content: Content) -> list[Section]:
    """Return the sections of the first page."""
    return [
        _answer(words, content),
        _closed(words, links, content),
        _decisions(words, content),
        _map(words, content),
    ]


def _answer(words: Words, content: Content) -> Section:
    return Section(
        key="answer",
        title=words.say("In short"),
        alerts=_at_most(words, people_back(words, content), MOST_ALERTS),
        lines=three_sentences(words, content),
    )


def people_back(words: Words, content: Content) -> list[str]:
    """Return the closed sites where people were seen, each in a line: what needs a person first.

    `Jardins d’Éole : fermeture contredite, 10 personnes signalées à 9 h 06, non vérifié.`
    """
    return [
        f"{shortened(site['name'])}{words.say(': ')}{_state(words, site)}."
        for site in _back(content)
    ]


def _back(content: Content) -> list[ClosureSummary]:
    return [site for site in content["closures"]["sites"] if needs_person(site)]


def _state(words: Words, site: ClosureSummary) -> str:
    parts = closure_status(words, site["status"]).word, seen_brief(words, site)
    return ", ".join(part for part in parts if part)


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
    effort = week_effort(words, week) if week["visits"] else None
    lines = (effort, hotspot_text.blind(words, week), how_to_read(words))
    told = tuple(line for line in lines if line)
    return Section(key="map", title=words.say("Map"), picture=True, lines=told)


def how_to_read(words: Words) -> str:
    """Return the explanation of a number of people and its bounds."""
    return words.say(
        "Numbers of people estimate how many are present at one time; “between” holds nine times "
        "in ten."
    )


def _closed(words: Words, links: Links, content: Content) -> Section:
    closed, alerts = closed_sites(content), _back(content)
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
                told=frozenset(item["site"] for item in alerts[:MOST_ALERTS]),
            ),
        ),
    )


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
