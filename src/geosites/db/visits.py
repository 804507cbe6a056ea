"""Sightings as bare columns for the analysis: hundreds of thousands in a fraction of a second.

PostgreSQL gathers each column into one array, whose binary form is an array of records in memory,
so nothing is made row by row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import psycopg
import sqlalchemy as sa
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from sqlalchemy.dialects.postgresql import ARRAY

from geosites.core.crs import METRIC
from geosites.core.records import EFFORT, Origin, TimePrecision
from geosites.core.weeks import PARIS
from geosites.db.schema.tables import sighting as table
from geosites.db.sightings import not_rejected
from geosites.db.temporal import known_at

_ORIGINS = np.array([origin.value for origin in Origin])
_TYPES = {
    "x": ">f8",
    "y": ">f8",
    "at": ">i8",
    "heads": ">i4",
    "origin": ">i4",
    "day_only": "?",
    "territory": ">i4",
    "accuracy": ">f8",
}
_UNIT_SEPARATOR = "\x1f"
_ARRAY_HEADER_BYTES = 20

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitColumns:
    """Sightings by time and id: `xy` (n, 2) metres, `observed_at` (n,) datetime64[us] in UTC.

    `day_only` marks those of which only the day is known; `territory` holds codes. `accuracy_m` is
    that of the position in metres, NaN where it is not known; `unit` is '' where none is named.
    """

    xy: npt.NDArray[np.float64]
    observed_at: npt.NDArray[np.datetime64]
    day_only: npt.NDArray[np.bool_]
    heads: npt.NDArray[np.int64]
    origin: npt.NDArray[np.str_]
    territory: npt.NDArray[np.str_]
    accuracy_m: npt.NDArray[np.float64]
    unit: npt.NDArray[np.str_]


def during(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    effort_only: bool = False,
    box: Box | None = None,
) -> VisitColumns:
    """Return what was observed from `start` to before `end`, merged sightings counted once.

    Sightings that were checked and rejected are left out: they count nowhere.
    `effort_only` leaves out calls and partners; `box` is west, south, east and north in metres.
    """
    codes = sorted(conn.execute(sa.text("SELECT code FROM territory_code")).scalars())
    where = [
        table.c.observed_at >= start,
        table.c.observed_at < end,
        table.c.superseded_by.is_(None),
        not_rejected(table),
        known_at(table, as_known_at),
    ]
    if effort_only:
        where.append(table.c.origin.in_(sorted(EFFORT)))
    if box is not None:
        where.append(table.c.point.op("&&")(sa.func.ST_MakeEnvelope(*box, METRIC)))
    rows, units = _gathered(conn, _statement(codes, where))
    return VisitColumns(
        xy=np.column_stack([rows["x"], rows["y"]]).astype(np.float64),
        observed_at=rows["at"].astype(np.int64).view("datetime64[us]"),
        day_only=rows["day_only"],
        heads=rows["heads"].astype(np.int64),
        origin=_ORIGINS[rows["origin"].astype(np.int64)],
        territory=np.array(codes, dtype=np.str_)[rows["territory"].astype(np.int64) - 1],
        accuracy_m=rows["accuracy"].astype(np.float64),
        unit=np.array(units, dtype=np.str_),
    )


def effort_weeks(conn: sa.Connection, start: dt.datetime, end: dt.datetime) -> frozenset[dt.date]:
    """Return the Mondays of the weeks in which a patrol or survey reported that nobody was there.

    Those are the weeks whose effort is known.
    """
    monday = sa.cast(
        sa.func.date_trunc("week", sa.func.timezone(str(PARIS), table.c.observed_at)), sa.Date
    )
    statement = (
        sa.select(monday)
        .distinct()
        .where(
            table.c.observed_at >= start,
            table.c.observed_at < end,
            table.c.headcount == 0,
            table.c.origin.in_(sorted(EFFORT)),
            table.c.superseded_by.is_(None),
            not_rejected(table),
            known_at(table, None),
        )
    )
    return frozenset(conn.execute(statement).scalars())


def _statement(codes: list[str], where: list[sa.ColumnElement[bool]]) -> sa.Select[tuple[Any, ...]]:
    numbered = (
        sa.func.unnest(sa.cast(codes, ARRAY(sa.Text)))
        .table_valued("code", with_ordinality="number", name="numbered")
        .render_derived()
    )
    origin = sa.case(
        {o.value: n for n, o in enumerate(Origin)}, value=sa.cast(table.c.origin, sa.Text)
    )
    microseconds = sa.func.extract("epoch", table.c.observed_at) * 1_000_000
    seen = (
        sa.select(
            sa.func.ST_X(table.c.point, type_=sa.Double).label("x"),
            sa.func.ST_Y(table.c.point, type_=sa.Double).label("y"),
            sa.cast(microseconds, sa.BigInteger).label("at"),
            table.c.headcount.label("heads"),
            sa.cast(origin, sa.Integer).label("origin"),
            (table.c.time_precision == TimePrecision.DAY).label("day_only"),
            sa.cast(numbered.c.number, sa.Integer).label("territory"),
            sa.func.coalesce(table.c.accuracy_m, sa.cast("NaN", sa.Double)).label("accuracy"),
            sa.func.coalesce(table.c.unit, "").label("unit"),
        )
        .join_from(table, numbered, numbered.c.code == table.c.territory)
        .where(*where)
        .order_by(table.c.observed_at, table.c.id)
        .subquery()
    )
    arrays: list[sa.ColumnElement[Any]] = [sa.func.array_agg(seen.c[name]) for name in _TYPES]
    unit = sa.func.replace(seen.c.unit, _UNIT_SEPARATOR, "")
    return sa.select(*arrays, sa.func.string_agg(unit, _UNIT_SEPARATOR), sa.func.count())


class _AsItCame(Loader):
    """Hands over a value in its binary form."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _gathered(
    conn: sa.Connection, statement: sa.Select[Any]
) -> tuple[dict[str, npt.NDArray[Any]], list[str]]:
    """Return the columns that a statement of arrays without nulls selects, and the units."""
    compiled = statement.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    with driver.cursor(binary=True) as cursor:
        for kind in ("float8", "int8", "int4", "bool"):
            cursor.adapters.register_loader(driver.adapters.types[kind].array_oid, _AsItCame)
        cursor.execute(str(compiled).encode(), compiled.params)
        ((*arrays, units, count),) = cursor.fetchall()
    columns = {
        name: _column(array, kind)
        for (name, kind), array in zip(_TYPES.items(), arrays, strict=True)
    }
    return columns, units.split(_UNIT_SEPARATOR) if count else []


def _column(array: bytes | None, kind: str) -> npt.NDArray[Any]:
    """Return the values of a PostgreSQL array: a header, then each with its size before it."""
    if array is None:
        return np.empty(0, dtype=kind)
    records = np.dtype([("size", ">i4"), ("value", kind)])
    return np.frombuffer(array, dtype=records, offset=_ARRAY_HEADER_BYTES)["value"]
