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
        _surety(words, answer),
    )
    return [sentence for sentence in sentences if sentence]


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
        "all_agree": say("The comparison of places and the plain counts agree."),
        "places_counts_follow_effort": say(
            "Believe the comparison of places: the plain counts follow the patrols, whose number "
            "changed."
        ),
        "places_panel_disagrees": say(
            "Believe the comparison of places, with caution: a second method disagrees."
        ),
        "places_counts_disagree": say(
            "Believe the comparison of places, with caution: the plain counts disagree."
        ),
    }
    return known[belief]
