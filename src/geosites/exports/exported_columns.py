"""Columns of an export by record type: queries and conversions.

The columns are those that import accepts, so that an exported file can be imported. Degrees have
nine decimals, a tenth of a millimetre. Rows are read in pages (keyset pagination), so that reading
can stop anywhere and resume.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pyarrow as pa
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from geosites.core.crs import to_geographic
from geosites.core.errors import Forbidden, Refused
from geosites.core.precision import HALF_DIAGONAL_M
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.db import visibility
from geosites.db.geography.sites import in_use
from geosites.db.postgres.sql_types import AnyColumn, AnyRow, AnySelect
from geosites.db.schema import closures, operations, sightings, sites
from geosites.db.temporal import known_among_many, known_at
from geosites.db.visibility import Sight
from geosites.exports.arrow_columns import (
    DEGREE_DECIMALS,
    Rows,
    column_of,
    drawn,
    instant_text,
    shapes_of,
    text,
)

SHAPE = "_shape"
"""The column that holds geometries as WKB in degrees, on their way into a file."""

_CHOSEN = tuple(item.name for item in CHOSEN_OF_SIGHTING)

Columns = dict[str, pa.Array]
Bound = dt.datetime | None
Key = tuple[str, ...]


class ExportKind(StrEnum):
    """What can be written out."""

    SIGHTINGS = "sightings"
    OPERATIONS = "operations"
    CLOSURES = "closures"
    SITES = "sites"


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """A requested export: record type, period, instant of knowledge, visibility."""

    kind: ExportKind
    since: Bound = None
    until: Bound = None
    as_known_at: dt.datetime
    sight: Sight = field(default_factory=Sight)

    def __post_init__(self) -> None:
        if self.since and self.until and self.since >= self.until:
            raise Refused(
                "nothing lies from %(since)s to before %(until)s",
                since=self.since.isoformat(),
                until=self.until.isoformat(),
            )
        if self.kind is ExportKind.SITES and (self.since or self.until):
            raise Refused("sites have no time to choose them by")
        if self.sight.coarse and self.kind is not ExportKind.SITES:
            raise Forbidden("%(kind)s: who sees territories only gets no rows", kind=self.kind)


@dataclass(frozen=True)
class Outgoing:
    """How a record type is read: its rows, their order, and the resulting columns."""

    rows: Callable[[ExportRequest], AnySelect]
    key: tuple[AnyColumn, ...]
    columns: Callable[[Rows], Columns]

    def page(self, asked: ExportRequest, after: Key | None, most: int) -> AnySelect:
        """Return the statement for the next rows after a key; each has its own as `key_…`."""
        named = [column.label(f"key_{place}") for place, column in enumerate(self.key)]
        statement = self.rows(asked).add_columns(*named).order_by(*self.key).limit(most)
        if after is None:
            return statement
        values = [
            sa.cast(value, column.type) for value, column in zip(after, self.key, strict=True)
        ]
        return statement.where(sa.tuple_(*self.key) > sa.tuple_(*values))

    def key_of(self, row: AnyRow) -> Key:
        """Return the key of a row as exact text."""
        values = (getattr(row, f"key_{place}") for place in range(len(self.key)))
        return tuple(
            value.isoformat() if isinstance(value, dt.datetime) else str(value) for value in values
        )


def _sighting_rows(asked: ExportRequest) -> AnySelect:
    table = sightings.sighting
    names = ("observed_at", "time_precision", "headcount", "duration_min", "origin", *_CHOSEN)
    return (
        sa.select(
            *(table.c[name] for name in (*names, "unit", "verified", "site")),
            *_placed(table, asked.sight),
        )
        .where(known_among_many(table, asked.as_known_at), table.c.superseded_by.is_(None))
        .where(*visibility.within(table.c.territory, asked.sight.scope))
        .where(*([table.c.observed_at >= asked.since] if asked.since else []))
        .where(*([table.c.observed_at < asked.until] if asked.until else []))
    )


def _placed(table: sa.Table, seen: Sight) -> list[AnyColumn]:
    """Return the columns id, x, y (metres) and accuracy_m, as visible to the viewer.

    A row shown by its cell has no id, which would lead back to the exact row.
    """
    point: AnyColumn = table.c.point
    accuracy_m: AnyColumn = table.c.accuracy_m
    identifier: AnyColumn = table.c.id
    if not seen.exact:
        least = sa.func.greatest(table.c.accuracy_m, HALF_DIAGONAL_M)
        identifier = _own(table, seen, identifier, lambda _: sa.null())
        point = _own(table, seen, point, visibility.cell_centre)
        accuracy_m = _own(table, seen, accuracy_m, lambda _: least)
    x, y = sa.func.ST_X(point), sa.func.ST_Y(point)
    named = {"id": identifier, "x": x, "y": y, "accuracy_m": accuracy_m}
    return [column.label(name) for name, column in named.items()]


def _own(
    table: sa.Table,
    seen: Sight,
    column: AnyColumn,
    coarser: Callable[[AnyColumn], AnyColumn],
) -> AnyColumn:
    """Return a column unchanged for rows of the viewer's own unit, else coarser."""
    return sa.case((visibility.own(table.c.unit, seen), column), else_=coarser(column))


def _sighting_columns(rows: Rows) -> Columns:
    xy = np.array([(row.x, row.y) for row in rows]).reshape(-1, 2)
    lonlat = np.round(to_geographic(xy), DEGREE_DECIMALS)
    return {
        "id": text(rows, "id"),
        "observed_at": pa.array(
            [instant_text(row.observed_at, row.time_precision) for row in rows], pa.string()
        ),
        "lon": pa.array(lonlat[:, 0]),
        "lat": pa.array(lonlat[:, 1]),
        "headcount": column_of(rows, "headcount", pa.int64()),
        "accuracy_m": column_of(rows, "accuracy_m", pa.float64()),
        "duration_min": column_of(rows, "duration_min", pa.int64()),
        "origin": text(rows, "origin"),
        **{name: text(rows, name) for name in _CHOSEN},
        "site": text(rows, "site"),
        "verified": column_of(rows, "verified", pa.bool_()),
        "unit": text(rows, "unit"),
        SHAPE: pa.array(shapely.to_wkb(shapely.points(lonlat)), pa.binary()),
    }


def _operation_rows(asked: ExportRequest) -> AnySelect:
    table, seen = operations.operation, asked.sight
    area = table.c.area if seen.exact else _own(table, seen, table.c.area, visibility.cells_around)
    wkb = sa.func.ST_AsBinary(area, type_=sa.LargeBinary)
    names = ("id", "during", "time_precision", "kind", "headcount_dispersed", "arrests")
    columns = (table.c[name] for name in (*names, "site", "unit", "source"))
    statement = sa.select(*columns, wkb.label("wkb"))
    return _during(statement, table, asked).where(*visibility.area_within(table.c.area, seen.scope))


def _operation_columns(rows: Rows) -> Columns:
    shapes = shapes_of(rows)
    return {
        "id": text(rows, "id"),
        "started_at": pa.array(
            [instant_text(row.during.lower, row.time_precision) for row in rows], pa.string()
        ),
        "ended_at": pa.array([instant_text(row.during.upper) for row in rows], pa.string()),
        "kind": text(rows, "kind"),
        "wkt": drawn(shapes),
        "headcount_dispersed": column_of(rows, "headcount_dispersed", pa.int64()),
        "arrests": column_of(rows, "arrests", pa.int64()),
        "site": text(rows, "site"),
        "unit": text(rows, "unit"),
        "source": text(rows, "source"),
        SHAPE: pa.array(shapely.to_wkb(shapes), pa.binary()),
    }


def _closure_rows(asked: ExportRequest) -> AnySelect:
    table, site = closures.closure, sites.site
    there = sa.and_(site.c.slug == table.c.site, known_at(site, asked.as_known_at))
    perimeter = sa.func.ST_AsBinary(site.c.perimeter, type_=sa.LargeBinary)
    statement = sa.select(table, perimeter.label("wkb")).outerjoin(site, there)
    return _during(statement, table, asked).where(
        *visibility.within(site.c.territory, asked.sight.scope)
    )


def _closure_columns(rows: Rows) -> Columns:
    return {
        "id": text(rows, "id"),
        "site": text(rows, "site"),
        "closed_from": pa.array([instant_text(row.during.lower) for row in rows], pa.string()),
        "closed_until": pa.array([instant_text(row.during.upper) for row in rows], pa.string()),
        "legal_ref": text(rows, "legal_ref"),
        "review_days": column_of(rows, "review_days", pa.int64()),
        "source": text(rows, "source"),
        SHAPE: pa.array(shapely.to_wkb(shapes_of(rows)), pa.binary()),
    }


def _site_rows(asked: ExportRequest) -> AnySelect:
    table = sites.site
    area: AnyColumn = table.c.perimeter
    if asked.sight.coarse:
        area = visibility.territory_area(table.c.territory)
    perimeter = sa.func.ST_AsBinary(area, type_=sa.LargeBinary)
    statement = sa.select(table, perimeter.label("wkb"))
    used = in_use(table, asked.as_known_at)
    return statement.where(known_at(table, asked.as_known_at), used).where(
        *visibility.within(table.c.territory, asked.sight.scope)
    )


def _site_columns(rows: Rows) -> Columns:
    shapes = shapes_of(rows)
    names = ("slug", "name", "territory", "quartier", "source")
    return {
        **{name: text(rows, name) for name in names},
        "precision_m": column_of(rows, "precision_m", pa.float64()),
        "wkt": drawn(shapes),
        SHAPE: pa.array(shapely.to_wkb(shapes), pa.binary()),
    }


def _during(statement: AnySelect, table: sa.Table, asked: ExportRequest) -> AnySelect:
    """Return the statement for the rows known then that touch the time between two instants."""
    touches = table.c.during.op("&&")(sa.func.tstzrange(asked.since, asked.until))
    return statement.where(known_at(table, asked.as_known_at), touches)


def _start(table: sa.Table) -> AnyColumn:
    return sa.func.lower(table.c.during, type_=sa.DateTime(timezone=True))


def _identifier(table: sa.Table) -> AnyColumn:
    return sa.type_coerce(table.c.id, UUID(as_uuid=False))


OUTGOING: Mapping[ExportKind, Outgoing] = {
    ExportKind.SIGHTINGS: Outgoing(
        _sighting_rows,
        (sightings.sighting.c.observed_at, _identifier(sightings.sighting)),
        _sighting_columns,
    ),
    ExportKind.OPERATIONS: Outgoing(
        _operation_rows,
        (_start(operations.operation), _identifier(operations.operation)),
        _operation_columns,
    ),
    ExportKind.CLOSURES: Outgoing(
        _closure_rows, (_start(closures.closure), _identifier(closures.closure)), _closure_columns
    ),
    ExportKind.SITES: Outgoing(_site_rows, (sites.site.c.slug,), _site_columns),
}
"""Exports by record type."""
