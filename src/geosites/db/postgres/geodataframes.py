"""Columnar reads: a binary cursor, and one WKB decoding per column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from geosites.core import city
from geosites.db.postgres.sql_types import AnyColumn, driver_of

INSTANT = "datetime64[us, UTC]"


def read(
    conn: sa.Connection, statement: sa.Select[tuple[object, ...]], types: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """Return what `statement` selects, its last column a geometry as WKB.

    Identifiers and words of closed vocabularies come as plain text. `types` names the columns
    before the geometry, in order, with their pandas types: the frame has the same columns and
    types when it is empty. Coordinates are metres.
    """
    plain = statement.with_only_columns(*map(_plain, statement.selected_columns))
    compiled = plain.compile(dialect=conn.dialect, compile_kwargs={"render_postcompile": True})
    driver = driver_of(conn)
    with driver.cursor(binary=True) as cursor:
        cursor.execute(str(compiled).encode(), compiled.params)
        rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) or [()] * (len(types) + 1)
    data = {
        name: _column(values, kind)
        for (name, kind), values in zip(types.items(), columns[:-1], strict=True)
    }
    geometry = shapely.from_wkb(np.array(columns[-1], dtype=object))
    return gpd.GeoDataFrame(data, geometry=geometry, crs=city.metric())


def _plain(column: AnyColumn) -> AnyColumn:
    """Return a column as text where the binary protocol would give bytes or objects a row."""
    texts = isinstance(column.type, sa.Enum | UUID)
    return sa.cast(column, sa.Text) if texts else column


def _column(values: tuple[object, ...], kind: str) -> pd.Series[Any]:
    if kind == INSTANT:
        return pd.Series(pd.DatetimeIndex(values, dtype=INSTANT))
    return pd.Series(list(values), dtype=kind)
