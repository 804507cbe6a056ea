"""What is written of each kind: the rows asked for, and the columns made of them.

The columns are those that import takes, so that a file written is a file that can be read. Degrees
have nine decimals, a tenth of a millimetre.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
import sqlalchemy as sa

from geosites.crs import geometry_to_geographic, to_geographic
from geosites.errors import Refused
from geosites.records import TimePrecision
from geosites.store import schema
from geosites.store.versions import known_at
from geosites.weeks import PARIS

DEGREE_DECIMALS = 9

Rows = Sequence[Any]
Columns = dict[str, Any]
Bound = dt.datetime | None


class ExportKind(StrEnum):
    """What can be written out."""

    SIGHTINGS = "sightings"
    OPERATIONS = "operations"
    CLOSURES = "closures"
    SITES = "sites"


@dataclass(frozen=True)
class Outgoing:
    """The rows of a kind between two instants, and the pyarrow columns made of some of them."""

    rows: Callable[[Bound, Bound], sa.Select[Any]]
    columns: Callable[[Rows], Columns]


def _sighting_rows(since: Bound, until: Bound) -> sa.Select[Any]:
    table = schema.sighting
    return (
        sa.select(
            table, sa.func.ST_X(table.c.point).label("x"), sa.func.ST_Y(table.c.point).label("y")
        )
        .where(known_at(table, None), table.c.superseded_by.is_(None))
        .where(*([table.c.observed_at >= since] if since else []))
        .where(*([table.c.observed_at < until] if until else []))
        .order_by(table.c.observed_at, table.c.id)
    )


def _sighting_columns(rows: Rows) -> Columns:
    xy = np.array([(row.x, row.y) for row in rows]).reshape(-1, 2)
    lonlat = np.round(to_geographic(xy), DEGREE_DECIMALS)
    return {
        "id": _text(rows, "id"),
        "observed_at": pa.array(
            [_instant(row.observed_at, row.time_precision) for row in rows], pa.string()
        ),
        "lon": pa.array(lonlat[:, 0]),
        "lat": pa.array(lonlat[:, 1]),
        "headcount": _column(rows, "headcount", pa.int64()),
        "accuracy_m": _column(rows, "accuracy_m", pa.float64()),
        "duration_min": _column(rows, "duration_min", pa.int64()),
        "origin": _text(rows, "origin"),
        "activity": _text(rows, "activity"),
        "site": _text(rows, "site"),
        "verified": _column(rows, "verified", pa.bool_()),
        "unit": _text(rows, "unit"),
    }


def _operation_rows(since: Bound, until: Bound) -> sa.Select[Any]:
    table = schema.operation
    area = sa.func.ST_AsBinary(table.c.area, type_=sa.LargeBinary)
    return _during(sa.select(table, area.label("wkb")), table, since, until)


def _operation_columns(rows: Rows) -> Columns:
    return {
        "id": _text(rows, "id"),
        "started_at": pa.array(
            [_instant(row.during.lower, row.time_precision) for row in rows], pa.string()
        ),
        "ended_at": pa.array([_instant(row.during.upper) for row in rows], pa.string()),
        "kind": _text(rows, "kind"),
        "wkt": _drawn(rows),
        "headcount_dispersed": _column(rows, "headcount_dispersed", pa.int64()),
        "arrests": _column(rows, "arrests", pa.int64()),
        "site": _text(rows, "site"),
        "unit": _text(rows, "unit"),
        "source": _text(rows, "source"),
    }


def _closure_rows(since: Bound, until: Bound) -> sa.Select[Any]:
    return _during(sa.select(schema.closure), schema.closure, since, until)


def _closure_columns(rows: Rows) -> Columns:
    return {
        "id": _text(rows, "id"),
        "site": _text(rows, "site"),
        "closed_from": pa.array([_instant(row.during.lower) for row in rows], pa.string()),
        "closed_until": pa.array([_instant(row.during.upper) for row in rows], pa.string()),
        "legal_ref": _text(rows, "legal_ref"),
        "review_days": _column(rows, "review_days", pa.int64()),
        "source": _text(rows, "source"),
    }


def _site_rows(since: Bound, until: Bound) -> sa.Select[Any]:
    if since or until:
        raise Refused("sites have no time to choose them by")
    table = schema.site
    perimeter = sa.func.ST_AsBinary(table.c.perimeter, type_=sa.LargeBinary)
    statement = sa.select(table, perimeter.label("wkb"))
    return statement.where(known_at(table, None)).order_by(table.c.slug)


def _site_columns(rows: Rows) -> Columns:
    names = ("slug", "name", "territory", "quartier", "source")
    texts = {name: _text(rows, name) for name in names}
    return {**texts, "precision_m": _column(rows, "precision_m", pa.float64()), "wkt": _drawn(rows)}


def _during(
    statement: sa.Select[Any], table: sa.Table, since: Bound, until: Bound
) -> sa.Select[Any]:
    """Return the statement for the rows known now that touch the time between two instants."""
    touches = table.c.during.op("&&")(sa.func.tstzrange(since, until))
    start = sa.func.lower(table.c.during)
    return statement.where(known_at(table, None), touches).order_by(start, table.c.id)


def _text(rows: Rows, name: str) -> Any:
    values = (getattr(row, name) for row in rows)
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _column(rows: Rows, name: str, kind: Any) -> Any:
    return pa.array([getattr(row, name) for row in rows], kind)


def _drawn(rows: Rows) -> Any:
    shapes = [geometry_to_geographic(shapely.from_wkb(row.wkb)) for row in rows]
    texts = [shapely.to_wkt(shape, rounding_precision=DEGREE_DECIMALS) for shape in shapes]
    return pa.array(texts, pa.string())


def _instant(
    instant: dt.datetime | None, precision: TimePrecision = TimePrecision.INSTANT
) -> str | None:
    if instant is None:
        return None
    local = instant.astimezone(PARIS)
    return local.date().isoformat() if precision is TimePrecision.DAY else local.isoformat()


OUTGOING: Mapping[ExportKind, Outgoing] = {
    ExportKind.SIGHTINGS: Outgoing(_sighting_rows, _sighting_columns),
    ExportKind.OPERATIONS: Outgoing(_operation_rows, _operation_columns),
    ExportKind.CLOSURES: Outgoing(_closure_rows, _closure_columns),
    ExportKind.SITES: Outgoing(_site_rows, _site_columns),
}
"""What is written of each kind."""
