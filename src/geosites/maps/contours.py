"""The density surface as five classes of area, each "at least so many heads per hectare"."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from contourpy import FillType, contour_generator

CLASSES = 5
TOLERANCE_M = 12.0
_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Band:
    """Where the density reaches `bound` heads per hectare; bands lie inside one another."""

    rank: int
    bound: float
    area: shapely.MultiPolygon


def class_bounds(peak: float) -> tuple[float, ...]:
    """Return five lower bounds from the ladder 1, 2, 5, 10, ..., the greatest not above `peak`.

    By hand: a peak of 1.6 heads per hectare gives 0.05, 0.1, 0.2, 0.5, 1. Weeks of like height
    share their classes, so that they can be compared. No bound where nobody stood.
    """
    if not peak > 0:
        return ()
    rungs = [
        _rung(place) for place in range(_place_below(peak) - CLASSES + 1, _place_below(peak) + 1)
    ]
    return tuple(rungs)


def _place_below(peak: float) -> int:
    place = 3 * (math.floor(math.log10(peak)) + 1)
    while _rung(place) > peak:
        place -= 1
    return place


def _rung(place: int) -> float:
    power, step = divmod(place, len(_STEPS))
    return round(_STEPS[step] * 10.0**power, max(0, -power))


def bands(
    values: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    bounds: tuple[float, ...],
) -> list[Band]:
    """Return where `values` (rows, cols), at node coordinates in metres, reach each of `bounds`.

    Drawn over one another from the lowest up, the bands need no shared edges; each line is
    simplified by itself to 12 m, under the width of a stroke on the closest map.
    """
    lines = contour_generator(x=x, y=y, z=values, fill_type=FillType.OuterOffset)
    result = [
        Band(rank, bound, _area(*lines.filled(bound, math.inf)))
        for rank, bound in enumerate(bounds, start=1)
    ]
    return [band for band in result if not band.area.is_empty]


def _area(
    points: list[npt.NDArray[np.float64]], offsets: list[npt.NDArray[np.uint32]]
) -> shapely.MultiPolygon:
    polygons = [
        _polygon(np.split(ring_points, rings[1:-1]))
        for ring_points, rings in zip(points, offsets, strict=True)
    ]
    simple = shapely.simplify(shapely.MultiPolygon(polygons), TOLERANCE_M)
    valid = shapely.make_valid(simple, method="structure", keep_collapsed=False)
    return shapely.MultiPolygon([part for part in shapely.get_parts(valid) if not part.is_empty])


def _polygon(rings: list[npt.NDArray[np.float64]]) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:])
