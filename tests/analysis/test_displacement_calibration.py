"""Many studies of simulated events: false alarms, power, coverage.

A cheaper run of `bench/calibration.py`, with its bounds where so few trials can bear them. Bounds
are widened by two binomial errors otherwise, so that a true rate at the claim passes.
"""

from __future__ import annotations

import numpy as np

from geosites.analysis.displacement import Design
from geosites.analysis.displacement.judging import judge, rates
from geosites.analysis.displacement.trials import Habit, Happening, trial

DESIGN = Design(draws=100)
SEED = 404


def _rates(habit, happening, trials):
    def one(number):
        rng = np.random.default_rng([SEED, number])
        made = trial(rng, habit, happening)
        return judge(made, made.study(rng, DESIGN))

    return rates(one(number) for number in range(trials))


def _at_least(rate, trials):
    return rate - 2 * np.sqrt(rate * (1 - rate) / trials)


def test_studies_of_nothing_find_something_no_more_often_than_they_say():
    found = [_rates(habit, Happening.NOTHING, 20) for habit in Habit]
    assert np.mean([each["found"] for each in found]) <= 0.13
    assert np.mean([each["covers_target"] for each in found]) >= _at_least(0.85, 120)
    assert np.mean([each["covers_territories"] for each in found]) >= 0.85
    assert np.mean([each["level_territories"] for each in found]) >= 0.95


def test_a_halving_is_found_and_the_level_before_is_right():
    found = [_rates(habit, Happening.HALVING, 25) for habit in (Habit.PLAIN, Habit.EVERYTHING)]
    assert np.mean([each["found"] for each in found]) >= 0.85
    assert np.mean([each["covers_target"] for each in found]) >= _at_least(0.85, 50)
    assert np.mean([each["level_target"] for each in found]) >= _at_least(0.95, 50)


def test_a_move_is_found_where_it_went():
    found = _rates(Habit.EVERYTHING, Happening.MOVE, 50)
    assert found["right_two_first"] >= _at_least(0.90, 50)
    assert found["covers_flows"] >= 0.85
    assert found["covers_share"] >= _at_least(0.85, 50)
    assert found["within_bounds"] == 1


def test_a_fall_without_displacement_is_not_called_one():
    found = _rates(Habit.EVERYTHING, Happening.FALL, 50)
    assert found["share"] <= 0.05
    assert found["covers_share"] >= _at_least(0.90, 50)
    assert found["covers_no_flow"] >= 0.90
