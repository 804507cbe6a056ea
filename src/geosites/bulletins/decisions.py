"""Decisions that a bulletin asks of its readers, the most urgent first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from geosites.bulletins.layout_blocks import shortened, under_way
from geosites.bulletins.serialization import Content
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureSummary
from geosites.presentation.formatting import Words
from geosites.presentation.labels import BROKEN, UNDER_CLOSURE, day_part_word
from geosites.presentation.text.closure_sightings_text import needs_person
from geosites.presentation.text.closure_text import never_checked
from geosites.presentation.text.hotspot_text import place_of
from geosites.presentation.text.week_text import alarm_place

ENDS_SOON = dt.timedelta(days=14)
"""A closure that ends within this time is to be extended or lifted."""

DUE_SOON = dt.timedelta(days=7)
MOST_NAMED, MOST_LETTERS = 3, 130
"""How many sites or areas one decision names, and in how many letters; it counts the others."""

GAP_LETTERS, GAP_LETTERS_FULL = 55, 24
"""Maximum number of places no longer visited, and the same on a page full of alarms."""


@dataclass(frozen=True)
class SiteDecision:
    """A decision about a site, and its date: equal ones are combined."""

    what: str
    day: str = ""
    part: str = ""


def closed_sites(content: Content) -> list[ClosureSummary]:
    """Return the sites that are declared closed, what needs a person first."""
    return [item for item in content["closures"]["sites"] if item["status"] in UNDER_CLOSURE]


def decisions(words: Words, content: Content) -> list[str]:
    """Return the decisions to be made, the most urgent first: each site in at most one."""
    return [*_of_sites(words, content), *_of_alarms(words, content), *_of_effort(words, content)]


def _of_sites(words: Words, content: Content) -> list[str]:
    as_of = content["closures"]["as_of"]
    together: dict[SiteDecision, list[str]] = {}
    for site in closed_sites(content):
        about = _about(words, site, as_of)
        if about is not None:
            together.setdefault(about, []).append(shortened(site["name"]))
    said = _SAID
    return [
        said[about.what](words, about, named(words, sites)) for about, sites in together.items()
    ]


def named(
    words: Words, names: Sequence[str], total: int | None = None, letters: int = MOST_LETTERS
) -> str:
    """Return the first names, and how many more there are of `total`, or of these."""
    count = min(len(names), MOST_NAMED)
    while count > 1 and sum(map(len, names[:count])) > letters:
        count -= 1
    left = (total or len(names)) - count
    more = [words.say_many("%(count)s more", "%(count)s more", left)] if left else []
    return ", ".join([*names[:count], *more])


def _about(words: Words, site: ClosureSummary, as_of: dt.datetime) -> SiteDecision | None:
    """Return the most urgent decision about a closed site."""
    until, due = site["closed_until"], site["next_visit_due"]
    if site["status"] == "reopened":
        return SiteDecision("reopened")
    if site["status"] in BROKEN or needs_person(site):
        return SiteDecision("report")
    if until is not None and until - as_of <= ENDS_SOON:
        return SiteDecision("ends", words.day(until, near=as_of))
    if never_checked(site):
        return SiteDecision("unchecked")
    if due is not None and due - as_of <= DUE_SOON:
        part = site["next_day_part"]
        when = f", {day_part_word(words, part)}" if part else ""
        return SiteDecision("late" if due <= as_of else "due", words.day(due, near=as_of), when)
    return None


_SAID: dict[str, Callable[[Words, SiteDecision, str], str]] = {
    "reopened": lambda words, _, sites: words.say(
        "%(site)s: people are there again; decide on an operation, an extension or the end "
        "of the closure.",
        site=sites,
    ),
    "report": lambda words, _, sites: words.say("%(site)s: have the report verified.", site=sites),
    "ends": lambda words, about, sites: words.say(
        "%(site)s: the closure ends on %(day)s; extend or lift it.", site=sites, day=about.day
    ),
    "unchecked": lambda words, _, sites: words.say(
        "%(site)s: never checked since the closure; send a visit.", site=sites
    ),
    "late": lambda words, about, sites: (
        words.say("%(site)s: a visit was due on %(day)s", site=sites, day=about.day)
        + f"{about.part}."
    ),
    "due": lambda words, about, sites: (
        words.say("%(site)s: visit before %(day)s", site=sites, day=about.day) + f"{about.part}."
    ),
}


def _of_alarms(words: Words, content: Content) -> Iterable[str]:
    if content["alarms"]:
        where = named(words, [_where(words, item) for item in content["alarms"]])
        yield words.say("Alarm (%(where)s): have the place visited.", where=where)


def _where(words: Words, alarm: AlarmDocument) -> str:
    return shortened(alarm_place(words, alarm))


def _of_effort(words: Words, content: Content) -> Iterable[str]:
    """Yield decisions about places without visits, unless the week is still under way."""
    gaps = content["effort"]["gaps_total"]
    if under_way(content):
        return
    if gaps:
        where = dict.fromkeys(shortened(place_of(words, gap)) for gap in content["effort"]["gaps"])
        yield words.say_many(
            "%(count)s place that used to be visited was not this week (%(where)s): decide "
            "whether to go there again.",
            "%(count)s places that used to be visited were not this week (%(where)s): decide "
            "whether to go there again.",
            gaps,
            where=_gap_names(words, content, list(where), gaps),
        )
    elif content["hotspots"]["visits"] == 0:
        yield words.say("Nobody went anywhere this week: decide where to send the first visits.")


def _gap_names(words: Words, content: Content, names: Sequence[str], gaps: int) -> str:
    if len(content["alarms"]) <= MOST_NAMED:
        return named(words, names, gaps, letters=GAP_LETTERS)
    short = [name for name in names if len(name) <= GAP_LETTERS_FULL]
    return named(words, (short or [names[0][:GAP_LETTERS_FULL]])[:1], gaps)
