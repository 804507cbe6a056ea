"""Convert file rows of each type to table rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import UUID

from geosites.core import city
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.db.postgres.sql_types import AnyColumn, AnyType
from geosites.db.schema import closures, operations, sightings
from geosites.validation import FileKind

SAME_PLACE_M = 0.01
"""Positions that are closer are the same: degrees in a file carry no more."""

Expressions = Mapping[str, AnyColumn]


@dataclass(frozen=True)
class ImportTarget:
    """A table of the store, its staging table, and the mapping between them.

    `made` maps each column that a file fills to an expression over the staged row. `content` names
    the staged columns that define a row's content.
    """

    table: sa.Table
    staged: sa.Table
    made: Expressions
    content: tuple[str, ...]

    def same(self, stored: sa.FromClause) -> sa.ColumnElement[bool]:
        """Return the condition that a stored row has the same content as the staged row."""
        return sa.and_(
            *(
                _says(stored.c[name], expression)
                for name, expression in self.made.items()
                if name != "territory"
            )
        )

    def alike(self, one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
        """Return the condition that two staged rows have the same content."""
        return sa.and_(*(one.c[name].is_not_distinct_from(other.c[name]) for name in self.content))


def target(kind: FileKind) -> ImportTarget:
    """Return the target table of a type of file."""
    if kind is FileKind.OPERATIONS:
        return _operations()
    return _closures() if kind is FileKind.CLOSURES else _sightings()


_INSTANT = sa.DateTime(timezone=True)


def _sightings() -> ImportTarget:
    table = sightings.sighting
    direct = (
        "observed_at",
        "time_precision",
        "headcount",
        "accuracy_m",
        "duration_min",
        "origin",
        *(item.name for item in CHOSEN_OF_SIGHTING),
        "unit",
        "verified",
        "site",
        "territory",
    )
    staged = _staged(table, direct, x=sa.Double(), y=sa.Double())
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(staged.c.x, staged.c.y), city.metric())
    return _target(table, staged, direct, point=point)


def _operations() -> ImportTarget:
    table = operations.operation
    direct = (
        "time_precision",
        "kind",
        "headcount_dispersed",
        "arrests",
        "site",
        "unit",
        "source",
    )
    area = Geometry(spatial_index=False)
    staged = _staged(table, direct, started_at=_INSTANT, ended_at=_INSTANT, area=area)
    during = sa.func.tstzrange(staged.c.started_at, staged.c.ended_at)
    return _target(
        table, staged, direct, area=sa.func.ST_SetSRID(staged.c.area, city.metric()), during=during
    )


def _closures() -> ImportTarget:
    table = closures.closure
    direct = ("site", "legal_ref", "review_days", "source")
    staged = _staged(table, direct, closed_from=_INSTANT, closed_until=_INSTANT)
    during = sa.func.tstzrange(staged.c.closed_from, staged.c.closed_until)
    return _target(table, staged, direct, during=during)


def _staged(table: sa.Table, direct: tuple[str, ...], **more: AnyType) -> sa.Table:
    """Return a temporary table with some columns of `table` and `more`; words are plain text."""
    types = {name: table.c[name].type for name in direct}
    plain = {name: sa.Text() if isinstance(kind, sa.Enum) else kind for name, kind in types.items()}
    return sa.Table(
        f"staged_{table.name}",
        sa.MetaData(),
        sa.Column("line", sa.BigInteger),
        sa.Column("id", UUID(as_uuid=True)),
        sa.Column("given", sa.Boolean),
        *(sa.Column(name, kind) for name, kind in {**plain, **more}.items()),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _target(
    table: sa.Table, staged: sa.Table, direct: tuple[str, ...], **made: AnyColumn
) -> ImportTarget:
    taken = {name: _word(staged.c[name], table.c[name].type) for name in direct}
    content = [column.name for column in staged.c if column.name not in ("line", "id", "given")]
    return ImportTarget(table, staged, {**taken, **made}, tuple(content))


def _says(stored: AnyColumn, staged: AnyColumn) -> sa.ColumnElement[bool]:
    if isinstance(stored.type, Geometry):
        return sa.func.ST_HausdorffDistance(stored, staged) < SAME_PLACE_M
    return stored.is_not_distinct_from(staged)


def _word(column: AnyColumn, kind: AnyType) -> AnyColumn:
    return sa.cast(column, kind) if isinstance(kind, sa.Enum) else column
