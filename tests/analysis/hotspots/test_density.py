from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from shapely.geometry import Point, Polygon, box

from geosites.analysis.hotspots.edge_correction import mass_inside
from geosites.analysis.hotspots.kernel_density import at_points, surface
from geosites.analysis.place_levels import standing_weights
from geosites.analysis.places import places
from geosites.core.errors import Refused
from samples.standing import heads_standing
from samples.vectors import vector, vector_file

CITY = (
    Polygon([(0, 0), (4000, -600), (5200, 2400), (3000, 1900), (2600, 4100), (-700, 2900)])
    .difference(Point(1500, 1500).buffer(400))
    .union(box(6000, 500, 6900, 1100))
)
seeds = st.integers(0, 2**32 - 1)


def in_city(seed: int, n: int) -> np.ndarray:
    xy = np.random.default_rng(seed).uniform((-700, -600), (6900, 4100), (6 * n, 2))
    return xy[shapely.contains_xy(CITY, xy)][:n]


@pytest.mark.parametrize("edge", ["none", "uniform", "diggle"])
@pytest.mark.parametrize("data", ["redwood", "longleaf_dbh"])
def test_the_exact_sums_are_those_of_spatstat(data: str, edge: str) -> None:
    known = vector(f"kde-{data}-{edge}")
    points = pd.read_csv(vector_file(known["inputs"]["points"]))
    ranges = json.loads(vector_file(known["inputs"]["window"]).read_text())
    window = box(*np.array([ranges["xrange"], ranges["yrange"]]).T.ravel())
    sigma = known["inputs"]["sigma"]
    found = at_points(points[["x", "y"]], points.get("w", 1), window, sigma, edge)  # type: ignore[arg-type]
    expected = known["expected"]["at_points_first10"]
    assert_allclose(found[:10], expected, rtol=known["tolerance"])


@pytest.mark.parametrize("data", ["redwood", "longleaf_dbh"])
def test_the_surface_of_the_published_points_sums_to_their_weights(data: str) -> None:
    known = vector(f"kde-{data}-diggle")
    points = pd.read_csv(vector_file(known["inputs"]["points"]))
    ranges = json.loads(vector_file(known["inputs"]["window"]).read_text())
    window = box(*np.array([ranges["xrange"], ranges["yrange"]]).T.ravel())
    sigma = known["inputs"]["sigma"]
    weights = np.broadcast_to(points.get("w", 1.0), len(points))
    drawn = surface(points[["x", "y"]], weights, window, sigma, sigma / 8)
    assert drawn.integral == pytest.approx(weights.sum(), rel=1e-12)
    assert drawn.integral == pytest.approx(known["expected"]["integral"], rel=1e-8)


@given(seeds, st.integers(1, 60), st.sampled_from([20.0, 25.0, 33.0]))
def test_mass_is_conserved_on_any_window(seed: int, n: int, cell: float) -> None:
    xy = in_city(seed, n)
    heads = np.random.default_rng(seed).poisson(6, len(xy))
    weights = standing_weights(places(xy), heads)
    drawn = surface(xy, weights, CITY, 200.0, cell)
    assert drawn.values.sum() * cell**2 == pytest.approx(
        heads_standing(places(xy), heads), abs=1e-9
    )
    assert drawn.integral == pytest.approx(weights.sum(), abs=1e-9)
    assert drawn.values.min() >= 0


@given(seeds, st.integers(2, 5))
def test_more_visits_that_see_the_same_leave_the_surface_as_it_was(seed: int, times: int) -> None:
    xy = in_city(seed, 40)
    heads = np.random.default_rng(seed).poisson(6, len(xy))
    chosen = places(xy) == 0
    again = np.repeat(np.arange(len(xy)), np.where(chosen, times, 1))
    once, more = (
        surface(points, standing_weights(places(points), seen), CITY, 200.0, 50.0)
        for points, seen in ((xy, heads), (xy[again], heads[again]))
    )
    assert_allclose(more.values, once.values, atol=1e-15)


def test_the_surface_agrees_with_the_exact_sum() -> None:
    rng = np.random.default_rng(7)
    xy = np.repeat(in_city(7, 40), 200, axis=0) + rng.normal(0, 60, (8000, 2))
    xy = xy[shapely.contains_xy(CITY, xy)]
    drawn = surface(xy, 1.0, CITY, 200.0, 25.0)
    columns, rows = np.meshgrid(drawn.x, drawn.y)
    whole = shapely.contains(CITY, shapely.box(columns - 13, rows - 13, columns + 13, rows + 13))
    nodes = np.column_stack([columns[whole], rows[whole]])[::29]
    squares = ((nodes[:, None, :] - xy) ** 2).sum(axis=2) / (2 * 200.0**2)
    exact = np.exp(-squares) @ (1 / mass_inside(xy, CITY, 200.0)) / (2 * np.pi * 200.0**2)
    away = np.abs(drawn.at(nodes) - exact)
    assert away.max() / exact.max() < 1e-3
    assert (away / exact)[exact > 0.01 * exact.max()].max() < 3e-3


def test_ten_heads_far_inside_make_a_peak_of_0_40_heads_per_hectare() -> None:
    drawn = surface([(5012.5, 4987.5)], 10, box(0, 0, 10_000, 10_000), 200.0, 25.0)
    assert drawn.values.max() * 1e4 == pytest.approx(10 / (2 * np.pi * 4), rel=5e-3)


def test_a_point_outside_the_window_is_told_and_not_drawn() -> None:
    xy = [(500.0, 500.0), (2_000.0, 500.0), (1e7, 1e7)]
    drawn = surface(xy, [1, 2, 4], box(0, 0, 1000, 1000), 100.0, 25.0)
    assert (drawn.integral, drawn.outside) == (pytest.approx(1.0), pytest.approx(6.0))


def test_a_point_on_the_border_is_not_lost() -> None:
    window = box(0, 0, 1000, 1000)
    corners = [(0, 0), (1000, 0), (1000, 1000), (0, 1000), (1000, 500), (500, 1000)]
    drawn = surface(corners, 1, window, 100.0, 25.0)
    assert (drawn.integral, drawn.outside) == (pytest.approx(6.0), 0.0)


def test_nothing_is_drawn_where_nothing_was_seen() -> None:
    drawn = surface(np.empty((0, 2)), [], box(0, 0, 1000, 500), 100.0, 25.0)
    assert drawn.values.shape == (20, 40)
    assert_array_equal(drawn.values, 0.0)
    assert (drawn.integral, drawn.outside) == (0.0, 0.0)


def test_the_grid_does_not_follow_the_visits() -> None:
    window = box(0, 0, 9000, 9000)
    one, other = (surface([(x, x)], 1, window, 200.0, 25.0) for x in (300.0, 8000.0))
    assert_array_equal(one.x, other.x)
    assert one.values.shape == other.values.shape
    assert one.integral == pytest.approx(other.integral)


def test_bad_input_is_refused_with_its_reason() -> None:
    window = box(0, 0, 1, 1)
    with pytest.raises(Refused, match="3 weights for 1 points"):
        surface([(0, 0)], [1, 2, 3], window, 0.5, 0.1)
    with pytest.raises(Refused, match="coordinate is not a number"):
        surface([(0, np.nan)], 1, window, 0.5, 0.1)
    with pytest.raises(Refused, match="weight is not a number"):
        surface([(0, 0)], np.nan, window, 0.5, 0.1)
    with pytest.raises(Refused, match=r"cell is 0\.6"):
        surface([(0, 0)], 1, window, 0.5, 0.6)
    with pytest.raises(Refused, match="bandwidth is 0"):
        at_points([(0, 0)], 1, window, 0)
    with pytest.raises(Refused, match="'sideways'"):
        at_points([(0, 0)], 1, window, 0.5, "sideways")  # type: ignore[arg-type]
