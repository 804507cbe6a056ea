from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from shapely.geometry import box

from geosites.analysis.hotspots.weekly_hotspots import (
    POLICY,
    WeeklyHotspots,
    WeekVisits,
    cell_exceedance,
    week_hotspots,
)
from geosites.analysis.places import places
from geosites.core.errors import Refused
from geosites.simulation import (
    CrewWeek,
    SimulatedVisits,
    null_week,
    planted_week,
    rounds_week,
    shifts_week,
)

CITY = box(650_000, 6_860_000, 658_000, 6_868_000)


def analysed(seen: SimulatedVisits, seed: int) -> WeeklyHotspots:
    week = WeekVisits.of(seen.xy, seen.heads, seen.origin, seen.day_part)
    return week_hotspots(week, CITY, np.random.default_rng(seed))


def looked_at(seen: CrewWeek, seed: int, *, together: bool = True) -> WeeklyHotspots:
    slot = seen.slot if together else -1
    week = WeekVisits.of(seen.xy, seen.heads, "patrol", seen.day_part, slot=slot)
    return week_hotspots(week, CITY, np.random.default_rng(seed))


def scene_week(seed: int = 1, full: float = 30.0) -> WeekVisits:
    """Return a week with one full place of 20 visits among 30 quiet places of 10."""
    rng = np.random.default_rng(seed)
    spots = np.array([(650_750, 6_860_750)]) + 1200 * np.indices((6, 5)).reshape(2, -1).T
    place = np.concatenate([np.full(20, 7), np.repeat(np.arange(30), 10)])
    heads = rng.poisson(np.where(place == 7, full, 1.0))
    xy = spots[place] + rng.normal(0, 25, (len(place), 2))
    return WeekVisits.of(xy, heads, "patrol", rng.integers(0, 4, len(place)))


def test_weeks_without_a_hotspot_show_one_in_seven_of_a_hundred_at_most() -> None:
    weeks = [null_week(np.random.default_rng([41, k]), CITY) for k in range(200)]
    false = [bool(analysed(week, k).hotspots) for k, week in enumerate(weeks)]
    assert np.mean(false) <= 0.07


def test_planted_hotspots_are_found_where_they_are() -> None:
    found = []
    for k in range(100):
        planted = planted_week(np.random.default_rng([42, k]), CITY)
        spots = analysed(planted.visits, k).hotspots
        away = [np.hypot(spot.x - planted.centre[0], spot.y - planted.centre[1]) for spot in spots]
        found.append(min(away, default=np.inf) <= 75)
    assert np.mean(found) >= 0.9


@pytest.mark.parametrize("made", [rounds_week, shifts_week])
@pytest.mark.parametrize("crews", [1, 2, 3])
def test_crews_who_come_together_make_no_hotspot(made: Callable[..., CrewWeek], crews: int) -> None:
    weeks = [made(np.random.default_rng([43, k]), CITY, crews=crews) for k in range(100)]
    assert np.mean([bool(looked_at(week, k).hotspots) for k, week in enumerate(weeks)]) <= 0.07


def test_counted_one_by_one_three_crews_would_make_one_in_two_weeks() -> None:
    weeks = [rounds_week(np.random.default_rng([43, k]), CITY, crews=3) for k in range(40)]
    found = [bool(looked_at(week, k, together=False).hotspots) for k, week in enumerate(weeks)]
    assert np.mean(found) >= 0.3


@pytest.mark.parametrize(("made", "least"), [(rounds_week, 0.75), (shifts_week, 0.75)])
def test_four_times_the_heads_are_found_by_12_of_150_visits(
    made: Callable[..., CrewWeek], least: float
) -> None:
    found = []
    for k in range(60):
        week = made(np.random.default_rng([44, k]), CITY, factor=4.0)
        spots = looked_at(week, k).hotspots
        away = [np.hypot(*(week.planted - (spot.x, spot.y))) for spot in spots]
        found.append(min(away, default=np.inf) <= 150)
    assert np.mean(found) >= least


def test_a_scene_as_large_as_a_garden_shows_its_heads_once() -> None:
    shown = []
    for k in range(40):
        rng = np.random.default_rng([45, k])
        xy = np.vstack([rng.uniform((-125, -175), (125, 175), (30, 2)), [(3000, 0)] * 5])
        heads = np.append(rng.poisson(60, 30), [0] * 5)
        week = WeekVisits.of(xy + np.array([652_000, 6_862_000]), heads, "patrol")
        shown.append(week_hotspots(week, CITY, rng).heads / 60)
    assert 0.9 <= np.mean(shown) <= 1.15


def test_a_known_perimeter_is_one_place_and_another_beside_it_another() -> None:
    rng = np.random.default_rng(46)
    east, north = 652_000, 6_862_000
    wide = box(east, north, east + 600, north + 600)
    beside = box(east + 620, north, east + 700, north + 90)
    xy = np.vstack(
        [
            rng.uniform((east, north), (east + 600, north + 600), (40, 2)),
            rng.uniform((east + 622, north), (east + 700, north + 90), (9, 2)),
            [(east + 4000, north)],
        ]
    )
    heads = np.concatenate([rng.poisson(50, 40), [7] * 9, [0]])
    week = WeekVisits.of(xy, heads, accuracy_m=5.0)
    shown = week_hotspots(week, CITY, rng, perimeters=[wide, beside])
    assert shown.grounds.site.tolist() == [0, 1, -1]
    assert shown.heads == pytest.approx(57, abs=3)
    assert week_hotspots(week, CITY, rng).heads > 1.5 * shown.heads


def test_a_full_place_is_one_hotspot_with_its_heads() -> None:
    week = scene_week()
    shown = week_hotspots(week, CITY, np.random.default_rng(1))
    spot = shown.hotspots[0]
    at = np.hypot(*(week.xy - (spot.x, spot.y)).T) < 200
    assert len(shown.hotspots) == 1
    assert (shown.method, shown.reason) == ("effort", None)
    assert spot.rank == 1
    assert spot.heads == pytest.approx(week.heads[at].mean(), rel=0.15)
    assert spot.share == pytest.approx(spot.heads / shown.heads)
    assert spot.area_ha == len(spot.cells)
    assert spot.ground(100.0).area == pytest.approx(spot.area_ha * 1e4)
    assert spot.ground(100.0).contains(shapely.Point(spot.x, spot.y))
    assert spot.q_value <= POLICY.alpha


def test_the_surface_sums_to_the_heads_standing() -> None:
    shown = week_hotspots(scene_week(), CITY, np.random.default_rng(1))
    assert shown.places == 30
    assert shown.surface.integral == pytest.approx(shown.heads, rel=1e-9)
    assert shown.cells.standing.sum() == pytest.approx(shown.heads)
    assert shown.heads_counted == shown.cells.heads.sum()


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_doubled_visits_draw_no_second_scene(seed: int) -> None:
    week = scene_week(seed)
    full = places(week.xy) == places(week.xy)[0]
    again = np.repeat(np.arange(len(week)), np.where(full, 2, 1))
    doubled = WeekVisits.of(week.xy[again], week.heads[again], "patrol", week.day_part[again])
    once, twice = (week_hotspots(w, CITY, np.random.default_rng(1)) for w in (week, doubled))
    assert twice.heads_counted > 1.3 * once.heads_counted
    assert_allclose(twice.surface.values, once.surface.values, atol=1e-12)


def test_ground_that_nobody_visited_is_not_observed() -> None:
    shown = week_hotspots(scene_week(), CITY, np.random.default_rng(1))
    assert shown.cells.visits.min() >= 1
    assert shown.unobserved.area == pytest.approx(CITY.area - 1e4 * len(shown.cells))
    assert shown.observed_share == pytest.approx(1e4 * len(shown.cells) / CITY.area)
    assert not shown.unobserved.contains(shapely.points(shown.cells.centres)).any()


def test_calls_stay_apart_and_corroborate() -> None:
    patrols = scene_week()
    before = week_hotspots(patrols, CITY, np.random.default_rng(1))
    spot = before.hotspots[0]
    xy = np.vstack([patrols.xy, [(spot.x, spot.y), (650_100, 6_860_100)]])
    heads = np.append(patrols.heads, [40, 9])
    origin = ["patrol"] * len(patrols) + ["call", "partner"]
    week = WeekVisits.of(xy, heads, origin, np.append(patrols.day_part, [0, 0]))
    after = week_hotspots(week, CITY, np.random.default_rng(1))
    assert before.hotspots[0].discoveries_only
    assert not after.hotspots[0].discoveries_only
    assert replace(after.hotspots[0], discoveries_only=True) == spot
    assert after.heads == before.heads
    assert after.heads_counted == before.heads_counted + 49
    assert (len(after.counted), len(after.reported)) == (len(patrols), 2)
    assert after.reported_surface.integral == pytest.approx(49)
    assert before.reported_surface.integral == 0


def test_a_call_that_saw_nobody_corroborates_nothing() -> None:
    patrols = scene_week()
    spot = week_hotspots(patrols, CITY, np.random.default_rng(1)).hotspots[0]
    week = WeekVisits.of(
        np.vstack([patrols.xy, [(spot.x, spot.y)]]),
        np.append(patrols.heads, 0),
        ["patrol"] * len(patrols) + ["call"],
        np.append(patrols.day_part, 0),
    )
    assert week_hotspots(week, CITY, np.random.default_rng(1)).hotspots[0].discoveries_only


def test_a_week_without_a_zero_takes_the_road_without_effort_and_says_so() -> None:
    rng = np.random.default_rng(3)
    xy = np.vstack([rng.uniform(650_000, 658_000, (60, 1)), rng.normal(654_000, 120, (40, 1))])
    xy = np.hstack([xy, xy + 6_210_000])
    week = WeekVisits.of(xy, rng.poisson(4, 100) + 1, "partner")
    shown = week_hotspots(week, CITY, rng)
    assert shown.method == "no_effort"
    assert "nobody" in str(shown.reason)
    assert len(shown.counted) == 100
    assert np.hypot(shown.hotspots[0].x - 654_000, shown.hotspots[0].y - 6_864_000) < 150
    assert len(shown.hotspots) <= 3


def test_scattered_reports_without_effort_are_no_hotspots() -> None:
    false = 0
    for k in range(20):
        rng = np.random.default_rng([43, k])
        xy = rng.uniform((650_000, 6_860_000), (658_000, 6_868_000), (150, 2))
        week = WeekVisits.of(xy, rng.poisson(4, 150) + 1)
        false += bool(week_hotspots(week, CITY, rng).hotspots)
    assert false <= 3


def test_below_the_floor_nothing_is_ranked_and_the_reason_is_said() -> None:
    week = scene_week().where(np.arange(320) < 25)
    shown = week_hotspots(
        WeekVisits.of(week.xy, np.append(week.heads[1:], 0)), CITY, np.random.default_rng(1)
    )
    assert shown.hotspots == ()
    assert shown.reason == "25 visits, and a ranking needs 30"
    assert np.isnan(shown.cells.p).all()
    assert shown.heads > 0


def test_a_week_without_visits_is_empty_and_says_so() -> None:
    shown = week_hotspots(WeekVisits.of(np.empty((0, 2)), []), CITY, np.random.default_rng(1))
    assert (shown.visits, shown.places, shown.heads, shown.hotspots) == (0, 0, 0.0, ())
    assert shown.reason == "0 visits, and a ranking needs 30"
    assert shown.surface.integral == 0
    assert shown.observed_share == 0
    assert shown.unobserved.equals(CITY)


def test_the_same_seed_gives_the_same_answer() -> None:
    first, second = (week_hotspots(scene_week(), CITY, np.random.default_rng(9)) for _ in range(2))
    assert first.hotspots == second.hotspots
    assert_array_equal(first.cells.p, second.cells.p)


def test_the_order_of_the_visits_does_not_move_a_hotspot() -> None:
    week = scene_week()
    order = np.random.default_rng(4).permutation(len(week))
    first, second = (
        week_hotspots(w, CITY, np.random.default_rng(9)) for w in (week, week.where(order))
    )
    assert [spot.cells for spot in first.hotspots] == [spot.cells for spot in second.hotspots]
    assert first.heads == pytest.approx(second.heads)


def test_exceedance_takes_its_dispersion_from_past_weeks() -> None:
    weeks = [null_week(np.random.default_rng([44, k]), CITY) for k in range(6)]
    past = [WeekVisits.of(week.xy, week.heads, week.origin, week.day_part) for week in weeks]
    cells = week_hotspots(past[0], CITY, np.random.default_rng(1)).cells
    poisson, negative_binomial = cell_exceedance(cells, []), cell_exceedance(cells, past[1:])
    assert (poisson <= 0.05).mean() > 0.12
    assert (negative_binomial <= 0.05).mean() <= 0.08


@pytest.mark.parametrize("bad", [{"heads": [-1.0]}, {"heads": [np.nan]}, {"heads": [1.0, 2.0]}])
def test_heads_that_cannot_be_are_refused(bad: dict[str, list[float]]) -> None:
    with pytest.raises(Refused, match="heads"):
        WeekVisits.of([(0, 0)], **bad)
