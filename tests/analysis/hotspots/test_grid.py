from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import convolve
from shapely.geometry import Polygon, box

from geosites.analysis.hotspots.gaussian_kernel import gaussian_kernel
from geosites.analysis.hotspots.grid import (
    Grid,
    coverage,
    lattice,
    neighbours_sum,
    smooth,
)


def star(seed: int) -> shapely.Geometry:
    """Return a star-shaped polygon with a hole and an island."""
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
    reach = rng.uniform(300, 900, 12)
    ring = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]) + rng.uniform(0, 99, 2)
    shape = shapely.make_valid(Polygon(ring)).buffer(0)
    return shape.difference(box(-60, -40, 75, 30)).union(box(1200, 100, 1333, 222))


@given(st.integers(0, 10_000))
def test_coverage_is_the_area_of_each_cell_inside(seed: int) -> None:
    window = star(seed)
    grid = Grid.over(window, 50.0)
    west, south = np.meshgrid(grid.x - 25, grid.y - 25)
    cells = shapely.box(west, south, west + 50, south + 50)
    inside = shapely.area(shapely.intersection(cells, window)) / 2500
    assert_allclose(coverage(window, grid), inside, atol=1e-8)


def test_a_grid_of_18_by_12_km_has_345600_nodes_of_25_m() -> None:
    grid = Grid.over(box(0, 0, 18_000, 12_000), 25.0)
    assert grid.shape == (480, 720)
    assert (grid.x[0], grid.y[-1]) == (12.5, 11_987.5)


def test_cells_are_the_same_whatever_the_window() -> None:
    small, large = Grid.over(box(133, 7, 260, 90), 50.0), Grid.over(box(-99, -3, 900, 400), 50.0)
    assert set(small.x) <= set(large.x)
    assert set(small.y) <= set(large.y)


def test_points_fall_into_the_cell_whose_corner_lies_below_them() -> None:
    column, row = lattice(np.array([(0.0, 99.9), (-0.1, 100.0)]), 100.0)
    assert_array_equal(column, [0, -1])
    assert_array_equal(row, [0, 1])


def test_the_kernel_and_the_spreading_of_points_have_the_variance_asked() -> None:
    kernel = gaussian_kernel(200.0, 25.0)
    away = (np.arange(len(kernel)) - len(kernel) // 2) * 25.0
    assert kernel.sum() == pytest.approx(1.0, abs=1e-15)
    assert (kernel @ away**2) + 25.0**2 / 6 == pytest.approx(200.0**2, rel=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (7, 200), (131, 64)])
def test_smoothing_is_a_plain_convolution_with_nothing_beyond(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(3).uniform(0, 1, shape)
    kernel = gaussian_kernel(3.0, 1.0)
    expected = convolve(values, np.outer(kernel, kernel), mode="constant")
    assert_allclose(smooth(values, kernel), expected, atol=1e-14)


def test_smoothing_leaves_empty_ground_empty() -> None:
    values = np.zeros((300, 300))
    values[10, 10] = 1.0
    smoothed = smooth(values, gaussian_kernel(8.0, 1.0))
    assert smoothed.min() == 0.0
    assert_array_equal(smoothed[60:], 0.0)


def test_sums_around_cells_stay_whole_numbers_and_work_on_stacks() -> None:
    values = np.random.default_rng(4).integers(0, 9, (5, 6, 7)).astype(np.int16)
    kernel = np.array([[0, 1, 0], [1, 2, 1], [0, 1, 0]], dtype=np.int16)
    sums = neighbours_sum(values, kernel)
    assert sums.dtype == np.int16
    for layer, summed in zip(values, sums, strict=True):
        assert_array_equal(summed, convolve(layer, kernel, mode="constant"))
