"""What the territories of a city are called, where its folder says it by its files alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from geosites.imports.city.folder import Choices, understood
from geosites.imports.city.level_words import word_in, words_of

CITIES = Path(__file__).parents[1] / "data" / "cities"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("quartiere", "Quartier"),
        ("City_Council_Districts", "council district"),
        ("CouncilDistricts2020", "council district"),
        ("Stadtteile_FFM", "Stadtteil"),
        ("bos_neighborhoods", "neighborhood"),
        ("wards", "ward"),
        ("zurich-city", None),
        ("Redistricting", None),
    ],
)
def test_the_words_of_a_file_say_what_its_territories_are_called(
    text: str, word: str | None
) -> None:
    assert word_in([text]) == word


def test_a_word_has_its_plural_and_an_unknown_one_has_none() -> None:
    assert words_of("Stadtteil")["en"] == ["Stadtteil", "Stadtteile"]
    assert words_of("neighborhood")["fr"] == ["quartier", "quartiers"]
    assert words_of("Kvarter") == {}


def test_where_nothing_says_the_word_the_option_is_named(tmp_path: Path) -> None:
    for name, told in (("quartiere", "level: Quartier"), ("zurich", "say --level")):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(CITIES / "zurich" / "quartiere.geojson", folder / f"{name}.geojson")
        found = understood(folder, Choices(zone="Europe/Zurich"))
        assert any(told in proposal for proposal in found.proposals)
