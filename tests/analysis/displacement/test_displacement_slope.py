"""What was under way before, and what the event adds to it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy import special

from geosites.analysis.displacement import Design, EffortVisits, Finding, Surroundings, study
from geosites.analysis.displacement.change_intervals import HeadChange
from geosites.analysis.displacement.interrupted_series import either, telling
from geosites.analysis.displacement.result import Slope

TARGET = shapely.Point(0, 0).buffer(50)
CENTRES = np.array(
    [
        [0.0, 0.0],
        *[[4000.0 + 1000 * column, 1000.0 * row] for column in range(4) for row in range(3)],
    ]
)
CODES = np.array(["T", *(["F"] * 6), *(["G"] * 6)])


STEADY = 0
"""A seed whose weeks before the event show no slope by chance."""


def _study(slope=0.0, step=0.0, controls=0.0, seed=1, weeks_before=26):
    """Return the study of a target that changes by `slope` a week and by `step` at the event."""
    rng = np.random.default_rng(seed)
    place, week, _ = (each.ravel() for each in np.mgrid[0 : len(CENTRES), -26:13, 0:3])
    at_target = place == 0
    log = np.where(at_target, slope, controls) * (week + 0.5) + step * (at_target & (week >= 0))
    wander = rng.normal(0, 0.1, (len(CENTRES), 39))[place, week + 26]
    seen = EffortVisits(
        xy=CENTRES[place] + rng.normal(0, 15, (len(place), 2)),
        week=week,
        heads=rng.poisson(30 * np.exp(log + wander)).astype(float),
        territory=CODES[place],
    )
    design = Design(draws=100, weeks_before=weeks_before)
    return study(seen, TARGET, Surroundings(near=["T"]), design, rng=np.random.default_rng(2))


def test_a_decline_under_way_is_not_credited_to_the_event():
    result = _study(slope=-0.03)
    assert result.placebo.p < 0.05
    assert result.slope.explains
    assert result.slope.before == pytest.approx(-0.03, abs=0.01)
    assert result.slope.controls == pytest.approx(0.0, abs=0.01)
    assert result.slope.low < 0 < result.slope.high
    assert result.cautious_p > 0.10
    assert result.finding == Finding.FELL_UNDER_WAY


def test_a_halving_out_of_a_steady_course_is_credited_to_it():
    result = _study(step=np.log(0.5), seed=STEADY)
    assert not result.slope.explains
    assert result.cautious_p == result.slope.step_p < 0.05
    assert result.placebo.p < 0.05
    estimates = [_study(step=np.log(0.5), seed=seed).slope.estimate for seed in range(4)]
    assert np.mean(estimates) == pytest.approx(-15, abs=4)


def test_words_follow_the_larger_p_wherever_a_slope_helps():
    for seed in range(6):
        result = _study(step=np.log(0.5), slope=-0.005, seed=seed)
        both = (result.slope.step_p, result.slope.p)
        assert result.cautious_p == (max(both) if result.slope.explains else both[0])


def test_a_rise_before_a_fall_is_no_decline_under_way():
    result = _study(slope=0.03, step=np.log(0.3))
    assert result.slope.explains
    assert result.slope.p < result.slope.step_p == result.cautious_p
    assert result.finding != Finding.FELL_UNDER_WAY


def test_a_halving_on_top_of_a_decline_is_what_the_slope_leaves():
    result = _study(slope=-0.02, step=np.log(0.5))
    expected = 30 * np.exp(-0.02 * (np.arange(13) + 0.5)).mean()
    assert result.slope.estimate == pytest.approx(-expected / 2, abs=6)
    assert result.slope.p < 0.10


def test_where_slope_and_event_are_alike_the_interval_holds_both():
    result = _study(slope=-0.03)
    plain, told = result.target, result.slope
    assert told.low < plain.change < told.estimate < told.high
    assert result.net.low <= result.net.change - (plain.change - told.low)
    assert result.net.high >= result.net.change + (told.high - plain.change)
    clear = _study(step=np.log(0.5), seed=STEADY)
    assert not clear.slope.explains
    assert clear.net.high - clear.net.change == pytest.approx(clear.net.change - clear.net.low)


def test_two_estimates_count_half_each():
    plain = HeadChange(
        before=40, after=20, expected=40, change=-20, se=3, low=-25, high=-15, places=1
    )
    same = [-np.expm1(-(np.log(2) * -1 + side * 1e-6)) * 20.05 for side in (0, -1, 1)]
    one = Slope(
        before=0, controls=0, estimate=same[0], low=same[1], high=same[2], p=0, step_p=0, ratio=0.5,
        df=1000, explains=True,
    )  # fmt: skip
    told = either(one, plain, 1000, 0.90)
    assert told.low == pytest.approx(-20 - 3 * special.stdtrit(1000, 0.9), abs=0.1)
    assert told.high == pytest.approx(-20 + 3 * special.stdtrit(1000, 0.9), abs=0.1)


def test_a_decline_of_the_whole_city_is_no_decline_of_the_target():
    result = _study(slope=-0.02, controls=-0.02)
    assert result.slope.controls == pytest.approx(-0.02, abs=0.01)
    assert result.placebo.p > 0.10
    assert result.finding == Finding.NO_FALL_SHOWN


def test_seven_weeks_before_carry_no_slope():
    result = _study(weeks_before=7)
    assert result.slope is None
    assert result.cautious_p == result.placebo.p


def test_the_course_tells_each_week_beside_the_comparable_places():
    result = _study(step=np.log(0.5))
    assert [week.week for week in result.course] == list(range(-26, 13))
    before = [week.heads for week in result.course if week.week < 0]
    after = [week.heads for week in result.course if week.week >= 0]
    assert np.mean(before) == pytest.approx(30, rel=0.1)
    assert np.mean(after) == pytest.approx(15, rel=0.15)
    assert np.mean([week.comparable for week in result.course]) == pytest.approx(30, rel=0.1)


@pytest.mark.parametrize("places", [7, 101, 102, 500, 1000])
def test_the_noise_is_learnt_from_controls_and_from_no_more_than_a_hundred(places):
    some = telling(places)
    assert not some[0]
    assert min(places - 1, 50) <= some.sum() <= 100
