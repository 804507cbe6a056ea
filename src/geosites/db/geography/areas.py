"""Areas from query parameters, converted to the metric reference system of the store."""

from __future__ import annotations

from functools import lru_cache

import shapely

from geosites.core import city, crs
from geosites.core.city_records import Box
from geosites.core.errors import BadParameter

_FAR = 17.5, 9.0
"""Degrees of longitude and latitude around the city in which its reference can be trusted."""

_STEPS = 16


def metric_box(low: tuple[float, float], high: tuple[float, float], srid: int) -> shapely.Geometry:
    """Return a box of a reference system (east first) in metres, with its sides densified.

    Parts outside the area of use of the city's reference system are cut off.
    """
    if low[0] < high[0] and low[1] < high[1]:
        return metric_shape(shapely.box(*low, *high), srid)
    flat = shapely.Point(low) if low == high else shapely.LineString([low, high])
    return metric_shape(flat, srid)


def metric_shape(shape: shapely.Geometry, srid: int) -> shapely.Geometry:
    """Return any geometry in metres, clipped to that area; raises `BadParameter`."""
    if not shapely.is_valid(shape):
        raise BadParameter(f"geometry: {shapely.is_valid_reason(shape)}")
    ground = _ground(city.current().everywhere, city.metric(), srid)
    cut = shape if shapely.covers(ground, shape) else shapely.intersection(shape, ground)
    if cut.is_empty:
        return cut
    west, south, east, north = cut.bounds
    longest = max(east - west, north - south)
    bent = shapely.segmentize(cut, longest / _STEPS) if longest > 0 else cut
    return crs.brought_to_metric(bent, srid)


@lru_cache(maxsize=16)
def _ground(box: Box, metric: int, srid: int) -> shapely.Geometry:
    """Return the area of use of the metric reference system, in a reference system."""
    x, y = (box.west + box.east) / 2, (box.south + box.north) / 2
    degrees = shapely.box(
        max(x - _FAR[0], -180.0),
        max(y - _FAR[1], -85.0),
        min(x + _FAR[0], 180.0),
        min(y + _FAR[1], 85.0),
    )
    if srid == crs.GEOGRAPHIC:
        return degrees
    bent = shapely.segmentize(degrees, 1.0)
    return shapely.box(*crs.brought(bent, crs.GEOGRAPHIC, srid or metric).bounds)


def widened(shape: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """Return the box around a shape in metres, wider by `reach_m` on every side."""
    west, south, east, north = shape.bounds
    return shapely.box(west - reach_m, south - reach_m, east + reach_m, north + reach_m)
