"""What followed an event, in sentences: on the spot, nearby, in all, and what to believe."""

from __future__ import annotations

from geosites.render.documents import DisplacementDocument
from geosites.render.words import Words


def event_title(words: Words, answer: DisplacementDocument, place: str | None = None) -> str:
    """Return what an event was, when and where: `Après l'opération du 5 octobre 2022`."""
    say, day = words.say, words.day(answer["event"]["at"])
    known = {
        "operation": say("After the operation of %(day)s", day=day),
        "closure": say("After the closure of %(day)s", day=day),
    }
    title = known.get(answer["event"]["kind"], say("After %(day)s", day=day))
    return title if place is None else f"{title} · {place}"


def displacement_statement(words: Words, answer: DisplacementDocument) -> list[str]:
    """Return what changed after an event: on the spot, nearby, and how sure we are."""
    sentences = (
        _on_the_spot(words, answer),
        _nearby(words, answer),
        _rises(words, answer),
        _left(words, answer),
    )
    return [sentence for sentence in sentences if sentence]


def trust_statement(words: Words, answer: DisplacementDocument) -> list[str]:
    """Return which figures to believe and why, and what chance alone would do."""
    return [belief_statement(words, answer["belief"]), _surety(words, answer)]


def care_statement(words: Words, answer: DisplacementDocument) -> str | None:
    """Return how far care was from people before and after, or None where that is not known."""
    before, after = (answer["care_distance_m"][period] for period in ("before", "after"))
    if before is None or after is None:
        return None
    return words.say(
        "The nearest open care place was %(before)s away before and %(after)s after, as the crow "
        "flies, averaged over the people seen.",
        before=words.metres(before),
        after=words.metres(after),
    )


def refusal(words: Words, cause: str | None) -> str:
    """Return why a study gives no answer."""
    say = words.say
    known = {
        "no_visit": say("No patrol or survey went anywhere in the weeks before and after."),
        "target_unseen": say(
            "The place itself was not visited often enough, before and after, to tell what changed."
        ),
        "few_controls": say(
            "Too few comparable places were visited before and after without an event of their "
            "own; at least six are needed."
        ),
        "cut": say(
            "Another event nearby came less than a week before or after; the two cannot be told "
            "apart."
        ),
        "not_released": say("The weeks after it are not over; it is told once they are."),
    }
    return known.get(cause or "", say("Too little is recorded for an honest answer."))


def people(words: Words, heads: float) -> str:
    """Return computed heads in words: nobody was seen or not seen here."""
    return words.heads(heads) if round(heads) >= 1 else words.say("nobody")


def _on_the_spot(words: Words, answer: DisplacementDocument) -> str:
    target = answer["target"]
    if answer["finding"] == "no_fall_shown":
        return words.say(
            "On the spot: %(before)s before, %(after)s after; no fall beyond chance is shown.",
            before=words.heads(target["before"]),
            after=words.heads(target["after"]),
        )
    return words.say(
        "On the spot: %(heads)s fewer than comparable places would lead to expect (%(interval)s).",
        heads=words.heads(-target["change"]),
        interval=words.interval(-target["high"], -target["low"]),
    )


def _nearby(words: Words, answer: DisplacementDocument) -> str:
    share = answer["displaced_share"]
    if answer["finding"] == "fell_and_moved" and share is not None:
        return words.say(
            "Nearby, %(share)s of this fall is found again (between %(low)s and %(high)s).",
            share=words.percent(share["value"]),
            low=words.percent(share["low"]),
            high=words.percent(share["high"]),
        )
    known = {
        "fell_and_nearby_fell": words.say("Nearby there are fewer people as well."),
        "fell_not_found_nearby": words.say("Nearby, no clear rise answers this fall."),
    }
    return known.get(answer["finding"], "")


def _rises(words: Words, answer: DisplacementDocument) -> str:
    rises = [row for row in answer["territories"] if row["low"] > 0 and row["near"]]
    if not rises:
        return words.say("No territory nearby shows a clear rise.")
    most = sorted(rises, key=lambda row: -row["change"])[:3]
    listed = ", ".join(f"{row['name']} ({words.signed(row['change'])})" for row in most)
    return words.say("Clear rises: %(list)s.", list=listed)


def _left(words: Words, answer: DisplacementDocument) -> str:
    left, arrived = answer["left_or_not_found"], answer["arrived"]
    if left is None or answer["finding"] == "no_fall_shown":
        return ""
    return words.say(
        "Left or not found: %(left)s (%(left_interval)s); arrived from elsewhere: %(arrived)s "
        "(%(arrived_interval)s).",
        left=people(words, left["heads"]),
        left_interval=words.interval(left["low"], left["high"]),
        arrived=people(words, arrived["heads"]),
        arrived_interval=words.interval(arrived["low"], arrived["high"]),
    )


def _surety(words: Words, answer: DisplacementDocument) -> str:
    p = answer["placebo"].get("p")
    if p is None:
        return words.say("Too few comparable places to say whether chance alone would do this.")
    return words.say(
        "Chance alone would give a change this large at the target in %(share)s of cases.",
        share=words.percent(p),
    )


def belief_statement(words: Words, belief: str) -> str:
    """Return which figures of a study to believe, and why."""
    say = words.say
    known = {
        "all_agree": say(
            "Believe the comparison of places, which does not move with the patrols; the plain "
            "counts agree with it."
        ),
        "places_counts_follow_effort": say(
            "Believe the comparison of places, which does not move with the patrols; the plain "
            "counts follow the patrols, whose number changed."
        ),
        "places_panel_disagrees": say(
            "Believe the comparison of places, with caution: a second method disagrees."
        ),
        "places_counts_disagree": say(
            "Believe the comparison of places, with caution: the plain counts disagree."
        ),
    }
    return known[belief]
