"""Density as five classes of area."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosites.maps.contours import bands, class_bounds


@pytest.mark.parametrize(
    ("peak", "bounds"),
    [
        (1.6, (0.05, 0.1, 0.2, 0.5, 1.0)),
        (2.0, (0.1, 0.2, 0.5, 1.0, 2.0)),
        (0.04, (0.001, 0.002, 0.005, 0.01, 0.02)),
        (730.0, (20.0, 50.0, 100.0, 200.0, 500.0)),
        (0.0, ()),
        (math.nan, ()),
    ],
)
def test_bounds_are_five_rungs_of_one_ladder(peak: float, bounds: tuple[float, ...]) -> None:
    assert class_bounds(peak) == bounds


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_the_greatest_bound_is_the_greatest_rung_not_above_the_peak(peak: float) -> None:
    bounds = class_bounds(peak)
    assert len(bounds) == 5
    assert bounds[-1] <= peak < bounds[-1] * 2.5000001
    assert list(bounds) == sorted(set(bounds))


def cone() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a cone of height 100 that falls by 1 a 10 m, on nodes 25 m apart."""
    x = y = np.arange(-1000.0, 1001.0, 25.0)
    columns, rows = np.meshgrid(x, y)
    return 100 - np.hypot(columns, rows) / 10, x, y


def test_a_cone_gives_discs_of_known_size() -> None:
    values, x, y = cone()
    found = bands(values, x, y, (50.0, 80.0))
    assert [(band.rank, band.bound) for band in found] == [(1, 50.0), (2, 80.0)]
    for band, radius_m in zip(found, (500.0, 200.0), strict=True):
        assert band.area.area == pytest.approx(math.pi * radius_m**2, rel=0.06)


def test_bands_lie_inside_one_another() -> None:
    values, x, y = cone()
    found = bands(values, x, y, (20.0, 40.0, 60.0, 80.0))
    assert all(
        outer.area.buffer(13).covers(inner.area) for outer, inner in itertools.pairwise(found)
    )


def test_a_hole_stays_a_hole() -> None:
    values, x, y = cone()
    (ring,) = bands(-np.abs(values - 50), x, y, (-20.0,))
    assert ring.area.is_valid
    assert len(ring.area.geoms[0].interiors) == 1
    assert not ring.area.covers(shapely.Point(0, 0))


def test_a_bound_above_everything_draws_nothing() -> None:
    values, x, y = cone()
    assert bands(values, x, y, (200.0,)) == []
