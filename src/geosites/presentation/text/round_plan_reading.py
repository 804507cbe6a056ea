"""How to read the map of planned rounds and the reasons of their stops."""

from __future__ import annotations

from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.presentation.formatting import Words
from geosites.presentation.text.round_plan_text import (
    crew_title,
    stop_name,
    streets,
    worth_telling,
)


def map_label(words: Words, plan: RoundPlanDocument) -> str:
    """Return the map of the rounds in words, for those who do not see it."""
    crews = [
        f"{crew_title(words, crew)}{words.say(': ')}"
        + words.say("; ").join(
            f"{number} {stop_name(words, stop)}" for number, stop in enumerate(crew["stops"], 1)
        )
        for crew in plan["rounds"]
    ]
    return ". ".join([words.say("Map of the rounds"), *crews]) + "."


def map_reading(words: Words, plan: RoundPlanDocument) -> str:
    """Return how to read the map of the rounds, and where the streets are named, if they are."""
    numbers = (
        words.say("Numbers: crew and stop, so that 2.3 is the third stop of crew 2.")
        if len(plan["rounds"]) > 1
        else words.say("Numbers: stops in the order to go.")
    )
    lines = words.say("Lines lead straight from stop to stop, thin where the way is ridden.")
    if not any(streets(words, stop) for crew in plan["rounds"] for stop in crew["stops"]):
        return f"{numbers} {lines}"
    below = words.say("The streets to take stand below each stop.")
    return f"{numbers} {lines} {below}"


def reasons_reading(words: Words, plan: RoundPlanDocument) -> str:
    """Return explanations of the reasons that are not self-explanatory, of those shown."""
    stops = [stop for crew in plan["rounds"] for stop in crew["stops"]]
    codes = {reason["code"] for stop in stops for reason in worth_telling(stop)}
    told = []
    if "sample" in codes:
        told.append(
            words.say(
                "Drawn for the sample: a square chosen at random, so that ground where nobody "
                "usually goes is seen too."
            )
        )
    if "total" in codes:
        told.append(
            words.say(
                "Weighs in the total of the city, or not seen for 28 days: a visit there makes the "
                "estimate of how many people are in the city surer."
            )
        )
    return " ".join(told)
