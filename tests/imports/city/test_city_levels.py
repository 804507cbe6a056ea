"""What the territories of a city are called, where its folder says it by its files alone."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geosites.core.errors import Refused
from geosites.imports.city.folder import understood
from geosites.imports.city.found_files import Choices
from geosites.imports.city.level_words import word_in, words_of

LIMIT_S = 2
CITIES = Path(__file__).parents[2] / "data" / "cities"


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
    for name, told in (("quartiere", "level: Quartier"), ("zurich", "set --level")):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(CITIES / "zurich" / "quartiere.geojson", folder / f"{name}.geojson")
        found = understood(folder, Choices(zone="Europe/Zurich"))
        assert any(told in proposal for proposal in found.proposals)


def test_levels_that_are_no_list_are_refused(tmp_path: Path) -> None:
    (tmp_path / "city.toml").write_text("levels = 7\n", encoding="utf-8")
    shutil.copy(CITIES / "zurich" / "quartiere.geojson", tmp_path)
    with pytest.raises(Refused, match="levels: each needs its name"):
        understood(tmp_path, Choices(zone="Europe/Zurich"))


def test_a_boundary_of_a_million_vertices_is_refused(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 1_000_001)
    ring = np.column_stack([8.5 + 0.05 * np.cos(turn), 47.3 + 0.05 * np.sin(turn)])
    frame = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Polygon(ring)], crs=4326)
    frame.to_file(tmp_path / "made.gpkg")
    started = time.process_time()
    with pytest.raises(Refused, match="a value of more than 10 MB"):
        understood(tmp_path, Choices(zone="Europe/Zurich"))
    assert time.process_time() - started < LIMIT_S
