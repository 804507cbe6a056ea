"""Levels, drift, place test and panel against sums done by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from geosites.analysis.displacement import (
    Standing,
    change,
    drift,
    panel,
    place_test,
)
from geosites.analysis.displacement.change_intervals import co_movement
from geosites.analysis.displacement.control_places_test import drift_of
from geosites.analysis.displacement.levels import Levels, levels, weekly
from geosites.core.errors import NotEnoughData

CONTROLS = np.array([-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3])
SES = np.full(7, 0.1)


def _levels(level, se):
    return Levels(
        level=np.asarray(level, dtype=float),
        se=np.asarray(se, dtype=float),
        weeks=np.full(len(level), 13),
        visits=np.full(len(level), 39),
    )


def test_a_level_is_the_mean_of_weekly_means_not_of_visits():
    table = weekly(np.zeros(3, int), np.array([-2, -2, -1]), np.array([10.0, 10.0, 4.0]), -2, 1)
    found = levels(table, table.weeks < 0)
    assert found.level[0] == 7
    assert found.weeks[0] == 2
    assert found.visits[0] == 3


def test_a_place_nobody_visited_has_no_level():
    table = weekly(np.array([1]), np.array([0]), np.array([5.0]), -1, 1)
    assert np.isnan(levels(table, table.weeks >= 0).level[0])


def test_a_place_seen_in_one_week_borrows_the_typical_spread():
    week = np.array([0, 1, 2, 3, 0])
    table = weekly(np.array([0, 0, 0, 0, 1]), week, np.array([5.0, 15, 5, 15, 10]), 0, 3)
    found = levels(table, np.ones(4, bool))
    typical = (100 / 3) / 10**2
    assert found.se[1] ** 2 == pytest.approx(typical * 10**2)


def test_the_drift_is_the_median_and_the_wander_what_counts_do_not_explain():
    found = drift(CONTROLS, SES)
    tau2 = (1.4826 * 0.2) ** 2 - 0.01
    assert found.log_ratio == 0
    assert found.tau**2 == pytest.approx(tau2)
    assert found.variance == pytest.approx(np.pi / 2 / (7 / (0.01 + tau2)))
    assert found.factor == 1


def test_the_wander_never_falls_below_a_tenth():
    assert drift(np.zeros(8), np.full(8, 0.2)).tau == pytest.approx(0.1)


def test_a_shorter_period_after_raises_the_mean_ratio_above_the_median_one():
    found = drift(CONTROLS, SES, lean=0.01, uneven=1 / 3)
    assert np.log(found.factor) == pytest.approx(0.01 + found.tau**2 / 6)


def test_one_control_that_took_people_in_does_not_move_the_drift():
    taken = CONTROLS.copy()
    taken[-1] = 3.0
    assert drift(taken, SES).log_ratio == drift(CONTROLS, SES).log_ratio


def test_the_place_test_is_a_t_test_against_the_drift():
    found = place_test(-0.7, 0.2, CONTROLS, SES)
    base = drift(CONTROLS, SES)
    sigma = np.sqrt(0.2**2 + base.tau**2 + base.variance)
    assert found.t == pytest.approx(-0.7 / sigma)
    assert found.p == pytest.approx(stats.t.cdf(-0.7 / sigma, 6))
    assert found.controls == 7
    assert found.ratio == pytest.approx(np.exp(-0.7))
    assert found.low < found.ratio < found.high


def test_the_rank_cannot_fall_below_its_floor():
    found = place_test(-5.0, 0.1, CONTROLS, SES)
    assert found.rank_p == found.rank_floor == 1 / 8
    assert place_test(-0.15, 0.1, CONTROLS, SES).rank_p == 3 / 8


def test_fewer_than_six_controls_give_no_p_and_say_so():
    with pytest.raises(NotEnoughData, match=r"control places .*: 5; at least 6"):
        place_test(-1.0, 0.1, CONTROLS[:5], SES[:5])


def test_the_change_is_what_stands_minus_what_the_controls_predict():
    standing = Standing(before=_levels([20, 5], [2, 1]), after=_levels([8, 5], [1, 1]))
    found = drift(np.full(9, np.log(0.9)), np.full(9, 0.05))
    made = change(standing, np.array([True, False]), found)
    assert made.expected == pytest.approx(18)
    assert made.change == pytest.approx(-10)
    variance = 1 + (0.9 * 2) ** 2 + (18 * 0.1) ** 2 + 18**2 * found.variance
    assert made.se**2 == pytest.approx(variance)
    reach = stats.t.ppf(0.95, 8) * made.se
    assert (made.low, made.high) == pytest.approx((-10 - reach, -10 + reach))


def test_a_sum_over_the_controls_themselves_is_surer_than_one_over_others():
    standing = Standing(before=_levels([10] * 8, [1] * 8), after=_levels([10] * 8, [1] * 8))
    everyone = np.ones(8, bool)
    found = drift_of(standing.before, standing.after, everyone)
    apart = change(standing, everyone, found)
    shared = change(standing, everyone, found, controls=everyone)
    assert shared.se < apart.se


def _territories(common, seed=3):
    """Return twelve territories of four places, whose logs move by `common` together."""
    rng = np.random.default_rng(seed)
    territory = np.repeat(np.arange(12).astype(str), 4)
    log = np.repeat(rng.normal(0, common, 12), 4) + rng.normal(0, 0.15, 48)
    before = np.full(48, 20.0)
    after = before * np.exp(log)
    standing = Standing(before=_levels(before, before / 20), after=_levels(after, after / 20))
    return standing, territory, drift_of(standing.before, standing.after, np.ones(48, bool))


def test_places_that_move_by_themselves_share_nothing():
    found = [
        co_movement(standing, territory, np.ones(48, bool), base)
        for standing, territory, base in (_territories(0.0, seed) for seed in range(10))
    ]
    assert np.median(found) < 0.01


def test_places_of_a_territory_that_move_together_widen_its_interval():
    standing, territory, base = _territories(0.6)
    together = co_movement(standing, territory, np.ones(48, bool), base)
    assert 0.05 < together < 0.6**2
    members = territory == "3"
    alone = change(standing, members, base)
    shared = change(standing, members, base, together=together)
    assert shared.se**2 - alone.se**2 == pytest.approx(shared.expected**2 * together)
    single = np.arange(48) == 5
    assert change(standing, single, base, together=together) == change(standing, single, base)


def test_few_territories_tell_nothing_of_moving_together():
    standing, territory, base = _territories(0.4)
    assert co_movement(standing, territory, np.arange(48) < 20, base) == 0


@given(st.floats(0.2, 3.0))
def test_a_shock_to_the_whole_city_is_no_change(factor):
    level = np.array([40.0, 30, 25, 60, 35, 20, 45, 50])
    before, after = _levels(level, level / 20), _levels(level * factor, level * factor / 20)
    others = np.arange(8) > 0
    found = drift_of(before, after, others)
    made = change(Standing(before=before, after=after), ~others, found)
    assert made.low < 0 < made.high


def test_the_panel_finds_a_halving_with_effort_as_offset():
    visits = np.full((6, 8), 2.0)
    visits[0, 4:] = 6.0
    per_visit = np.full((6, 8), 10.0)
    per_visit[0, 4:] = 5.0
    after = np.arange(8) >= 4
    found = panel(per_visit * visits, visits, after, np.arange(6) == 0)
    assert found.ratio == pytest.approx(0.5, rel=1e-6)
    assert found.dispersion == 0
    assert found.p < 0.05


def test_the_panel_sees_dispersion_and_widens():
    rng = np.random.default_rng(3)
    visits = np.full((20, 40), 3.0)
    mean = 8.0 * rng.gamma(2, 0.5, visits.shape)
    heads = rng.poisson(mean * visits).astype(float)
    after = np.arange(40) >= 26
    found = panel(heads, visits, after, np.arange(20) == 0)
    assert found.dispersion == pytest.approx(0.5, abs=0.1)
    assert found.low < 1 < found.high


@pytest.mark.parametrize("empty", [(slice(0, 1), slice(2, 4)), (slice(1, 3), slice(0, 2))])
def test_the_panel_is_silent_where_target_or_controls_were_empty(empty):
    heads = np.ones((3, 4))
    heads[empty] = 0
    after = np.arange(4) >= 2
    assert panel(heads, np.ones((3, 4)), after, np.arange(3) == 0) is None
