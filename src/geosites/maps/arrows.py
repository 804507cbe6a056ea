"""Arrows whose width is heads: tapered curves, computed in metres, as plain polygons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

STEPS = 20
BEND = 0.16
HEAD_SHARE = 0.22
THINNEST_M = 40.0
WIDEST_M = 420.0

Points = npt.NDArray[np.float64]


def arrow(start: shapely.Point, end: shapely.Point, width_m: float) -> shapely.Polygon:
    """Return an arrow from `start` to `end`, `width_m` wide where its head begins.

    It bends to the left of its way, so that A to B and B to A lie apart.
    """
    line = _curve(np.array(start.coords[0][:2]), np.array(end.coords[0][:2]))
    normal = _normals(line)
    neck = round(STEPS * (1 - HEAD_SHARE))
    half = np.linspace(0.3, 1.0, neck + 1)[:, None] * width_m / 2
    left = line[: neck + 1] + normal[: neck + 1] * half
    right = line[: neck + 1] - normal[: neck + 1] * half
    barbs = line[neck] + np.outer([1.0, -1.0], normal[neck]) * width_m * 1.1
    ring = np.vstack([left, barbs[:1], line[-1:], barbs[1:], right[::-1]])
    return shapely.Polygon(ring)


def width_m(heads: float, most: float) -> float:
    """Return the width of an arrow of `heads`, when the widest on the map carries `most`."""
    return THINNEST_M + (WIDEST_M - THINNEST_M) * heads / most if most > 0 else THINNEST_M


def _curve(start: Points, end: Points) -> Points:
    way = end - start
    middle = (start + end) / 2 + BEND * np.array([-way[1], way[0]]) * 2
    t = np.linspace(0.0, 1.0, STEPS + 1)[:, None]
    curve: Points = (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end
    return curve


def _normals(line: Points) -> Points:
    along = np.gradient(line, axis=0)
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    unit: Points = along / length
    return np.column_stack([-unit[:, 1], unit[:, 0]])
