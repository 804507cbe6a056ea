"""The three summary sentences of a bulletin: people present, displacement, alarms."""

from __future__ import annotations

from geosites.bulletins.displacement_sentences import moved_lines
from geosites.bulletins.layout_blocks import shortened
from geosites.bulletins.serialization import Content
from geosites.core.documents.bulletins import WeekChanges
from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.text.week_text import (
    alarm_statement,
    hotspots_brief,
    week_heads,
    week_statement,
)

MOST_ALARMS = 1
"""Maximum number of alarms on the first page; a week has at most one, and the annex has all."""

RECENT_WEEKS = 4
FEWEST_PAST_WEEKS = 4
"""Weeks of an alarm: it compares the last four with earlier ones, of which it needs four."""


def three_sentences(words: Words, content: Content) -> tuple[str, str, str]:
    """Return the sentences on people, displacement and alarms, each with its limits."""
    return people_line(words, content), moved_line(words, content), alarm_line(words, content)


def people_line(words: Words, content: Content) -> str:
    """Return how many people were present and where, hotspots, and how that changed."""
    week = content["hotspots"]
    if week["visits"] == 0:
        return week_statement(words, week)[0]
    return words.say(
        "%(week)s: %(heads)s, %(hotspots)s; %(change)s.",
        week=words.capital(words.week(IsoWeek.parse(week["week"]))),
        heads=f"{week_heads(words, week)}{_caution(words, week)}",
        hotspots=hotspots_brief(words, week),
        change=change_brief(words, content["changes"]),
    )


def _caution(words: Words, week: WeekDocument) -> str:
    if week["parameters"]["significance"] == "effort":
        return ""
    return words.say(" (with caution: effort unknown)")


def change_brief(words: Words, changes: WeekChanges) -> str:
    """Return the change in people as part of a sentence; figures only if it is significant."""
    same = changes["same_places"]
    if changes["before"]["visits"] == 0:
        return words.say("the week before was not observed, so nothing is compared")
    if same["places"] == 0:
        return words.say("no place was seen in both weeks, so nothing is compared")
    if same["low"] is None or same["high"] is None:
        return words.say_many(
            "%(change)s people since last week at the %(count)s place seen in both weeks, too few "
            "to say more",
            "%(change)s people since last week at the %(count)s places seen in both weeks, too few "
            "to say more",
            same["places"],
            change=words.signed(same["change"]),
        )
    if same["low"] <= 0 <= same["high"]:
        return words.say_many(
            "no clear change since last week at the %(count)s place seen in both weeks",
            "no clear change since last week at the %(count)s places seen in both weeks",
            same["places"],
        )
    return words.say_many(
        "%(change)s people since last week at the %(count)s place seen in both weeks "
        "(%(interval)s)",
        "%(change)s people since last week at the %(count)s places seen in both weeks "
        "(%(interval)s)",
        same["places"],
        change=words.signed(same["change"]),
        interval=words.interval(same["low"], same["high"]),
    )


def change_statement(words: Words, changes: WeekChanges) -> str:
    """Return the change in people at the places seen in both weeks, with its interval."""
    same = changes["same_places"]
    if same["places"] == 0:
        return words.say("No place was seen both last week and this week: no comparison.")
    places = words.say_many(
        "At the %(count)s place seen in both weeks",
        "At the %(count)s places seen in both weeks",
        same["places"],
    )
    if same["low"] is None or same["high"] is None:
        return words.say(
            "%(places)s: %(change)s; too few places for an interval.",
            places=places,
            change=words.signed(same["change"]),
        )
    message = words.say_many(
        "%(places)s: %(change)s person since last week (%(interval)s).",
        "%(places)s: %(change)s people since last week (%(interval)s).",
        abs(round(same["change"])),
        places=places,
        change=words.signed(same["change"]),
        interval=words.interval(same["low"], same["high"]),
    )
    clear = same["low"] > 0 or same["high"] < 0
    unclear = words.say("No clear change.")
    return message if clear else f"{message} {unclear}"


def moved_line(words: Words, content: Content) -> str:
    """Return what moved where, or that nothing happened that could have moved anybody."""
    return " ".join(moved_lines(words, content)) or words.say(
        "What moved: no evacuation, dispersal or closure in the last months."
    )


def alarm_line(words: Words, content: Content) -> str:
    """Return the alarms of the week, or that there is none, or that it is unknown."""
    raised = content["alarms"]
    if raised:
        told = [
            alarm_statement(words, {**item, "quartier": _short(item["quartier"])})
            for item in raised[:MOST_ALARMS]
        ]
        left = len(raised) - len(told)
        if left:
            told.append(words.say_many("%(count)s more: annex.", "%(count)s more: annex.", left))
        return f"{words.say('Alarm')}{words.say(': ')}{' '.join(told)}"
    if content["hotspots"]["visits"] == 0:
        return words.say("No alarm can be given: no visits were made.")
    if not _has_past(content):
        return words.say("No alarm can be given: too few weeks were visited before this one.")
    return words.say(
        "No alarm: where people were counted, no area stands out from the rest of the city, "
        "compared with its own past."
    )


def _short(name: str | None) -> str | None:
    return None if name is None else shortened(name)


def _has_past(content: Content) -> bool:
    """Return whether enough weeks before the last ones were visited to expect anything."""
    before = sorted(week for week in content["figures"] if week < content["week"])
    past = before[: len(before) - RECENT_WEEKS + 1]
    visited = sum(1 for week in past if content["figures"][week]["visits"])
    return visited >= FEWEST_PAST_WEEKS
