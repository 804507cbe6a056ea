"""Position masking: single sightings exactly, or by cell of 100 metres."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.errors import Forbidden
from geosites.core.precision import CELL_M, Precision, cell_middles
from geosites.core.records import Operation
from geosites.db.visibility import Sight
from geosites.permissions.policy import RULES, Grant, Permission, Principal

SEEN = ("id", "observed_at", "headcount", "site", "geometry")
"""The columns of a sighting that readers may get; no others are disclosed."""


def seen_by(grant: Grant, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sightings of a frame in the principal's scope, as they may be seen.

    Only its columns `SEEN` remain; `own` (the principal's unit reported it) and `exact` are added.
    A sighting that is not exact is at the centre of its cell and has no id, which would lead back
    to the exact row. Raises `Forbidden` if only territories may be seen.
    """
    if grant.precision is Precision.TERRITORY:
        raise Forbidden("single sightings are not shown, territories are")
    inside = frame[in_scope(grant.principal, frame.territory)].reset_index(drop=True)
    own = (inside.unit == grant.principal.unit).to_numpy(dtype=bool) & bool(grant.principal.unit)
    exact = own | grant.exact
    seen = inside[list(SEEN)].assign(own=own, exact=exact, id=np.where(exact, inside.id, None))
    points = np.where(exact, inside.geometry, _middles(inside.geometry.to_numpy()))
    return seen.set_geometry(gpd.GeoSeries(points, index=seen.index, crs=frame.crs))


def in_scope(principal: Principal, territory: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return which of some territories the principal may see."""
    codes = np.asarray(territory, dtype=np.str_)
    return np.isin(codes, principal.scope) if principal.scope else np.ones(codes.shape, dtype=bool)


def operation(grant: Grant, done: Operation) -> Operation:
    """Return an operation as it may be seen: by cell without its unit and its arrests.

    The number of people dispersed is for readers who may see its displacement study. An operation
    of the principal's own unit is complete.
    """
    own = bool(grant.principal.unit) and done.unit == grant.principal.unit
    if grant.exact or own:
        return done
    follows = grant.principal.role in RULES[Permission.READ_DISPLACEMENT]
    return replace(
        done,
        area=in_cells(done.area),
        headcount_dispersed=done.headcount_dispersed if follows else None,
        arrests=None,
        unit=None,
        source=None,
    )


def in_cells(area: shapely.Geometry) -> shapely.Geometry:
    """Return the cells of 100 metres that an area touches."""
    low_x, low_y, high_x, high_y = (round(end / CELL_M, 6) for end in area.bounds)
    columns = np.arange(np.floor(low_x), np.ceil(high_x))
    rows = np.arange(np.floor(low_y), np.ceil(high_y))
    west, south = (part.ravel() * CELL_M for part in np.meshgrid(columns, rows))
    cells = shapely.box(west, south, west + CELL_M, south + CELL_M)
    shared = shapely.area(shapely.intersection(cells, area)) > 0
    return shapely.union_all(cells[shared])


def sight(grant: Grant) -> Sight:
    """Return the row visibility that a grant gives."""
    return Sight(
        precision=grant.precision, unit=grant.principal.unit, scope=tuple(grant.principal.scope)
    )


def _middles(points: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    middles: npt.NDArray[np.object_] = shapely.points(cell_middles(shapely.get_coordinates(points)))
    return middles
