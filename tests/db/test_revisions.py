"""The revision of a week changes with anything that can change what the week shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.core.records import Sighting
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings

WEEK = IsoWeek(2022, 39)
NEXT = WEEK.shift(1)
HOUR = dt.timedelta(hours=1)


def _sighting(at: dt.datetime = WEEK.start) -> Sighting:
    point = shapely.Point(653_200.0, 6_866_600.0)
    return Sighting(id=uuid.uuid4(), observed_at=at, point=point, headcount=3, territory="75119")


def _revisions(store: Store) -> list[int] | None:
    with store.begin() as conn:
        return sightings.revisions(conn, [WEEK.monday, NEXT.monday])


def _erase(conn: sa.Connection, _: Sighting) -> None:
    conn.execute(sa.text("SET LOCAL geosites.retention = 'on'"))
    conn.execute(sa.text("DELETE FROM sighting"))


@pytest.mark.parametrize(
    "change",
    [
        lambda conn, _: sightings.add(conn, _sighting()),
        lambda conn, _: sightings.add(conn, _sighting(), WEEK.end),
        lambda conn, seen: sightings.correct(conn, dataclasses.replace(seen, headcount=9)),
        _erase,
    ],
)
def test_each_change_is_counted_in_its_week_alone(
    store: Store, change: Callable[[sa.Connection, Sighting], object]
) -> None:
    seen = _sighting()
    with store.begin() as conn:
        sightings.add(conn, seen)
        sightings.add(conn, _sighting(NEXT.start))
    before = _revisions(store)
    with store.begin() as conn:
        change(conn, seen)
    after = _revisions(store)
    assert before is not None
    assert after is not None
    assert after[0] > before[0]
    assert after[1] == before[1] + (change is _erase)


def test_what_is_rolled_back_was_never_counted(store: Store) -> None:
    before = _revisions(store)
    with store.engine.connect() as conn, conn.begin() as transaction:
        sightings.add(conn, _sighting())
        assert sightings.revisions(conn, [WEEK.monday]) is None
        transaction.rollback()
    assert _revisions(store) == before


def test_weeks_part_at_midnight_in_paris(store: Store) -> None:
    midnight = dt.datetime(2022, 10, 3, tzinfo=city.zone())
    with store.begin() as conn:
        sightings.add(conn, _sighting(midnight - dt.timedelta(seconds=1)))
        sightings.add(conn, _sighting(midnight))
    assert _revisions(store) == [1, 1]


def test_reports_at_the_same_time_are_all_counted(store: Store) -> None:
    def report(_: int) -> None:
        with store.begin() as conn:
            sightings.add(conn, _sighting())

    with ThreadPoolExecutor(store.pool_size) as threads:
        list(threads.map(report, range(40)))
    assert _revisions(store) == [40, 0]
