"""Temporal rows: add, correct, and read as known at an instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

import shapely
import sqlalchemy as sa
from geoalchemy2 import Geometry, WKBElement
from geoalchemy2.shape import from_shape, to_shape
from shapely import Geometry as Shape
from sqlalchemy.dialects.postgresql import Range, insert

from geosites.core import city
from geosites.core.errors import Conflict, Outdated
from geosites.db.schema.conventions import CURRENT

Row = Mapping[str, Any] | sa.RowMapping


def known_at(table: sa.FromClause, instant: dt.datetime | None) -> sa.ColumnElement[bool]:
    """Return the condition that a row was valid at `instant`, or is valid now."""
    if instant is None:
        return sa.func.upper_inf(table.c.known)
    return table.c.known.op("@>")(sa.cast(instant, sa.DateTime(timezone=True)))


def known_among_many(table: sa.FromClause, instant: dt.datetime | None) -> sa.ColumnElement[bool]:
    """Return the condition of `known_at` for queries by time or place rather than by key.

    It is written so that the index of current rows does not match it. Otherwise the planner reads
    that whole index in addition to the one of times or places, since it estimates that two rows in
    three are not current.
    """
    if instant is None:
        return sa.func.upper_inf(table.c.known).is_(True)
    return known_at(table, instant)


def span(start: dt.datetime | None, end: dt.datetime | None) -> Range[dt.datetime]:
    """Return the time from `start` to before `end`; None is unbounded."""
    return Range(start, end, bounds="[)")


def add(conn: sa.Connection, table: sa.Table, row: Row, at: dt.datetime | None = None) -> bool:
    """Add a row; return False where the same row is there already.

    Raises `Conflict` where another row is known under the same key. `at` is the instant from which
    the row is known; by default the transaction's.
    """
    if conn.execute(_adding(table), _stored(table, row, at)).first() is not None:
        return True
    there = _current(conn, table, row)
    if there is not None and _same(row, there):
        return False
    name = " ".join(str(row[key]) for key in _keys(table))
    raise Conflict(
        "%(table)s %(name)s is recorded already, with other content", table=table.name, name=name
    )


def correct(conn: sa.Connection, table: sa.Table, row: Row, at: dt.datetime | None = None) -> None:
    """Close the current row with the same key, if any, and add this one from `at` on.

    Raises `Conflict` if the row to correct is itself known only from `at` or later.
    """
    instant = at or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    start = sa.func.lower(table.c.known)
    closing = (
        sa.update(table)
        .where(*_matches(table, row), CURRENT, start < instant)
        .values(known=sa.func.tstzrange(start, instant))
    )
    conn.execute(closing)
    if _current(conn, table, row) is not None:
        raise Conflict("%(name)s: a correction must come after what it corrects", name=table.name)
    conn.execute(sa.insert(table).values(_stored(table, row, instant)))


def close(conn: sa.Connection, table: sa.Table, row: Row, at: dt.datetime | None = None) -> None:
    """Let the row known under the same key be known no longer, from `at` on."""
    instant = at or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    span_known = sa.func.tstzrange(sa.func.lower(table.c.known), instant)
    conn.execute(sa.update(table).where(*_matches(table, row), CURRENT).values(known=span_known))


def put(conn: sa.Connection, table: sa.Table, row: Row, at: dt.datetime | None = None) -> bool:
    """Record this row under its key; return False if nothing changed."""
    there = _current(conn, table, row)
    if there is None:
        return add(conn, table, row, at)
    if _same(row, there):
        return False
    correct(conn, table, row, at)
    return True


def version(conn: sa.Connection, table: sa.Table, key: Row) -> dt.datetime | None:
    """Return since when the row under a key is known; None where none is."""
    statement = sa.select(sa.func.lower(table.c.known)).where(*_matches(table, key), CURRENT)
    return conn.execute(statement).scalar()


def require_version(conn: sa.Connection, table: sa.Table, key: Row, seen: dt.datetime) -> None:
    """Raise `Outdated` if the row under a key is not the one known since `seen`.

    The row is locked until the transaction ends; a waiting transaction then sees the change.
    """
    since = sa.func.lower(table.c.known)
    held = sa.select(since).where(*_matches(table, key), CURRENT).with_for_update()
    if conn.execute(held).scalar() != seen:
        raise Outdated("it was changed by somebody else since it was shown; nothing was written")


def versions(conn: sa.Connection, table: sa.Table, key: Row) -> list[sa.RowMapping]:
    """Return every row that was ever known under a key, the earliest first."""
    statement = sa.select(table).where(*_matches(table, key))
    return list(conn.execute(statement.order_by(sa.func.lower(table.c.known))).mappings())


def shape(value: WKBElement) -> shapely.Geometry:
    """Return a stored geometry as a shapely object."""
    result: shapely.Geometry = to_shape(value)
    return result


def stored_shape(value: Shape) -> WKBElement:
    """Return a shapely geometry as the database takes it."""
    return from_shape(value, srid=city.metric())


@cache
def _adding(table: sa.Table) -> sa.sql.dml.ReturningInsert[int]:
    """Return the statement that adds a row unless its key exists; it returns whether it did."""
    adding = insert(table).on_conflict_do_nothing(index_elements=_keys(table), index_where=CURRENT)
    return adding.returning(sa.literal(1))


def _keys(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key if column.name != "known"]


def _matches(table: sa.Table, row: Row) -> list[sa.ColumnElement[bool]]:
    return [table.c[key] == row[key] for key in _keys(table)]


def _stored(table: sa.Table, row: Row, at: dt.datetime | None) -> dict[str, object]:
    values = {
        name: stored_shape(value)
        if value is not None and isinstance(table.c[name].type, Geometry)
        else value
        for name, value in row.items()
    }
    return values if at is None else {**values, "known": span(at, None)}


def _current(conn: sa.Connection, table: sa.Table, row: Row) -> Row | None:
    statement = sa.select(table).where(*_matches(table, row), CURRENT)
    return conn.execute(statement).mappings().first()


def _same(row: Row, there: Row) -> bool:
    return all(_equal(value, there[name]) for name, value in row.items())


def _equal(given: object, stored: object) -> bool:
    if isinstance(given, Shape):
        return isinstance(stored, WKBElement) and bool(given.equals_exact(shape(stored), 0.0))
    return bool(given == stored)
