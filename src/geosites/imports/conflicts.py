"""Conflicts of staged rows with each other or with the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core import city
from geosites.core.errors import BadRow, Phrase, phrase
from geosites.db.postgres.sql_types import AnyColumn, AnyRow, AnySelect
from geosites.db.schema import closures, sightings, sites, territories
from geosites.db.temporal import known_at
from geosites.imports.record_rows import ImportTarget
from geosites.imports.rejected_rows import Refusals
from geosites.validation import SHOWN
from geosites.validation.positions.coordinates import GAP_M


@dataclass(frozen=True)
class _Check:
    """Rows (line, value, and what the reason needs) that contradict something, and the reason."""

    column: str
    rows: Callable[[ImportTarget], AnySelect]
    reason: Callable[[AnyRow], str]

    def run(self, conn: sa.Connection, target: ImportTarget, refusals: Refusals) -> None:
        result = self.rows(target).subquery()
        counted = sa.select(result, sa.func.count().over().label("total"))
        rows = conn.execute(counted.order_by(result.c.line).limit(SHOWN)).all()
        if not rows:
            return
        bad = [BadRow(row.line, self.column, _text(row.value), self.reason(row)) for row in rows]
        refusals.add(bad, rows[0].total)
        refused = target.staged.c.line.in_(sa.select(result.c.line))
        conn.execute(sa.delete(target.staged).where(refused))


def find(conn: sa.Connection, target: ImportTarget, refusals: Refusals, *, named: bool) -> None:
    """Add the staged rows that contradict another row, in the file or in the store.

    `named`: some rows came with an id, so that two of them may share one.
    """
    checks = [_SAME_ID_IN_FILE] if named else []
    checks.append(_SAME_ID_IN_STORE)
    if target.table is closures.closure:
        checks += [_OVERLAP_IN_FILE, _OVERLAP_IN_STORE]
    for check in checks:
        check.run(conn, target, refusals)


def find_outside(
    conn: sa.Connection, target: ImportTarget, refusals: Refusals, scope: Collection[str]
) -> None:
    """Add the staged rows that are not entirely inside the territories of a scope."""
    check = _Check(
        _PLACED_BY[target.table.name],
        lambda goal: _outside(goal, scope),
        lambda _: phrase("lies outside your territories"),
    )
    check.run(conn, target, refusals)


_PLACED_BY = {"sighting": "territory", "operation": "area", "closure": "site"}


def _outside(target: ImportTarget, scope: Collection[str]) -> AnySelect:
    staged = target.staged
    if target.table is sightings.sighting:
        where = staged.c.territory.not_in(scope)
        return sa.select(staged.c.line, staged.c.territory.label("value")).where(where)
    ground = territories.territory
    own = (
        sa.select(sa.func.ST_Buffer(sa.func.ST_Union(ground.c.area), GAP_M))
        .where(ground.c.code.in_(scope), known_at(ground, None))
        .scalar_subquery()
    )
    if target.table is closures.closure:
        site = sites.site
        whole = sa.func.ST_CoveredBy(site.c.perimeter, own)
        inside = sa.exists().where(site.c.slug == staged.c.site, whole, known_at(site, None))
        return sa.select(staged.c.line, staged.c.site.label("value")).where(~inside)
    area = sa.func.ST_SetSRID(staged.c.area, city.metric())
    covered = sa.func.coalesce(sa.func.ST_CoveredBy(area, own), sa.false())
    return sa.select(staged.c.line, sa.literal("").label("value")).where(~covered)


def _same_id_in_file(target: ImportTarget) -> AnySelect:
    first, later = target.staged.alias("first"), target.staged.alias("later")
    return (
        sa.select(later.c.line, later.c.id.label("value"), sa.func.min(first.c.line).label("other"))
        .join_from(later, first, first.c.id == later.c.id)
        .where(first.c.line < later.c.line)
        .group_by(later.c.line, later.c.id)
    )


def _same_id_in_store(target: ImportTarget) -> AnySelect:
    staged, table = target.staged, target.table
    there = sa.exists().where(table.c.id == staged.c.id)
    same = sa.exists().where(table.c.id == staged.c.id, target.same(table))
    return sa.select(staged.c.line, staged.c.id.label("value")).where(there, ~same)


def _overlap_in_file(target: ImportTarget) -> AnySelect:
    first, later = target.staged.alias("first"), target.staged.alias("later")
    return (
        sa.select(
            later.c.line,
            later.c.closed_from.label("value"),
            sa.func.min(first.c.line).label("other"),
        )
        .join_from(later, first, first.c.site == later.c.site)
        .where(first.c.line < later.c.line, _during(first).op("&&")(_during(later)))
        .group_by(later.c.line, later.c.closed_from)
    )


def _overlap_in_store(target: ImportTarget) -> AnySelect:
    staged, table = target.staged, target.table
    there = sa.exists().where(table.c.id == staged.c.id)
    other = table.alias("other")
    start = sa.func.lower(other.c.during)
    rank = sa.func.row_number().over(partition_by=staged.c.line, order_by=start)
    overlaps = (
        sa.select(
            staged.c.line,
            staged.c.closed_from.label("value"),
            start.label("start"),
            sa.func.upper(other.c.during).label("end"),
            other.c.id,
            rank.label("rank"),
        )
        .join_from(staged, other, other.c.site == staged.c.site)
        .where(~there, sa.func.upper_inf(other.c.known))
        .where(other.c.during.op("&&")(_during(staged)))
        .subquery()
    )
    return sa.select(overlaps).where(overlaps.c.rank == 1)


def _during(rows: sa.FromClause) -> AnyColumn:
    return sa.func.tstzrange(rows.c.closed_from, rows.c.closed_until)


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(city.zone()).isoformat(timespec="minutes")
    return str(value)


def _overlap(row: AnyRow) -> Phrase:
    return phrase(
        "this closure overlaps the one recorded from %(start)s until %(end)s (%(id)s)",
        start=_text(row.start),
        end=_text(row.end) if row.end else phrase("further notice"),
        id=row.id,
    )


_SAME_ID_IN_FILE = _Check(
    "id",
    _same_id_in_file,
    lambda row: phrase("is the id of line %(other)s, which says something else", other=row.other),
)
_SAME_ID_IN_STORE = _Check(
    "id", _same_id_in_store, lambda _: phrase("is recorded already, with other content")
)
_OVERLAP_IN_FILE = _Check(
    "closed_from",
    _overlap_in_file,
    lambda row: phrase("this closure overlaps the one of line %(other)s", other=row.other),
)
_OVERLAP_IN_STORE = _Check(
    "closed_from",
    _overlap_in_store,
    _overlap,
)
