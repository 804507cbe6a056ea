"""Possible duplicates: sightings that may describe one scene."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from geosites.core.records import Sighting, TimePrecision
from geosites.core.same_scene import MOST_ACCURACY_M, SAME_SCENE_M, SAME_SCENE_MIN
from geosites.db.postgres.sql_types import AnySelect
from geosites.db.reports import sightings
from geosites.db.schema.duplicates import sighting_judgement as judged
from geosites.db.schema.sightings import sighting as table
from geosites.db.temporal import known_among_many, known_at

NEAR_TIME = dt.timedelta(minutes=SAME_SCENE_MIN)
REACH_M = SAME_SCENE_M + 2 * MOST_ACCURACY_M
CELLS = ("column", "row", "slot")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two sightings that may show one scene, the earlier first."""

    first: Sighting
    second: Sighting
    distance_m: float


def pairs(
    conn: sa.Connection,
    start: dt.datetime,
    end: dt.datetime,
    most: int,
    scope: Collection[str] = (),
) -> tuple[list[Pair], int]:
    """Return pairs of which the earlier was observed from `start` to before `end`, and their count.

    The latest first, up to a limit, in the territories of `scope` (empty is all). Both saw people,
    or both nobody, close in time and place, and come from two units, from two origins, or with the
    same count. Pairs that somebody has separated are left out, and so are double counts and
    sightings of which only the day is known.
    """
    seen = _sorted_into_cells(start, end + NEAR_TIME)
    item, other, step = seen.alias("one"), seen.alias("other"), _steps()
    next_cells = sa.and_(*(other.c[name] == item.c[name] + step.c[name] for name in CELLS))
    after = sa.tuple_(other.c.observed_at, other.c.id) > sa.tuple_(item.c.observed_at, item.c.id)
    result = (
        _selected(item, other)
        .select_from(item.join(step, sa.true()).join(other, next_cells))
        .where(item.c.observed_at < end, after, *in_scope(item, scope))
        .add_columns(sa.func.count().over().label("total"))
        .order_by(item.c.observed_at.desc(), item.c.id)
    )
    rows = conn.execute(result.limit(most)).all()
    known = records(conn, {row.one for row in rows} | {row.other for row in rows})
    made = [Pair(first=known[r.one], second=known[r.other], distance_m=r.distance) for r in rows]
    return made, rows[0].total if rows else 0


def of(conn: sa.Connection, identifiers: Iterable[UUID]) -> dict[UUID, list[Sighting]]:
    """Return for each of some sightings those that may show the same scene, the earliest first."""
    item, other = table.alias("one"), table.alias("other")
    wanted = item.c.id == sa.any_(sa.literal(list(identifiers), sa.ARRAY(sa.UUID)))
    low, high = item.c.observed_at - NEAR_TIME, item.c.observed_at + NEAR_TIME
    near = sa.func.ST_DWithin(item.c.point, other.c.point, REACH_M)
    window = [other.c.id != item.c.id, other.c.observed_at.between(low, high), near]
    asked = _selected(item, other).where(wanted, *window, _counts(item), _counts(other))
    rows = conn.execute(asked.order_by(other.c.observed_at)).all()
    known = records(conn, {row.other for row in rows})
    result: dict[UUID, list[Sighting]] = {}
    for row in rows:
        result.setdefault(row.one, []).append(known[row.other])
    return result


def _selected(one: sa.FromClause, other: sa.FromClause) -> AnySelect:
    """Return ids and distance of those pairs that may show one scene."""
    distance = sa.func.ST_Distance(one.c.point, other.c.point)
    apart_s = sa.func.abs(sa.func.extract("epoch", one.c.observed_at - other.c.observed_at))
    near = [
        apart_s <= NEAR_TIME.total_seconds(),
        distance <= SAME_SCENE_M + _believed(one) + _believed(other),
    ]
    return sa.select(
        one.c.id.label("one"), other.c.id.label("other"), distance.label("distance")
    ).where(*near, _alike(one, other), ~_apart(one, other))


def _sorted_into_cells(start: dt.datetime, end: dt.datetime) -> sa.CTE:
    """Return counting sightings observed from `start` to before `end`, by cell and half hour.

    Possible duplicates are in the same or an adjacent cell, so that a join on cells is enough,
    however many sightings there are.
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


def in_scope(one: sa.FromClause, scope: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """Return the condition for some territories; empty is all."""
    return [one.c.territory.in_(scope)] if scope else []


def _counts(one: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(
        known_among_many(one, None),
        one.c.superseded_by.is_(None),
        sightings.not_rejected(one),
        one.c.time_precision == TimePrecision.INSTANT,
    )


def _alike(one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that two may be one scene: a crew that walks on counts another.

    Declared double counts of two crews are not duplicates: `double_counts.py`.
    """
    same_kind = (one.c.headcount == 0) == (other.c.headcount == 0)
    two_reports = sa.or_(
        one.c.unit.is_distinct_from(other.c.unit),
        one.c.origin != other.c.origin,
        one.c.headcount == other.c.headcount,
    )
    counted_twice = sa.and_(one.c.double_count.is_not(None), other.c.double_count.is_not(None))
    return sa.and_(same_kind, two_reports, ~counted_twice)


def _apart(one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    here = sa.and_(judged.c.sighting == one.c.id, judged.c.other == other.c.id)
    there = sa.and_(judged.c.sighting == other.c.id, judged.c.other == one.c.id)
    return sa.exists().where(sa.or_(here, there), ~judged.c.same)


def _believed(one: sa.FromClause) -> sa.ColumnElement[float]:
    return sa.func.least(sa.func.coalesce(one.c.accuracy_m, 0.0), MOST_ACCURACY_M)


def records(conn: sa.Connection, identifiers: Iterable[UUID]) -> dict[UUID, Sighting]:
    """Return the current versions of sightings, by id."""
    wanted = table.c.id == sa.any_(sa.literal(list(identifiers), sa.ARRAY(sa.UUID)))
    rows = conn.execute(sa.select(table).where(wanted, known_at(table, None))).mappings()
    return {row["id"]: sightings.record(row) for row in rows}
