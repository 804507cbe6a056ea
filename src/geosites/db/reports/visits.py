"""Sightings as columns for analysis: hundreds of thousands in a fraction of a second.

PostgreSQL aggregates each column into one array, whose binary form is read as a NumPy structured
array; no Python object is made per row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from geosites.core import city
from geosites.core.records import EFFORT, Origin, TimePrecision
from geosites.db.postgres.sql_types import AnyColumn, AnySelect, driver_of
from geosites.db.reports.sightings import located, not_rejected
from geosites.db.schema.sightings import sighting as table
from geosites.db.temporal import known_among_many

_ORIGINS = np.array([origin.value for origin in Origin])
_TYPES = {
    "x": ">f8",
    "y": ">f8",
    "at": ">i8",
    "id": "V16",
    "heads": ">i4",
    "origin": ">i4",
    "day_only": "?",
    "accuracy": ">f8",
}
_EPOCH = np.int64(np.datetime64("2000-01-01", "us").astype(np.int64))
"""PostgreSQL counts microseconds from here."""

_SEPARATOR = "\x1f"
_ARRAY_HEADER_BYTES = 20

Box = tuple[float, float, float, float]


AnyArray: TypeAlias = npt.NDArray[Any]
"""The values of a column that is named at run time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitColumns:
    """Sightings by time and id: `xy` (n, 2) metres, `observed_at` (n,) datetime64[us] in UTC.

    `day_only` marks those of which only the day is known; `territory` has codes. `accuracy_m` is
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

    def between(self, start: dt.datetime, end: dt.datetime) -> VisitColumns:
        """Return the sightings observed from `start` to before `end`."""
        edges = [
            np.datetime64(each.astimezone(dt.UTC).replace(tzinfo=None)) for each in (start, end)
        ]
        rows = slice(*np.searchsorted(self.observed_at, edges))
        return VisitColumns(**{name: column[rows] for name, column in vars(self).items()})

    def digest(self) -> bytes:
        """Return 16 bytes that differ wherever a value differs."""
        made = hashlib.blake2b(digest_size=16)
        for name in sorted(vars(self)):
            column = np.ascontiguousarray(vars(self)[name])
            made.update(f"{name}{column.shape}{column.dtype.str}".encode())
            made.update(column.tobytes())
        return made.digest()


def during(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    effort_only: bool = False,
    box: Box | None = None,
) -> VisitColumns:
    """Return the sightings observed from `start` to before `end`, merged ones once.

    Rejected sightings are left out: they count nowhere. So are those with an accuracy worse than
    `LOCATED_M`, which `imprecise` counts. `effort_only` leaves out calls and partners; `box` is
    west, south, east and north in metres.
    """
    where = [*_counting(start, end, as_known_at, effort_only), located(table)]
    if box is not None:
        where.append(table.c.point.op("&&")(sa.func.ST_MakeEnvelope(*box, city.metric())))
    rows, territory, unit = _gathered(conn, _statement(where))
    order = _by_time_and_id(rows["at"], rows["id"])
    return VisitColumns(
        xy=np.column_stack([rows["x"], rows["y"]]).astype(np.float64)[order],
        observed_at=(rows["at"][order] + _EPOCH).view("datetime64[us]"),
        day_only=rows["day_only"][order],
        heads=rows["heads"][order].astype(np.int64),
        origin=_ORIGINS[rows["origin"][order]],
        territory=territory[order],
        accuracy_m=rows["accuracy"][order].astype(np.float64),
        unit=unit[order],
    )


def imprecise(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
    effort_only: bool = False,
) -> int:
    """Return how many sightings `during` leaves out because of where they may have been."""
    where = [*_counting(start, end, as_known_at, effort_only), ~located(table)]
    return conn.execute(sa.select(sa.func.count()).where(*where)).scalar_one()


def _counting(
    start: dt.datetime, end: dt.datetime, as_known_at: dt.datetime | None, effort_only: bool
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a sighting of a period counts, at any place."""
    where = [
        table.c.observed_at >= start,
        table.c.observed_at < end,
        table.c.superseded_by.is_(None),
        not_rejected(table),
        known_among_many(table, as_known_at),
    ]
    return [*where, table.c.origin.in_(sorted(EFFORT))] if effort_only else where


def effort_weeks(conn: sa.Connection, start: dt.datetime, end: dt.datetime) -> frozenset[dt.date]:
    """Return the Mondays of the weeks in which a patrol or survey reported that nobody was there.

    Those are the weeks whose effort is known.
    """
    monday = sa.cast(
        sa.func.date_trunc("week", sa.func.timezone(str(city.zone()), table.c.observed_at)), sa.Date
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
            located(table),
            known_among_many(table, None),
        )
    )
    return frozenset(conn.execute(statement).scalars())


def _statement(where: list[sa.ColumnElement[bool]]) -> AnySelect:
    """Return the statement that gathers each column; all arrays are in one order, whichever."""
    values = {
        "x": sa.func.ST_X(table.c.point, type_=sa.Double),
        "y": sa.func.ST_Y(table.c.point, type_=sa.Double),
        "at": table.c.observed_at,
        "id": table.c.id,
        "heads": table.c.headcount,
        "origin": sa.case({o: n for n, o in enumerate(Origin)}, value=table.c.origin),
        "day_only": table.c.time_precision == TimePrecision.DAY,
        "accuracy": sa.func.coalesce(table.c.accuracy_m, sa.cast("NaN", sa.Double)),
    }
    unit = sa.func.replace(sa.func.coalesce(table.c.unit, ""), _SEPARATOR, "")
    gathered: list[AnyColumn] = [
        *(sa.func.array_agg(values[name]) for name in _TYPES),
        *(sa.func.string_agg(text, _SEPARATOR) for text in (table.c.territory, unit)),
    ]
    return sa.select(*gathered, sa.func.count()).where(*where)


class _AsItCame(Loader):
    """Loader that returns a value in its binary form."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _gathered(
    conn: sa.Connection, statement: AnySelect
) -> tuple[dict[str, AnyArray], npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    """Return the columns that a statement of arrays without nulls selects, and two of texts."""
    compiled = statement.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
    driver = driver_of(conn)
    with driver.cursor(binary=True) as cursor:
        for kind in ("float8", "int4", "bool", "timestamptz", "uuid"):
            cursor.adapters.register_loader(driver.adapters.types[kind].array_oid, _AsItCame)
        cursor.execute(str(compiled).encode(), compiled.params)
        ((*arrays, territories, units, count),) = cursor.fetchall()
    columns = {
        name: _column(array, kind)
        for (name, kind), array in zip(_TYPES.items(), arrays, strict=True)
    }
    return columns, _texts(territories, count), _texts(units, count)


def _column(array: bytes | None, kind: str) -> AnyArray:
    """Return the values of a PostgreSQL array: a header, then each with its size before it."""
    if array is None:
        return np.empty(0, dtype=np.dtype(kind).newbyteorder("="))
    records = np.dtype([("size", ">i4"), ("value", kind)])
    values = np.frombuffer(array, dtype=records, offset=_ARRAY_HEADER_BYTES)["value"]
    return values.astype(values.dtype.newbyteorder("="))


def _texts(joined: str | None, count: int) -> npt.NDArray[np.str_]:
    """Return the texts (n,) between separators, as characters of 32 bits set into a table."""
    if not count:
        return np.empty(0, dtype="U1")
    characters = np.frombuffer((joined or "").encode("utf-32-le"), dtype="<u4")
    ends = np.append(np.flatnonzero(characters == ord(_SEPARATOR)), len(characters))
    lengths = np.diff(ends, prepend=-1) - 1
    table_ = np.zeros((count, max(int(lengths.max()), 1)), dtype="<u4")
    inside = np.arange(table_.shape[1]) < lengths[:, None]
    table_[inside] = characters[characters != ord(_SEPARATOR)]
    return table_.view(f"<U{table_.shape[1]}").ravel()


def _by_time_and_id(at: npt.NDArray[np.int64], key: npt.NDArray[np.void]) -> npt.NDArray[np.intp]:
    """Return the order (n,) by time, and by id as PostgreSQL compares ids where times are equal."""
    order = np.argsort(at)
    alike = np.zeros(len(at), dtype=bool)
    alike[1:] = at[order[1:]] == at[order[:-1]]
    alike[:-1] |= alike[1:]
    tied = order[alike]
    high, low = key[tied].view(">u8").reshape(-1, 2).T
    order[alike] = tied[np.lexsort((low, high, at[tied]))]
    return order
