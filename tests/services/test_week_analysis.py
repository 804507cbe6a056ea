"""Weeks that are analysed once for the same sightings, at whatever instant they are asked of."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from uuid import UUID

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots
from geosites.core.records import Sighting, TimePrecision
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings, visits
from geosites.services.weekly import week_analysis

LAST = IsoWeek(2022, 40)
WEEKS = [LAST.shift(-2), LAST.shift(-1), LAST]
WINDOW = shapely.box(640_000, 6_850_000, 670_000, 6_880_000)
PLACE = shapely.Point(654_500, 6_866_800)


def see(store: Store, number: int, week: IsoWeek) -> None:
    with store.begin() as conn:
        sighting = Sighting(
            id=UUID(int=number),
            observed_at=week.start + dt.timedelta(days=1, hours=number % 5),
            time_precision=TimePrecision.INSTANT,
            point=PLACE,
            headcount=4 + number,
            territory="75119",
        )
        sightings.add(conn, sighting)


def analysed(store: Store, known: dt.datetime | None) -> list[WeeklyHotspots]:
    with store.begin() as conn:
        return week_analysis.analysed(conn, WEEKS, WINDOW, known)


def now(store: Store) -> dt.datetime:
    with store.begin() as conn:
        return conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()


def test_the_same_sightings_are_analysed_once_at_any_instant(store: Store) -> None:
    for number, week in enumerate(WEEKS, start=1):
        see(store, number, week)
    first = now(store)
    known = analysed(store, first)
    for later in (first + dt.timedelta(seconds=1), first + dt.timedelta(days=400), None):
        again = analysed(store, later)
        assert all(one is other for one, other in zip(known, again, strict=True))


def test_a_week_is_analysed_anew_where_more_was_known_of_it(store: Store) -> None:
    for number, week in enumerate(WEEKS, start=1):
        see(store, number, week)
    before = now(store)
    old = analysed(store, before)
    see(store, 9, WEEKS[1])
    new = analysed(store, now(store))
    assert [one is other for one, other in zip(old, new, strict=True)] == [True, False, True]
    assert (old[1].visits, new[1].visits) == (1, 2)
    back = analysed(store, before)
    assert [item.visits for item in back] == [1, 1, 1]


def test_more_weeks_leave_those_that_were_read_as_they_are(store: Store) -> None:
    for number, week in enumerate(WEEKS, start=1):
        see(store, number, week)
    with store.begin() as conn:
        alone = week_analysis.analysed(conn, WEEKS[2:], WINDOW, None)
        whole = week_analysis.analysed(conn, WEEKS, WINDOW, None)
    assert alone[0] is whole[2]


@pytest.mark.parametrize("name", [field.name for field in fields(visits.VisitColumns)])
def test_a_digest_differs_where_any_column_does(name: str) -> None:
    count = 3
    columns = visits.VisitColumns(
        xy=np.zeros((count, 2)),
        observed_at=np.zeros(count, dtype="datetime64[us]"),
        day_only=np.zeros(count, dtype=bool),
        heads=np.zeros(count, dtype=np.int64),
        origin=np.full(count, "patrol"),
        territory=np.full(count, "75119"),
        accuracy_m=np.full(count, np.nan),
        unit=np.full(count, "a"),
    )
    other = getattr(columns, name).copy()
    other[1] = "b" if other.dtype.kind == "U" else np.ones(1, dtype=np.int64).astype(other.dtype)[0]
    assert columns.digest() == replace(columns).digest()
    assert columns.digest() != replace(columns, **{name: other}).digest()
