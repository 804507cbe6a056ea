"""Areas as questions give them, brought to the metres in which everything lies."""

from __future__ import annotations

import shapely

from geosites.core import crs
from geosites.core.errors import BadParameter

_EVERYWHERE = {
    4326: shapely.box(-15.0, 38.0, 20.0, 56.0),
    3857: shapely.box(-1_700_000.0, 4_500_000.0, 2_300_000.0, 7_600_000.0),
    crs.METRIC: shapely.box(-1_000_000.0, 5_500_000.0, 2_000_000.0, 8_000_000.0),
}
"""Ground on which Lambert-93 can be trusted; nothing of ours lies beyond."""

_STEPS = 16


def metric_box(low: tuple[float, float], high: tuple[float, float], srid: int) -> shapely.Geometry:
    """Return a box of a reference system (east first) in metres, its sides bent as they are there.

    What lies beyond the ground of Lambert-93 is cut off.
    """
    if low[0] < high[0] and low[1] < high[1]:
        return metric_shape(shapely.box(*low, *high), srid)
    flat = shapely.Point(low) if low == high else shapely.LineString([low, high])
    return metric_shape(flat, srid)


def metric_shape(shape: shapely.Geometry, srid: int) -> shapely.Geometry:
    """Return any shape in metres, cut to the ground of Lambert-93; raises `BadParameter`."""
    if not shapely.is_valid(shape):
        raise BadParameter(f"geometry: {shapely.is_valid_reason(shape)}")
    ground = _EVERYWHERE[srid]
    cut = shape if shapely.covers(ground, shape) else shapely.intersection(shape, ground)
    if cut.is_empty:
        return cut
    west, south, east, north = cut.bounds
    longest = max(east - west, north - south)
    bent = shapely.segmentize(cut, longest / _STEPS) if longest > 0 else cut
    return crs.brought_to_metric(bent, srid)


def widened(shape: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """Return the box around a shape in metres, wider by `reach_m` on every side."""
    west, south, east, north = shape.bounds
    return shapely.box(west - reach_m, south - reach_m, east + reach_m, north + reach_m)
