"""A week in sentences that can be read aloud."""

from __future__ import annotations

import datetime as dt

from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.weeks import (
    BorderRow,
    HeaviestVisit,
    Located,
    WeekCounted,
    WeekDocument,
    WeekRanked,
    WeekVisited,
)
from geosites.core.precision import LOCATED_M
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.labels import day_part_word
from geosites.presentation.text.hotspot_text import no_ranking

HEAVY = 0.25
"""Share of the total from which a single visit is mentioned; usually it is below .15."""

FEW_VISITS = 5
"""Number of visits below which every visit has a large weight, and only their number is mentioned.
"""

HALF = (0.45, 0.55)
MOST_BORDERS = 3
MOST_TERRITORIES = 3
"""How many of the territories visited are named."""


def week_statement(words: Words, answer: WeekDocument) -> list[str]:
    """Return a week in sentences: people, hotspots, effort, caveats."""
    week = words.week(IsoWeek.parse(answer["week"]))
    if answer["visits"] == 0:
        return [
            words.say("%(week)s: not observed, no visit was recorded.", week=words.capital(week))
        ]
    first = words.say(
        "%(week)s: %(heads)s, %(hotspots)s.",
        week=words.capital(week),
        heads=week_heads(words, answer),
        hotspots=hotspots_brief(words, answer),
    )
    return [first, week_effort(words, answer), *week_notes(words, answer)]


def hotspots_brief(words: Words, answer: WeekRanked) -> str:
    """Return the number of hotspots, or that there were too few visits."""
    if no_ranking(words, answer):
        return words.say("too few visits to tell hotspots")
    if not answer["hotspots"]:
        return words.say("no hotspot")
    return words.say_many("%(count)s hotspot", "%(count)s hotspots", len(answer["hotspots"]))


def week_heads(words: Words, answer: WeekCounted) -> str:
    """Return the count and where it was made: `environ 429 personnes aux 52 endroits visités`."""
    if answer["parameters"]["significance"] == "effort":
        at = words.say_many(
            "at the %(count)s place visited", "at the %(count)s places visited", answer["places"]
        )
    else:
        at = words.say_many(
            "at the %(count)s place reported", "at the %(count)s places reported", answer["places"]
        )
    return f"{words.heads(answer['heads'])} {at}"


def week_notes(words: Words, answer: WeekDocument) -> list[str]:
    """Return what to beware of in the figures of a week: one heavy count, places on a border, and
    sightings that count nowhere.
    """
    return [*_heavy(words, answer), *_borders(words, answer), *imprecise(words, answer)]


def imprecise(words: Words, answer: Located) -> list[str]:
    """Return how many sightings are left out because their position is known too badly."""
    count = answer.get("imprecise")
    if not count:
        return []
    line = words.say_many(
        "%(count)s sighting is not counted: its position is known only to within more than "
        "%(metres)s.",
        "%(count)s sightings are not counted: their positions are known only to within more than "
        "%(metres)s.",
        count,
        metres=words.metres(LOCATED_M),
    )
    return [line]


def _heavy(words: Words, answer: WeekDocument) -> list[str]:
    """Return the weight of a single visit, if it is a quarter of the total or more."""
    item = answer.get("heaviest_visit")
    if item is None or item["share"] < HEAVY or answer["visits"] < FEW_VISITS:
        return []
    ground = " · ".join(part for part in (item["quartier"], item["territory"]) if part)
    place = ground or words.say("place without a name")
    where, part = ", ".join((place, *_when(words, item))), _part(words, item["share"])
    message = words.say_many(
        "A single count of %(count)s person makes %(part)s of the total (%(where)s).",
        "A single count of %(count)s people makes %(part)s of the total (%(where)s).",
        item["heads"],
        part=part,
        where=where,
    )
    if answer["heads_robust"] is None:
        return [message]
    without = words.heads(answer["heads_robust"])
    return [message, words.say("With isolated counts limited: %(heads)s in all.", heads=without)]


def _part(words: Words, share: float) -> str:
    if HALF[0] <= share <= HALF[1]:
        return words.say("half")
    return words.percent(share)


def _when(words: Words, visit: HeaviestVisit) -> list[str]:
    if visit["day"] is None:
        return []
    part = visit["day_part"]
    day = words.day(dt.date.fromisoformat(visit["day"]))
    return [day if part is None else f"{day}, {day_part_word(words, part)}"]


def _borders(words: Words, answer: WeekDocument) -> list[str]:
    """Return the places on a border with both territories, the largest by name."""
    result = [item for item in answer.get("borders", ()) if round(item["heads"]) >= 1]
    lines = [_border(words, item) for item in result[:MOST_BORDERS]]
    if len(result) > MOST_BORDERS:
        lines.append(
            words.say_many(
                "%(count)s more place lies on a border.",
                "%(count)s more places lie on a border.",
                len(result) - MOST_BORDERS,
            )
        )
    return lines


def _border(words: Words, one: BorderRow) -> str:
    home, *others = (ground["name"] for ground in one["territories"])
    where = one["quartier"] or words.say("place without a name")
    return words.say(
        "On the border of %(home)s and %(others)s (%(where)s): %(heads)s; the place counts in "
        "%(home)s.",
        home=home,
        others=", ".join(others),
        where=where,
        heads=words.heads(one["heads"]),
    )


def week_effort(words: Words, answer: WeekVisited) -> str:
    """Return how many visits the figures of a week rest on, where they went, and their limit.

    Where nobody is known to have looked for nobody, they are counts, and not visits.
    """
    known = answer["parameters"]["significance"] == "effort"
    count = answer["visits"]
    visits = _made(words, count, known)
    places = words.say_many("%(count)s place", "%(count)s places", answer["places"])
    line = words.say("%(visits)s to %(places)s", visits=words.capital(visits), places=places)
    visited = sorted(answer["territories"], key=lambda row: -row["visits"])
    most = [row for row in visited if row["visits"]]
    named = ", ".join(
        f"{row['name']} ({_made(words, row['visits'], known)})" for row in most[:MOST_TERRITORIES]
    )
    if len(most) > MOST_TERRITORIES:
        line = words.say("%(line)s, most of them in %(list)s", line=line, list=named)
    elif most:
        line = f"{line}{words.say(': ')}{named}"
    elsewhere = (
        words.say("Elsewhere nobody looked, and nothing is claimed.")
        if known
        else words.say("Elsewhere nothing is known, and nothing is claimed.")
    )
    return f"{line}. {elsewhere}"


def _made(words: Words, count: int, known: bool) -> str:
    """Return the number of visits, or of counts if empty visits are not recorded."""
    if known:
        return words.say_many("%(count)s visit", "%(count)s visits", count)
    return words.say_many("%(count)s head count", "%(count)s head counts", count)


def alarm_statement(words: Words, found: AlarmDocument) -> str:
    """Return an alarm in a sentence: where, how many heads a week, how many were expected."""
    sentence = words.say_many(
        "%(where)s: %(heads)s over the week, instead of %(expected)s by its past and the rest of "
        "the city.",
        "%(where)s: %(heads)s a week over %(count)s weeks, instead of %(expected)s by its past and "
        "the rest of the city.",
        found["weeks"],
        where=alarm_place(words, found),
        heads=words.heads(found["heads"]),
        expected=words.heads(found["expected"]),
    )
    return words.capital(sentence)


def alarm_place(words: Words, found: AlarmDocument) -> str:
    """Return where an alarm is: `La Chapelle · Paris 18e`."""
    where = " · ".join(part for part in (found["quartier"], found["territory"]) if part)
    return where or words.say("place without a name")
