"""Answers in sentences that can be read out, made from the documents of results."""

from __future__ import annotations

import datetime as dt

from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureDocument, ClosureSummary
from geosites.core.documents.weeks import (
    BorderRow,
    HeaviestVisit,
    WeekCounted,
    WeekDocument,
    WeekVisited,
)
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STANDING, UNDER_CLOSURE, closure_status, day_part_word
from geosites.presentation.text.nearby_text import nearby_brief, nearby_statement

HEAVY = 0.25
"""Share of the heads standing from which on one visit is told of; usually it is below .15."""

FEW_VISITS = 5
"""Below this every visit weighs much, and the number of visits says so."""

HALF = (0.45, 0.55)
MOST_BORDERS = 3

WHOLLY_SEEN = 0.9
"""From this share of a perimeter on, nothing is said of how much of it the visits saw."""

# closures ----------------------------------------------------------------------------------------


def closure_brief(words: Words, answer: ClosureDocument) -> str:
    """Return a closure in one line, the site's name left out.

    `fermeture confirmée (97 %), dernière visite il y a 2 jours, à revoir avant le 19 octobre`
    """
    as_of = answer["as_of"]
    parts = [_status_with_chance(words, answer), nearby_brief(words, answer)]
    if answer["status"] in UNDER_CLOSURE:
        parts.append(_last_visit(words, answer, as_of))
        if answer["next_visit_due"] is not None:
            parts.append(_due(words, answer["next_visit_due"], as_of))
    return ", ".join(part for part in parts if part)


def closure_statement(words: Words, answer: ClosureDocument) -> list[str]:
    """Return a closure in full sentences that a prefect can read out."""
    sentences = [_meaning(words, answer), nearby_statement(words, answer)]
    sentences += _claim(words, answer)
    if answer["status"] in UNDER_CLOSURE:
        sentences += [_chance(words, answer), _visits(words, answer)]
        sentences += [_ground_seen(words, answer), _one_part(words, answer)]
        sentences += _what_next(words, answer)
    return [sentence for sentence in sentences if sentence]


def never_checked(answer: ClosureSummary) -> bool:
    """Return whether a closure stands that nobody visited: then no probability is shown."""
    return answer.get("never_checked", False) and answer["status"] in STANDING


def _meaning(words: Words, answer: ClosureDocument) -> str:
    if never_checked(answer):
        return words.say("Never checked since the closure.")
    return closure_status(words, answer["status"]).meaning


def _status_with_chance(words: Words, answer: ClosureDocument) -> str:
    if never_checked(answer):
        return words.say("never checked since the closure")
    word = closure_status(words, answer["status"]).word
    if answer["p_clear"] is None or answer["status"] not in STANDING:
        return word
    return f"{word} ({words.percent(answer['p_clear'])})"


def _last_visit(words: Words, answer: ClosureDocument, as_of: dt.datetime) -> str:
    if never_checked(answer):
        return ""
    if answer["last_visit_at"] is None:
        return words.say("no visit yet")
    seen = words.ago(answer["last_visit_at"], as_of)
    return words.say("last visit %(when)s", when=seen)


def _due(words: Words, due: dt.datetime, as_of: dt.datetime) -> str:
    if due <= as_of:
        return words.say("visit overdue since %(day)s", day=words.day(due, near=as_of))
    return words.say("to be checked before %(day)s", day=words.day(due, near=as_of))


def _claim(words: Words, answer: ClosureDocument) -> list[str]:
    if answer["closed_since"] is None:
        return []
    since = words.day(answer["closed_since"])
    if answer["closed_until"] is None:
        message = words.say("Closed since %(since)s, until further notice", since=since)
    else:
        until = words.day(answer["closed_until"])
        message = words.say("Closed from %(since)s to %(until)s", since=since, until=until)
    reference = f" ({answer['legal_ref']})" if answer["legal_ref"] else ""
    return [f"{message}{reference}."]


def _chance(words: Words, answer: ClosureDocument) -> str:
    if answer["p_clear"] is None or answer.get("never_checked", False):
        return ""
    chance = words.percent(answer["p_clear"])
    return words.say("Probability that nobody has settled there again: %(chance)s.", chance=chance)


def _visits(words: Words, answer: ClosureDocument) -> str:
    if never_checked(answer):
        return ""
    if answer["last_visit_at"] is None or answer["visits_since_closure"] == 0:
        return words.say("No visit has been made since the closure.")
    return words.say_many(
        "%(count)s visit since the closure, %(empty)s of them found nobody; the last on %(last)s.",
        "%(count)s visits since the closure, %(empty)s of them found nobody; the last on %(last)s.",
        answer["visits_since_closure"],
        empty=words.number(answer["negative_visits"]),
        last=words.instant(answer["last_visit_at"]),
    )


def _ground_seen(words: Words, answer: ClosureDocument) -> str:
    share = answer.get("covered_share")
    if not share or share >= WHOLLY_SEEN or _since_heads(answer):
        return ""
    return words.say(
        "The visits that found nobody saw only %(share)s of the perimeter.",
        share=words.percent(share),
    )


def _one_part(words: Words, answer: ClosureDocument) -> str:
    parts = answer.get("day_parts", ())
    if len(parts) != 1 or answer["negatives_in_force"] < 2:
        return ""
    when = day_part_word(words, parts[0])
    if _since_heads(answer):
        return words.say(
            "Since people were seen there, all visits that found nobody were made %(when)s: "
            "without one at another time of day, the closure cannot be confirmed.",
            when=when,
        )
    return words.say(
        "All visits that found nobody were made %(when)s: without one at another time of day, the "
        "closure cannot be confirmed.",
        when=when,
    )


def _since_heads(answer: ClosureDocument) -> bool:
    """Return whether only the visits since a verified positive are in force."""
    return bool(answer["negatives_in_force"] < answer["negative_visits"])


def _what_next(words: Words, answer: ClosureDocument) -> list[str]:
    as_of = answer["as_of"]
    if answer["status"] == "confirmed_closed" and answer["lapses_at"] is not None:
        day = words.day(answer["lapses_at"], near=as_of)
        return [words.say("Without a new visit, the confirmation lapses on %(day)s.", day=day)]
    needed = answer["visits_needed"]
    if not needed:
        return []
    more = words.say_many(
        "%(count)s more visit that finds nobody would confirm it.",
        "%(count)s more visits that find nobody would confirm it.",
        needed,
    )
    part = answer.get("next_day_part")
    best = words.say("Best visited %(when)s.", when=day_part_word(words, part)) if part else ""
    return [more, best]


def known(words: Words, as_known_at: dt.datetime | None) -> str:
    """Return as of when an answer was known."""
    if as_known_at is None:
        return words.say("With everything known now; late sightings may change it.")
    return words.say("As known on %(instant)s.", instant=words.instant(as_known_at))


# weeks -------------------------------------------------------------------------------------------


def week_statement(words: Words, answer: WeekDocument) -> list[str]:
    """Return a week in sentences: heads, hotspots, how much was looked at, what to beware of."""
    week = words.week(IsoWeek.parse(answer["week"]))
    if answer["visits"] == 0:
        return [
            words.say("%(week)s: not observed, no visit was recorded.", week=words.capital(week))
        ]
    result = words.say_many("%(count)s hotspot", "%(count)s hotspots", len(answer["hotspots"]))
    first = words.say(
        "%(week)s: %(heads)s, %(hotspots)s.",
        week=words.capital(week),
        heads=week_heads(words, answer),
        hotspots=result,
    )
    return [first, week_effort(words, answer), *week_notes(words, answer)]


def week_heads(words: Words, answer: WeekCounted) -> str:
    """Return what was counted, and where: `environ 429 personnes aux 52 endroits visités`."""
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
    """Return what to beware of in the figures of a week: one heavy count, places on a border."""
    return [*_heavy(words, answer), *_borders(words, answer)]


def _heavy(words: Words, answer: WeekDocument) -> list[str]:
    """Return what one visit weighs, where it is a quarter of the total or more."""
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
    """Return how many visits the figures of a week rest on, and how much of the ground they saw."""
    visits = words.say_many("%(count)s visit", "%(count)s visits", answer["visits"])
    places = words.say_many("%(count)s place", "%(count)s places", answer["places"])
    if answer["observed_share"] is None:
        return words.say("%(visits)s to %(places)s.", visits=words.capital(visits), places=places)
    return words.say(
        "%(visits)s to %(places)s; %(share)s of the territory was observed.",
        visits=words.capital(visits),
        places=places,
        share=words.percent(answer["observed_share"]),
    )


def alarm_statement(words: Words, found: AlarmDocument) -> str:
    """Return an alarm in a sentence: where, how many heads a week, how many were expected."""
    where = " · ".join(part for part in (found["quartier"], found["territory"]) if part)
    sentence = words.say_many(
        "%(where)s: %(heads)s last week, where %(expected)s would be expected.",
        "%(where)s: %(heads)s a week over %(count)s weeks, where %(expected)s would be expected.",
        found["weeks"],
        where=where or words.say("place without a name"),
        heads=words.heads(found["heads"]),
        expected=words.heads(found["expected"]),
    )
    return words.capital(sentence)
