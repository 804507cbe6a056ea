"""The noise of weeks: what it learns, and that its fits are those of generalised least squares."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.displacement.weekly_noise import (
    WeeklyLogs,
    WeeklyNoise,
    generalised,
    weekly_noise,
)

WEEKS = 39
COLUMNS = np.column_stack(
    [np.ones(WEEKS), np.arange(WEEKS) - 25.5, (np.arange(WEEKS) >= 26).astype(float)]
)


def _logs(noise, places, rng, visits=4.0):
    """Return series with this noise; `visits` is their mean a week, weeks of none among them."""
    level, seen = rng.uniform(3, 30, places), rng.poisson(visits, (places, WEEKS)).astype(float)
    logs = WeeklyLogs(response=np.zeros((places, WEEKS)), visits=seen, exposure=seen, level=level)
    root = np.linalg.cholesky(logs.covariance(noise))
    response = (root @ rng.normal(size=(places, WEEKS, 1)))[:, :, 0]
    return WeeklyLogs(
        response=np.where(seen > 0, response, 1e6), visits=seen, exposure=seen, level=level
    )


def _step_variance(logs, noise):
    return generalised(logs, COLUMNS, noise).variance[:, 2].mean()


@pytest.mark.parametrize(
    ("visit", "wander", "memory"),
    [(0.5, 0.0, 0.5), (0.5, 0.09, 0.7), (2.4, 0.3, 0.95), (0, 0.2, 0.3)],
)
def test_the_variance_of_a_step_beside_a_slope_is_learnt(visit, wander, memory):
    true = WeeklyNoise(visit=visit, wander=wander, memory=memory)
    logs = _logs(true, 150, np.random.default_rng(5))
    learnt = weekly_noise(logs, COLUMNS)
    assert _step_variance(logs, learnt) == pytest.approx(_step_variance(logs, true), rel=0.12)


def test_what_visits_scatter_is_told_from_what_a_place_wanders():
    true = WeeklyNoise(visit=0.75, wander=0.09, memory=0.7)
    learnt = weekly_noise(_logs(true, 150, np.random.default_rng(9)), COLUMNS)
    assert learnt.visit == pytest.approx(true.visit, rel=0.5)
    assert learnt.wander == pytest.approx(true.wander, rel=0.5)


def test_eight_places_tell_the_variance_within_a_third_on_the_mean():
    true = WeeklyNoise(visit=0.5, wander=0.13, memory=0.7)
    rng = np.random.default_rng(6)
    some = _logs(true, 8, rng)
    learnt = [weekly_noise(_logs(true, 8, rng), COLUMNS) for _ in range(40)]
    found = np.mean([_step_variance(some, noise) for noise in learnt])
    assert found == pytest.approx(_step_variance(some, true), rel=0.33)


def test_a_week_of_many_visits_counts_for_more():
    visits = np.ones((1, 2))
    visits[0, 1] = 16
    logs = WeeklyLogs(
        response=np.array([[0.0, 1.0]]), visits=visits, exposure=visits, level=np.array([4.0])
    )
    sure = generalised(logs, np.ones((2, 1)), WeeklyNoise(visit=0.5, wander=0.0, memory=0.5))
    assert sure.value[0, 0] == pytest.approx(16 / 17)
    assert sure.variance[0, 0] == pytest.approx((1 / 4 + 0.5) / 17)


def test_weeks_unseen_are_left_out_and_the_fit_is_generalised_least_squares():
    noise = WeeklyNoise(visit=0.5, wander=0.09, memory=0.7)
    logs = _logs(noise, 3, np.random.default_rng(7), visits=1.2)
    fit = generalised(logs, COLUMNS, noise)
    for place in range(3):
        some = logs.visits[place] > 0
        assert not some.all()
        weeks, visits = np.flatnonzero(some), logs.visits[place, some]
        covariance = 0.09 * 0.7 ** np.abs(np.subtract.outer(weeks, weeks))
        covariance += np.diag((1 / logs.level[place] + 0.5) / visits)
        inverse = np.linalg.inv(covariance)
        x, y = COLUMNS[some], logs.response[place, some]
        variance = np.linalg.inv(x.T @ inverse @ x)
        value = variance @ x.T @ inverse @ y
        left = y - x @ value
        assert fit.value[place] == pytest.approx(value)
        assert fit.variance[place] == pytest.approx(np.diagonal(variance))
        assert fit.error[place] == pytest.approx(left @ inverse @ left)


def test_no_neighbour_on_the_grid_is_likelier():
    logs = _logs(WeeklyNoise(visit=1.1, wander=0.04, memory=0.85), 40, np.random.default_rng(8))
    best = weekly_noise(logs, COLUMNS)
    found = generalised(logs, COLUMNS, best).likelihood
    for visit in (best.visit / 1.5, best.visit, best.visit * 1.5):
        for wander in (best.wander / 1.5, best.wander, best.wander * 1.5):
            other = WeeklyNoise(visit=visit, wander=wander, memory=best.memory)
            assert generalised(logs, COLUMNS, other).likelihood <= found + 2.0
