"""Sentences on the stopping rule for visits to a closed site."""

from __future__ import annotations

from collections.abc import Iterable

from geosites.core.documents.closures import ClosureDocument, StoppingFigures
from geosites.presentation.formatting import Words
from geosites.presentation.labels import STANDING, closure_status


def state_with_stopping(
    words: Words, status: str, p_clear: float | None, rule: StoppingFigures | None
) -> str:
    """Return the state of a closure, its probability, and what further visits are worth, in brief.

    `probablement fermé (81 %), 3 visites valent leur coût`
    """
    state = closure_status(words, status).word
    if p_clear is not None and status in STANDING:
        state = f"{state} ({words.percent(p_clear)})"
    if rule is None:
        return state
    if rule["worth_visits"]:
        worth = words.say_many(
            "%(count)s more visit worth its cost",
            "%(count)s more visits worth their cost",
            rule["worth_visits"],
        )
    elif rule["until"] is None:
        worth = words.say("no further visit worth its cost")
    else:
        worth = words.say("no visit worth its cost before %(day)s", day=words.day(rule["until"]))
    return f"{state}, {worth}"


def cost_reading(words: Words, rules: Iterable[StoppingFigures | None]) -> str:
    """Return what "worth its cost" means, or '' if it is not mentioned."""
    costs = [rule["error_visits"] for rule in rules if rule is not None]
    if not costs:
        return ""
    return words.say(
        "Worth its cost: as long as a wrong “closed” is taken to be as bad as %(cost)s visits; "
        "that is a judgement. What is due by the rules of the closure is due all the same.",
        cost=words.number(costs[0]),
    )


def stopping_statement(words: Words, answer: ClosureDocument) -> str:
    """Return the stopping rule on further visits, or '' if it does not apply.

    The cost is named in the same sentence, since it is a judgement and not a measurement.
    """
    rule = answer.get("stopping")
    if rule is None:
        return ""
    cost = words.number(rule["error_visits"])
    if rule["worth_visits"]:
        return words.say_many(
            "If a wrong “closed” is as bad as %(cost)s visits, "
            "%(count)s more visit is worth making.",
            "If a wrong “closed” is as bad as %(cost)s visits, "
            "%(count)s more visits are worth making.",
            rule["worth_visits"],
            cost=cost,
        )
    if rule["until"] is None:
        return words.say(
            "If a wrong “closed” is as bad as %(cost)s visits, no further visit is worth making.",
            cost=cost,
        )
    day = words.day(rule["until"], near=answer["as_of"])
    lapses = answer["lapses_at"]
    if lapses is not None and lapses < rule["until"]:
        return words.say(
            "Counting nothing but the cost of a wrong “closed”, put at %(cost)s visits, none would "
            "be worth making before %(day)s.",
            cost=cost,
            day=day,
        )
    return words.say(
        "If a wrong “closed” is as bad as %(cost)s visits, none is worth making before %(day)s.",
        cost=cost,
        day=day,
    )
