"""What one visit weighs, and what stands if isolated counts weigh less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geosites.analysis.places import places
from geosites.analysis.visit_influence import heaviest, robust_standing
from geosites.simulation import rounds_week
from samples.standing import heads_standing

CITY = box(650_000, 6_860_000, 658_000, 6_868_000)


def test_one_count_of_300_at_a_place_of_two_visits_is_named() -> None:
    place = np.array([0, 0, 1, 1, 1, 2])
    heads = np.array([300.0, 6.0, 90.0, 80.0, 85.0, 60.0])
    found = heaviest(place, heads)
    assert found is not None
    assert (found.visit, found.heads, found.visits) == (0, 300.0, 2)
    assert found.adds == pytest.approx(153.0 - 6.0)
    assert found.share == pytest.approx(147.0 / heads_standing(place, heads))


def test_an_only_visit_adds_all_that_stands_there() -> None:
    found = heaviest(np.array([0, 1, 1]), np.array([10.0, 30.0, 30.0]))
    assert found is not None
    assert (found.visit, found.adds) == (0, 10.0)


def test_where_nobody_was_seen_no_visit_weighs_anything() -> None:
    assert heaviest(np.zeros(0, np.int64), np.zeros(0)) is None
    assert heaviest(np.array([0, 1]), np.zeros(2)) is None
    assert robust_standing(np.zeros(0, np.int64), np.zeros(0)) == 0.0
    assert robust_standing(np.array([0, 1]), np.zeros(2)) == 0.0


@given(st.integers(0, 2**32 - 1))
def test_what_a_visit_adds_is_what_goes_without_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    place, heads = rng.integers(0, 6, 25), rng.poisson(4, 25).astype(float)
    total = heads_standing(place, heads)
    found = heaviest(place, heads)
    assert found is not None
    without = [
        total - heads_standing(np.delete(place, one), np.delete(heads, one)) for one in range(25)
    ]
    assert found.adds == pytest.approx(max(without))


def test_a_count_that_was_seen_twice_stands() -> None:
    place = np.repeat(np.arange(12), 2)
    heads = np.full(24, 5.0)
    heads[:2] = 300.0, 101.0
    assert robust_standing(place, heads) == heads_standing(place, heads)
    heads[1] = 6.0
    assert robust_standing(place, heads) == pytest.approx(11 * 5.0 + (18.0 + 6.0) / 2)


def test_plain_weeks_stay_what_they_are_and_one_count_does_not_double_them() -> None:
    plain, spoilt, mean = [], [], []
    for seed in range(60):
        week = rounds_week(np.random.default_rng([71, seed]), CITY)
        heads = week.heads.astype(float)
        level = heads_standing(places(week.xy), heads)
        plain.append(robust_standing(places(week.xy), heads) / level)
        xy, more = np.vstack([week.xy, [(640_000.0, 6_850_000.0)] * 2]), np.append(heads, [300, 6])
        spoilt.append(robust_standing(places(xy), more) / level)
        mean.append(heads_standing(places(xy), more) / level)
    assert 0.95 <= np.mean(plain) <= 1.0
    assert np.mean(spoilt) <= 1.1 < 1.5 < np.mean(mean)
