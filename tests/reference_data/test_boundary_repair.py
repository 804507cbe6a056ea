"""Territories as they are published become a coverage, or are refused by name."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.core.records import Territory
from geosites.reference_data.boundary_repair import made_coverage

X, Y = 652_000.0, 6_862_000.0


def territory(code: str, *rings: list[tuple[float, float]]) -> Territory:
    """Return a commune drawn by rings, in metres from a corner of Paris."""
    polygons = [shapely.Polygon([(X + x, Y + y) for x, y in ring]) for ring in rings]
    return Territory(
        code=code,
        level="commune",
        name=code,
        label=None,
        parent=None,
        area=shapely.MultiPolygon(polygons),
    )


def areas(territories: list[Territory]) -> np.ndarray:
    return np.array([item.area for item in territories], dtype=object)


def test_an_outline_that_crosses_itself_is_repaired_and_told() -> None:
    bowtie = territory("X1", [(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    made = made_coverage([bowtie])
    assert made.territories[0].area.is_valid
    assert made.territories[0].area.area == pytest.approx(500_000)
    assert "territory X1: Self-intersection" in made.warnings[0]


def test_an_outline_without_ground_is_refused_by_code() -> None:
    line = territory("X1", [(0, 0), (1000, 0), (500, 0)])
    with pytest.raises(Refused, match="territory X1 holds no ground"):
        made_coverage([line, territory("X2", [(0, 0), (1000, 0), (0, 1000)])])


def test_territories_that_overlap_are_refused_by_name() -> None:
    one = territory("A", [(0, 0), (1000, 0), (1000, 1000), (0, 1000)])
    other = territory("B", [(900, 0), (2000, 0), (2000, 1000), (900, 1000)])
    with pytest.raises(Refused, match=r"A and B overlap by 10\.0 ha"):
        made_coverage([one, other])


def test_what_is_a_coverage_is_left_as_it_is() -> None:
    one = territory("A", [(0, 0), (1000, 0), (1000, 1000), (0, 1000)])
    other = territory("B", [(1000, 0), (2000, 0), (2000, 1000), (1000, 1000)])
    assert made_coverage([one, other]) == ([one, other], ())


def test_a_real_gap_stays() -> None:
    ring = [(0, 0), (1000, 0), (1000, 1000), (0, 1000)]
    holed = territory("A", ring)
    hole = [(X + x, Y + y) for x, y in ((400, 400), (600, 400), (600, 600), (400, 600))]
    outer = shapely.get_coordinates(holed.area)
    area = shapely.MultiPolygon([shapely.Polygon(outer, [hole])])
    holed = Territory(**{**vars(holed), "area": area})
    other = territory("B", [(1000, 0), (2000, 0), (2000, 1000), (1000.01, 500), (1000, 1000)])
    made = made_coverage([holed, other])
    assert made.territories[0].area.area == pytest.approx(960_000, rel=1e-4)


@given(
    st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(-4, 4)), min_size=1, max_size=12),
    st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(-4, 4)), max_size=12),
    st.floats(0, math.tau),
)
def test_borders_that_are_not_shared_are_noded(
    first: list[tuple[float, float]], second: list[tuple[float, float]], turn: float
) -> None:
    """Two neighbours draw their border each with vertices of their own, metres apart."""

    def border(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(1000 + aside, 1000 * share) for share, aside in sorted(points)]

    def turned(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
        cos, sin = math.cos(turn), math.sin(turn)
        return [(x * cos - y * sin, x * sin + y * cos) for x, y in ring]

    one = [(0, 0), (1000, 0), *border(first), (1000, 1000), (0, 1000)]
    other = [(1000, 0), (2000, 0), (2000, 1000), (1000, 1000), *reversed(border(second))]
    given_ = [territory("A", turned(one)), territory("B", turned(other))]
    made = made_coverage(given_)
    assert shapely.coverage_is_valid(areas(made.territories))
    if made.warnings:
        whole = shapely.union_all(areas(made.territories))
        assert whole.area == pytest.approx(2_000_000, rel=1e-6)
    for item, before in zip(made.territories, given_, strict=True):
        assert item.area.area == pytest.approx(before.area.area, abs=9_000)


def test_of_very_many_overlaps_it_is_told_that_there_are_more() -> None:
    many = [
        territory(f"n{n:02d}", [(x, 0), (x + 1500, 0), (x + 1500, 1000), (x, 1000)])
        for n, x in enumerate(range(0, 4000, 100))
    ]
    with pytest.raises(Refused, match="territories: more than 99 pairs overlap; n00 and") as told:
        made_coverage(many)
    assert str(told.value).count(" overlap by ") == 100
