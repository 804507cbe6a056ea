"""Bulk insert of sightings by COPY."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from psycopg import sql

from geosites.core import city
from geosites.core.crs import require_metric
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.db.postgres.sql_types import driver_of
from geosites.db.schema.sightings import sighting as table

_SAME = (
    "id",
    "observed_at",
    "time_precision",
    "headcount",
    "accuracy_m",
    "origin",
    *(item.name for item in CHOSEN_OF_SIGHTING),
    "unit",
    "verified",
    "site",
    "territory",
)
_MADE = ("duration_min", "point", "received_at", "known")

_COPY = sql.SQL("COPY {} ({}) FROM STDIN").format(
    sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, (*_SAME, *_MADE)))
)


def add_sightings(
    conn: sa.Connection, sightings: gpd.GeoDataFrame, received_at: pd.DatetimeIndex
) -> int:
    """Record a frame of new sightings, each known from the instant it was received; return their
    number.

    The frame is one of `sightings.during`; `received_at` has a value per row. An id that is already
    recorded is an error of the database: nothing is compared here.
    """
    require_metric(sightings)
    driver = driver_of(conn)
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in _rows(sightings, received_at):
            copy.write_row(row)
    return len(sightings)


def _rows(
    sightings: gpd.GeoDataFrame, received_at: pd.DatetimeIndex
) -> Iterator[tuple[object, ...]]:
    point = shapely.set_srid(sightings.geometry.to_numpy(), city.metric())
    minutes = _known(sightings.duration_min)
    columns = [_known(sightings[name]) for name in _SAME]
    return zip(
        *columns,
        [None if value is None else round(value) for value in minutes],
        shapely.to_wkb(point, hex=True, include_srid=True),
        received_at,
        [f"[{instant.isoformat()},)" for instant in received_at],
        strict=True,
    )


def _known(values: pd.Series[Any]) -> npt.NDArray[np.object_]:
    objects = values.astype("object").to_numpy(copy=True)
    objects[pd.isna(objects)] = None
    return objects
