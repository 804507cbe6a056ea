"""Point queries: the territory that contains a point, and the nearest site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.errors import NotEnoughData
from geosites.core.records import Site

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def no_ground(as_known_at: dt.datetime | None) -> NotEnoughData:
    """Return the error of a store without territories, now or as known at an instant."""
    if as_known_at is None:
        return NotEnoughData("the store has no territories; load them first (geosites geo load)")
    return NotEnoughData(
        "no territory was known on %(as_known_at)s: the geography was loaded "
        "later, so ask as known at a later instant",
        as_known_at=as_known_at,
    )


def within(ground: gpd.GeoDataFrame, xy: Floats) -> Ints:
    """Return the row of the territory that contains each point (n, 2), or else the nearest."""
    row = _held(ground, xy)
    lost = np.flatnonzero(row < 0)
    if len(lost):
        tree = shapely.STRtree(ground.geometry.to_numpy())
        row[lost] = tree.query_nearest(shapely.points(xy[lost]), all_matches=False)[1]
    return row


def names(ground: gpd.GeoDataFrame, xy: Floats) -> list[str | None]:
    """Return the name of the territory that contains each point (n, 2), or None."""
    known = [*ground.name, None]
    return [known[row] for row in _held(ground, xy)]


def _held(ground: gpd.GeoDataFrame, xy: Floats) -> Ints:
    """Return the row of the territory that contains each point, or -1."""
    areas = ground.geometry.to_numpy()
    shapely.prepare(areas)
    area, point = shapely.STRtree(shapely.points(xy)).query(areas, predicate="intersects")
    row = np.full(len(xy), -1, dtype=np.int64)
    row[point] = area
    return row


def nearest_site(sites: Sequence[Site], point: shapely.Point) -> tuple[str | None, float | None]:
    """Return the slug of the nearest site and the metres to its perimeter."""
    if not sites:
        return None, None
    away = shapely.distance([site.perimeter for site in sites], point)
    nearest = int(np.argmin(away))
    return sites[nearest].slug, float(away[nearest])
