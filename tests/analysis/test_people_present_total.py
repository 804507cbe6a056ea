"""Who stood in the city in the last weeks, predicted from all visits: by hand and in trials."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from geosites.analysis.rounds import PresentTotal, present_total
from geosites.analysis.rounds.people_present_total import NOW, WEEKS
from geosites.core.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
PLACES = 40


def told(table: Floats, visits: int = 2) -> PresentTotal:
    """Return the total where each place was seen alike so many times in every week of a table."""
    places, weeks = table.shape
    place, week = (part.ravel() for part in np.indices(table.shape))
    seen = ~np.isnan(table.ravel())
    again = np.repeat(np.flatnonzero(seen), visits)
    return present_total(
        place[again], week[again] - (weeks - 1), table.ravel()[again], places=places
    )


def wandering(rng: np.random.Generator, wander: float, memory: float) -> npt.NDArray[np.float64]:
    """Return true heads (places, weeks): lognormal places with a log AR(1) of their own."""
    heads = np.empty((PLACES, WEEKS))
    state = rng.standard_normal(PLACES)
    level = 6 * np.exp(rng.normal(0, 0.7, PLACES))
    for week in range(WEEKS):
        heads[:, week] = level * np.exp(wander * state - wander**2 / 2)
        state = memory * state + np.sqrt(1 - memory**2) * rng.standard_normal(PLACES)
    return heads


def test_what_never_changes_is_told_as_it_is() -> None:
    level = np.arange(1.0, 21.0)
    result = told(np.repeat(level[:, None], WEEKS, axis=1))
    assert result.heads == pytest.approx(level.sum(), rel=0.001)
    assert result.level == pytest.approx(level, abs=0.3)
    assert not result.unseen.any()


def test_a_place_not_seen_lately_counts_with_what_was_seen_before() -> None:
    table = np.full((12, WEEKS), 8.0)
    table[0, -NOW:] = np.nan
    result = told(table)
    assert result.unseen.tolist() == [True, *[False] * 11]
    assert result.heads == pytest.approx(96, rel=0.01)


def test_a_place_never_seen_is_as_the_others_are() -> None:
    table = np.full((12, WEEKS), 8.0)
    table[11] = np.nan
    result = told(table)
    assert result.level[11] == pytest.approx(8.0, rel=0.01)
    assert result.unseen[11]


def test_later_weeks_weigh_more() -> None:
    table = np.full((12, WEEKS), 8.0)
    table[0, : WEEKS // 2] = 40.0
    table[1, WEEKS // 2 :] = 40.0
    result = told(table)
    assert result.level[0] < 12
    assert result.level[1] > 32


def test_a_single_visit_is_held_towards_the_others() -> None:
    rng = np.random.default_rng(4)
    table = rng.poisson(wandering(rng, 0.3, 0.7)).astype(np.float64)
    table[0] = np.nan
    table[0, -1] = 60.0
    lone = told(table, visits=1).level[0]
    assert table[1:].mean() < lone < 58


def test_nobody_anywhere_is_none_and_no_certainty() -> None:
    result = told(np.zeros((10, WEEKS)))
    assert result.heads == 0.0
    assert result.interval[0] == 0.0
    assert result.interval[1] > 0.0


def test_few_places_are_refused() -> None:
    with pytest.raises(NotEnoughData):
        told(np.ones((5, WEEKS)))
    none = np.empty(0, dtype=np.int64)
    with pytest.raises(NotEnoughData):
        present_total(none, none, none.astype(np.float64), places=30)


def test_visits_before_the_weeks_looked_at_count_for_nothing() -> None:
    rng = np.random.default_rng(5)
    place, week = rng.integers(0, 20, 600), rng.integers(1 - WEEKS, 1, 600)
    heads = rng.poisson(5, 600).astype(np.float64)
    plain = present_total(place, week, heads, places=20)
    more = present_total(
        np.append(place, place), np.append(week, week - WEEKS), np.append(heads, heads + 50),
        places=20,
    )  # fmt: skip
    assert more.heads == plain.heads


@pytest.mark.calibration
@pytest.mark.parametrize(("wander", "memory"), [(0.3, 0.7), (0.5, 0.9), (0.1, 0.5)])
def test_the_interval_holds_the_truth_and_is_not_off(wander: float, memory: float) -> None:
    trials, held, errors, share = 120, 0, [], []
    for trial in range(trials):
        rng = np.random.default_rng([20261130, trial])
        truth = wandering(rng, wander, memory)
        habit = np.exp(rng.normal(0, 0.8, PLACES))
        place = rng.choice(PLACES, 70 * WEEKS, p=habit / habit.sum())
        week = np.repeat(np.arange(WEEKS), 70)
        mean = truth[place, week]
        heads = rng.poisson(mean * rng.gamma(2.0, 0.5, len(mean))).astype(np.float64)
        result = present_total(place, week - (WEEKS - 1), heads, places=PLACES)
        now = float(truth[:, -NOW:].mean(axis=1).sum())
        held += result.interval[0] <= now <= result.interval[1]
        errors.append(result.heads - now)
        share.append(now)
    assert held / trials >= 0.85
    assert abs(np.mean(errors)) <= 0.03 * np.mean(share)
