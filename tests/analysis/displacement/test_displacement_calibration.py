"""Many studies of simulated events: false alarms, power, coverage.

A cheaper run of `bench/calibration.py`, with its bounds where so few trials can bear them. Bounds
are widened by two binomial errors otherwise, so that a true rate at the claim passes.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np

from geosites.analysis.displacement import Design
from geosites.core.errors import NotEnoughData
from geosites.simulation.displacement_scores import judge, rates, warned
from geosites.simulation.displacement_trials import SCENES, Habit, Happening, make, trial

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
    assert np.mean([each["found_plain"] for each in found]) >= 0.85
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


def _studies(kind, trials):
    """Return the scores and the warnings of studies, and the causes of those refused."""
    scores, warnings, refused = [], [], []
    for number in range(trials):
        rng = np.random.default_rng([SEED, crc32(kind.encode()), number])
        made = make(rng, SCENES[kind])
        try:
            result = made.study(rng, DESIGN)
        except NotEnoughData as refusal:
            refused.append(refusal.cause)
        else:
            scores.append(judge(made, result))
            warnings.append(warned(result))
    return scores, warnings, refused


def test_every_kind_of_scene_in_which_nothing_happened_keeps_the_promises_together():
    null = [name for name, kind in SCENES.items() if kind.null]
    scores = [score for name in null for score in _studies(name, 3)[0]]
    found = rates(scores)
    assert len(null) > 30
    assert found["found"] <= 0.13
    assert found["covers_cautious"] >= 0.85
    assert found["covers_territories"] >= 0.85
    assert found["covers_net"] >= 0.85
    assert found["false_new"] <= 0.05
    assert found["adds_up"] == 1


def test_ground_that_nobody_had_visited_is_named_as_a_new_place():
    kinds = ("new-490-unseen", "new-490", "new-900", "new-2000")
    scores = [score for kind in kinds for score in _studies(kind, 8)[0]]
    found = rates(scores)
    assert found["new_found"] >= 0.90
    assert found["covers_new"] >= _at_least(0.85, len(scores))
    assert found["right_first"] >= _at_least(0.95, len(scores))
    assert found["false_new"] <= 0.05
    assert found["adds_up"] == 1


def test_patrols_that_turn_from_night_to_day_are_no_fall():
    found = rates(_studies("day-target-nothing", 25)[0])
    assert found["found"] <= 0.13 + 2 * np.sqrt(0.13 * 0.87 / 25)
    assert found["covers_target"] >= _at_least(0.85, 25)


def test_zeros_that_are_no_longer_reported_are_refused_or_named():
    _, _, refused = _studies("no-zeros-target-nothing", 15)
    assert refused.count("zeros_missing") >= 13
    _, _, refused = _studies("zeros-begin-target-nothing", 15)
    assert refused.count("zeros_begun") >= 13
    for kind in ("no-zeros-territory-nothing", "no-zeros-unit-nothing"):
        _, warnings, _ = _studies(kind, 10)
        assert sum("zeros_missing" in codes for codes in warnings) >= 9
    _, warnings, refused = _studies("zeros-there-nothing", 10)
    assert sum("zeros_missing" in codes for codes in warnings) + len(refused) <= 1


def test_a_large_scene_of_known_ground_is_counted_once():
    found = rates(_studies("large-known-fall", 15)[0])
    assert found["level_target"] >= _at_least(0.95, 15)
    assert abs(found["ratio_target"] - 1) <= 0.05
    assert found["share"] <= 0.05 + 0.1


def test_a_study_with_few_controls_says_so_or_holds():
    scores, _, refused = _studies("few-fall", 25)
    assert set(refused) <= {"few_controls"}
    assert rates(scores)["covers_target"] >= _at_least(0.85, len(scores))
    assert rates(scores)["level_target"] >= rates(scores)["level_oracle"] - 0.1
