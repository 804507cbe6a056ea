"""From one week to the next, at the places visited in both."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.hotspots.week_change import week_change

SPOTS = np.column_stack([np.arange(8) * 1000.0, np.zeros(8)])


def week(heads: list[float], spots: np.ndarray = SPOTS) -> tuple[np.ndarray, np.ndarray]:
    return spots[: len(heads)], np.array(heads, dtype=float)


def test_the_change_is_that_of_the_mean_heads_of_each_place() -> None:
    before = np.repeat(SPOTS[:2], 2, axis=0), np.array([2.0, 4.0, 10.0, 10.0])
    found = week_change(before, week([5.0, 7.0]))
    assert (found.places, found.before, found.after, found.change) == (2, 13.0, 12.0, -1.0)


def test_a_place_visited_in_one_week_alone_changes_nothing() -> None:
    found = week_change(week([5.0, 7.0]), week([5.0, 7.0, 400.0]))
    assert (found.places, found.change) == (2, 0.0)


def test_more_visits_to_a_place_change_nothing() -> None:
    often = np.repeat(SPOTS, 9, axis=0), np.repeat(np.arange(8.0), 9)
    assert week_change(week(list(np.arange(8.0))), often).change == 0.0


def test_fewer_than_six_places_give_no_interval() -> None:
    found = week_change(week([1.0] * 5), week([2.0] * 5))
    assert (found.change, found.low, found.high) == (5.0, None, None)


def test_two_empty_weeks_are_no_comparison() -> None:
    empty = np.empty((0, 2)), np.empty(0)
    assert week_change(empty, empty).places == 0
    assert week_change(empty, week([3.0])).places == 0


def test_the_interval_is_the_paired_one_of_textbooks() -> None:
    before, after = [3.0, 5, 2, 8, 1, 9, 4, 7], [4.0, 9, 2, 7, 3, 15, 4, 6]
    gap = np.array(after) - before
    found = week_change(week(before), week(after))
    reach = 1.894579 * np.sqrt(8) * gap.std(ddof=1)
    assert found.low == pytest.approx(gap.sum() - reach, abs=1e-4)
    assert found.high == pytest.approx(gap.sum() + reach, abs=1e-4)


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_the_interval_holds_the_true_change_at_least_nine_times_of_ten(factor: float) -> None:
    rng = np.random.default_rng(3)
    spots = np.column_stack([np.arange(40) * 1000.0, np.zeros(40)])
    means = rng.gamma(1.0, 8.0, 40)
    xy = np.repeat(spots, 3, axis=0)
    truth = (factor - 1) * means.sum()
    held = 0
    for _ in range(300):
        weeks = [
            rng.negative_binomial(2.0, 2 / (2 + np.repeat(level, 3) + 1e-9))
            for level in (means, factor * means)
        ]
        found = week_change((xy, weeks[0].astype(float)), (xy, weeks[1].astype(float)))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert held / 300 > 0.87
