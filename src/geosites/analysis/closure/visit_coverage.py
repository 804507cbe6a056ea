"""Visit coverage: the ground inside a perimeter, and how much of it each visit sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.closure.parameters import SIGHT_M

MOST_POINTS = 25

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PerimeterPoints:
    """Points spread evenly over a perimeter: `xy` (k, 2) in metres, `share` (k,) of its area."""

    xy: Floats
    share: Floats

    def seen_from(self, xy: npt.ArrayLike, sight_m: float = SIGHT_M) -> Floats:
        """Return how well each point is seen from each position: (n, 2) gives (n, k) in [0, 1]."""
        stands = np.asarray(xy, dtype=np.float64).reshape(-1, 1, 2)
        off = np.hypot(*np.moveaxis(stands - self.xy, -1, 0))
        return np.asarray(np.clip(2.0 - off / sight_m, 0.0, 1.0), dtype=np.float64)


WHOLE: Floats = np.ones(1, dtype=np.float64)
"""How well a visit sees ground that is visible from one point."""

ONE_POINT = PerimeterPoints(np.zeros((1, 2)), WHOLE)
"""Ground that is visible from one point, wherever it is."""


def ground(perimeter: shapely.Geometry, sight_m: float = SIGHT_M) -> PerimeterPoints:
    """Return the ground of a perimeter of one part or several, in metres.

    The points are half of the sight apart, or wider where that would make more than `MOST_POINTS`.
    A part too small to contain a point of the lattice gets its own point, so that visits to another
    part are no evidence for it. A perimeter without area is one point.
    """
    parts = [part for part in shapely.get_parts(perimeter) if part.area > 0]
    if not parts:
        return PerimeterPoints(np.asarray(perimeter.centroid.coords, dtype=np.float64), np.ones(1))
    area = sum(part.area for part in parts)
    step = max(sight_m / 2, math.sqrt(area / MOST_POINTS))
    result = [_points(part, step) for part in parts]
    share = np.concatenate(
        [
            np.full(len(xy), part.area / area / len(xy))
            for part, xy in zip(parts, result, strict=True)
        ]
    )
    return PerimeterPoints(np.concatenate(result), share)


def _points(part: shapely.Geometry, step: float) -> Floats:
    west, south, east, north = part.bounds
    x, y = (np.arange(low + step / 2, high, step) for low, high in ((west, east), (south, north)))
    lattice = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(part)
    inside: Floats = lattice[shapely.covers(part, shapely.points(lattice))]
    if len(inside):
        return inside
    return np.asarray(part.representative_point().coords, dtype=np.float64)
