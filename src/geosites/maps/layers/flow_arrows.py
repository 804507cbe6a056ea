"""Flow arrows as tapered polygons, computed in metres, with a width by number of people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

STEPS = 20
BEND = 0.1
HEAD_WIDTHS = 1.5
"""Length of the head and width of its barbs, in widths of the shaft where they meet it."""
LONGEST_HEAD = 0.3
"""Largest share of the way that a head takes."""
STOUTEST = 0.12
"""Largest width of a shaft, as a share of the way."""
THINNEST_M = 30.0
WIDEST_M = 260.0

Points = npt.NDArray[np.float64]


def arrow(start: shapely.Point, end: shapely.Point, width_m: float) -> shapely.Polygon:
    """Return an arrow from `start` to `end`, `width_m` wide where its head begins.

    It bends to the left, so that A to B and B to A do not overlap. A short arrow is thinner. Its
    head is perpendicular to the line from neck to tip, so that it does not twist.
    """
    whole = _curve(np.array(start.coords[0][:2]), np.array(end.coords[0][:2]))
    way = float(np.linalg.norm(whole[-1] - whole[0]))
    wide = min(width_m, STOUTEST * way)
    neck = 1 - min(HEAD_WIDTHS * wide / way, LONGEST_HEAD) if way > 0 else 1.0
    line = _part(whole, neck)
    normal, half = _normals(line), np.linspace(0.35, 1.0, len(line))[:, None] * wide / 2
    ahead = whole[-1] - line[-1]
    across = np.array([-ahead[1], ahead[0]]) / max(float(np.linalg.norm(ahead)), 1e-9)
    normal[-1] = across
    barbs = line[-1] + np.outer([1.0, -1.0], across) * wide * HEAD_WIDTHS / 2
    left, right = line + normal * half, line - normal * half
    ring = np.vstack([left, barbs[:1], whole[-1:], barbs[1:], right[::-1]])
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


def _part(line: Points, share: float) -> Points:
    """Return the beginning of a line, up to a share of its steps, as many points as it has."""
    steps = np.linspace(0, len(line) - 1, len(line))
    wanted = steps * share
    part: Points = np.column_stack([np.interp(wanted, steps, line[:, axis]) for axis in (0, 1)])
    return part


def _normals(line: Points) -> Points:
    along = np.gradient(line, axis=0)
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    unit: Points = along / length
    return np.column_stack([-unit[:, 1], unit[:, 0]])
