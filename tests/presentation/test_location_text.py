"""Where a place is, in words of both languages."""

from __future__ import annotations

import pytest

from geosites.core.documents.places import Whereabouts
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.location_text import near_text, of

FRENCH, ENGLISH = Words(Language.FRENCH), Words(Language.ENGLISH)


def street(name: str, crossing: str | None = None, away: float | None = None) -> Whereabouts:
    return {
        "street": name,
        "crossing": crossing,
        "crossing_m": away,
        "station": None,
        "station_m": None,
        "direction": None,
    }


def station(name: str, away: float, direction: str) -> Whereabouts:
    return {
        "street": None,
        "crossing": None,
        "crossing_m": None,
        "station": name,
        "station_m": away,
        "direction": direction,
    }


@pytest.mark.parametrize(
    ("near", "french", "english"),
    [
        (
            street("Rue Riquet", "Rue d'Aubervilliers", 40.2),
            "rue Riquet, à 40 m de la rue d’Aubervilliers",
            "Rue Riquet, 40 m from Rue d'Aubervilliers",
        ),
        (
            street("Boulevard Macdonald", "Avenue Corentin Cariou", 3.0),
            "à l’angle du boulevard Macdonald et de l’avenue Corentin Cariou",
            "corner of Boulevard Macdonald and Avenue Corentin Cariou",
        ),
        (street("Quai de Valmy"), "quai de Valmy", "Quai de Valmy"),
        (
            station("Porte de la Villette", 348.0, "ne"),
            "à 350 m au nord-est de la station Porte de la Villette",
            "350 m north-east of Porte de la Villette station",
        ),
        (station("Crimée", 12.0, "n"), "station Crimée", "Crimée station"),
    ],
)
def test_a_place_is_told_as_people_say_it(near: Whereabouts, french: str, english: str) -> None:
    assert (near_text(FRENCH, near) or "").replace("\u00a0", " ") == french
    assert (near_text(ENGLISH, near) or "").replace("\u00a0", " ") == english


def test_nothing_near_is_nothing_told() -> None:
    assert near_text(FRENCH, None) is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Allées Valère-Lefebvre", "des allées Valère-Lefebvre"),
        ("Impasse du Gué", "de l’impasse du Gué"),
        ("Cité Aubry", "de la cité Aubry"),
        ("Alpha", "de Alpha"),
    ],
)
def test_french_says_of_each_kind_of_street_what_it_is(name: str, told: str) -> None:
    assert of(FRENCH, name) == told
