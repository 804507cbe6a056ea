"""Sentences on people beside a closed perimeter."""

from __future__ import annotations

import datetime as dt

from geosites.analysis.closure import EvidenceParameters
from geosites.core.documents.closures import ClosureDocument, ClosureSummary, NearbyHeads
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STANDING


def nearby_brief(words: Words, answer: ClosureSummary) -> str:
    """Return the people nearby as part of a line: `mais 25 personnes vues à 80 m le 9 octobre`.

    Empty if there are none. Without the number if the reader may not see it.
    """
    seen = answer.get("nearby")
    if seen is None:
        return ""
    message = _brief(words, seen, answer["as_of"])
    return words.say("but %(seen)s", seen=message) if answer["status"] in STANDING else message


def _brief(words: Words, seen: NearbyHeads, as_of: dt.datetime) -> str:
    day = _last(words, seen, as_of)
    if seen["heads"] is None or seen["within_m"] is None:
        return words.say(
            "people seen less than %(away)s away on %(day)s", away=_reach(words), day=day
        )
    away = words.metres(seen["within_m"])
    if seen["sightings"] == 1:
        return words.say_many(
            "%(count)s person seen %(away)s away on %(day)s",
            "%(count)s people seen %(away)s away on %(day)s",
            seen["heads"],
            away=away,
            day=day,
        )
    return words.say_many(
        "up to %(count)s person seen %(away)s away (last on %(day)s)",
        "up to %(count)s people seen %(away)s away (last on %(day)s)",
        seen["heads"],
        away=away,
        day=day,
    )


def nearby_statement(words: Words, answer: ClosureSummary) -> str:
    """Return the heads nearby as a sentence, empty where there are none."""
    seen = answer.get("nearby")
    if seen is None:
        return ""
    message = _sentence(words, seen, answer["as_of"])
    if answer["status"] in STANDING:
        return words.say("However, %(seen)s", seen=message)
    return words.capital(message)


def _sentence(words: Words, seen: NearbyHeads, as_of: dt.datetime) -> str:
    day = _last(words, seen, as_of)
    if seen["heads"] is None or seen["within_m"] is None:
        return words.say(
            "people were seen less than %(away)s from the perimeter, last on %(day)s.",
            away=_reach(words),
            day=day,
        )
    away = words.metres(seen["within_m"])
    if seen["sightings"] == 1:
        return words.say_many(
            "%(count)s person was seen %(away)s from the perimeter on %(day)s.",
            "%(count)s people were seen %(away)s from the perimeter on %(day)s.",
            seen["heads"],
            away=away,
            day=day,
        )
    return words.say_many(
        "up to %(count)s person was seen %(away)s from the perimeter, last on %(day)s.",
        "up to %(count)s people were seen %(away)s from the perimeter, last on %(day)s.",
        seen["heads"],
        away=away,
        day=day,
    )


def _last(words: Words, seen: NearbyHeads, as_of: dt.datetime) -> str:
    return "–" if seen["last_at"] is None else words.day(seen["last_at"], near=as_of)


def _reach(words: Words) -> str:
    return words.metres(EvidenceParameters().nearby_m)


def without_counts(answer: ClosureDocument) -> ClosureDocument:
    """Return a status text that mentions people nearby without number and distance.

    People seen inside are only reflected in the status.
    """
    answer = {**answer, "last_seen": None}
    seen = answer.get("nearby")
    if seen is None:
        return answer
    hidden = NearbyHeads(heads=None, within_m=None, last_at=seen["last_at"], sightings=None)
    return {**answer, "nearby": hidden}
