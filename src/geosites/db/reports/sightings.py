"""Sightings: place, time and number of people, including 0."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import geopandas as gpd
import shapely
import sqlalchemy as sa

from geosites.core.errors import NotFound
from geosites.core.precision import LOCATED_M
from geosites.core.records import CHOSEN_OF_SIGHTING, Sighting
from geosites.db import temporal
from geosites.db.maintenance import store_flags
from geosites.db.postgres import geodataframes
from geosites.db.schema.sightings import sighting as table
from geosites.db.schema.sightings import sighting_week
from geosites.db.temporal import Row, known_among_many, known_at

COLUMNS = {
    "id": "object",
    "observed_at": geodataframes.INSTANT,
    "time_precision": "object",
    "headcount": "int64",
    "accuracy_m": "float64",
    "duration_min": "float64",
    "origin": "object",
    **{item.name: "object" for item in CHOSEN_OF_SIGHTING},
    "unit": "object",
    "verified": "object",
    "site": "object",
    "territory": "object",
}
"""The columns of a frame of sightings, the geometry aside."""


def add(conn: sa.Connection, sighting: Sighting, at: dt.datetime | None = None) -> bool:
    """Record a sighting; return False where the very same one is recorded already.

    Raises `Conflict` where another sighting has the same id. `at`: known from then on.
    """
    return temporal.add(conn, table, _row(sighting), at)


def is_recorded(conn: sa.Connection, identifier: UUID) -> bool:
    """Return whether a sighting is recorded under an id."""
    there = sa.exists().where(table.c.id == identifier, known_at(table, None))
    return bool(conn.execute(sa.select(there)).scalar_one())


def correct(conn: sa.Connection, sighting: Sighting, at: dt.datetime | None = None) -> None:
    """Replace the sighting recorded under this id; raises `NotFound`.

    The time of receipt and the merge are unchanged.
    """
    there = current(conn, sighting.id)
    temporal.correct(conn, table, {**there, **_row(sighting)}, at)


def current(conn: sa.Connection, identifier: UUID) -> Row:
    """Return all that is recorded of a sighting but when it is known, or raise `NotFound`."""
    statement = sa.select(table).where(table.c.id == identifier, known_at(table, None))
    row = conn.execute(statement).mappings().first()
    if row is None:
        raise NotFound("sighting", str(identifier))
    kept = {
        column.name: row[column.name]
        for column in table.c
        if column.name != "known" and column.computed is None
    }
    return {**kept, "point": temporal.shape(row["point"])}


def get(conn: sa.Connection, identifier: UUID, as_known_at: dt.datetime | None = None) -> Sighting:
    """Return one sighting, or raise `NotFound`."""
    statement = sa.select(table).where(table.c.id == identifier, known_at(table, as_known_at))
    row = conn.execute(statement).mappings().first()
    if row is None:
        raise NotFound("sighting", str(identifier))
    return record(row)


def during(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
) -> gpd.GeoDataFrame:
    """Return the sightings observed from `start` to before `end`, by time and id.

    Merged ones are left out: a scene seen once counts once. Rejected ones are included and marked;
    sums use `visits.during`, which leaves them out.
    """
    return _frame(conn, [table.c.observed_at >= start, table.c.observed_at < end], as_known_at)


def near(
    conn: sa.Connection,
    perimeter: shapely.Geometry,
    within_m: float,
    *,
    until: dt.datetime,
    as_known_at: dt.datetime | None = None,
) -> gpd.GeoDataFrame:
    """Return the sightings within `within_m` of a perimeter, observed up to `until`."""
    area = temporal.stored_shape(perimeter)
    close = sa.func.ST_DWithin(table.c.point, area, within_m)
    return _frame(conn, [close, table.c.observed_at <= until], as_known_at)


def revisions(conn: sa.Connection, mondays: Sequence[dt.date]) -> list[int] | None:
    """Return a number for each week that changes whenever its sightings do.

    None within a transaction that has written something, since its view may never be committed.
    """
    wrote = sa.select(sa.func.pg_current_xact_id_if_assigned().is_not(None))
    return None if conn.execute(wrote).scalar_one() else counted(conn, mondays)


def counted(conn: sa.Connection, mondays: Sequence[dt.date]) -> list[int]:
    """Return how many rows of each week were ever added, closed or erased, as seen from here."""
    week = sighting_week.c
    statement = (
        sa.select(week.monday, sa.func.sum(week.revision))
        .where(week.monday.in_(mondays))
        .group_by(week.monday)
    )
    result = {monday: int(total) for monday, total in conn.execute(statement)}
    return [result.get(monday, 0) for monday in mondays]


def located(rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that a position is accurate enough to count.

    A position without an accuracy is.
    """
    return sa.func.coalesce(rows.c.accuracy_m, 0.0) <= LOCATED_M


def not_rejected(rows: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition under which a sighting counts: nobody checked it and found it wrong."""
    return rows.c.verified.is_not(False)


def span(
    conn: sa.Connection, as_known_at: dt.datetime | None = None, *, rejected: bool = False
) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the instants of the first and the last sighting, or None.

    Rejected ones are ignored unless `rejected` is set: a visit with a wrong date must not make a
    latest week.
    """
    ends = [sa.func.min(table.c.observed_at), sa.func.max(table.c.observed_at)]
    counts = sa.true() if rejected else not_rejected(table)
    first, last = conn.execute(
        sa.select(*ends).where(known_among_many(table, as_known_at), counts)
    ).one()
    return None if first is None else (first, last)


def exercise_end(conn: sa.Connection) -> dt.datetime | None:
    """Return the instant of the last sighting of an exercise; None without an exercise.

    Rows after the last day of its calendar, as from an imported file, are left out.
    """
    return conn.execute(_EXERCISE_END).scalar_one()


_EXERCISE_END: sa.Select[dt.datetime | None] = sa.select(sa.func.max(table.c.observed_at)).where(
    store_flags.IS_EXERCISE,
    known_among_many(table, None),
    not_rejected(table),
    table.c.observed_at < sa.func.coalesce(store_flags.CALENDAR_UNTIL, sa.text("'infinity'")),
)


def count(conn: sa.Connection, as_known_at: dt.datetime | None = None) -> int:
    """Return how many sightings are recorded."""
    statement = (
        sa.select(sa.func.count()).select_from(table).where(known_among_many(table, as_known_at))
    )
    return int(conn.execute(statement).scalar_one())


def _frame(
    conn: sa.Connection, where: list[sa.ColumnElement[bool]], as_known_at: dt.datetime | None
) -> gpd.GeoDataFrame:
    columns = (table.c[name] for name in COLUMNS)
    statement = (
        sa.select(*columns, sa.func.ST_AsBinary(table.c.point, type_=sa.LargeBinary))
        .where(*where, known_among_many(table, as_known_at), table.c.superseded_by.is_(None))
        .order_by(table.c.observed_at, table.c.id)
    )
    return geodataframes.read(conn, statement, COLUMNS)


def _row(sighting: Sighting) -> dict[str, object]:
    return {name: getattr(sighting, name) for name in Sighting.__dataclass_fields__}


def record(row: Row) -> Sighting:
    """Return a row of the table as a record."""
    values = {name: row[name] for name in Sighting.__dataclass_fields__}
    return Sighting(**{**values, "point": temporal.shape(row["point"])})
