"""When one may stop visiting a closed site, beside the probability that nobody is back."""

from __future__ import annotations

from geosites.core.documents.closures import ClosureDocument
from geosites.presentation.formatting import Words


def stopping_statement(words: Words, answer: ClosureDocument) -> str:
    """Return what the cost of an error says of further visits, or '' where it says nothing.

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
            "If a wrong “closed” is as bad as %(cost)s visits, none is worth making before %(day)s "
            "for its cost; the status asks for one earlier.",
            cost=cost,
            day=day,
        )
    return words.say(
        "If a wrong “closed” is as bad as %(cost)s visits, none is worth making before %(day)s.",
        cost=cost,
        day=day,
    )
