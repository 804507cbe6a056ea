"""The answers are as true as they claim, on sites whose truth is known."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from geosites.simulation.closure_calibration import calibrate
from geosites.simulation.reactivation import CLOSED_AT, ReactivationScenario, simulate

SEED = 20221005


def judged(scenario, hazard_per_year=0.5):
    sites = simulate(scenario, np.random.default_rng(SEED))
    until = CLOSED_AT + dt.timedelta(days=scenario.days_after)
    return calibrate(sites, until, hazard_per_year=hazard_per_year)


def test_a_confirmed_closure_is_a_clear_site_and_a_return_is_noticed_within_a_week():
    found = judged(ReactivationScenario(sites=100, detection=(0.75, 0.95)))
    assert found.clear_share >= 0.95
    assert found.noticed_share >= 0.90
    assert found.confirmed > 0.5 * found.answers
    assert found.reactivations > 60


@pytest.mark.parametrize(
    "scenario",
    [
        ReactivationScenario(sites=20, detection=(0.2, 0.6)),
        ReactivationScenario(sites=20, days_between=7),
        ReactivationScenario(sites=20, cleared_by_closing=0.1),
        ReactivationScenario(sites=20, days_before=5),
        ReactivationScenario(sites=20, visited_parts=(0.0, 0.0, 0.5, 0.5)),
        ReactivationScenario(sites=20, reactivation_per_year=2.0),
        ReactivationScenario(sites=20, verified_share=0.0, calls_per_year=0.0),
    ],
    ids=["hardly seen", "weekly", "failing", "no history", "two parts", "volatile", "unverified"],
)
def test_a_confirmed_closure_is_a_clear_site_under_other_conditions(scenario):
    assert judged(scenario).clear_share >= 0.95


def test_a_confirmation_is_true_when_it_is_earned():
    found = judged(ReactivationScenario(sites=40, false_alarms_per_year=6.0))
    assert found.earned > 150
    assert found.earned_share >= 0.95


def test_the_belief_is_a_little_lower_than_the_truth_and_never_higher():
    """Where a scene that comes back is seen as before, what was learned is trusted too little."""
    found = judged(ReactivationScenario(sites=40))
    assert found.clear_share - 0.03 < found.mean_p < found.clear_share + 0.005


def test_nobody_asked_is_no_share():
    found = judged(ReactivationScenario(sites=1, days_after=1, days_before=1))
    assert (found.confirmed, found.reactivations) == (0, 0)
    assert all(map(math.isnan, (found.clear_share, found.noticed_share, found.earned_share)))
    assert math.isnan(found.mean_p)
