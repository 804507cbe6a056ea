"""The map of a week as sentences: where people stood by street or station, how many, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geosites.core.documents.weeks import OccupiedPlace, WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.text.near_text import near_text

FIRST = 12
"""Sentences in sight; the rest is folded below them."""


@dataclass(frozen=True, kw_only=True)
class PlacesTold:
    """The sentences of a week's places, most people first: those in sight, and the others."""

    first: tuple[str, ...]
    rest: tuple[str, ...]
    more: str


def places_told(words: Words, answer: WeekDocument) -> PlacesTold:
    """Return the places of a week as sentences."""
    lines = tuple(place_sentence(words, item) for item in answer.get("occupied", ()))
    rest = lines[FIRST:]
    more = words.say_many("%(count)s more place", "%(count)s more places", len(rest))
    return PlacesTold(first=lines[:FIRST], rest=rest, more=more)


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
