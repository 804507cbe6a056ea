"""Sentences on displacement: at the target, nearby, in total, and how reliable."""

from __future__ import annotations

import math

from geosites.core.documents.displacement import (
    AnyDisplacement,
    DisplacementSummary,
    Untold,
)
from geosites.core.documents.displacement_figures import ShownChange, is_told
from geosites.core.documents.events import EventDocument
from geosites.presentation.formatting import Words
from geosites.presentation.text import displacement_accounting
from geosites.presentation.text.displacement_accounting import MOST_NAMED
from geosites.presentation.text.displacement_caveats import caveats

UNTOLD: Untold = {
    "cautious_p": None,
    "slope": None,
    "accounting": None,
    "new_places": [],
    "farther": [],
    "borders": [],
    "warnings": [],
    "flows": [],
}
"""What studies in earlier bulletins do not hold."""


_SMALLEST = 1e-9
"""No p value is 0, whatever it was rounded to."""


def event_title(words: Words, event: EventDocument, place: str | None = None) -> str:
    """Return what an event was, when and where: `Après l'opération du 5 octobre 2022`."""
    say, day = words.say, words.day(event["at"])
    known = {
        "operation": say("After the operation of %(day)s", day=day),
        "closure": say("After the closure of %(day)s", day=day),
    }
    title = known.get(event["kind"], say("After %(day)s", day=day))
    return title if place is None else f"{title} · {place}"


def displacement_statement(words: Words, answer: DisplacementSummary) -> list[str]:
    """Return what changed after an event, in at most six sentences that add up.

    Bulletins issued before a part was introduced do not have it.
    """
    answer = {**UNTOLD, **answer}
    sentences = (
        _on_the_spot(words, answer),
        _under_way(words, answer),
        displacement_accounting.new_places(words, answer),
        displacement_accounting.found_again(words, answer),
        _farther(words, answer),
        caveats(words, answer),
    )
    return [sentence for sentence in sentences if sentence]


def moved_statement(words: Words, answer: DisplacementSummary) -> list[str]:
    """Return what moved where: the sentences of `displacement_statement` with the account.

    A decline under way before is included, since it limits the interpretation of the fall; for
    other caveats there is a reference to the annex.
    """
    answer = {**UNTOLD, **answer}
    sentences = (
        _on_the_spot(words, answer),
        _under_way(words, answer) if answer["finding"] == "fell_under_way" else "",
        displacement_accounting.new_places(words, answer),
        displacement_accounting.found_again(words, answer),
        words.say("What to bear in mind: annex.") if caveats(words, answer) else "",
    )
    return [sentence for sentence in sentences if sentence]


def trust_statement(words: Words, answer: DisplacementSummary) -> list[str]:
    """Return which figures to rely on and why, and the probability under chance alone."""
    return [belief_statement(words, answer["belief"]), _surety(words, answer)]


def care_statement(words: Words, answer: AnyDisplacement) -> str | None:
    """Return how far care was from people before and after, or None where that is not known."""
    metres = answer["care_distance_m"]
    before, after = metres["before"], metres["after"]
    if before is None or after is None:
        return None
    figures = {"before": words.metres(before), "after": words.metres(after)}
    if metres["way"] == "streets":
        return words.say(
            "The nearest care place in service was %(before)s away on foot before and %(after)s "
            "after, by streets, averaged over the people seen.",
            **figures,
        )
    return words.say(
        "The nearest care place in service was %(before)s away on foot before and %(after)s after "
        "(1.3 times the straight line), averaged over the people seen.",
        **figures,
    )


def refusal(words: Words, cause: str | None) -> str:
    """Return why a study gives no answer."""
    say = words.say
    known = {
        "no_visit": say("No patrol or survey went anywhere in the weeks before and after."),
        "target_unseen": say(
            "The place itself was not visited often enough, before and after, to tell what changed."
        ),
        "zeros_missing": say(
            "Visits that saw nobody at the place are no longer reported after the event: the mean "
            "of the others means nothing."
        ),
        "zeros_begun": say(
            "Visits that saw nobody at the place are reported only since the event, and whoever "
            "sees people there counts as many as before: fewer people or more reports, the two "
            "cannot be told apart."
        ),
        "target_split": say(
            "Since the event the visits to the place stand at two spots, each of which may hold a "
            "part of the people: what was counted before and after is not the same."
        ),
        "few_controls": say(
            "Too few comparable places were visited before and after without an event of their "
            "own; at least six are needed."
        ),
        "cut": say(
            "Another event nearby came less than a week before or after; the two cannot be told "
            "apart."
        ),
        "not_released": say("The weeks after it are not over; the answer comes once they are."),
    }
    return known.get(cause or "", say("Too few records for an honest answer."))


def _on_the_spot(words: Words, answer: DisplacementSummary) -> str:
    target = answer["target"]
    if not is_told(target):
        return ""
    if answer["finding"] == "no_fall_shown":
        return words.say(
            "On the spot: %(before)s before, %(after)s after; no fall beyond chance is shown.",
            before=words.heads(target["before"]),
            after=words.heads(target["after"]),
        )
    fall, after = round(-target["change"]), round(target["after"])
    values = {
        "fall": words.number(fall),
        "expected": words.number(after + fall),
        "interval": words.interval(-target["high"], -target["low"]),
    }
    if after < 1:
        return words.say(
            "On the spot next to nobody is left, of %(expected)s that comparable places lead to "
            "expect: %(fall)s fewer (%(interval)s).",
            **values,
        )
    return words.say(
        "On the spot: %(after)s, %(fall)s fewer than the %(expected)s that comparable places lead "
        "to expect (%(interval)s).",
        after=words.heads(target["after"]),
        **values,
    )


def _under_way(words: Words, answer: DisplacementSummary) -> str:
    """Return the trend of the target before the event, if it changes the interpretation."""
    slope = answer["slope"]
    if slope is None:
        return ""
    values = {
        "before": _weekly(words, slope["before"]),
        "controls": _weekly(words, slope["controls"]),
        "change": words.signed(slope["estimate"]),
        "interval": words.interval(slope["low"], slope["high"]),
    }
    if answer["finding"] == "fell_under_way":
        return words.say(
            "Caution: the decline was under way before (%(before)s a week, comparable places "
            "%(controls)s); had it gone on, the event itself would account for %(change)s, so it "
            "cannot be credited with the fall (whether or not it would have: %(interval)s).",
            **values,
        )
    return words.say(
        "Before the event the spot changed by %(before)s a week (comparable places %(controls)s); "
        "had that gone on, the event would account for %(change)s (whether or not it would have: "
        "%(interval)s).",
        **values,
    )


def _weekly(words: Words, log_change: float) -> str:
    """Return a change per week in percent, with its sign: -0.03 gives `−3 %`."""
    change = round(100 * math.expm1(log_change))
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{words.percent(abs(change) / 100)}"


def _farther(words: Words, answer: DisplacementSummary) -> str:
    rises = answer["farther"][:MOST_NAMED]
    if not rises:
        return ""
    listed = ", ".join(f"{row['name']} ({words.signed(row['change'])})" for row in rises)
    return words.say(
        "Farther away, beyond the ground compared, clear rises: %(list)s.", list=listed
    )


def _surety(words: Words, answer: DisplacementSummary) -> str:
    """Return the probability under chance alone; for a decline under way, the fall relative to
    others.
    """
    p, followed = answer["placebo"].get("p"), answer.get("cautious_p")
    if followed is not None and answer["finding"] != "fell_under_way":
        p = None if p is None else followed
    if p is None:
        return words.say("Too few comparable places to say whether chance alone would do this.")
    return words.say(
        "Chance alone would give a change this large at the target in %(share)s of cases.",
        share=words.percent(max(p, _SMALLEST)),
    )


def belief_statement(words: Words, belief: str) -> str:
    """Return which figures of a study to believe, and why."""
    say = words.say
    known = {
        "all_agree": say(
            "Rely on the comparison of places, which does not depend on the patrols; the plain "
            "counts agree with it."
        ),
        "places_counts_follow_effort": say(
            "Rely on the comparison of places, which does not depend on the patrols; the plain "
            "counts follow the patrols, whose number changed."
        ),
        "places_panel_disagrees": say(
            "Rely on the comparison of places, with caution: a second method disagrees."
        ),
        "places_counts_disagree": say(
            "Rely on the comparison of places, with caution: the plain counts disagree."
        ),
    }
    return known[belief]


def change_text(words: Words, row: ShownChange) -> str:
    """Return a change with its interval, `−42 (entre −55 et −29)`; a dash if it is withheld."""
    if row["change"] is None or row["low"] is None or row["high"] is None:
        return "–"
    interval = words.interval(row["low"], row["high"])
    return f"{words.signed(row['change'])} ({interval})"
