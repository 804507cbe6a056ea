"""Sentences on the closure status, from its document; they can be read aloud."""

from __future__ import annotations

import datetime as dt

from geosites.core.documents.closures import ClosureDocument, ClosureSummary
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STANDING, UNDER_CLOSURE, closure_status, day_part_word
from geosites.presentation.text.closure_sightings_text import (
    reoccupied_statement,
    seen_brief,
    seen_statement,
)
from geosites.presentation.text.closure_surroundings_text import nearby_brief, nearby_statement
from geosites.presentation.text.stopping_rule_text import stopping_statement

WHOLLY_SEEN = 0.9
"""Share of a perimeter from which its coverage by visits is not mentioned."""


def closure_brief(words: Words, answer: ClosureSummary, *, dated: bool = False) -> str:
    """Return a closure in one line, without the site's name.

    `fermeture confirmée (97 %), dernière visite il y a 2 jours, à revoir avant le 19 octobre`
    `dated`: the day of the last visit instead, for texts that are read on another day.
    """
    as_of = answer["as_of"]
    parts = [_status_with_chance(words, answer), seen_brief(words, answer)]
    parts.append(nearby_brief(words, answer))
    if answer["status"] in UNDER_CLOSURE:
        parts.append(_last_visit(words, answer, as_of, dated))
        if answer["next_visit_due"] is not None:
            parts.append(_due(words, answer["next_visit_due"], as_of))
    return ", ".join(part for part in parts if part)


def closure_statement(words: Words, answer: ClosureDocument) -> list[str]:
    """Return a closure in full sentences that a prefect can read out."""
    sentences = [closure_meaning(words, answer), seen_statement(words, answer)]
    sentences.append(nearby_statement(words, answer))
    sentences += [*_claim(words, answer), reoccupied_statement(words, answer)]
    if answer["status"] in UNDER_CLOSURE:
        sentences += [_chance(words, answer), _visits(words, answer)]
        sentences += [_ground_seen(words, answer), _one_part(words, answer)]
        sentences += [*_what_next(words, answer), stopping_statement(words, answer)]
    return [sentence for sentence in sentences if sentence]


def never_checked(answer: ClosureSummary) -> bool:
    """Return whether a closure is in force that nobody visited: then no probability is shown."""
    return answer.get("never_checked", False) and answer["status"] in STANDING


def closure_meaning(words: Words, answer: ClosureSummary) -> str:
    """Return in one sentence what the state of a closure means."""
    if never_checked(answer):
        return words.say("Never checked since the closure.")
    return closure_status(words, answer["status"]).meaning


def _status_with_chance(words: Words, answer: ClosureSummary) -> str:
    if never_checked(answer):
        return words.say("never checked since the closure")
    word = closure_status(words, answer["status"]).word
    if answer["p_clear"] is None or answer["status"] not in STANDING:
        return word
    return f"{word} ({words.percent(answer['p_clear'])})"


def _last_visit(words: Words, answer: ClosureSummary, as_of: dt.datetime, dated: bool) -> str:
    if never_checked(answer):
        return ""
    if answer["last_visit_at"] is None:
        return words.say("no visit yet")
    if dated:
        return words.say(
            "last visit on %(day)s", day=words.day(answer["last_visit_at"], near=as_of)
        )
    seen = words.ago(answer["last_visit_at"], as_of)
    return words.say("last visit %(when)s", when=seen)


def _due(words: Words, due: dt.datetime, as_of: dt.datetime) -> str:
    if due <= as_of:
        return words.say("visit overdue since %(day)s", day=words.day(due, near=as_of))
    return words.say("to be checked before %(day)s", day=words.day(due, near=as_of))


def _claim(words: Words, answer: ClosureSummary) -> list[str]:
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


def _chance(words: Words, answer: ClosureSummary) -> str:
    if answer["p_clear"] is None or answer.get("never_checked", False):
        return ""
    chance = words.percent(answer["p_clear"])
    return words.say("Probability that nobody has settled there again: %(chance)s.", chance=chance)


def _visits(words: Words, answer: ClosureSummary) -> str:
    if never_checked(answer):
        return ""
    if answer["last_visit_at"] is None or answer["visits_since_closure"] == 0:
        return words.say("No visit has been made since the closure.")
    return words.say_many(
        "%(count)s visit since the closure, %(empty)s of them found nobody; the last on %(last)s.",
        "%(count)s visits since the closure, %(empty)s of them found nobody; the last on %(last)s.",
        answer["visits_since_closure"],
        empty=words.number(answer["empty_visits"]),
        last=words.instant(answer["last_visit_at"]),
    )


def _ground_seen(words: Words, answer: ClosureSummary) -> str:
    share = answer.get("covered_share")
    if not share or share >= WHOLLY_SEEN or _since_heads(answer):
        return ""
    return words.say(
        "The visits that found nobody saw only %(share)s of the perimeter.",
        share=words.percent(share),
    )


def _one_part(words: Words, answer: ClosureSummary) -> str:
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


def _since_heads(answer: ClosureSummary) -> bool:
    """Return whether only the visits since a verified positive are in force."""
    return bool(answer["negatives_in_force"] < answer["negative_visits"])


def _what_next(words: Words, answer: ClosureSummary) -> list[str]:
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
