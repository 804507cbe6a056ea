"""Distance to care against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.care_distance import Care, head_weighted_m, nearest_open_m

PLACES = np.array([[0.0, 0.0], [1000.0, 0.0]])


def way(xy, care):
    return care.between(xy, care.xy).metres


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
    found = head_weighted_m(way(PLACES, care), heads, care, np.arange(3))
    assert found == pytest.approx(1.3 * (30 * 100 + 10 * 900) / 40)


def test_the_nearest_open_place_counts_and_a_closed_one_does_not():
    care = Care(
        xy=np.array([[0.0, 50.0], [0.0, 400.0]]),
        open_from=np.array([5.0, -np.inf]),
        open_until=np.array([np.inf, np.inf]),
    )
    assert nearest_open_m(way(PLACES[:1], care), care, 4)[0] == pytest.approx(1.3 * 400)
    assert nearest_open_m(way(PLACES[:1], care), care, 5)[0] == pytest.approx(1.3 * 50)
    assert head_weighted_m(
        way(PLACES[:1], care), np.ones(1), care, np.array([4, 5])
    ) == pytest.approx(1.3 * 225)


def test_no_distance_where_no_place_was_open_or_nobody_stood():
    closed, here = _care([[0.0, 0.0]], open_until=-30), _care([[0.0, 0.0]])
    assert nearest_open_m(way(PLACES, closed), closed, 0) is None
    assert head_weighted_m(way(PLACES, closed), np.ones(2), closed, np.arange(3)) is None
    assert head_weighted_m(way(PLACES, here), np.zeros(2), here, np.arange(3)) is None


def test_no_care_place_at_all_gives_no_distance():
    none = _care(np.empty((0, 2)))
    assert head_weighted_m(way(PLACES, none), np.ones(2), none, np.arange(3)) is None
