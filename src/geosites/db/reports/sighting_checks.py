"""Sightings to be checked, their earlier versions, and the decisions about them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused, phrase
from geosites.core.records import Sighting
from geosites.db import temporal
from geosites.db.reports import sightings
from geosites.db.reports.duplicates import in_scope
from geosites.db.schema.checks import sighting_check as checks
from geosites.db.schema.sightings import sighting as table
from geosites.db.temporal import known_among_many, known_at
from geosites.validation.api_schemas.check_schemas import VERIFIED_AFTER, Check, CheckVerdict

COUNTED = 1000
"""Limit of counting, so that the list opens fast in a large store."""


class CheckState(StrEnum):
    """Whether a sighting was checked."""

    TO_CHECK = "to_check"
    VERIFIED = "verified"
    REJECTED = "rejected"


_VERIFIED = {CheckState.TO_CHECK: None, CheckState.VERIFIED: True, CheckState.REJECTED: False}


@dataclass(frozen=True, kw_only=True)
class CheckFilter:
    """Which sightings are listed; None and an empty scope are all. Times are of observation.

    `empty`: visits that saw nobody too.
    """

    state: CheckState | None = CheckState.TO_CHECK
    empty: bool = False
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    unit: str | None = None
    territory: str | None = None
    scope: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    """A sighting of the list, and since when its current version is known."""

    sighting: Sighting
    since: dt.datetime


@dataclass(frozen=True, kw_only=True)
class SightingVersion:
    """A version of a sighting, valid from `since` to `until` (None: now), and its cause.

    `check` is None if no coordinator decided it here: it was sent, or its reporter corrected it.
    """

    sighting: Sighting
    merged_into: UUID | None
    since: dt.datetime
    until: dt.datetime | None
    check: Check | None


def lines(
    conn: sa.Connection, asked: CheckFilter, most: int, before: dt.datetime | None = None
) -> list[CheckLine]:
    """Return the requested sightings, the newest first; `before`: only those observed earlier.

    Merged ones are left out, since the other one is checked for both.
    """
    earlier = [] if before is None else [table.c.observed_at < before]
    statement = (
        sa.select(table, sa.func.lower(table.c.known).label("since"))
        .where(*_conditions(asked), *earlier)
        .order_by(table.c.observed_at.desc(), table.c.id)
        .limit(most)
    )
    rows = conn.execute(statement).mappings()
    return [CheckLine(sighting=sightings.record(row), since=row["since"]) for row in rows]


def count(conn: sa.Connection, asked: CheckFilter) -> int:
    """Return the number of requested sightings, at most one more than `COUNTED`."""
    some = sa.select(table.c.id).where(*_conditions(asked)).limit(COUNTED + 1).subquery()
    return int(conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def units(conn: sa.Connection, scope: Collection[str] = ()) -> list[str]:
    """Return the units that reported in scope, by name."""
    statement = sa.select(table.c.unit).where(
        known_at(table, None), table.c.unit.is_not(None), *in_scope(table, scope)
    )
    return list(conn.execute(statement.distinct().order_by(table.c.unit)).scalars())


def versions(conn: sa.Connection, identifier: UUID) -> list[SightingVersion]:
    """Return all versions of a sighting, the earliest first."""
    decided = {
        row["known"].lower: Check(
            **{name: row[name] for name in Check.__dataclass_fields__},
        )
        for row in temporal.versions(conn, checks, {"sighting": identifier})
    }
    return [
        SightingVersion(
            sighting=sightings.record(row),
            merged_into=row["superseded_by"],
            since=row["known"].lower,
            until=row["known"].upper,
            check=decided.get(row["known"].lower),
        )
        for row in temporal.versions(conn, table, {"id": identifier})
    ]


def decide(conn: sa.Connection, check: Check, seen: dt.datetime) -> Sighting:
    """Verify, reject or withdraw a sighting, or return it to the queue; return its new version.

    Raises `Outdated` if it is no longer the version known since `seen`, `Refused` if the verdict
    changes nothing, `Conflict` if others are merged into it.
    """
    temporal.require_version(conn, table, {"id": check.sighting}, seen)
    there, verified = sightings.get(conn, check.sighting), VERIFIED_AFTER[check.verdict]
    if there.verified is verified:
        raise Refused("this sighting is in that state already")
    if verified is False and _members(conn, check.sighting):
        raise Conflict("other reports were merged into this one; separate them first")
    return _put(conn, check, dataclasses.replace(there, verified=verified))


def correct(conn: sa.Connection, check: Check, record: Sighting, seen: dt.datetime) -> Sighting:
    """Replace the sighting of the same id by `record`; raises as `decide`."""
    if check.verdict is not CheckVerdict.CORRECTED or check.sighting != record.id:
        raise Refused(phrase("this is not a correction of sighting %(id)s", id=record.id))
    temporal.require_version(conn, table, {"id": record.id}, seen)
    if sightings.get(conn, record.id) == record:
        raise Refused("nothing was changed")
    return _put(conn, check, record)


def _put(conn: sa.Connection, check: Check, record: Sighting) -> Sighting:
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    sightings.correct(conn, record, at)
    row = {name: getattr(check, name) for name in Check.__dataclass_fields__}
    conn.execute(sa.insert(checks).values(**row, known=temporal.span(at, None)))
    return record


def _members(conn: sa.Connection, head: UUID) -> bool:
    there = sa.exists().where(table.c.superseded_by == head, known_at(table, None))
    return bool(conn.execute(sa.select(there)).scalar_one())


def _conditions(asked: CheckFilter) -> list[sa.ColumnElement[bool]]:
    chosen = [known_among_many(table, None), table.c.superseded_by.is_(None)]
    chosen += in_scope(table, asked.scope)
    if not asked.empty:
        chosen.append(table.c.headcount > 0)
    if asked.state is not None:
        chosen.append(table.c.verified.is_not_distinct_from(_VERIFIED[asked.state]))
    if asked.start is not None:
        chosen.append(table.c.observed_at >= asked.start)
    if asked.end is not None:
        chosen.append(table.c.observed_at < asked.end)
    if asked.unit is not None:
        chosen.append(table.c.unit == asked.unit)
    if asked.territory is not None:
        chosen.append(table.c.territory == asked.territory)
    return chosen
