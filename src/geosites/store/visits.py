"""Sightings as bare columns for the analysis: hundreds of thousands in a fraction of a second.

Every column has a fixed width, so PostgreSQL's binary COPY is one array of records in memory and
nothing is made row by row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from geosites.records import EFFORT, Origin, TimePrecision
from geosites.store.schema import sighting as table
from geosites.store.versions import known_at

_ORIGINS = np.array([origin.value for origin in Origin])
_FIELDS = (
    ("x", ">f8"),
    ("y", ">f8"),
    ("at", ">i8"),
    ("heads", ">i4"),
    ("origin", ">i4"),
    ("day_only", "u1"),
    ("territory", ">i4"),
)
_ROW = np.dtype(
    [("fields", ">i2"), *((n, t) for f, t in _FIELDS for n, t in ((f"{f}_size", ">i4"), (f, t)))]
)
_HEADER_BYTES = 19
_TRAILER_BYTES = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitColumns:
    """Sightings by time and id: `xy` (n, 2) metres, `observed_at` (n,) datetime64[us] in UTC.

    `day_only` marks those of which only the day is known; `territory` holds codes.
    """

    xy: npt.NDArray[np.float64]
    observed_at: npt.NDArray[np.datetime64]
    day_only: npt.NDArray[np.bool_]
    heads: npt.NDArray[np.int64]
    origin: npt.NDArray[np.str_]
    territory: npt.NDArray[np.str_]


def during(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    effort_only: bool = False,
) -> VisitColumns:
    """Return what was observed from `start` to before `end`, merged sightings counted once.

    `effort_only` leaves out calls and partners.
    """
    codes = sorted(conn.execute(sa.text("SELECT code FROM territory_code")).scalars())
    where = [
        table.c.observed_at >= start,
        table.c.observed_at < end,
        table.c.superseded_by.is_(None),
    ]
    if effort_only:
        where.append(table.c.origin.in_(sorted(EFFORT)))
    rows = _copied(conn, _statement(codes, [*where, known_at(table, as_known_at)]))
    return VisitColumns(
        xy=np.column_stack([rows["x"], rows["y"]]).astype(np.float64),
        observed_at=rows["at"].astype(np.int64).view("datetime64[us]"),
        day_only=rows["day_only"].astype(bool),
        heads=rows["heads"].astype(np.int64),
        origin=_ORIGINS[rows["origin"].astype(np.int64)],
        territory=np.array(codes, dtype=np.str_)[rows["territory"].astype(np.int64) - 1],
    )


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
    return (
        sa.select(
            sa.func.ST_X(table.c.point, type_=sa.Double),
            sa.func.ST_Y(table.c.point, type_=sa.Double),
            sa.cast(microseconds, sa.BigInteger),
            table.c.headcount,
            sa.cast(origin, sa.Integer),
            table.c.time_precision == TimePrecision.DAY,
            sa.cast(numbered.c.number, sa.Integer),
        )
        .join_from(table, numbered, numbered.c.code == table.c.territory)
        .where(*where)
        .order_by(table.c.observed_at, table.c.id)
    )


def _copied(conn: sa.Connection, statement: sa.Select[tuple[Any, ...]]) -> npt.NDArray[Any]:
    """Return what a statement of fixed-width columns without nulls selects, as records."""
    compiled = statement.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    query = f"COPY ({compiled}) TO STDOUT (FORMAT binary)"
    with driver.cursor() as cursor, cursor.copy(query.encode(), compiled.params) as copy:
        data = b"".join(copy)
    return np.frombuffer(data[_HEADER_BYTES:-_TRAILER_BYTES], dtype=_ROW)
