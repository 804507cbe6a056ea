"""The map of a round: every stop with its number, crews told apart without colour."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from geosites.core.documents.round_plan import CrewRoundDocument
from geosites.maps.geojson import collection, feature
from geosites.maps.round_map import round_map
from geosites.presentation.formatting import Words
from geosites.presentation.text.round_plan_reading import map_label
from samples.samples_of_render import CENTRE

WORDS = Words()


def crew(number: int, away: float = 0.0, **changes: Any) -> CrewRoundDocument:
    """Return a round of three stops that lie 0.01 degrees apart, the last one ridden to."""
    stops = [
        {
            "site": None, "name": None, "territory": "Paris 19e", "quartier": None,
            "lon": 2.37 + away + 0.01 * n, "lat": 48.88 + 0.004 * n, "ridden": n == 2,
            "leg_m": 800.0, "way": "straight", "along": [], "arrives_min": 20.0 * n,
            "days_seen": 0, "status": None, "p_clear": None, "stopping": None, "due": None,
            "whereabouts": None,
            "why": [], **changes,
        }
        for n in range(3)
    ]  # fmt: skip
    return {"crew": number, "length_m": 800.0, "minutes": 60.0, "stops": stops}  # type: ignore[typeddict-item]


def grey(picture: bytes | None) -> np.ndarray:
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as opened:
        return np.asarray(opened.convert("L"))


def test_the_same_round_gives_the_same_picture() -> None:
    streets = collection([feature("road", CENTRE.buffer(400).exterior, level="main")])
    first, again = (round_map(WORDS, streets, [crew(1), crew(2, 0.005)]) for _ in range(2))
    assert first == again
    assert grey(first).shape == (774, 1276)


def test_a_phone_gets_a_picture_whose_letters_keep_their_size() -> None:
    """As wide as a phone at twice its points, and higher than wide; every stop is on it."""
    tall = grey(round_map(WORDS, collection([]), [crew(1)], tall=True))
    high, wide = tall.shape
    assert 2 * 340 <= wide < high <= 2 * 640
    assert (tall < 60).sum() > 200


def test_no_stop_no_picture() -> None:
    assert round_map(WORDS, collection([]), []) is None


def test_crews_differ_in_grey() -> None:
    """A second crew in the same place is drawn otherwise than the first, and a third again."""
    pictures = [grey(round_map(WORDS, collection([]), [crew(number)])) for number in (1, 2, 3)]
    assert (pictures[0] != pictures[1]).sum() > 200
    assert (pictures[0] != pictures[2]).sum() > 200
    assert pictures[0].min() < 60


def test_the_map_in_words_numbers_each_stop() -> None:
    plan: Any = {"rounds": [crew(1), crew(2)]}
    said = map_label(WORDS, plan)
    assert said.startswith("Carte des rondes. Équipe 1")
    assert said.count("3 Carré de 100\u00a0m, Paris 19e") == 2
