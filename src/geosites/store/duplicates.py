"""Sightings that may show one scene, and what coordinators made of them.

A merge is a correction like any other: the sighting stays, and from then on says which sighting
counts in its place (`superseded_by`). That one counts itself, so there is never a chain.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely
import sqlalchemy as sa

from geosites.errors import Conflict, Refused
from geosites.records import EFFORT, Sighting, TimePrecision
from geosites.reports.judgements import Judgement
from geosites.store import sightings, versions
from geosites.store.schema import sighting as table
from geosites.store.schema_duplicates import sighting_judgement as judged
from geosites.store.versions import Row, known_at

NEAR_M = 150.0
"""Two reports of one scene lie no further apart than this, beyond their accuracies."""

NEAR_TIME = dt.timedelta(minutes=30)
ACCURACY_M = 100.0
"""A position worse than this is not believed to reach further than this."""

REACH_M = NEAR_M + 2 * ACCURACY_M
CELLS = ("column", "row", "slot")

MOST_APART_M = 1_000.0
MOST_APART = dt.timedelta(hours=6)
"""What lies further apart than these is not one scene, whoever says so."""

_LOCK = 7_205_175_104
"""Judgements wait for one another under this number, so that no two can make a circle."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two sightings that may show one scene, the earlier first."""

    first: Sighting
    second: Sighting
    distance_m: float


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A sighting that counts no more, the one that counts in its place, and what was said last."""

    sighting: Sighting
    into: Sighting
    judgement: Judgement
    judged_at: dt.datetime


def pairs(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    most: int,
    scope: Collection[str] = (),
) -> tuple[list[Pair], int]:
    """Return pairs of which the earlier was observed from `start` to before `end`, and their count.

    The latest first, at most so many, in the territories of `scope` (none named is all). Both saw
    people, or both nobody, near in time and place, and come from different reports: of two units,
    of two origins, or with the same count. Those that somebody said to be apart are left out, and
    so is what is known by its day alone.
    """
    seen = _sorted_into_cells(start, end + NEAR_TIME)
    one, other, step = seen.alias("one"), seen.alias("other"), _steps()
    next_cells = sa.and_(*(other.c[name] == one.c[name] + step.c[name] for name in CELLS))
    after = sa.tuple_(other.c.observed_at, other.c.id) > sa.tuple_(one.c.observed_at, one.c.id)
    found = (
        _selected(one, other)
        .select_from(one.join(step, sa.true()).join(other, next_cells))
        .where(one.c.observed_at < end, after, *_in_scope(one, scope))
        .add_columns(sa.func.count().over().label("total"))
        .order_by(one.c.observed_at.desc(), one.c.id)
    )
    rows = conn.execute(found.limit(most)).all()
    known = _records(conn, {row.one for row in rows} | {row.other for row in rows})
    made = [Pair(first=known[r.one], second=known[r.other], distance_m=r.distance) for r in rows]
    return made, rows[0].total if rows else 0


def of(conn: sa.Connection, identifiers: Iterable[UUID]) -> dict[UUID, list[Sighting]]:
    """Return for each of some sightings those that may show the same scene, the earliest first."""
    one, other = table.alias("one"), table.alias("other")
    wanted = one.c.id == sa.any_(sa.literal(list(identifiers), sa.ARRAY(sa.UUID)))
    low, high = one.c.observed_at - NEAR_TIME, one.c.observed_at + NEAR_TIME
    near = sa.func.ST_DWithin(one.c.point, other.c.point, REACH_M)
    window = [other.c.id != one.c.id, other.c.observed_at.between(low, high), near]
    asked = _selected(one, other).where(wanted, *window, _counts(one), _counts(other))
    rows = conn.execute(asked.order_by(other.c.observed_at)).all()
    known = _records(conn, {row.other for row in rows})
    found: dict[UUID, list[Sighting]] = {}
    for row in rows:
        found.setdefault(row.one, []).append(known[row.other])
    return found


def merged(
    conn: sa.Connection, start: dt.datetime, end: dt.datetime, scope: Collection[str] = ()
) -> list[Merged]:
    """Return what was merged of what was observed from `start` to before `end`, the latest first.

    Each with the last judgement about it; one that came merged without a judgement is left out.
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
        .where(table.c.observed_at >= start, table.c.observed_at < end, *_in_scope(table, scope))
        .order_by(table.c.observed_at.desc(), table.c.id)
    )
    rows = conn.execute(statement).all()
    known = _records(conn, {one for row in rows for one in (row.sighting, row.superseded_by)})
    return [
        Merged(
            sighting=known[row.sighting],
            into=known[row.superseded_by],
            judgement=_judgement(row),
            judged_at=row.known.lower,
        )
        for row in rows
    ]


def judgements(conn: sa.Connection, identifier: UUID) -> list[Judgement]:
    """Return what was said of a sighting, the earliest first."""
    statement = sa.select(judged).where(judged.c.sighting == identifier)
    return [
        _judgement(row) for row in conn.execute(statement.order_by(sa.func.lower(judged.c.known)))
    ]


def merge(conn: sa.Connection, judgement: Judgement) -> UUID:
    """Let the sighting count no more beside `other`; return the id of the one that counts.

    Where `other` was merged itself, that is the sighting it was merged into; what was merged into
    the sighting goes along. Raises `NotFound`; `Conflict` where it is merged elsewhere already, or
    would go in a circle; `Refused` where the two cannot show one scene.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    moved, head = sightings.current(conn, judgement.sighting), _head(conn, judgement.other)
    if moved["superseded_by"] == head["id"]:
        return UUID(str(head["id"]))
    if moved["superseded_by"] is not None:
        raise Conflict(f"sighting {moved['id']} is merged into {moved['superseded_by']} already")
    if moved["id"] == head["id"]:
        raise Conflict(f"sighting {judgement.other} is merged into {moved['id']} already")
    _require_one_scene(moved, head)
    for row in [moved, *_members(conn, moved["id"])]:
        _correct(conn, row, head["id"])
        _note(conn, judgement, row["id"], head["id"])
    return UUID(str(head["id"]))


def part(conn: sa.Connection, judgement: Judgement) -> bool:
    """Let the sighting count on its own; return whether it did not before.

    Two that were never merged are kept apart: they are not named as a pair again. Raises
    `NotFound`, and `Conflict` where it is merged into another than `other`.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    row, other = (sightings.current(conn, one) for one in (judgement.sighting, judgement.other))
    head = row["superseded_by"]
    if head not in (None, other["id"]):
        raise Conflict(f"sighting {row['id']} is merged into {head}, not into {other['id']}")
    if head is not None:
        _correct(conn, row, None)
    _note(conn, judgement, row["id"], other["id"])
    return head is not None


def head_of(conn: sa.Connection, identifier: UUID) -> UUID | None:
    """Return the sighting that counts in the place of another; None where it counts itself."""
    head: UUID | None = sightings.current(conn, identifier)["superseded_by"]
    return head


def _selected(one: sa.FromClause, other: sa.FromClause) -> sa.Select[Any]:
    """Return ids and distance of those pairs that may show one scene."""
    distance = sa.func.ST_Distance(one.c.point, other.c.point)
    apart_s = sa.func.abs(sa.func.extract("epoch", one.c.observed_at - other.c.observed_at))
    near = [
        apart_s <= NEAR_TIME.total_seconds(),
        distance <= NEAR_M + _believed(one) + _believed(other),
    ]
    return sa.select(
        one.c.id.label("one"), other.c.id.label("other"), distance.label("distance")
    ).where(*near, _alike(one, other), ~_apart(one, other))


def _sorted_into_cells(start: dt.datetime, end: dt.datetime) -> sa.CTE:
    """Return what counts and was observed from `start` to before `end`, by cell and half hour.

    What may be one scene lies in the same cell or in the next, so that equal cells are joined and
    nothing else is compared, however many there are.
    """
    x, y = sa.func.ST_X(table.c.point), sa.func.ST_Y(table.c.point)
    at_s = sa.func.extract("epoch", table.c.observed_at)
    sizes = (x / REACH_M, y / REACH_M, at_s / NEAR_TIME.total_seconds())
    cells = [
        sa.cast(sa.func.floor(size), sa.Integer).label(name)
        for name, size in zip(CELLS, sizes, strict=True)
    ]
    inside = [table.c.observed_at >= start, table.c.observed_at < end]
    return sa.select(table, *cells).where(*inside, _counts(table)).cte("seen")


def _steps() -> sa.FromClause:
    """Return the steps from a cell to itself and the next ones, in this half hour and the next."""
    columns = [sa.column(name, sa.Integer) for name in CELLS]
    around = list(itertools.product((-1, 0, 1), (-1, 0, 1), (0, 1)))
    return sa.values(*columns, name="step").data(around)


def _in_scope(one: sa.FromClause, scope: Collection[str]) -> list[sa.ColumnElement[bool]]:
    return [one.c.territory.in_(scope)] if scope else []


def _counts(one: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        sa.func.upper_inf(one.c.known),
        one.c.superseded_by.is_(None),
        one.c.time_precision == TimePrecision.INSTANT,
    )


def _alike(one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that two may be one scene: a crew that walks on counts anew."""
    same_kind = (one.c.headcount == 0) == (other.c.headcount == 0)
    two_reports = sa.or_(
        one.c.unit.is_distinct_from(other.c.unit),
        one.c.origin != other.c.origin,
        one.c.headcount == other.c.headcount,
    )
    return sa.and_(same_kind, two_reports)


def _apart(one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    here = sa.and_(judged.c.sighting == one.c.id, judged.c.other == other.c.id)
    there = sa.and_(judged.c.sighting == other.c.id, judged.c.other == one.c.id)
    return sa.exists().where(sa.or_(here, there), ~judged.c.same)


def _believed(one: sa.FromClause) -> sa.ColumnElement[float]:
    return sa.func.least(sa.func.coalesce(one.c.accuracy_m, 0.0), ACCURACY_M)


def _records(conn: sa.Connection, identifiers: Iterable[UUID]) -> dict[UUID, Sighting]:
    wanted = table.c.id == sa.any_(sa.literal(list(identifiers), sa.ARRAY(sa.UUID)))
    rows = conn.execute(sa.select(table).where(wanted, known_at(table, None))).mappings()
    return {row["id"]: sightings.record(row) for row in rows}


def _head(conn: sa.Connection, identifier: UUID) -> Row:
    row = sightings.current(conn, identifier)
    head = row["superseded_by"]
    return row if head is None else sightings.current(conn, head)


def _members(conn: sa.Connection, head: UUID) -> list[Row]:
    statement = sa.select(table.c.id).where(table.c.superseded_by == head, known_at(table, None))
    return [sightings.current(conn, one) for one in conn.execute(statement).scalars().all()]


def _require_one_scene(moved: Row, head: Row) -> None:
    if (moved["headcount"] == 0) != (head["headcount"] == 0):
        raise Refused("one saw people and the other nobody: both are worth knowing")
    if moved["origin"] in EFFORT and head["origin"] not in EFFORT:
        raise Refused("a visit cannot count as a call: merge the call into the visit")
    apart_m = float(shapely.distance(moved["point"], head["point"]))
    apart = abs(moved["observed_at"] - head["observed_at"])
    if apart_m > MOST_APART_M or apart > MOST_APART:
        raise Refused(f"they lie {apart_m:.0f} m and {apart} apart: that is not one scene")


def _correct(conn: sa.Connection, row: Row, head: UUID | None) -> None:
    versions.correct(conn, table, {**row, "superseded_by": head})


def _note(conn: sa.Connection, judgement: Judgement, sighting: UUID, other: UUID) -> None:
    """Write down what was said; in one transaction the second comes later than the first."""
    said = {name: getattr(judgement, name) for name in ("same", "reason", "login", "unit")}
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    row = {"sighting": sighting, "other": other, **said, "known": versions.span(at, None)}
    conn.execute(sa.insert(judged).values(row))


def _judgement(row: Any) -> Judgement:
    return Judgement(**{name: getattr(row, name) for name in Judgement.__dataclass_fields__})
