"""Coordinators' decisions on possible duplicates: merge, or keep apart.

A merge is a correction like any other: the sighting remains, and from then on names the sighting
that counts in its place (`superseded_by`). That one counts itself, so there is never a chain.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import shapely
import sqlalchemy as sa

from geosites.core.errors import Conflict, Refused
from geosites.core.records import EFFORT, Sighting
from geosites.db import temporal
from geosites.db.postgres.sql_types import AnyRow
from geosites.db.reports import sightings
from geosites.db.reports.duplicates import in_scope, records
from geosites.db.schema.duplicates import sighting_judgement as judged
from geosites.db.schema.sightings import sighting as table
from geosites.db.temporal import Row, known_at
from geosites.validation.api_schemas.duplicate_schemas import Judgement

MOST_APART_M = 1_000.0
MOST_APART = dt.timedelta(hours=6)
"""Maximum distances in space and time of one scene, whatever the decision."""

_LOCK = 7_205_175_104
"""Judgements wait for one another under this number, so that no two can make a circle."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A merged sighting, the one that counts in its place, and the last decision."""

    sighting: Sighting
    into: Sighting
    judgement: Judgement
    judged_at: dt.datetime


def merged(
    conn: sa.Connection, start: dt.datetime, end: dt.datetime, scope: Collection[str] = ()
) -> list[Merged]:
    """Return the merged sightings observed from `start` to before `end`, the latest first.

    Each has the last decision about it; those merged without a decision are left out.
    """
    last = (
        sa.select(judged)
        .where(judged.c.sighting == table.c.id, judged.c.same)
        .order_by(sa.func.lower(judged.c.known).desc())
        .limit(1)
        .lateral("last")
    )
    statement = (
        sa.select(table.c.superseded_by, last)
        .join(last, sa.true())
        .where(known_at(table, None), table.c.superseded_by.is_not(None))
        .where(table.c.observed_at >= start, table.c.observed_at < end, *in_scope(table, scope))
        .order_by(table.c.observed_at.desc(), table.c.id)
    )
    rows = conn.execute(statement).all()
    known = records(conn, {item for row in rows for item in (row.sighting, row.superseded_by)})
    return [
        Merged(
            sighting=known[row.sighting],
            into=known[row.superseded_by],
            judgement=_judgement(row),
            judged_at=row.known.lower,
        )
        for row in rows
    ]


def merge(conn: sa.Connection, judgement: Judgement) -> UUID:
    """Merge the sighting into `other`; return the id of the one that counts.

    If `other` was merged itself, that is the sighting it was merged into; sightings merged into
    this one are merged too. Raises `NotFound`; `Conflict` if it is already merged elsewhere, or
    would form a cycle; `Refused` if the two cannot show one scene.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    moved, head = sightings.current(conn, judgement.sighting), _head(conn, judgement.other)
    if moved["superseded_by"] == head["id"]:
        return UUID(str(head["id"]))
    if moved["superseded_by"] is not None:
        raise Conflict(
            "sighting %(id)s is merged into %(superseded_by)s already",
            id=moved["id"],
            superseded_by=moved["superseded_by"],
        )
    if moved["id"] == head["id"]:
        raise Conflict(
            "sighting %(other)s is merged into %(id)s already",
            other=judgement.other,
            id=moved["id"],
        )
    _require_one_scene(moved, head)
    for row in [moved, *_members(conn, moved["id"])]:
        _correct(conn, row, head["id"])
        _note(conn, judgement, row["id"], head["id"])
    return UUID(str(head["id"]))


def part(conn: sa.Connection, judgement: Judgement) -> bool:
    """Undo a merge, so that the sighting counts again; return whether anything changed.

    Two that were never merged are kept apart: they are not listed as a pair again. Raises
    `NotFound`, and `Conflict` if it is merged into another than `other`.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    row, other = (sightings.current(conn, item) for item in (judgement.sighting, judgement.other))
    head = row["superseded_by"]
    if head not in (None, other["id"]):
        raise Conflict(
            "sighting %(id)s is merged into %(head)s, not into %(other)s",
            id=row["id"],
            head=head,
            other=other["id"],
        )
    if head is not None:
        _correct(conn, row, None)
    _note(conn, judgement, row["id"], other["id"])
    return head is not None


def head_of(conn: sa.Connection, identifier: UUID) -> UUID | None:
    """Return the sighting that counts in place of another; None if it counts itself."""
    head: UUID | None = sightings.current(conn, identifier)["superseded_by"]
    return head


def _head(conn: sa.Connection, identifier: UUID) -> Row:
    row = sightings.current(conn, identifier)
    head = row["superseded_by"]
    return row if head is None else sightings.current(conn, head)


def _members(conn: sa.Connection, head: UUID) -> list[Row]:
    statement = sa.select(table.c.id).where(table.c.superseded_by == head, known_at(table, None))
    return [sightings.current(conn, item) for item in conn.execute(statement).scalars().all()]


def _require_one_scene(moved: Row, head: Row) -> None:
    if head["verified"] is False:
        raise Refused("a rejected sighting counts nowhere: nothing can be merged into it")
    if (moved["headcount"] == 0) != (head["headcount"] == 0):
        raise Refused("one saw people and the other nobody: both are worth knowing")
    if moved["origin"] in EFFORT and head["origin"] not in EFFORT:
        raise Refused("a visit cannot count as a call: merge the call into the visit")
    apart_m = float(shapely.distance(moved["point"], head["point"]))
    apart = abs(moved["observed_at"] - head["observed_at"])
    if apart_m > MOST_APART_M or apart > MOST_APART:
        raise Refused(
            "they lie %(apart_m).0f m and %(apart)s apart: that is not one scene",
            apart_m=apart_m,
            apart=apart,
        )


def _correct(conn: sa.Connection, row: Row, head: UUID | None) -> None:
    temporal.correct(conn, table, {**row, "superseded_by": head})


def _note(conn: sa.Connection, judgement: Judgement, sighting: UUID, other: UUID) -> None:
    """Record a decision; within a transaction the second is later than the first."""
    message = {name: getattr(judgement, name) for name in ("same", "reason", "login", "unit")}
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    row = {"sighting": sighting, "other": other, **message, "known": temporal.span(at, None)}
    conn.execute(sa.insert(judged).values(row))


def _judgement(row: AnyRow) -> Judgement:
    return Judgement(**{name: getattr(row, name) for name in Judgement.__dataclass_fields__})
