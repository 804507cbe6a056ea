"""Distance to care against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.care_distance import Care, head_weighted_m, nearest_open_m

PLACES = np.array([[0.0, 0.0], [1000.0, 0.0]])


def _care(xy, open_from=-np.inf, open_until=np.inf):
    points = np.asarray(xy, dtype=float)
    return Care(
        xy=points,
        open_from=np.full(len(points), open_from),
        open_until=np.full(len(points), open_until),
    )


def test_each_place_weighs_its_heads():
    care = _care([[100.0, 0.0]])
    heads = np.array([30.0, 10.0])
    found = head_weighted_m(PLACES, heads, care, np.arange(3))
    assert found == pytest.approx((30 * 100 + 10 * 900) / 40)


def test_the_nearest_open_place_counts_and_a_closed_one_does_not():
    care = Care(
        xy=np.array([[0.0, 50.0], [0.0, 400.0]]),
        open_from=np.array([5.0, -np.inf]),
        open_until=np.array([np.inf, np.inf]),
    )
    assert nearest_open_m(PLACES[:1], care, 4)[0] == 400
    assert nearest_open_m(PLACES[:1], care, 5)[0] == 50
    assert head_weighted_m(PLACES[:1], np.ones(1), care, np.array([4, 5])) == 225


def test_no_distance_where_no_place_was_open_or_nobody_stood():
    closed = _care([[0.0, 0.0]], open_until=-30)
    assert nearest_open_m(PLACES, closed, 0) is None
    assert head_weighted_m(PLACES, np.ones(2), closed, np.arange(3)) is None
    assert head_weighted_m(PLACES, np.zeros(2), _care([[0.0, 0.0]]), np.arange(3)) is None


def test_no_care_place_at_all_gives_no_distance():
    assert head_weighted_m(PLACES, np.ones(2), _care(np.empty((0, 2))), np.arange(3)) is None
