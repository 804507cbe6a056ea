"""Geometries as statement parameters, in the form that the driver takes."""

from __future__ import annotations

import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.db.postgres.sql_types import AnyColumn


def bound_shape(shape: shapely.Geometry) -> AnyColumn:
    """Return a shape in metres as SQL, its coordinates bound."""
    return sa.func.ST_GeomFromWKB(
        sa.literal(shapely.to_wkb(shape), sa.LargeBinary()), city.metric()
    )
