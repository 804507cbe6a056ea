"""The sea from coastlines: what lies to the right of them is water."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from geosites.imports.basemap.mapping import read
from geosites.imports.basemap.sea import sea, sea_of

DATA = Path(__file__).parents[2] / "data"
BOX = shapely.box(0, 0, 10, 10)
NOTHING = np.empty(0, dtype=object)


def lines(*coordinates: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(one) for one in coordinates], dtype=object)


def wet(found: list[shapely.Geometry], x: float, y: float) -> bool:
    return any(one.contains(shapely.Point(x, y)) for one in found)


@pytest.mark.parametrize("pieces", [1, 4])
def test_the_sea_lies_to_the_right_of_a_coast(pieces: int) -> None:
    north = np.linspace(0, 10, pieces + 1).tolist()
    coast = lines(*([(4.0, a), (4.0, b)] for a, b in pairwise(north)))
    found = sea(coast, NOTHING, BOX)
    assert wet(found, 7, 5)
    assert not wet(found, 2, 5)
    back = np.array([shapely.reverse(one) for one in coast], dtype=object)
    assert wet(sea(back, NOTHING, BOX), 2, 5)


def test_a_coast_that_the_extract_cuts_off_leads_out_of_the_box() -> None:
    found = sea(lines([(4, 1), (4, 9)]), NOTHING, BOX)
    assert shapely.union_all(found).area == pytest.approx(60)


def test_islands_are_land_whether_closed_or_of_pieces() -> None:
    island = np.array([shapely.box(6, 2, 7, 3)], dtype=object)
    pieces = lines([(6, 6), (8, 6), (8, 8)], [(8, 8), (6, 8), (6, 6)])
    found = sea(np.concatenate([lines([(4, 0), (4, 10)]), pieces]), island, BOX)
    assert wet(found, 9, 9)
    assert not wet(found, 6.5, 2.5)
    assert not wet(found, 7, 7)
    assert shapely.union_all(sea(NOTHING, island, BOX)).area == pytest.approx(99)


def test_monaco_has_its_sea_and_its_harbours() -> None:
    found = sea_of(DATA / "monaco.osm.pbf", None)
    for lon, lat in ((7.4253, 43.7352), (7.4330, 43.7300), (7.4600, 43.7300)):
        assert wet(found, lon, lat), (lon, lat)
    for lon, lat in ((7.4246, 43.7384), (7.4197, 43.7311), (7.4128, 43.7322)):
        assert not wet(found, lon, lat), (lon, lat)
    assert sea_of(DATA / "barbes.osm.gz", None) == []
    first = next(read(DATA / "monaco.osm.pbf", shapely.box(7.41, 43.72, 7.45, 43.76)))
    assert set(first.kind) == {"water"}
