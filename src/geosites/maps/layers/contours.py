"""Density contours: five classes of area, each "at least so many people per hectare"."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from contourpy import FillType, contour_generator

TOLERANCE_M = 12.0


@dataclass(frozen=True)
class Band:
    """The area where the density reaches `bound` people per hectare; bands are nested."""

    rank: int
    bound: float
    area: shapely.MultiPolygon


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
