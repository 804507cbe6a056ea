"""The noise of weeks: what it learns, and that its fits are those of generalised least squares."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.displacement.weekly_noise import WeeklyNoise, generalised, weekly_noise

WEEKS = 39
COLUMNS = np.column_stack(
    [np.ones(WEEKS), np.arange(WEEKS) - 25.5, (np.arange(WEEKS) >= 26).astype(float)]
)


def _residuals(noise, places, rng):
    """Return residuals of least squares on `COLUMNS` of series with this noise."""
    series = rng.multivariate_normal(np.zeros(WEEKS), noise.covariance(WEEKS), size=places)
    return series - series @ COLUMNS @ np.linalg.pinv(COLUMNS)


@pytest.mark.parametrize(("wander", "memory"), [(0.0, 0.0), (0.6, 0.7), (1.0, 0.95)])
def test_the_variance_of_a_step_beside_a_slope_is_learnt(wander, memory):
    true = WeeklyNoise(white=0.8, wander=wander, memory=memory)
    rng = np.random.default_rng(5)
    learnt = weekly_noise(_residuals(true, 200, rng), COLUMNS)
    variances = []
    for noise in (true, learnt):
        inverse = np.linalg.inv(noise.covariance(WEEKS))
        variances.append(np.linalg.inv(COLUMNS.T @ inverse @ COLUMNS)[2, 2])
    assert variances[1] == pytest.approx(variances[0], rel=0.12)


def test_eight_places_tell_the_variance_within_a_third_on_the_mean():
    true = WeeklyNoise(white=1.0, wander=0.6, memory=0.7)
    rng = np.random.default_rng(6)
    learnt = [weekly_noise(_residuals(true, 8, rng), COLUMNS) for _ in range(40)]
    steps = [
        np.linalg.inv(COLUMNS.T @ np.linalg.inv(noise.covariance(WEEKS)) @ COLUMNS)[2, 2]
        for noise in (true, *learnt)
    ]
    assert np.mean(steps[1:]) == pytest.approx(steps[0], rel=0.33)


def test_weeks_unseen_are_left_out_and_the_fit_is_generalised_least_squares():
    noise = WeeklyNoise(white=0.5, wander=0.6, memory=0.7)
    rng = np.random.default_rng(7)
    response, spread = rng.normal(2, 1, (3, WEEKS)), rng.uniform(0.2, 0.6, (3, WEEKS))
    seen = rng.random((3, WEEKS)) < 0.7
    response[~seen] = 1e6
    fit = generalised(response, spread, seen, COLUMNS, noise)
    for place in range(3):
        some = seen[place]
        scale = spread[place, some]
        inverse = np.linalg.inv(
            noise.covariance(WEEKS)[np.ix_(some, some)] * np.outer(scale, scale)
        )
        x, y = COLUMNS[some], response[place, some]
        variance = np.linalg.inv(x.T @ inverse @ x)
        value = variance @ x.T @ inverse @ y
        left = y - x @ value
        assert fit.value[place] == pytest.approx(value)
        assert fit.variance[place] == pytest.approx(np.diagonal(variance))
        assert fit.error[place] == pytest.approx(left @ inverse @ left)


def test_unvisited_weeks_do_not_make_the_noise_smaller():
    true = WeeklyNoise(white=1.0, wander=0.0, memory=0.0)
    rng = np.random.default_rng(8)
    residual = _residuals(true, 100, rng)
    residual[rng.random(residual.shape) < 0.3] = np.nan
    assert weekly_noise(residual, COLUMNS).white == pytest.approx(1.0, abs=0.08)
