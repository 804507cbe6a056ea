"""The simulator tells the truth it claims to know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosites import simulation
from geosites.core.errors import Refused
from geosites.simulation import SimulatedVisits

CITY = shapely.Point(652_000, 6_862_000).buffer(5_000)


def world(seed: int = 1, places: int = 12, weeks: int = 30, **options: float) -> simulation.Scene:
    rng = np.random.default_rng(seed)
    xy = simulation.random_places(rng, CITY, places)
    territory = np.array(["A", "B", "C"])[np.arange(places) % 3]
    return simulation.scene(rng, xy, territory, weeks, 20.0, **options)


def test_places_keep_their_distance_and_lie_in_the_window() -> None:
    xy = simulation.random_places(np.random.default_rng(1), CITY, 60, 500)
    gaps = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    assert gaps[np.triu_indices(60, 1)].min() >= 500
    assert shapely.contains_xy(CITY, xy).all()


def test_places_that_do_not_fit_are_refused() -> None:
    with pytest.raises(Refused, match="do not fit"):
        simulation.random_places(np.random.default_rng(1), CITY, 100, 5_000)


def test_a_scene_that_does_not_wander_stands_at_its_base() -> None:
    assert np.allclose(world(wander=0.0).heads, 20.0)


def test_places_wander_around_their_base_with_the_autocorrelation_asked_for() -> None:
    rng = np.random.default_rng(2)
    heads = simulation.scene(
        rng, np.zeros((3000, 2)), ["A"] * 3000, 20, 20.0, wander=0.3, autocorrelation=0.7
    ).heads
    logs = np.log(heads)
    assert heads.mean() == pytest.approx(20, rel=0.02)
    assert logs.std(axis=0) == pytest.approx(np.full(20, 0.3), rel=0.05)
    assert np.corrcoef(logs[:, 9], logs[:, 10])[0, 1] == pytest.approx(0.7, abs=0.03)


def test_a_city_wide_shock_hits_every_place_alike() -> None:
    shock = np.where(np.arange(30) >= 20, np.log(0.5), 0.0)
    heads = world(wander=0.0, shock=shock).heads
    assert np.allclose(heads[:, 20:], 10.0)
    assert np.allclose(heads[:, :20], 20.0)


@given(
    st.floats(0, 0.5), st.floats(0, 0.3), st.floats(0, 0.2), st.integers(0, 29), st.integers(0, 11)
)
def test_moved_heads_are_conserved(
    first: float, second: float, gone: float, week: int, source: int
) -> None:
    before = world()
    shares = {(source + 1) % 12: first, (source + 2) % 12: second}
    after = simulation.move(before, week, source, shares, gone=gone)
    lost = gone * before.heads[source, week:]
    assert np.allclose(after.heads[:, :week], before.heads[:, :week])
    assert np.allclose(after.heads[:, week:].sum(0) + lost, before.heads[:, week:].sum(0))
    assert (after.heads >= 0).all()


def test_the_truth_of_a_move_is_told_by_territory() -> None:
    before = world(wander=0.0)
    after = simulation.move(before, 10, 0, {1: 0.4, 2: 0.2}, gone=0.1)
    assert simulation.standing(before, 0, 10) == pytest.approx({"A": 80, "B": 80, "C": 80})
    assert simulation.standing(after, 10) == pytest.approx({"A": 66, "B": 88, "C": 84})
    assert simulation.effect(before, after, 10) == pytest.approx({"A": -14, "B": 8, "C": 4})
    assert simulation.flows(after, 10) == pytest.approx(
        {("A", "B"): 8, ("A", "C"): 4, ("A", simulation.GONE): 2}
    )


def test_moving_more_than_there_is_is_refused() -> None:
    with pytest.raises(Refused, match="sum to 1"):
        simulation.move(world(), 0, 0, {1: 0.8}, gone=0.3)


def test_scaling_a_place_changes_it_alone_from_that_week() -> None:
    before = world()
    after = simulation.scale(before, 15, 3, 0.5)
    ratio = after.heads / before.heads
    assert np.allclose(ratio[3, 15:], 0.5)
    assert np.isclose(ratio, 1).sum() == ratio.size - 15


def test_a_season_is_a_year_that_all_places_share() -> None:
    year = np.exp(simulation.season(52, 0.15, peak=10))
    assert year.mean() == pytest.approx(1.0)
    assert year[10] == year.max() == pytest.approx(1.15)
    assert year[36] == year.min() == pytest.approx(0.85)
    with pytest.raises(Refused, match="amplitude"):
        simulation.season(52, 1.5)


def test_a_step_leaves_the_whole_city_at_its_factor() -> None:
    heads = world(wander=0.0, shock=simulation.step(30, 20, 0.6)).heads
    assert np.allclose(heads[:, 20:], 12.0)
    assert np.allclose(heads[:, :20], 20.0)


def test_a_trend_goes_on_before_and_after_at_one_place() -> None:
    before = world(wander=0.0)
    heads = simulation.trend(before, 3, -0.03, 10).heads
    assert heads[3, 9:12] == pytest.approx([20 / 0.97, 20, 20 * 0.97])
    assert np.allclose(np.delete(heads, 3, axis=0), 20.0)


def test_an_added_place_is_empty_until_somebody_moves_there() -> None:
    before = simulation.add_place(world(wander=0.0), [1.0, 2.0], "N")
    after = simulation.move(before, 10, 0, {12: 0.6})
    assert before.heads[12].sum() == 0
    assert np.allclose(after.heads[12], np.where(np.arange(30) >= 10, 12.0, 0.0))
    assert simulation.flows(after, 10) == pytest.approx({("A", "N"): 12})


def test_visits_see_the_mean_heads_that_are_there() -> None:
    truth = world(wander=0.0)
    seen = simulation.visits(
        truth,
        np.random.default_rng(3),
        60.0,
        p_detect=0.8,
        day_parts=(0.1, 0.2, 0.3, 0.4),
        day_part_factor=(0.5, 0.5, 1.0, 2.0),
    )
    assert seen.heads.mean() == pytest.approx(16, rel=0.02)
    by_part = [seen.heads[seen.day_part == part].mean() for part in range(4)]
    assert by_part[3] / by_part[0] == pytest.approx(4, rel=0.1)


def test_counts_are_as_dispersed_as_asked() -> None:
    seen = simulation.visits(world(wander=0.0), np.random.default_rng(4), 60.0, dispersion=0.5)
    assert seen.heads.var() == pytest.approx(20 + 0.5 * 400, rel=0.05)


def test_patrols_that_follow_go_where_heads_are_without_working_more() -> None:
    heads = np.array([[10.0], [30.0]])
    pair = simulation.Scene(np.zeros((2, 2)), np.array(["A", "B"]), heads)
    seen = simulation.visits(pair, np.random.default_rng(5), 2000.0, follow=1.0)
    split = np.bincount(seen.place)
    assert split / 1000 == pytest.approx([1, 3], rel=0.1)
    assert len(seen) == pytest.approx(4000, rel=0.05)


def test_patrols_that_shift_keep_the_total_of_each_week() -> None:
    effort = simulation.uneven_effort(np.random.default_rng(6), 12, 30)
    shifted = simulation.shift_effort(effort, 10, [0, 1], 2.0)
    assert np.allclose(shifted.sum(0), effort.sum(0))
    assert np.allclose(shifted[:2, 10:], 2 * effort[:2, 10:])
    assert np.allclose(shifted[:, :10], effort[:, :10])


def test_effort_that_is_more_than_there_is_is_refused() -> None:
    with pytest.raises(Refused, match="exceeds"):
        simulation.shift_effort(np.ones((3, 5)), 0, [0, 1], 5.0)


def test_uneven_effort_is_uneven_and_keeps_its_mean() -> None:
    effort = simulation.uneven_effort(np.random.default_rng(7), 100, 40, 2.0)
    totals = np.sort(effort.sum(1))
    assert effort.mean() == pytest.approx(2.0)
    assert totals[-20:].sum() / totals.sum() > 0.4


@pytest.mark.parametrize("follow", [0.0, 0.7])
def test_the_same_seed_gives_the_same_visits(follow: float) -> None:
    first, second = (
        simulation.visits(world(), np.random.default_rng(8), 2.0, follow=follow) for _ in range(2)
    )
    other = simulation.visits(world(), np.random.default_rng(9), 2.0, follow=follow)
    assert np.array_equal(first.xy, second.xy)
    assert np.array_equal(first.heads, second.heads)
    assert not np.array_equal(first.xy, other.xy)


def test_a_null_week_has_uneven_effort_and_one_mean_everywhere() -> None:
    weeks = [simulation.null_week(np.random.default_rng(seed), CITY) for seed in range(20)]
    east = np.concatenate([week.heads[week.xy[:, 0] > 652_000] for week in weeks])
    west = np.concatenate([week.heads[week.xy[:, 0] <= 652_000] for week in weeks])
    busiest = np.bincount(weeks[0].place[weeks[0].place >= 0], minlength=40)
    assert east.mean() == pytest.approx(west.mean(), rel=0.1)
    assert np.sort(busiest)[-8:].sum() > 0.4 * busiest.sum()
    assert all(shapely.contains_xy(CITY, week.xy).all() for week in weeks)


def test_a_planted_hotspot_has_four_times_the_heads_in_two_hectares() -> None:
    planted = [simulation.planted_week(np.random.default_rng(seed), CITY) for seed in range(100)]
    inside = [np.hypot(*(p.visits.xy - p.centre).T) <= p.radius_m for p in planted]
    means = [p.visits.heads[near].mean() for p, near in zip(planted, inside, strict=True)]
    assert all(near.sum() == 12 for near in inside)
    assert np.mean(means) == pytest.approx(16, rel=0.1)
    assert np.pi * planted[0].radius_m ** 2 == pytest.approx(20_000)


def test_a_site_log_sees_activity_with_the_probability_asked_for() -> None:
    logs = [
        simulation.site_log(np.random.default_rng(seed), p_detect=0.75, hazard_per_day=1 / 100)
        for seed in range(60)
    ]
    active = np.concatenate([log.active for log in logs])
    heads = np.concatenate([log.heads for log in logs])
    assert (heads[active] > 0).mean() == pytest.approx(0.75, abs=0.03)
    assert (heads[~active] == 0).all()
    assert all((log.active_at(log.day) == log.active).all() for log in logs)
    assert all((np.floor(log.day % 1 * 4) == log.day_part).all() for log in logs)


def test_a_site_that_never_reactivates_stays_clear_and_false_alarms_are_never_verified() -> None:
    log = simulation.site_log(
        np.random.default_rng(1), clear_at_closing=1.0, hazard_per_day=0.0, false_alarm=0.3
    )
    after = log.day >= 0
    assert not log.active[after].any()
    assert (log.heads[after] > 0).any()
    assert not log.verified[after].any()


def seen_at(
    places: int = 4, weeks: int = 8, visits: float = 50.0, **options: Any
) -> SimulatedVisits:
    truth = world(places=places, weeks=weeks, wander=0.0)
    return simulation.visits(truth, np.random.default_rng(11), visits, **options)


def test_positions_are_off_by_what_each_place_says_or_anywhere_on_its_ground() -> None:
    truth = world(places=3, weeks=8, wander=0.0)
    seen = simulation.visits(
        truth,
        np.random.default_rng(12),
        200.0,
        jitter_m=[20.0, 100.0, 30.0],
        extent_m=[[0, 0], [0, 0], [250, 350]],
    )
    away = [seen.xy[seen.place == place] - truth.xy[place] for place in range(3)]
    assert away[0].std(axis=0) == pytest.approx([20, 20], rel=0.1)
    assert away[1].std(axis=0) == pytest.approx([100, 100], rel=0.1)
    assert abs(away[2]).max(axis=0) == pytest.approx([125, 175], rel=0.02)
    assert away[2].std(axis=0) == pytest.approx([250 / 12**0.5, 350 / 12**0.5], rel=0.1)


def test_where_hours_differ_by_place_and_week_the_truth_is_the_mean_of_the_day() -> None:
    shares = np.broadcast_to([0.1, 0.4, 0.4, 0.1], (4, 8, 4)).copy()
    shares[2, :4] = [0.6, 0.1, 0.1, 0.2]
    seen = seen_at(visits=400.0, day_parts=shares, day_part_factor=(3.0, 1.0, 1.0, 2.0))
    early = (seen.place == 2) & (seen.week < 4)
    by_part = [seen.heads[seen.day_part == part].mean() for part in range(4)]
    assert np.bincount(seen.day_part[early]) / early.sum() == pytest.approx(
        [0.6, 0.1, 0.1, 0.2], abs=0.03
    )
    assert np.mean(by_part) == pytest.approx(20, rel=0.03)
    assert by_part[0] / by_part[1] == pytest.approx(3, rel=0.06)
    assert seen.heads[early].mean() > 1.25 * seen.heads[~early].mean()


def test_scattered_visits_are_anywhere_and_see_nobody_or_one_passer_by() -> None:
    made = simulation.scattered(
        np.random.default_rng(13),
        CITY,
        39,
        36.0,
        lambda xy: np.where(xy[:, 0] < 652_000, "west", "east"),
        passer_by=0.03,
    )
    assert len(made) == pytest.approx(39 * 36, rel=0.1)
    assert set(made.heads) == {0, 1}
    assert made.heads.mean() == pytest.approx(0.03, abs=0.015)
    assert shapely.contains_xy(CITY, made.xy).all()
    assert ((made.xy[:, 0] < 652_000) == (made.territory == "west")).all()
    assert (made.place == -1).all()


def test_joined_visits_are_all_there_in_the_order_of_the_weeks() -> None:
    one, two = seen_at(), seen_at(visits=10.0)
    both = simulation.joined(one, two)
    assert len(both) == len(one) + len(two)
    assert (np.diff(both.week) >= 0).all()
    assert both.heads.sum() == one.heads.sum() + two.heads.sum()


def test_a_slot_is_one_part_of_one_day_of_its_week() -> None:
    seen = simulation.timed(np.random.default_rng(14), seen_at())
    assert seen.slot is not None
    assert (seen.slot % 4 == seen.day_part).all()
    assert (seen.slot // 28 == seen.week).all()
    assert len(np.unique(seen.slot // 4 % 7)) == 7
    assert seen.hour is not None
    assert (seen.hour // 6 == seen.day_part).all()


def test_most_visits_are_made_by_the_unit_of_the_territory() -> None:
    seen = simulation.with_units(np.random.default_rng(15), seen_at(), own=0.6)
    assert seen.unit is not None
    own = seen.unit == np.char.add("unit-", seen.territory)
    assert own.mean() == pytest.approx(0.6, abs=0.04)
    assert set(seen.unit[~own]) == {"city-1", "city-2"}


def test_several_crews_count_the_same_people_in_the_same_hour() -> None:
    alone = seen_at(p_detect=0.8)
    alone = replace(alone, slot=np.arange(len(alone)))
    seen = simulation.crews(np.random.default_rng(16), alone, 3, disagreement=0.2)
    assert seen.slot is not None
    together = seen.heads[np.argsort(seen.slot, kind="stable")].reshape(-1, 3)
    assert (together[:, 0] == alone.heads).all()
    assert together.mean(axis=0) == pytest.approx([alone.heads.mean()] * 3, rel=0.02)
    assert np.corrcoef(together[:, 1], together[:, 2])[0, 1] > 0.9
    assert (together[alone.heads == 0] == 0).all()
    assert (alone.heads == 0).sum() > 100


def test_doubled_reports_are_there_twice_word_for_word() -> None:
    seen = seen_at()
    twice = simulation.doubled(np.random.default_rng(17), seen, 0.25)
    again = len(twice) - len(seen)
    assert again / len(seen) == pytest.approx(0.25, abs=0.03)
    assert len(np.unique(twice.xy, axis=0)) == len(seen)


def test_only_the_zeros_that_are_marked_go_missing() -> None:
    rng = np.random.default_rng(18)
    seen = seen_at(p_detect=0.6)
    where = (seen.week >= 4) & (seen.place == 1)
    left = simulation.without_zeros(rng, seen, where)
    gone = where & (seen.heads == 0)
    assert gone.sum() > 0
    assert len(left) == len(seen) - gone.sum()
    assert left.heads.sum() == seen.heads.sum()
    some = simulation.without_zeros(rng, seen, np.ones(len(seen), dtype=bool), 0.5)
    zeros = int((seen.heads == 0).sum())
    assert len(seen) - len(some) == pytest.approx(zeros / 2, rel=0.2)


def test_outliers_are_ten_times_a_count_and_the_mean_is_kept() -> None:
    seen = seen_at(visits=1000.0)
    wild = simulation.with_outliers(np.random.default_rng(19), seen, 0.02)
    assert wild.heads.mean() == pytest.approx(seen.heads.mean(), rel=0.05)
    assert wild.heads.max() > 4 * seen.heads.max()
    assert wild.heads.var() > 2 * seen.heads.var()


def test_a_few_real_places_have_as_many_controls_as_asked() -> None:
    city = simulation.City(places=12, controls=(3, 8), side_m=6000.0)
    for seed in range(30):
        made = simulation.world(np.random.default_rng(seed), simulation.Plan(city=city))
        away = np.hypot(*(made.truth.xy - made.truth.xy[made.target]).T)
        assert made.truth.places == 12
        assert 3 <= (away > 1500).sum() <= 8
        gaps = np.hypot(*(made.truth.xy[:, None] - made.truth.xy[None]).transpose(2, 0, 1))
        assert gaps[np.triu_indices(12, 1)].min() >= 450


def test_places_that_do_not_fit_around_a_target_are_refused() -> None:
    city = simulation.City(places=60, controls=(3, 3), side_m=6000.0)
    with pytest.raises(Refused, match="do not fit"):
        simulation.world(np.random.default_rng(1), simulation.Plan(city=city))


def test_a_scene_that_hides_is_seen_less_after_the_closing() -> None:
    logs = [
        simulation.site_log(
            np.random.default_rng(seed), p_detect=0.8, p_after=0.3, hazard_per_day=1 / 50
        )
        for seed in range(60)
    ]
    for after, expected in ((False, 0.8), (True, 0.3)):
        seen = [(log.heads > 0)[log.active & ((log.day >= 0) == after)] for log in logs]
        assert np.concatenate(seen).mean() == pytest.approx(expected, abs=0.04)


def test_a_scene_that_comes_back_at_night_is_seen_at_night_only() -> None:
    log = simulation.site_log(
        np.random.default_rng(5), p_detect=1.0, returns_in=0, hazard_per_day=1 / 20
    )
    after = log.active & (log.day >= 0)
    assert (log.heads > 0)[after].tolist() == (log.day_part == 0)[after].tolist()
    assert (log.heads > 0)[log.day < 0].all()


@pytest.mark.parametrize("rhythm", ["random", "weekly", "clumped"])
def test_visits_come_at_their_rhythm_and_as_often_as_asked(rhythm: simulation.Rhythm) -> None:
    days = [
        np.floor(simulation.site_log(np.random.default_rng(seed), rhythm=rhythm).day)
        for seed in range(20)
    ]
    per_week = np.mean([day.size for day in days]) / (180 + 365) * 7
    assert per_week == pytest.approx(3.0, rel=0.1)
    weekdays = np.mean([len(set(day % 7)) for day in days])
    together = np.mean([(np.diff(day) <= 1).mean() for day in days])
    assert (weekdays == 3) == (rhythm == "weekly")
    assert (together > 0.6) == (rhythm == "clumped")


def test_a_scene_that_builds_up_is_hardly_seen_at_first() -> None:
    logs = [
        simulation.site_log(
            np.random.default_rng(seed),
            clear_at_closing=1.0,
            p_detect=0.9,
            hazard_per_day=1 / 30,
            episode_days=1e6,
            builds_up_days=40.0,
        )
        for seed in range(80)
    ]
    first, later = [], []
    for log in logs:
        (start, _), *_ = log.episodes
        since = log.day - start
        seen = log.heads > 0
        first.append(seen[(since >= 0) & (since < 10)])
        later.append(seen[since > 40])
    assert np.concatenate(first).mean() < 0.2
    assert np.concatenate(later).mean() == pytest.approx(0.9, abs=0.03)
