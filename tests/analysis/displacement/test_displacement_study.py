"""A whole study, on cities whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.analysis.displacement import (
    Care,
    Design,
    EffortVisits,
    Finding,
    PreferredFigure,
    Surroundings,
    study,
    weeks_since_last,
    weeks_until_next,
)
from geosites.analysis.displacement.observed import observe
from geosites.analysis.displacement.placebo_dates import placebo_spread
from geosites.analysis.street_routing import WayKind
from geosites.analysis.walking import DETOUR
from geosites.core.errors import NotEnoughData, Refused
from geosites.simulation.displacement_trials import City, Habit, Happening, trial

NOWHERE = Surroundings()
TARGET = shapely.Point(0, 0).buffer(50)
WEEKS = np.arange(-12, 6)
DESIGN = Design(weeks_before=12, weeks_after=6, draws=200)

CENTRES = np.array(
    [
        [0.0, 0.0],
        [700.0, 0.0],
        [0.0, 1200.0],
        *[[4000.0 + 1000 * column, 1000.0 * row] for column in range(3) for row in range(3)],
    ]
)
CODES = np.array(["T", "N", "M", *(["F"] * 3), *(["G"] * 3), *(["H"] * 3)])
BEFORE = np.array([40.0, 5, 10, *([20.0] * 9)])
AFTER = np.array([10.0, 23, 10, *([20.0] * 9)])


def _city(before=BEFORE, after=AFTER, visits=2, centres=CENTRES):
    """Return visits that see, at every place and week, one head more or less in turn."""
    place, week, number = (each.ravel() for each in np.mgrid[0 : len(before), -12:6, 0:visits])
    level = np.where(week < 0, before[place], after[place])
    swing = np.where((week + number + place) % 2 == 0, 1.0, -1.0)
    return EffortVisits(
        xy=centres[place] + 10.0 * np.column_stack([number, week % 3]),
        week=week,
        heads=level + swing,
        territory=CODES[place],
    )


def _study(visits, around=NOWHERE, design=DESIGN):
    return study(visits, TARGET, around, design, rng=np.random.default_rng(1))


def _row(result, code):
    return next(row for row in result.territories if row.code == code)


@pytest.fixture(scope="module")
def moved():
    return _study(_city())


def test_a_fall_of_thirty_heads_is_found_where_it_was(moved):
    assert moved.target.before == pytest.approx(40, abs=1)
    assert moved.target.after == pytest.approx(10, abs=1)
    assert moved.target.change == pytest.approx(-30, abs=1.5)
    assert moved.placebo.p < 0.01
    assert moved.placebo.controls == 9
    assert moved.placebo.rank_p == 0.1
    assert moved.finding == Finding.FELL_AND_MOVED


def test_each_territory_has_its_change_and_its_signed_share(moved):
    gained = _row(moved, "N")
    assert gained.near
    assert not gained.holds_target
    assert gained.change.change == pytest.approx(18, abs=1)
    assert gained.share == pytest.approx(18 / 30, abs=0.06)
    assert _row(moved, "T").share == pytest.approx(-1)
    assert not _row(moved, "F").near
    assert _row(moved, "F").change.low < 0 < _row(moved, "F").change.high


def test_the_displaced_share_is_that_of_the_near_territories(moved):
    assert moved.displaced.value == pytest.approx(0.6, abs=0.06)
    assert 0 < moved.displaced.low < moved.displaced.value < moved.displaced.high
    assert moved.net.change == pytest.approx(-12, abs=2)


def test_rings_are_told_apart(moved):
    edges = [(ring.inner_m, ring.outer_m) for ring in moved.rings]
    assert edges == [(100, 400), (400, 800), (800, 1500)]
    assert moved.rings[0].change is None
    assert moved.rings[1].change.change == pytest.approx(18, abs=1)
    assert moved.rings[2].change.change == pytest.approx(0, abs=1)


def test_the_flow_goes_where_heads_gathered_and_the_rest_was_not_found(moved):
    first = moved.allocation.flows[0]
    assert (first.source, first.target) == ("T", "N")
    assert first.low < first.heads < first.high
    assert first.bound_low <= first.low
    assert first.high <= first.bound_high
    assert first.heads == pytest.approx(18, abs=1.5)
    out = sum(flow.heads for flow in moved.allocation.flows)
    left = moved.allocation.left_or_not_found
    assert out + left.value == pytest.approx(-moved.target.change)
    assert left.low <= left.value <= left.high


def test_each_flow_says_how_far_it_is_on_foot(moved):
    metres = {flow.target: flow.metres for flow in moved.allocation.flows}
    assert metres["N"] == pytest.approx(DETOUR * 700, rel=0.03)
    assert metres["M"] == pytest.approx(DETOUR * 1200, rel=0.03)
    assert {flow.way for flow in moved.allocation.flows} == {WayKind.STRAIGHT}


def test_a_sure_gain_comes_before_the_wander_of_a_large_place():
    rng = np.random.default_rng(3)
    after = np.array([10.0, 14, 130, *([20.0] * 9)]) * np.exp(np.append(0, rng.normal(0, 0.3, 11)))
    after[1:3] = 14, 130
    before = np.array([40.0, 5, 115, *([20.0] * 9)])
    result = _study(_city(before=before, after=after), Surroundings(near=["T", "N", "M"]))
    gains = {row.code: row.change.change for row in result.territories}
    first, second = result.allocation.flows[:2]
    assert (first.target, second.target) == ("N", "M")
    assert gains["M"] > 7
    assert first.heads > 2 * second.heads


def test_a_rise_at_the_target_is_no_displacement():
    result = _study(_city(after=BEFORE * np.where(CODES == "T", 2, 1)))
    assert result.allocation is None
    assert result.displaced is None
    assert result.finding == Finding.NO_FALL_SHOWN
    assert result.counts.wdq is None
    assert "did not improve" in result.counts.wdq_reason
    assert _row(result, "N").share is None


def test_a_fall_that_nobody_found_again_says_so():
    after = np.where(CODES == "T", 10.0, BEFORE)
    result = _study(_city(after=after))
    assert result.finding == Finding.FELL_NOT_FOUND_NEARBY
    assert result.allocation.left_or_not_found.value == pytest.approx(30, abs=2)


def test_a_fall_around_as_well_is_a_benefit_that_spread():
    after = np.where(CODES == "T", 10.0, np.where(np.isin(CODES, ["N", "M"]), 1.5, BEFORE))
    assert _study(_city(after=after)).finding == Finding.FELL_AND_NEARBY_FELL


def test_the_same_seed_gives_the_same_answer(moved):
    assert _study(_city()) == moved


def test_visits_outside_the_windows_change_nothing(moved):
    inside = _city()
    late = np.arange(len(inside)) % 3 == 0
    outside = EffortVisits(
        xy=np.vstack([inside.xy, inside.xy[late]]),
        week=np.concatenate([inside.week, np.where(inside.week[late] < 0, -90, 70)]),
        heads=np.concatenate([inside.heads, 99 + inside.heads[late]]),
        territory=np.concatenate([inside.territory, inside.territory[late]]),
    )
    assert _study(outside) == moved


def test_patrols_who_come_more_often_change_no_level(moved):
    often = _study(_city(visits=6))
    for row in often.territories:
        known = _row(moved, row.code).change
        assert row.change.change == pytest.approx(known.change, abs=1)


def test_counts_follow_patrols_and_places_are_believed_instead():
    nothing = _city(after=BEFORE, visits=4)
    fewer = (nothing.week >= 0) & (nothing.territory == "T") & (np.arange(len(nothing)) % 4 > 0)
    kept = EffortVisits(
        xy=nothing.xy[~fewer],
        week=nothing.week[~fewer],
        heads=nothing.heads[~fewer],
        territory=nothing.territory[~fewer],
    )
    result = _study(kept)
    assert result.placebo.p > 0.3
    assert result.counts.wdd.p_one_sided < 0.1
    assert result.counts.effort_ratio == pytest.approx(0.25)
    assert result.belief == PreferredFigure.PLACES_COUNTS_FOLLOW_EFFORT


def test_the_other_figures_stand_beside(moved):
    assert moved.panel.ratio == pytest.approx(0.25, abs=0.05)
    assert moved.counts.wdd.local == pytest.approx(0, abs=1)
    assert moved.counts.wdd_heads.local < 0
    assert moved.spread >= 1
    assert moved.sample.places == 12
    assert moved.sample.places_near == 3
    assert moved.design == DESIGN


def test_a_place_on_a_border_is_counted_once_and_whole():
    whole = _city()
    east = (whole.territory == "N") & (whole.xy[:, 0] > 705)
    cut = replace(whole, territory=np.where(east, "E", whole.territory))
    result = _study(cut)
    assert sum(row.change.before for row in result.territories) == pytest.approx(
        sum(row.change.before for row in _study(whole).territories)
    )
    assert {"N", "E"} & {row.code for row in result.territories} != {"N", "E"}


def test_scattered_visits_are_a_rate_and_never_added():
    city = _city()
    once = EffortVisits(
        xy=np.vstack([city.xy, [[2000.0, -2000.0]]]),
        week=np.append(city.week, 1),
        heads=np.append(city.heads, 50.0),
        territory=np.append(city.territory, "N"),
    )
    result = _study(once)
    assert _row(result, "N").change == _row(_study(city), "N").change
    assert result.sample.elsewhere.places == 1
    assert result.sample.elsewhere.heads_per_visit_after == 50
    assert result.sample.elsewhere.heads_per_visit_before is None


def test_controls_next_to_another_event_are_left_out():
    events = [shapely.Point(*CENTRES[3]).buffer(50), shapely.Point(*CENTRES[4]).buffer(50)]
    assert _study(_city(), Surroundings(other_events=events)).placebo.controls == 7


def test_the_places_of_a_territory_are_never_its_controls():
    row = _row(_study(_city(after=AFTER * np.where(CODES == "F", 2, 1))), "F")
    assert row.change.change == pytest.approx(60, abs=4)


def test_a_territory_without_six_controls_outside_is_named_not_guessed():
    events = [shapely.Point(*centre).buffer(50) for centre in CENTRES[3:6]]
    result = _study(_city(), Surroundings(other_events=events))
    assert set(result.not_predicted) == {"G", "H"}


def test_care_is_weighed_by_the_heads_around_the_target():
    care = Care(
        xy=np.array([[0.0, 0.0]]), open_from=np.array([-np.inf]), open_until=np.array([np.inf])
    )
    found = _study(_city(), Surroundings(care=care)).care
    assert found.before == pytest.approx(DETOUR * (5 * 700 + 10 * 1200) / 55, rel=0.05)
    assert found.after == pytest.approx(DETOUR * (23 * 700 + 10 * 1200) / 43, rel=0.05)
    assert _study(_city()).care is None


def test_near_territories_can_be_named():
    result = _study(_city(), Surroundings(near=["T", "N", "F"]))
    assert [row.code for row in result.territories if row.near] == ["F", "N", "T"]


@pytest.mark.parametrize(
    ("visits", "missing"),
    [
        (lambda v: v.week < -50, "no visit"),
        (lambda v: v.territory != "T", "within 100 m of the target"),
        (lambda v: (v.territory != "T") | (v.week < 0), "3 weeks after"),
        (lambda v: ~np.isin(v.territory, ["F", "G"]), "control place"),
    ],
)
def test_too_little_is_refused_with_what_is_missing(visits, missing):
    city = _city()
    keep = visits(city)
    few = EffortVisits(
        xy=city.xy[keep],
        week=city.week[keep],
        heads=city.heads[keep],
        territory=city.territory[keep],
    )
    with pytest.raises(NotEnoughData, match=missing):
        _study(few)


def test_one_week_after_is_enough_if_it_was_visited():
    result = _study(_city(), design=replace(DESIGN, weeks_after=1))
    assert result.target.after == pytest.approx(10, abs=1)


def test_a_city_in_which_nobody_stands_anywhere_has_nothing_to_compare_with():
    nobody = replace(_city(), heads=np.zeros(len(_city())))
    with pytest.raises(NotEnoughData, match="control place"):
        _study(nobody)


def test_windows_and_visits_that_make_no_sense_are_refused():
    with pytest.raises(Refused, match="both sides"):
        Design(weeks_after=0)
    with pytest.raises(Refused, match="same length"):
        EffortVisits(
            xy=np.zeros((2, 2)),
            week=np.zeros(1, int),
            heads=np.zeros(2),
            territory=np.array(["a", "b"]),
        )


def test_windows_are_cut_at_the_next_event_nearby():
    assert weeks_until_next([-3, 6, 9], 13) == 6
    assert weeks_until_next([20], 13) == 13
    assert weeks_since_last([-3, 6], 26) == 2
    assert weeks_since_last([], 26) == 26


def test_places_around_that_wander_more_than_controls_widen_the_intervals():
    wild = _city()
    swing = np.where(wild.week % 12 >= 5, 4.0, 0.3)
    near = np.isin(wild.territory, ["N", "M"]) & (wild.week < 0)
    heads = np.where(near, wild.heads * swing, wild.heads)
    calm, wilder = (
        placebo_spread(observe(v, TARGET, Surroundings(), DESIGN))
        for v in (wild, replace(wild, heads=heads))
    )
    assert calm < 1.05
    assert wilder > calm + 0.05


def test_a_window_too_short_for_placebo_dates_widens_nothing():
    short = replace(DESIGN, weeks_before=7)
    assert placebo_spread(observe(_city(), TARGET, Surroundings(), short)) == 1


@given(seed=st.integers(0, 500), place=st.integers(0, 39), double=st.booleans())
@settings(max_examples=12)
def test_visiting_a_place_twice_or_half_as_often_changes_nothing_beyond_noise(seed, place, double):
    city = City(places=40)
    made = trial(np.random.default_rng(seed), Habit.PLAIN, Happening.MOVE, city)
    made = replace(made, seen=replace(made.seen, hour=None))
    at_place = np.hypot(*(made.seen.xy - made.truth.xy[place]).T) < 200
    pick = np.random.default_rng(seed + 1).random(len(at_place)) < 0.5
    index = np.flatnonzero(~at_place | pick)
    if double:
        index = np.concatenate([np.arange(len(at_place)), np.flatnonzero(at_place)])
    other = replace(made, seen=made.seen.where(index))
    design = Design(draws=50)
    one, two = (each.study(np.random.default_rng(0), design) for each in (made, other))
    for old, new in zip(one.territories, two.territories, strict=True):
        noise = np.hypot(old.change.se, new.change.se)
        assert abs(old.change.change - new.change.change) < noise
        assert abs(old.change.before - new.change.before) < noise
    if double:
        assert two.target == one.target
        assert two.placebo == one.placebo
