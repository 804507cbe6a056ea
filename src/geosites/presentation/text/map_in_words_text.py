"""The map of a week in sentences: places by street or station, counts, certainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.documents.weeks import OccupiedPlace, WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.text.location_text import near_text

FIRST = 5
"""Number of sentences beside the map; the full page of a week has all."""


@dataclass(frozen=True, kw_only=True)
class PlacesTold:
    """The sentences of a week's places, the largest first, and the number of others.

    `nobody` is the number of visited places with next to nobody.
    """

    lines: tuple[str, ...]
    more: str | None
    nobody: str | None = None


def places_told(words: Words, answer: WeekDocument, most: int | None = FIRST) -> PlacesTold:
    """Return the places of a week as sentences, up to a limit."""
    occupied = answer.get("occupied", [])
    lines = tuple(place_sentence(words, item) for item in occupied[:most])
    rest = len(occupied) - len(lines)
    more = words.say_many("%(count)s more place", "%(count)s more places", rest)
    return PlacesTold(
        lines=lines, more=more if rest else None, nobody=_nobody(words, answer, len(occupied))
    )


def _nobody(words: Words, answer: WeekDocument, occupied: int) -> str | None:
    """Return the number of visited places with next to nobody; None if there are none.

    None too if empty visits are not recorded.
    """
    if not occupied or answer["parameters"]["significance"] != "effort":
        return None
    empty = answer["places"] - occupied
    if empty <= 0:
        return None
    return words.say_many(
        "%(count)s other place visited: nobody, or less than one person on average.",
        "%(count)s other places visited: nobody, or less than one person on average.",
        empty,
    )


def place_sentence(words: Words, item: OccupiedPlace) -> str:
    """Return one place: `Rue Riquet, à 40 m de la rue d'Aubervilliers (Paris 19e) : …`."""
    ground = item["territory"]["name"] if item["territory"] else None
    where = near_text(words, item["whereabouts"]) or item["quartier"]
    if where is None:
        place = ground or words.say("place without a name")
    else:
        place = f"{words.capital(where)} ({ground})" if ground else words.capital(where)
    parts: Sequence[str] = (words.heads(item["heads"]), _sure(words, item))
    spot = item["hotspot"]
    told = [*parts, words.say("hotspot %(rank)s", rank=words.number(spot))] if spot else parts
    return f"{place}{words.say(': ')}{', '.join(told)}."


def _sure(words: Words, item: OccupiedPlace) -> str:
    """Return what the figure rests on: one visit, or several and what they counted."""
    if item["visits"] == 1:
        return words.say("counted at a single visit")
    if item["least"] == item["most"]:
        return words.say_many(
            "%(most)s at each of %(count)s visit",
            "%(most)s at each of %(count)s visits",
            item["visits"],
            most=words.number(item["most"]),
        )
    return words.say_many(
        "between %(least)s and %(most)s at %(count)s visit",
        "between %(least)s and %(most)s at %(count)s visits",
        item["visits"],
        least=words.number(item["least"]),
        most=words.number(item["most"]),
    )
