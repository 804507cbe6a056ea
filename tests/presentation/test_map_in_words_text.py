"""The map of a week as sentences."""

from __future__ import annotations

from typing import Any

import pytest

from geosites.core.documents.weeks import OccupiedPlace
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.map_in_words_text import FIRST, place_sentence, places_told
from plain import plain

RIQUET = {
    "street": "Rue Riquet",
    "crossing": "Rue d'Aubervilliers",
    "crossing_m": 40.0,
    "station": None,
    "station_m": None,
    "direction": None,
}


def place(**changes: Any) -> OccupiedPlace:
    made: Any = {
        "heads": 11.6,
        "visits": 3,
        "least": 8,
        "most": 15,
        "territory": {"code": "75119", "name": "Paris 19e"},
        "hotspot": 1,
        "whereabouts": RIQUET,
        "quartier": "La Villette",
        "lon": 2.37,
        "lat": 48.89,
        **changes,
    }
    return made


@pytest.mark.parametrize(
    ("changes", "french"),
    [
        (
            {},
            "Rue Riquet, à 40 m de la rue d'Aubervilliers (Paris 19e) : environ 12 personnes, "
            "entre 8 et 15 selon les 3 visites, point chaud 1.",
        ),
        (
            {"visits": 1, "least": 12, "most": 12, "hotspot": None, "whereabouts": None},
            "La Villette (Paris 19e) : environ 12 personnes, lors d'une seule visite.",
        ),
        (
            {"least": 5, "most": 5, "heads": 5.0, "territory": None, "hotspot": None},
            "Rue Riquet, à 40 m de la rue d'Aubervilliers : environ 5 personnes, 5 à chacune des "
            "3 visites.",
        ),
        (
            {"whereabouts": None, "quartier": None, "territory": None, "hotspot": None},
            "Lieu sans nom : environ 12 personnes, entre 8 et 15 selon les 3 visites.",
        ),
    ],
)
def test_a_place_says_where_how_many_and_how_sure(changes: Any, french: str) -> None:
    said = plain(place_sentence(Words(Language.FRENCH), place(**changes)))
    assert said.lower() == french.lower()


def test_english_says_the_same() -> None:
    assert plain(place_sentence(Words(Language.ENGLISH), place())) == (
        "Rue Riquet, 40 m from Rue d'Aubervilliers (Paris 19e): about 12 people, between 8 and 15 "
        "at 3 visits, hotspot 1."
    )


def test_of_many_places_the_first_are_told_and_the_others_counted() -> None:
    answer: Any = {
        "occupied": [place() for _ in range(FIRST + 5)],
        "places": FIRST + 9,
        "parameters": {"significance": "effort"},
    }
    told = places_told(Words(Language.ENGLISH), answer)
    assert (len(told.lines), told.more) == (FIRST, "5 more places")
    assert told.nobody is not None
    assert told.nobody.startswith("4 other places visited: nobody")
    answer["places"] = FIRST + 5
    assert places_told(Words(Language.ENGLISH), answer).nobody is None
    whole = places_told(Words(Language.ENGLISH), answer, None)
    assert (len(whole.lines), whole.more) == (FIRST + 5, None)
    assert places_told(Words(Language.ENGLISH), {}).lines == ()  # type: ignore[typeddict-item]
