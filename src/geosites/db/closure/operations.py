"""Operations: what the services did at a place."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import shapely
import sqlalchemy as sa

from geosites.core.errors import NotFound, Outdated
from geosites.core.records import Operation
from geosites.core.weeks import IsoWeek
from geosites.db import temporal
from geosites.db.geography import territories
from geosites.db.publication import changes
from geosites.db.schema.operations import operation as table
from geosites.db.temporal import Row, known_at


def add(conn: sa.Connection, operation: Operation, at: dt.datetime | None = None) -> bool:
    """Record an operation; return False where the very same one is recorded already.

    Raises `Conflict` where another operation has the same id.
    """
    return temporal.add(conn, table, _row(operation), at)


def correct(conn: sa.Connection, operation: Operation, seen: dt.datetime) -> None:
    """Replace the version of an operation known since `seen`; raises `Outdated`."""
    temporal.require_version(conn, table, {"id": operation.id}, seen)
    temporal.correct(conn, table, _row(operation))


def withdraw(conn: sa.Connection, identifier: UUID, seen: dt.datetime) -> None:
    """Withdraw an operation; earlier states remain. Raises `Outdated`.

    It is published to followers as a correction.
    """
    temporal.require_version(conn, table, {"id": identifier}, seen)
    there = get(conn, identifier)
    temporal.close(conn, table, {"id": identifier})
    week = IsoWeek.containing(there.started_at)
    changes.note(
        conn,
        changes.ChangeKind.OPERATION_CORRECTED,
        monday=week.monday,
        territory=territories.code_at(conn, shapely.point_on_surface(there.area)),
        site=there.site,
        ids=[str(identifier)],
    )


def restore(
    conn: sa.Connection, identifier: UUID, seen: dt.datetime, at: dt.datetime | None = None
) -> None:
    """Let a withdrawn operation be known again from `at` on, as in the version known since `seen`.

    Raises `Outdated` where it is known, or was another version last.
    """
    there = versions(conn, identifier)
    if not there or there[-1].since != seen or there[-1].until is None:
        raise Outdated("it was changed by somebody else since it was shown; nothing was written")
    if not add(conn, there[-1].operation, at):
        raise Outdated("it was changed by somebody else since it was shown; nothing was written")


def withdrawn(conn: sa.Connection) -> list[OperationVersion]:
    """Return the last version of each operation that was withdrawn, by when it was."""
    other = table.alias("other")
    later = sa.exists().where(
        other.c.id == table.c.id, sa.func.lower(other.c.known) > sa.func.lower(table.c.known)
    )
    gone = sa.func.upper(table.c.known)
    statement = sa.select(table).where(~sa.func.upper_inf(table.c.known), ~later).order_by(gone)
    return [_version(row) for row in conn.execute(statement).mappings()]


@dataclass(frozen=True, kw_only=True)
class OperationVersion:
    """A version of an operation, valid from `since` to `until` (None: now)."""

    operation: Operation
    since: dt.datetime
    until: dt.datetime | None


def versions(conn: sa.Connection, identifier: UUID) -> list[OperationVersion]:
    """Return all versions of an operation, the earliest first."""
    return [_version(row) for row in temporal.versions(conn, table, {"id": identifier})]


def get(conn: sa.Connection, identifier: UUID, as_known_at: dt.datetime | None = None) -> Operation:
    """Return one operation, or raise `NotFound`."""
    statement = sa.select(table).where(table.c.id == identifier, known_at(table, as_known_at))
    row = conn.execute(statement).mappings().first()
    if row is None:
        raise NotFound("operation", str(identifier))
    return _record(row)


def during(
    conn: sa.Connection,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    *,
    as_known_at: dt.datetime | None = None,
) -> list[Operation]:
    """Return the operations that touch the time from `start` to `end`, by start."""
    overlap = table.c.during.op("&&")(sa.func.tstzrange(start, end))
    statement = (
        sa.select(table)
        .where(overlap, known_at(table, as_known_at))
        .order_by(sa.func.lower(table.c.during), table.c.id)
    )
    return [_record(row) for row in conn.execute(statement).mappings()]


def _version(row: Row) -> OperationVersion:
    return OperationVersion(
        operation=_record(row), since=row["known"].lower, until=row["known"].upper
    )


def _row(operation: Operation) -> dict[str, object]:
    names = set(Operation.__dataclass_fields__) - {"started_at", "ended_at"}
    row = {name: getattr(operation, name) for name in names}
    row["area"] = _multi(operation.area)
    return {**row, "during": temporal.span(operation.started_at, operation.ended_at)}


def _multi(area: shapely.Polygon | shapely.MultiPolygon) -> shapely.MultiPolygon:
    return area if isinstance(area, shapely.MultiPolygon) else shapely.MultiPolygon([area])


def _record(row: Row) -> Operation:
    names = set(Operation.__dataclass_fields__) - {"started_at", "ended_at", "area"}
    return Operation(
        **{name: row[name] for name in names},
        started_at=row["during"].lower,
        ended_at=row["during"].upper,
        area=temporal.shape(row["area"]),
    )
