"""Which territory holds a point, and which site is nearest."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.records import Site

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def within(ground: gpd.GeoDataFrame, xy: Floats) -> Ints:
    """Return the row of the ground that holds each point (n, 2); the nearest, if none does."""
    tree = shapely.STRtree(ground.geometry.to_numpy())
    nearest = tree.query_nearest(shapely.points(xy), all_matches=False)
    row = np.zeros(len(xy), dtype=np.int64)
    row[nearest[0]] = nearest[1]
    return row


def names(ground: gpd.GeoDataFrame, xy: Floats) -> list[str | None]:
    """Return the name of the ground that holds each point (n, 2), or None."""
    tree = shapely.STRtree(ground.geometry.to_numpy())
    point, row = tree.query(shapely.points(xy), predicate="intersects")
    held = dict(zip(point.tolist(), ground.name.to_numpy()[row].tolist(), strict=True))
    return [held.get(index) for index in range(len(xy))]


def nearest_site(sites: Sequence[Site], point: shapely.Point) -> tuple[str | None, float | None]:
    """Return the slug of the nearest site and the metres to its perimeter."""
    if not sites:
        return None, None
    away = shapely.distance([site.perimeter for site in sites], point)
    nearest = int(np.argmin(away))
    return sites[nearest].slug, float(away[nearest])
