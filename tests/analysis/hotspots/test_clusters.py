from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from geosites.analysis.hotspots.clusters import beside, grouped, supported
from geosites.analysis.hotspots.week_cells import Cells, connected

NOBODY = np.empty((0, 2))


def marked(
    xy: list[tuple[float, float]], heads: list[float], hot: list[float]
) -> tuple[Cells, np.ndarray]:
    cells, cell = Cells.of(np.array(xy), np.array(heads), np.array(heads), 100.0)
    q = np.array(hot)
    return cells.judged(q, q, 0.05), cell


def test_cells_count_their_visits_and_heads() -> None:
    cells, cell = Cells.of(
        np.array([(250.0, 50.0), (20.0, 30.0), (299.0, 99.0)]),
        np.array([3.0, 5.0, 1.0]),
        np.array([1.5, 5.0, 0.5]),
        100.0,
    )
    assert_array_equal(cell, [1, 0, 1])
    assert_array_equal(cells.visits, [1, 2])
    assert_array_equal(cells.heads, [5, 4])
    assert_array_equal(cells.standing, [5, 2])
    assert_array_equal(cells.rate, [5, 2])
    assert_array_equal(cells.centres, [(50, 50), (250, 50)])
    assert cells.ground.area == 2e4
    assert not cells.significant.any()


def test_cell_numbers_are_in_order_and_hold_west_of_nought() -> None:
    cells, _ = Cells.of(
        np.array([(-50.0, -250.0), (-50.0, 50.0), (50.0, -50.0)]), *np.ones((2, 3)), 100.0
    )
    assert (np.diff(cells.keys) > 0).all()
    assert_array_equal(cells.column, [-1, -1, 0])
    assert_array_equal(cells.row, [-3, 0, -1])


def test_cells_that_touch_at_a_corner_are_one_group() -> None:
    group = connected(np.array([0, 1, 3, 3]), np.array([0, 1, 0, 1]))
    assert group[0] == group[1] != group[2] == group[3]
    assert len(connected(np.zeros(0, np.int64), np.zeros(0, np.int64))) == 0


def test_hotspots_are_ranked_by_heads_and_hold_their_visits() -> None:
    xy = [(50.0, 50.0), (150.0, 150.0), (160.0, 150.0), (950.0, 50.0), (2000.0, 50.0)]
    cells, cell = marked(xy, [1, 2, 3, 10, 4], [0.04, 0.01, 0.02, 0.9])
    found = grouped(cells, cell, np.array(xy), np.array([1.0, 2, 3, 10, 4]), NOBODY)
    assert [(spot.rank, spot.heads, spot.visits) for spot in found] == [(1, 10, 1), (2, 6, 3)]
    assert found[1].cells == ((0, 0), (1, 1))
    assert found[1].area_ha == 2.0
    assert found[1].q_value == 0.01
    assert found[1].share == pytest.approx(0.3)
    assert (found[1].x, found[1].y) == pytest.approx((830 / 6, 800 / 6))


def test_a_hotspot_of_empty_visits_still_has_a_position() -> None:
    cells, cell = marked([(50.0, 50.0), (70.0, 50.0)], [0, 0], [0.01])
    spot = grouped(cells, cell, np.array([(50.0, 50.0), (70.0, 50.0)]), np.zeros(2), NOBODY)[0]
    assert (spot.x, spot.y, spot.share) == (60.0, 50.0, 0.0)


def test_a_call_beside_a_hotspot_corroborates_it_and_one_further_off_does_not() -> None:
    cells, cell = marked([(50.0, 50.0)], [5], [0.01])
    xy, weights = np.array([(50.0, 50.0)]), np.array([5.0])
    near = grouped(cells, cell, xy, weights, np.array([(199.0, -99.0)]))[0]
    far = grouped(cells, cell, xy, weights, np.array([(201.0, 50.0)]))[0]
    assert (near.discoveries_only, far.discoveries_only) == (False, True)


def test_beside_a_cell_lie_nine_with_itself() -> None:
    assert len(beside([(4, 5)])) == 9
    assert beside([]) == set()


def test_judging_leaves_the_counts_alone() -> None:
    cells, _ = Cells.of(np.array([(0.0, 0.0), (500.0, 0.0)]), *np.ones((2, 2)), 100.0)
    judged = cells.judged(np.array([0.01, np.nan]), np.array([0.02, np.nan]), 0.05)
    assert_array_equal(judged.significant, [True, False])
    assert_allclose(replace(judged, p=cells.p).heads, cells.heads)


def test_a_group_with_too_few_visits_of_its_own_is_no_hotspot() -> None:
    xy = [(50.0, 50.0)] * 3 + [(150.0, 50.0)] * 2 + [(950.0, 50.0)] * 4
    cells, cell = marked(xy, [1.0] * 9, [0.01, 0.02, 0.01])
    alone = np.arange(9)
    assert_array_equal(supported(cells, cell, alone, 5.0).significant, [True, True, False])
    assert not supported(cells, cell, alone, 6.0).significant.any()
    nothing, _ = marked(xy, [1.0] * 9, [0.5, 0.5, 0.5])
    assert not supported(nothing, cell, alone, 1.0).significant.any()


def test_crews_who_came_together_support_a_group_once() -> None:
    xy = [(50.0, 50.0)] * 5 + [(950.0, 50.0)] * 5
    cells, cell = marked(xy, [1.0] * 10, [0.01, 0.01])
    together = np.array([0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert_array_equal(supported(cells, cell, together, 5.0).significant, [False, True])
