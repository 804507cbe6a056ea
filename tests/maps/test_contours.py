"""Density as five classes of area."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely

from geosites.core.density_classes import DENSITY_CLASSES, checked
from geosites.core.errors import Refused
from geosites.maps.layers.contours import bands


def test_the_bounds_are_five_that_rise() -> None:
    assert checked(DENSITY_CLASSES) == (0.2, 0.5, 1.0, 2.0, 5.0)
    for wrong in (
        (1.0, 2.0),
        (0.0, 1.0, 2.0, 3.0, 4.0),
        (1.0, 2.0, 2.0, 3.0, 4.0),
        (math.nan,) * 5,
    ):
        with pytest.raises(Refused, match="five bounds above 0"):
            checked(wrong)


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
