"""Arrow columns from database rows: text, numbers, geometries and instants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geosites.core import city
from geosites.core.crs import geometry_to_geographic
from geosites.core.records import TimePrecision
from geosites.db.postgres.sql_types import AnyRow

DEGREE_DECIMALS = 9

Rows = Sequence[AnyRow]
Shapes = npt.NDArray[np.object_]


def text(rows: Rows, name: str) -> pa.Array:
    """Return a column as text, None where a row has none."""
    values = (getattr(row, name) for row in rows)
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def column_of(rows: Rows, name: str, kind: pa.DataType) -> pa.Array:
    """Return a column with values unchanged, of an Arrow type."""
    return pa.array([getattr(row, name) for row in rows], kind)


def shapes_of(rows: Rows) -> Shapes:
    """Return the shapes of some rows in rounded degrees, None where a row has none."""
    degrees = [
        None if row.wkb is None else geometry_to_geographic(shapely.from_wkb(row.wkb))
        for row in rows
    ]
    shapes = np.array(degrees, dtype=object)
    rounded: Shapes = shapely.transform(shapes, lambda xy: np.round(xy, DEGREE_DECIMALS))
    return rounded


def drawn(shapes: Shapes) -> pa.Array:
    """Return shapes as WKT."""
    texts = shapely.to_wkt(shapes, rounding_precision=DEGREE_DECIMALS)
    return pa.array(list(texts), pa.string())


def instant_text(
    instant: dt.datetime | None, precision: TimePrecision = TimePrecision.INSTANT
) -> str | None:
    """Return an instant on the city's clocks, or its day where no more is known."""
    if instant is None:
        return None
    local = instant.astimezone(city.zone())
    return local.date().isoformat() if precision is TimePrecision.DAY else local.isoformat()
