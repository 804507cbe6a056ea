"""Closures: claims that a site is closed, for a time. They never overlap for one site."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from geosites.errors import Conflict
from geosites.records import Closure
from geosites.store import versions
from geosites.store.schema import closure as table
from geosites.store.versions import Row, known_at


def add(conn: sa.Connection, closure: Closure, at: dt.datetime | None = None) -> bool:
    """Record a closure; return False where the very same one is recorded already.

    Raises `Conflict` where another closure has the same id or overlaps for the site.
    """
    for other in of_site(conn, closure.site):
        if other.id != closure.id and _overlap(other, closure):
            raise Conflict(_overlap_message(closure, other))
    return versions.add(conn, table, _row(closure), at)


def correct(conn: sa.Connection, closure: Closure, at: dt.datetime | None = None) -> None:
    """Put `closure` in the place of the one recorded under its id, as when it is extended."""
    versions.correct(conn, table, _row(closure), at)


def of_site(
    conn: sa.Connection, slug: str, as_known_at: dt.datetime | None = None
) -> list[Closure]:
    """Return the closures of a site, the earliest first."""
    return _read(conn, table.c.site == slug, known_at(table, as_known_at))


def everything(conn: sa.Connection, as_known_at: dt.datetime | None = None) -> list[Closure]:
    """Return every closure, by site, then the earliest first."""
    return _read(conn, known_at(table, as_known_at))


def _read(conn: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Closure]:
    order = [table.c.site, sa.func.lower(table.c.during)]
    statement = sa.select(table).where(*where).order_by(*order)
    return [_record(row) for row in conn.execute(statement).mappings()]


def _overlap(one: Closure, other: Closure) -> bool:
    starts_before = other.closed_until is None or one.closed_from < other.closed_until
    return starts_before and (one.closed_until is None or other.closed_from < one.closed_until)


def _overlap_message(closure: Closure, other: Closure) -> str:
    until = other.closed_until.isoformat() if other.closed_until else "further notice"
    return (
        f"closure of {closure.site} from {closure.closed_from.isoformat()} overlaps the one "
        f"from {other.closed_from.isoformat()} until {until} ({other.id})"
    )


def _row(closure: Closure) -> dict[str, Any]:
    names = set(Closure.__dataclass_fields__) - {"closed_from", "closed_until"}
    row = {name: getattr(closure, name) for name in names}
    return {**row, "during": versions.span(closure.closed_from, closure.closed_until)}


def _record(row: Row) -> Closure:
    names = set(Closure.__dataclass_fields__) - {"closed_from", "closed_until"}
    return Closure(
        **{name: row[name] for name in names},
        closed_from=row["during"].lower,
        closed_until=row["during"].upper,
    )
