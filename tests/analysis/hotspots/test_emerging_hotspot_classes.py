from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.hotspots.clusters import Hotspot
from geosites.analysis.hotspots.emerging_hotspot_classes import Trend, classify, course
from geosites.analysis.hotspots.mann_kendall import mann_kendall
from geosites.analysis.hotspots.week_cells import Cells

YES, NO = True, False
FLAT = [5.0, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6]


def test_five_rising_values_can_be_checked_by_hand() -> None:
    test = mann_kendall([1, 2, 3, 4, 5])
    assert (test.s, test.tau) == (10, 1.0)
    assert test.z == pytest.approx(9 / np.sqrt(50 / 3))
    assert test.p == pytest.approx(0.0275, abs=5e-5)


def test_the_variance_is_that_of_all_orders() -> None:
    scores = [mann_kendall(order) for order in permutations([1.0, 2, 2, 3, 5, 5])]
    spread = np.var([test.s for test in scores])
    moved = next(test for test in scores if test.s > 1)
    assert moved.z == pytest.approx((moved.s - 1) / np.sqrt(spread))


@given(st.lists(st.integers(0, 9), max_size=14))
def test_turning_the_series_round_turns_the_trend(values: list[int]) -> None:
    there, back = mann_kendall(values), mann_kendall(values[::-1])
    assert (there.s, there.z, there.p) == (-back.s, pytest.approx(-back.z), pytest.approx(back.p))
    assert 0 <= there.p <= 1


@pytest.mark.parametrize("values", [[], [1], [1, 2], [3, 3, 3, 3], [np.nan] * 5])
def test_too_little_is_no_trend(values: list[float]) -> None:
    assert (mann_kendall(values).p, mann_kendall(values).z) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("hot", "values", "cold", "expected"),
    [
        ([NO] * 11 + [YES], FLAT, None, Trend.NEW),
        ([NO] * 9 + [YES] * 3, FLAT, None, Trend.CONSECUTIVE),
        ([YES] * 12, list(range(12)), None, Trend.INTENSIFYING),
        ([YES] * 12, FLAT, None, Trend.PERSISTENT),
        ([YES] * 12, list(range(12, 0, -1)), None, Trend.DIMINISHING),
        ([NO, YES, NO, YES] * 3, FLAT, None, Trend.SPORADIC),
        ([NO, YES, NO, YES] * 3, FLAT, [YES] + [NO] * 11, Trend.OSCILLATING),
        ([YES] * 11 + [NO], FLAT, None, Trend.HISTORICAL),
        ([NO] * 12, FLAT, None, None),
        ([YES, NO] * 6, FLAT, None, None),
        ([NO] * 10 + [YES] * 2, [np.nan] * 10 + [5.0, 6.0], None, Trend.CONSECUTIVE),
        ([YES], [4.0], None, Trend.NEW),
    ],
)
def test_series_have_their_classes(
    hot: list[bool], values: list[float], cold: list[bool] | None, expected: Trend | None
) -> None:
    assert classify(hot, values, cold) == expected


def test_weeks_in_which_nobody_looked_are_left_out() -> None:
    hot = [YES] * 12
    hot[3:6] = [NO] * 3
    values = [*FLAT[:3], np.nan, np.nan, np.nan, *FLAT[6:]]
    assert classify(hot, values) == Trend.PERSISTENT


def test_the_course_of_a_hotspot_follows_its_own_ground() -> None:
    spot = Hotspot(
        rank=1,
        area_ha=2,
        heads=9,
        share=1,
        visits=3,
        q_value=0.01,
        x=50,
        y=50,
        cells=((0, 0), (1, 0)),
        discoveries_only=False,
    )
    weeks = []
    for heads in (2.0, 4.0, 9.0):
        cells, _ = Cells.of(
            np.array([(50.0, 50.0), (150.0, 50.0), (950.0, 50.0)]),
            np.array([heads, heads + 2, 99.0]),
            np.ones(3),
            100.0,
        )
        q = np.array([0.01 if heads > 3 else 0.5, np.nan, 0.01])
        weeks.append(cells.judged(q, q, 0.05))
    away, _ = Cells.of(np.array([(950.0, 50.0)]), np.array([7.0]), np.ones(1), 100.0)
    shown = course(spot, [*weeks[:2], away, weeks[2]])
    assert shown.hot.tolist() == [False, True, False, True]
    assert shown.level.tolist() == [3.0, 5.0, pytest.approx(np.nan, nan_ok=True), 10.0]
    assert shown.trend == Trend.CONSECUTIVE
