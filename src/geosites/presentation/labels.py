"""Labels for codes: statuses, trends, types, parts of the day."""

from __future__ import annotations

from dataclasses import dataclass

from geosites.analysis.closure.status_table import STATUS_ROW, STATUS_TABLE, Status
from geosites.presentation.formatting import Words


@dataclass(frozen=True)
class Term:
    """A short label, and its meaning in a full sentence."""

    word: str
    meaning: str


def closure_status(words: Words, status: str) -> Term:
    """Return the word for a closure status, and the sentence that explains it."""
    row = STATUS_ROW[Status(status)]
    return Term(words.retold(row.word), words.retold(row.meaning))


STATUSES = tuple(row.status.value for row in STATUS_TABLE)
"""Every closure status, the firmest closure first."""

UNDER_CLOSURE = frozenset(row.status.value for row in STATUS_TABLE if row.closed)
STANDING = frozenset(row.status.value for row in STATUS_TABLE if row.standing)
"""The statuses of a closure without evidence against it."""
BROKEN = UNDER_CLOSURE - STANDING
"""The statuses of a closure under which people were seen: they come first in every list."""


def by_urgency(status: str) -> int:
    """Return the rank of a status in lists: urgent ones first, sites not closed last."""
    return STATUS_ROW[Status(status)].urgency


def trend(words: Words, name: str) -> Term:
    """Return the label of a trend over twelve weeks, and its meaning."""
    say = words.say
    return {
        "new": Term(say("new"), say("stands out for the first time in twelve weeks.")),
        "consecutive": Term(
            say("consecutive"), say("stands out for several weeks running, and not before.")
        ),
        "intensifying": Term(
            say("intensifying"), say("stands out almost every week, with more and more people.")
        ),
        "persistent": Term(
            say("persistent"), say("stands out almost every week, neither growing nor shrinking.")
        ),
        "diminishing": Term(
            say("diminishing"), say("stands out almost every week, with fewer and fewer people.")
        ),
        "sporadic": Term(say("sporadic"), say("stands out in some weeks and not in others.")),
        "oscillating": Term(
            say("oscillating"),
            say("stands out now, after weeks in which fewer people than elsewhere were seen."),
        ),
        "historical": Term(
            say("historical"), say("stood out almost every week, but no longer does.")
        ),
    }[name]


def operation_word(words: Words, kind: str) -> str:
    """Return the word for what an operation or event was."""
    say = words.say
    known = {
        "dispersal": say("dispersal"),
        "evacuation": say("evacuation"),
        "presence": say("police presence"),
        "closure": say("closure"),
    }
    return known.get(kind, say("operation"))


def closure_act_word(words: Words, kind: str) -> str:
    """Return the word for a decision on a closure."""
    say = words.say
    return {
        "declared": say("declared"),
        "extended": say("extended"),
        "lifted": say("lifted"),
        "withdrawn": say("withdrawn as an error"),
        "restored": say("put back"),
    }[kind]


def closure_reason_word(words: Words, reason: str) -> str:
    """Return the word for the reason of such a decision."""
    say = words.say
    return {
        "order": say("order"),
        "safety": say("safety"),
        "health": say("public health"),
        "works": say("building works"),
        "still_needed": say("still needed"),
        "purpose_met": say("purpose met"),
        "order_ended": say("order ended"),
        "court_decision": say("court decision"),
        "made_in_error": say("made in error"),
    }[reason]


def day_part_word(words: Words, part: str) -> str:
    """Return a part of the day as an adverbial."""
    say = words.say
    known = {
        "night": say("at night"),
        "morning": say("in the morning"),
        "afternoon": say("in the afternoon"),
        "evening": say("in the evening"),
    }
    return known[part]


def evidence_word(words: Words, kind: str) -> str:
    """Return what a visit or report means for a closed site."""
    say = words.say
    known = {
        "negative": say("visit, nobody seen"),
        "repeat": say("nobody seen, same part of the day"),
        "unverified_positive": say("people seen, not yet verified"),
        "verified_positive": say("people seen, verified"),
        "rejected": say("report found wrong"),
        "day_part_unknown": say("nobody seen, time of day unknown"),
        "nearby": say("people seen nearby"),
        "elsewhere": say("visit outside the perimeter"),
        "not_a_visit": say("report, not a visit"),
    }
    return known.get(kind, kind)
