"""The exercise is the same every time, fits the public timeline, and holds the days that matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from geosites import exercise
from geosites.core import city
from geosites.core.errors import Conflict, Refused
from geosites.core.records import (
    CHOSEN_OF_SIGHTING,
    EFFORT,
    Activity,
    OperationKind,
    Origin,
)
from geosites.core.weeks import DayPart, day_part, midnight
from geosites.db.closure import closures, operations
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.exercise import crowd, events, patrol_log, places
from geosites.reference_data.published_counts import Beside, HalfDay, read_published_counts
from geosites.reference_data.sites import read_sites
from geosites.reference_data.territories import read_territories
from geosites.reference_data.timeline import read_public_facts
from geosites.services.closure_status.closure import closure

GEO = Path(__file__).parents[2] / "data" / "geo"


@cache
def scenario(seed: int = exercise.SEED) -> exercise.Exercise:
    return exercise.scenario(GEO, seed)


def effort() -> gpd.GeoDataFrame:
    seen = scenario().sightings
    return seen[seen.origin.isin(EFFORT)]


def near(slug: str, within_m: float = 200.0) -> gpd.GeoDataFrame:
    site = next(one for one in read_sites(GEO) if one.slug == slug)
    seen = scenario().sightings
    return seen[seen.distance(site.perimeter.centroid) <= within_m]


def between(seen: gpd.GeoDataFrame, first: dt.date, end: dt.date) -> gpd.GeoDataFrame:
    return seen[(seen.observed_at >= midnight(first)) & (seen.observed_at < midnight(end))]


def true_heads(name: str, first: dt.date, end: dt.date) -> float:
    truth, place = scenario().truth, scenario().names.index(name)
    return float(truth.heads[place, crowd.day(first) : crowd.day(end)].mean())


def nearest_place(seen: gpd.GeoDataFrame) -> np.ndarray:
    xy = shapely.get_coordinates(seen.geometry.to_numpy())
    return shapely.STRtree(shapely.points(scenario().truth.xy)).nearest(shapely.points(xy))


def gini(values: np.ndarray) -> float:
    ordered = np.sort(values).astype(float)
    ranks = np.arange(1, len(ordered) + 1)
    return float(
        2 * (ranks * ordered).sum() / (len(ordered) * ordered.sum()) - 1 - 1 / len(ordered)
    )


def test_the_same_seed_repeats_exactly_and_another_does_not() -> None:
    again, other = exercise.scenario(GEO), exercise.scenario(GEO, seed=7)
    pd.testing.assert_frame_equal(again.sightings, scenario().sightings)
    assert again.operations == scenario().operations
    assert again.closures == scenario().closures
    assert not set(other.sightings.id) & set(scenario().sightings.id)


@pytest.mark.parametrize("seed", [exercise.SEED, 1, 2, 3])
def test_there_are_about_25000_sightings_whatever_the_seed(seed: int) -> None:
    assert len(scenario(seed).sightings) == pytest.approx(25_000, abs=2_000)


def test_the_frame_has_the_columns_and_types_of_sightings() -> None:
    seen = scenario().sightings
    types = {name: str(kind) for name, kind in seen.dtypes.items()}
    numbers = {"headcount": "int64", "accuracy_m": "float64", "duration_min": "float64"}
    chosen = [one.name for one in CHOSEN_OF_SIGHTING]
    texts = ["id", "time_precision", "origin", *chosen, "unit", "verified", "site", "territory"]
    assert types.pop("geometry") == "geometry"
    assert types.pop("observed_at") == "datetime64[us, UTC]"
    assert {name: types.pop(name) for name in numbers} == numbers
    assert types == dict.fromkeys(texts, "object")
    assert seen.crs.to_epsg() == 2154
    assert seen.id.is_unique
    assert seen.observed_at.is_monotonic_increasing


def test_values_are_of_the_closed_vocabularies() -> None:
    seen = scenario().sightings
    assert set(seen.origin) == {origin.value for origin in Origin}
    assert set(seen.activity.dropna()) == {activity.value for activity in Activity}
    assert set(seen.time_precision) == {"instant", "day"}
    assert {value for value in seen.verified if value is not None} == {True, False}
    assert seen.headcount.min() == 0
    assert set(seen.activity[seen.headcount == 0].dropna()) == {"traces"}


def test_units_are_service_functions_and_several() -> None:
    units = set(scenario().sightings.unit)
    assert {"PP-DSPAP-18", "PP-DSPAP-19", "Ville-DPMP-18", "Ville-DPMP-19"} <= units
    assert len(units) >= 10


def test_bare_days_are_midnight_in_paris() -> None:
    seen = scenario().sightings
    bare = seen[seen.time_precision == "day"]
    local = bare.observed_at.dt.tz_convert(city.zone())
    assert len(bare) > 50
    assert (local == local.dt.normalize()).all()
    assert not set(bare.origin) & {"patrol", "survey"}


def test_every_sighting_lies_in_the_territory_it_names() -> None:
    seen = scenario().sightings
    tiles = {one.code: one.area for one in read_territories(GEO) if one.level != "quartier"}
    for code, group in seen.groupby("territory"):
        assert shapely.intersects(group.geometry.to_numpy(), tiles[code]).all()
    assert {"75118", "75119", "93055", "93001", "93066"} <= set(seen.territory)


def test_a_place_outside_every_territory_is_refused() -> None:
    ground = places.ExerciseTerritories(read_territories(GEO))
    with pytest.raises(Refused, match="1 point"):
        ground.holding(np.array([[652_000.0, 6_862_000.0], [0.0, 0.0]]))


def test_it_lasts_from_2021_to_2023() -> None:
    seen = scenario().sightings.observed_at.dt.tz_convert(city.zone())
    assert seen.min().date() == dt.date(2021, 1, 1)
    assert seen.max().date() == dt.date(2023, 12, 31)


def test_some_visits_see_nobody_in_every_week() -> None:
    seen = effort()
    monday = seen.observed_at.dt.tz_convert(city.zone()).dt.tz_localize(None).dt.to_period("W")
    assert (seen.headcount.eq(0).groupby(monday).sum() > 0).all()
    assert 0.1 < seen.headcount.eq(0).mean() < 0.4


def test_effort_is_uneven_in_space_and_in_time() -> None:
    seen = effort()
    by_place = np.bincount(nearest_place(seen), minlength=len(scenario().names))
    by_month = seen.observed_at.dt.month.value_counts()
    assert gini(by_place) > 0.3
    assert by_month[8] < 0.85 * by_month[6]


def test_twelve_places_beyond_1500_metres_are_visited_every_week() -> None:
    seen = effort()
    place = nearest_place(seen)
    centre = scenario().truth.xy[scenario().names.index("forceval")]
    far = np.hypot(*(scenario().truth.xy - centre).T) > 1_500
    week = (seen.observed_at - midnight(dt.date(2021, 1, 4))).dt.total_seconds() // 604_800
    whole = (week >= 0) & (week < 155)
    weeks = week[whole].groupby(place[whole]).nunique()
    steady = [index for index, count in weeks.items() if count == 155 and far[index]]
    assert len(steady) >= 12


def test_the_crowd_stands_where_the_timeline_has_it() -> None:
    day = dt.date
    assert true_heads("stalingrad", day(2021, 1, 1), day(2021, 5, 1)) > 80
    assert 130 < true_heads("jardins-eole", day(2021, 5, 20), day(2021, 6, 30)) < 270
    assert 130 < true_heads("riquet-aubervilliers", day(2021, 7, 1), day(2021, 9, 24)) < 270
    assert true_heads("forceval", day(2021, 1, 1), day(2021, 9, 24)) < 2
    assert 50 < true_heads("forceval", day(2021, 9, 24), day(2021, 10, 24)) < 120
    assert 120 < true_heads("forceval", day(2022, 4, 1), day(2022, 10, 5)) < 250
    assert true_heads("forceval", day(2022, 10, 5), day(2023, 9, 4)) == 0


PUBLISHED = [one for one in read_published_counts(GEO) if one.beside]
"""The published counts of a site and a time that the exercise has."""


def share_inside(half: HalfDay, heads: Callable[[Beside, HalfDay], float]) -> float:
    """Return the share of the published counts of a half of the day that hold the heads."""
    held = [
        one.holds(heads(one.beside, half)) for one in PUBLISHED if one.beside and one.told_for(half)
    ]
    assert len(held) >= 10
    return float(np.mean(held))


def counted(beside: Beside, half: HalfDay) -> float:
    """Return the mean heads that patrols and surveys counted, added over the sites."""

    def at(slug: str) -> float:
        site = next(one for one in read_sites(GEO) if one.slug == slug)
        seen = between(effort(), beside.first, beside.last + dt.timedelta(days=1))
        here = seen[seen.geometry.within(site.perimeter)]
        hour = here.observed_at.dt.tz_convert(city.zone()).dt.hour
        return float(here.headcount[hour.between(6, 17) == (half is HalfDay.DAY)].mean())

    return sum(at(slug) for slug in beside.sites)


def truly(told: exercise.Exercise) -> Callable[[Beside, HalfDay], float]:
    """Return what gives the heads that patrols would count in a half of the day, without chance."""
    parts = {HalfDay.DAY: [1, 2], HalfDay.NIGHT: [0, 3]}
    shares = np.array(patrol_log.DAY_PART_SHARES)
    full = crowd.fullness(told.names)
    heads = patrol_log.DETECTED * told.truth.heads[..., None] * full / (full @ shares)[..., None]

    def at(beside: Beside, half: HalfDay) -> float:
        days = slice(crowd.day(beside.first), crowd.day(beside.last) + 1)
        weights = shares[parts[half]] / shares[parts[half]].sum()
        here = heads[[told.names.index(slug) for slug in beside.sites], days]
        return float((here[..., parts[half]] @ weights).mean(axis=1).sum())

    return at


@pytest.mark.parametrize("half", HalfDay)
def test_most_published_counts_hold_what_the_patrols_of_the_exercise_count(half: HalfDay) -> None:
    assert share_inside(half, counted) >= 0.8


@pytest.mark.parametrize("seed", [exercise.SEED, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("half", HalfDay)
def test_most_published_counts_hold_the_true_crowd_whatever_the_seed(
    half: HalfDay, seed: int
) -> None:
    assert share_inside(half, truly(scenario(seed))) >= 0.8


def test_stalingrad_is_fuller_by_night_than_by_day_before_the_regrouping() -> None:
    before = Beside(sites=("stalingrad",), first=crowd.FIRST, last=dt.date(2021, 5, 14))
    assert counted(before, HalfDay.NIGHT) > 1.25 * counted(before, HalfDay.DAY)


def test_visits_to_forceval_see_tens_to_hundreds_and_at_most_about_four_hundred() -> None:
    seen = between(near("forceval"), dt.date(2021, 11, 1), dt.date(2022, 10, 5))
    heads = seen[seen.origin.isin(EFFORT) & (seen.headcount > 0)].headcount
    assert heads.quantile(0.05) > 30
    assert 300 < heads.max() < 500


def test_the_dismantling_conserves_heads_but_for_those_who_are_gone() -> None:
    moves = [move for move in scenario().truth.moves if move.source == 0]
    left = sum(move.heads[crowd.day(crowd.CLOSED) + 5] for move in moves)
    gone = sum(move.heads[crowd.day(crowd.CLOSED) + 5] for move in moves if move.target is None)
    assert gone / left == pytest.approx(1 - sum(crowd.DISPERSED.values()))
    assert 0.2 < gone / left < 0.35


def test_after_the_dismantling_heads_rise_in_the_18e_and_beyond_the_limit() -> None:
    truth, at = scenario().truth, crowd.day(crowd.CLOSED)
    rise = {
        code: (truth.heads[truth.territory == code, at : at + 91].sum(0).mean())
        - truth.heads[truth.territory == code, at - 91 : at].sum(0).mean()
        for code in ("75118", "75119", "93055", "93001")
    }
    assert rise["75119"] < -60
    assert min(rise["75118"], rise["93055"], rise["93001"]) > 5


def test_nobody_is_seen_at_forceval_once_closed_but_for_the_told_days() -> None:
    seen = between(near("forceval"), dt.date(2022, 10, 5), dt.date(2024, 1, 1))
    days = set(seen[seen.headcount > 0].observed_at.dt.tz_convert(city.zone()).dt.date)
    told = {report[0] for report in events.REPORTS}
    back = {crowd.BACK + dt.timedelta(days=n) for n in range((crowd.GONE_AGAIN - crowd.BACK).days)}
    assert told <= days <= told | back
    assert seen[seen.headcount.eq(0)].origin.isin(EFFORT).all()


def test_forceval_is_visited_twice_a_week_in_several_day_parts_once_closed() -> None:
    seen = between(near("forceval"), dt.date(2022, 10, 10), dt.date(2023, 12, 25))
    silent = [day for first, end in crowd.SILENCES for day in pd.date_range(first, end)]
    week = (seen.observed_at - midnight(dt.date(2022, 10, 10))).dt.days // 7
    broken = {(day.date() - dt.date(2022, 10, 10)).days // 7 for day in silent}
    parts = seen.observed_at.map(day_part).groupby(week).nunique()
    whole = [n for n in range(63) if n not in broken]
    assert (seen.groupby(week).size().loc[whole] >= 2).all()
    assert (parts.loc[whole] >= 2).all()


def test_the_silences_are_silent_and_one_lasts_more_than_three_weeks() -> None:
    for first, end in crowd.SILENCES:
        seen = between(near("forceval"), first, end)
        assert not seen.origin.isin(EFFORT).any()
    assert max(end - first for first, end in crowd.SILENCES) > dt.timedelta(weeks=3)


def test_the_reports_that_contradict_are_not_verified_and_the_return_is() -> None:
    seen = near("forceval")
    for date in (dt.date(2022, 11, 24), dt.date(2023, 4, 18)):
        positive = between(seen, date, date + dt.timedelta(days=1)).query("headcount > 0")
        assert positive.verified.tolist() == [None]
    back = between(seen, crowd.BACK, crowd.GONE_AGAIN).query("headcount > 0")
    assert back.verified.eq(True).any()
    after = between(seen, crowd.GONE_AGAIN, dt.date(2023, 11, 1))
    assert len(after) > 20
    assert (after.headcount == 0).all()


def test_the_weeks_before_13_july_2023_are_clean() -> None:
    seen = between(near("forceval"), dt.date(2023, 4, 20), dt.date(2023, 7, 14))
    assert (seen.headcount == 0).all()
    assert len(seen) > 20


def test_the_days_that_matter_name_sites_and_instants_of_the_scenario() -> None:
    slugs = {site.slug for site in read_sites(GEO)}
    for site, instant in exercise.DAYS_THAT_MATTER.values():
        assert site in slugs
        assert midnight(crowd.FIRST) < instant < midnight(crowd.LAST)
        assert day_part(instant) is DayPart.AFTERNOON


def test_closures_do_not_overlap_and_one_is_lifted() -> None:
    closures = scenario().closures
    lifted = next(one for one in closures if one.closed_until is not None)
    assert sorted(one.site for one in closures) == [
        "forceval",
        "jardins-eole",
        "riquet-aubervilliers",
    ]
    assert lifted.site == "riquet-aubervilliers"
    assert lifted.source == events.SOURCE


def test_operations_are_public_or_say_that_they_are_fictional() -> None:
    operations = scenario().operations
    invented = [one for one in operations if one.source == events.SOURCE]
    assert len(invented) == len(events.OPERATIONS)
    assert len(operations) == len(invented) + len(read_public_facts(GEO)[0])
    assert all(one.headcount_dispersed for one in invented if one.kind is OperationKind.DISPERSAL)
    assert len({one.id for one in operations}) == len(operations)


def test_no_operation_disturbs_the_study_of_the_dismantling_nearby() -> None:
    site = next(one for one in read_sites(GEO) if one.slug == "forceval")
    first, end = midnight(dt.date(2022, 4, 6)), midnight(dt.date(2023, 1, 4))
    inside = [
        one
        for one in scenario().operations
        if first <= one.started_at < end and one.area.distance(site.perimeter) < 1_500
    ]
    assert [one.started_at for one in inside] == [midnight(crowd.CLOSED)]


def test_the_days_that_matter_get_their_answers() -> None:
    """The raw data alone decides: no visit, clean visits, silence, a call, heads again."""
    seen = near("forceval")
    closed = midnight(crowd.CLOSED)

    def since(instant: dt.datetime) -> gpd.GeoDataFrame:
        return seen[(seen.observed_at >= closed) & (seen.observed_at <= instant)]

    days = {name: instant for name, (_, instant) in exercise.DAYS_THAT_MATTER.items()}
    assert days["before the closure"] < closed
    assert since(days["the day after, no visit yet"]).empty
    confirmed = since(days["confirmed"])
    assert len(confirmed) >= 3
    assert (confirmed.headcount == 0).all()
    lapsed = since(days["lapsed after three weeks of silence"])
    assert days["lapsed after three weeks of silence"] - lapsed.observed_at.max() > dt.timedelta(21)
    assert since(days["contradicted"]).headcount.iloc[-1] > 0
    assert (since(days["clean"]).headcount.iloc[-20:] == 0).all()
    assert since(days["reopened"]).headcount.iloc[-5:].max() > 0


def test_every_sighting_is_received_after_it_was_made_and_some_are_weeks_late() -> None:
    delay = scenario().received_at - pd.DatetimeIndex(scenario().sightings.observed_at)
    assert delay.min() >= dt.timedelta(0)
    assert 0 < (delay > dt.timedelta(weeks=1)).mean() < 0.05


@pytest.fixture(scope="module")
def told(template: str, new_database: Callable[..., str]) -> Iterator[sa.Connection]:
    store = Store(new_database(template))
    with store.begin() as conn:
        assert exercise.load(conn) == len(scenario().sightings)
        yield conn
    store.close()


def test_the_store_gets_the_whole_scenario_and_says_that_it_is_an_exercise(
    told: sa.Connection,
) -> None:
    back = sightings.during(told, midnight(crowd.FIRST), midnight(dt.date(2024, 1, 1)))
    given = scenario().sightings.sort_values(["observed_at", "id"], ignore_index=True)
    columns = [name for name in given.columns if name != "geometry"]
    pd.testing.assert_frame_equal(pd.DataFrame(back[columns]), pd.DataFrame(given[columns]))
    assert shapely.equals(back.geometry.to_numpy(), given.geometry.to_numpy()).all()
    assert store_flags.is_exercise(told)
    assert len(operations.during(told)) == len(scenario().operations)
    assert len(closures.list_all(told)) == len(scenario().closures)


def test_the_store_can_be_asked_what_was_known_then(told: sa.Connection) -> None:
    then = midnight(dt.date(2022, 1, 1))
    known = sightings.count(told, as_known_at=then)
    made = int((scenario().sightings.observed_at < then).sum())
    assert made - 100 < known < made


def test_the_exercise_does_not_go_into_a_store_with_sightings(told: sa.Connection) -> None:
    with pytest.raises(Conflict, match="fiction"):
        exercise.load(told)


STATUSES = {
    "before the closure": "never_closed",
    "the day after, no visit yet": "unverified",
    "confirmed": "confirmed_closed",
    "lapsed after three weeks of silence": "probably_closed",
    "contradicted": "contradicted",
    "clean": "confirmed_closed",
    "reopened": "reopened",
    "confirmed again": "confirmed_closed",
    "lifted": "lifted",
    "never closed": "never_closed",
}


def test_the_days_that_matter_get_their_status(told: sa.Connection) -> None:
    days = exercise.DAYS_THAT_MATTER
    found = {name: closure(told, *day).state.status.value for name, day in days.items()}
    assert found == STATUSES
