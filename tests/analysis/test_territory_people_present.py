"""Heads standing by territory: the same in pieces as whole, with an interval that holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import shapely

from geosites.analysis.hotspots.week_visits import WeekVisits
from geosites.analysis.territory_people_present import HALO_M, standing

GRID = np.array([shapely.box(3000 * i, 0, 3000 * (i + 1), 3000) for i in range(4)])
CODES = ["a", "b", "c", "d"]


def scene(rng: np.random.Generator, places: int = 60) -> tuple[WeekVisits, npt.NDArray[np.float64]]:
    """Return the visits of a week to places with known means, and the truth by territory."""
    xy = rng.uniform([0, 0], [12_000, 3000], (places, 2))
    xy = xy[np.lexsort(xy.T)]
    keep = [0]
    for index in range(1, places):
        if np.hypot(*(xy[keep] - xy[index]).T).min() > 500:
            keep.append(index)
    xy, mean = xy[keep], rng.gamma(2.0, 6.0, len(keep))
    place = np.repeat(np.arange(len(keep)), rng.integers(1, 9, len(keep)))
    heads = rng.negative_binomial(4, 4 / (4 + mean[place]))
    truth = np.bincount((xy[:, 0] // 3000).astype(int), mean, 4)
    spread = rng.uniform(-30, 30, (len(place), 2))
    return WeekVisits.of(xy[place] + spread, heads), truth


def test_two_visits_to_one_place_are_half_of_each() -> None:
    visits = WeekVisits.of([[100, 100], [110, 100], [3100, 100]], [8, 12, 0])
    rows = standing(visits, CODES, GRID, np.random.default_rng(1))
    assert rows["territory"].tolist() == ["a", "b"]
    assert rows["heads"].tolist() == [10.0, 0.0]
    assert rows["visits"].tolist() == [2, 1]
    assert rows["positive"].tolist() == [2, 0]
    assert rows["heads_counted"].tolist() == [20, 0]
    assert rows["low"][0] < 10 < rows["high"][0]
    assert rows["low"][1] == rows["high"][1] == 0.0


def test_an_empty_week_has_no_row() -> None:
    nothing = WeekVisits.of(np.empty((0, 2)), [])
    assert len(standing(nothing, CODES, GRID, np.random.default_rng(1))) == 0


@pytest.mark.parametrize("seed", range(8))
def test_pieces_with_a_margin_give_the_numbers_of_the_whole(seed: int) -> None:
    visits, _ = scene(np.random.default_rng(seed))
    whole = standing(visits, CODES, GRID, np.random.default_rng(1))
    for number, code in enumerate(CODES):
        near = shapely.dwithin(GRID[number], shapely.points(visits.xy), HALO_M)
        piece = standing(visits.where(near), [code], GRID[[number]], np.random.default_rng(1))
        for name in ("visits", "positive", "places", "heads", "heads_counted"):
            assert piece[name] == pytest.approx(whole[whole["territory"] == code][name])


def test_the_interval_holds_the_truth_about_nine_times_in_ten() -> None:
    held = []
    for seed in range(60):
        rng = np.random.default_rng([7, seed])
        visits, truth = scene(rng)
        rows = standing(visits, CODES, GRID, rng)
        held += ((rows["low"] <= truth) & (truth <= rows["high"])).tolist()
    assert 0.82 <= np.mean(held) <= 0.96
