from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.testing import assert_allclose
from scipy.special import ndtr
from shapely.geometry import Point, Polygon, box

from geosites.analysis.hotspots.edge_correction import mass_inside
from geosites.analysis.hotspots.grid import Grid, coverage


def test_a_rectangle_has_the_product_of_two_normal_distributions() -> None:
    rng = np.random.default_rng(1)
    xy = rng.uniform(-1, 4, (200, 2))
    across = ndtr((3 - xy[:, 0]) / 0.7) - ndtr((0 - xy[:, 0]) / 0.7)
    along = ndtr((2 - xy[:, 1]) / 0.7) - ndtr((0 - xy[:, 1]) / 0.7)
    assert_allclose(mass_inside(xy, box(0, 0, 3, 2), 0.7), across * along, atol=1e-14)


def test_borders_have_a_half_and_corners_a_quarter() -> None:
    window = box(0, 0, 1000, 1000)
    at = [(500, 0), (0, 0), (500, 500), (500, 5000)]
    assert_allclose(mass_inside(at, window, 10.0), [0.5, 0.25, 1.0, 0.0], atol=1e-14)


def test_a_disc_has_one_minus_the_rayleigh_tail_at_its_centre() -> None:
    disc = Point(3, 4).buffer(2.0, quad_segs=2000)
    assert_allclose(mass_inside([(3, 4)], disc, 1.0), 1 - np.exp(-2.0), atol=1e-6)


def test_holes_and_parts_add_up() -> None:
    whole, hole, part = box(0, 0, 9, 9), Point(4, 4).buffer(2), box(11, 0, 14, 9)
    window = whole.difference(hole).union(part)
    xy = np.random.default_rng(2).uniform(-1, 15, (100, 2))
    parts = [mass_inside(xy, geometry, 1.5) for geometry in (whole, hole, part)]
    assert_allclose(mass_inside(xy, window, 1.5), parts[0] - parts[1] + parts[2], atol=1e-13)


@pytest.mark.parametrize("wound", [False, True])
def test_the_direction_of_the_rings_does_not_matter(wound: bool) -> None:
    ring = Polygon([(0, 0), (5, 1), (4, 6), (-1, 3)])
    window = shapely.orient_polygons(ring, exterior_cw=wound)
    assert_allclose(
        mass_inside([(2, 2), (0, 0)], window, 1.0), mass_inside([(2, 2), (0, 0)], ring, 1.0)
    )


def test_an_odd_polygon_agrees_with_a_fine_grid() -> None:
    window = Polygon([(0, 0), (8, 1), (3, 3), (9, 8), (1, 7), (4, 4)])
    grid = Grid.over(window, 0.02)
    cover = coverage(window, grid)
    for x, y in [(3.0, 2.0), (8.0, 7.0), (5.0, 4.0)]:
        near = np.exp(-((grid.x - x) ** 2 + (grid.y[:, None] - y) ** 2) / 2) / (2 * np.pi)
        summed = float((near * cover).sum() * grid.cell**2)
        assert_allclose(mass_inside([(x, y)], window, 1.0), summed, atol=1e-4)


def test_no_point_is_no_mass() -> None:
    assert mass_inside(np.empty((0, 2)), box(0, 0, 1, 1), 1.0).shape == (0,)
