"""Sentences on people seen inside a closed perimeter, and on later visits.

The count is shown even where a later visit saw nobody, as long as it is recent or contradicts the
closure.
"""

from __future__ import annotations

import datetime as dt

from geosites.analysis.closure import EvidenceParameters
from geosites.core.documents.closures import ClosureSummary, SeenHeads
from geosites.presentation.formatting import Words
from geosites.presentation.labels import BROKEN, STANDING, UNDER_CLOSURE

RECENT = dt.timedelta(days=EvidenceParameters().fresh_days)
"""How long people seen are mentioned under a closure that visits have confirmed since."""


def needs_person(answer: ClosureSummary) -> bool:
    """Return whether people were seen at a closed site and nobody has settled the matter yet."""
    if answer["status"] in BROKEN:
        return True
    seen = _told(answer)
    return seen is not None and seen["verified"] is False


def seen_brief(words: Words, answer: ClosureSummary) -> str:
    """Return the people seen as part of a line, empty if there is nothing to mention.

    `10 personnes signalées à 9 h 06, non vérifié, une visite n’a vu personne depuis`
    """
    seen = _told(answer)
    if seen is None:
        return ""
    parts = [_seen(words, seen, answer["as_of"]), _since(words, seen)]
    message = ", ".join(part for part in parts if part)
    return words.say("but %(seen)s", seen=message) if answer["status"] in STANDING else message


def seen_statement(words: Words, answer: ClosureSummary) -> str:
    """Return the people seen as a sentence, empty if there is nothing to mention."""
    message = seen_brief(words, answer)
    return f"{words.capital(message)}." if message else ""


def reoccupied_statement(words: Words, answer: ClosureSummary) -> str:
    """Return when a closed place was occupied again, verified, and by how many, or ''.

    It is mentioned as long as the closure is in force, however many visits have found nobody since.
    """
    period = answer.get("reoccupied")
    if period is None or answer["status"] not in UNDER_CLOSURE:
        return ""
    first, last = words.day(period["first_at"]), words.day(period["last_at"])
    if first == last:
        when = words.say("on %(day)s", day=last)
    else:
        near = words.day(period["first_at"], near=period["last_at"])
        when = words.say("from %(first)s to %(last)s", first=near, last=last)
    if period["most_heads"] is None:
        return words.say("People were there again %(when)s, as verified.", when=when)
    return words.say_many(
        "%(count)s person was there again %(when)s, as verified.",
        "Up to %(count)s people were there again %(when)s, as verified.",
        period["most_heads"],
        when=when,
    )


def _told(answer: ClosureSummary) -> SeenHeads | None:
    """Return the people last seen, if they are still to be mentioned."""
    seen = answer.get("last_seen")
    if seen is None or answer["status"] not in UNDER_CLOSURE:
        return None
    if answer["status"] in BROKEN:
        return seen
    at, as_of = seen["at"], answer["as_of"]
    age = as_of - at if isinstance(at, dt.datetime) else as_of.date() - at
    return seen if age <= RECENT else None


def _seen(words: Words, seen: SeenHeads, as_of: dt.datetime) -> str:
    when = _when(words, seen["at"], as_of)
    if seen["heads"] is None:
        return words.say("people seen %(when)s", when=when)
    if seen["verified"]:
        return words.say_many(
            "%(count)s person seen %(when)s, verified",
            "%(count)s people seen %(when)s, verified",
            seen["heads"],
            when=when,
        )
    return words.say_many(
        "%(count)s person reported %(when)s, not verified",
        "%(count)s people reported %(when)s, not verified",
        seen["heads"],
        when=when,
    )


def _since(words: Words, seen: SeenHeads) -> str:
    if not seen["empty_since"]:
        return ""
    return words.say_many(
        "%(count)s visit since saw nobody",
        "%(count)s visits since saw nobody",
        seen["empty_since"],
    )


def _when(words: Words, at: dt.date, as_of: dt.datetime) -> str:
    if not isinstance(at, dt.datetime):
        return words.say("on %(day)s", day=words.day(at, near=as_of))
    if words.day(at) == words.day(as_of):
        return words.say("at %(clock)s", clock=words.clock(at))
    day = words.day(at, near=as_of)
    return words.say("on %(day)s at %(clock)s", day=day, clock=words.clock(at))
