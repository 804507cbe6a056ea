"""The fingerprint of what answers rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
import shapely
import sqlalchemy as sa

from geosites.core.records import Closure, Operation, OperationKind, Sighting, TimePrecision
from geosites.db import fingerprint
from geosites.db.closure import closures, operations
from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings

SEEN = dt.datetime(2022, 10, 5, 6, 30, tzinfo=dt.UTC)
WEEK_ENDS = dt.date(2022, 10, 9)
POINT = shapely.Point(654_500, 6_866_800)


def sighting(number: int = 1, days: int = 0) -> Sighting:
    return Sighting(
        id=UUID(int=number),
        observed_at=SEEN + dt.timedelta(days=days),
        time_precision=TimePrecision.INSTANT,
        point=POINT,
        headcount=4,
        territory="75119",
        verified=True,
    )


def operation() -> Operation:
    return Operation(
        id=UUID(int=2),
        started_at=SEEN,
        ended_at=SEEN + dt.timedelta(hours=2),
        kind=OperationKind.DISPERSAL,
        area=POINT.buffer(100),
    )


def rename(conn: sa.Connection) -> None:
    site = sites.get(conn, "forceval")
    sites.put(conn, replace(site, name="Another name"))


CHANGES: dict[str, Callable[[sa.Connection], object]] = {
    "a sighting": lambda conn: sightings.add(conn, sighting()),
    "an operation": lambda conn: operations.add(conn, operation()),
    "a closure": lambda conn: closures.add(
        conn, Closure(id=UUID(int=3), site="forceval", closed_from=SEEN)
    ),
    "a name": rename,
    "a mark": lambda conn: store_flags.put(conn, store_flags.EXERCISE, "small"),
}


def now(store: Store, until: dt.date = dt.date.max) -> str | None:
    with store.begin() as conn:
        return fingerprint.fingerprint(conn, until)


@pytest.mark.parametrize("what", CHANGES)
def test_it_changes_with_whatever_is_recorded(store: Store, what: str) -> None:
    before = now(store)
    assert before == now(store)
    with store.begin() as conn:
        CHANGES[what](conn)
    assert now(store) != before


@pytest.mark.parametrize(
    ("what", "changes"),
    [("a name", True), ("a mark", True), ("a sighting", False), ("a closure", False)],
)
def test_what_reports_are_checked_against_changes_with_ground_sites_and_marks(
    store: Store, what: str, changes: bool
) -> None:
    def doors() -> str:
        with store.begin() as conn:
            return fingerprint.of_doors(conn)

    before = doors()
    assert before == doors()
    with store.begin() as conn:
        CHANGES[what](conn)
    assert (doors() != before) is changes


def test_it_changes_with_a_correction_and_a_correction_back(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, sighting())
    seen = {now(store)}
    for heads in (5, 4):
        with store.begin() as conn:
            sightings.correct(conn, replace(sighting(), headcount=heads))
        seen.add(now(store))
    assert len(seen) == 3


def test_what_is_seen_in_later_weeks_does_not_touch_it(store: Store) -> None:
    before = now(store, WEEK_ENDS)
    with store.begin() as conn:
        sightings.add(conn, sighting(days=7))
    assert now(store, WEEK_ENDS) == before
    with store.begin() as conn:
        sightings.add(conn, sighting(2, days=-7))
    assert now(store, WEEK_ENDS) != before


def test_there_is_none_where_something_was_written_and_may_be_taken_back(store: Store) -> None:
    with store.begin() as conn:
        sightings.add(conn, sighting())
        assert fingerprint.fingerprint(conn) is None
