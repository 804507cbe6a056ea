"""Edge correction: the exact mass of a Gaussian kernel inside any polygon."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.special import owens_t

Floats = npt.NDArray[np.float64]
REACH = 8.5
"""Bandwidths beyond which a Gaussian holds less than 2e-16 of its mass."""
_CHUNK = 1_000_000


def boundary(window: shapely.Geometry) -> Floats:
    """Return the edges (m, 4) of a polygon as x1, y1, x2, y2, the inside on their left.

    Holes and several parts are welcome: shells run counter-clockwise, holes clockwise.
    """
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(window)))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return np.hstack([coordinates[:-1][same], coordinates[1:][same]])


def mass_inside(xy: npt.ArrayLike, window: shapely.Geometry, bandwidth: float) -> Floats:
    """Return (n,) the mass of a Gaussian around each point that lies inside `window`, 0 to 1.

    The polygon is the signed sum of the triangles that its edges form with the point. With d the
    distance to the line of an edge that spans the angles a to b, seen from the foot of d, in units
    of the bandwidth, the triangle contains (b - a)/2pi - T(d, tan b) + T(d, tan a), T being Owen's
    function (Owen 1956; DiDonato & Hageman 1982 for polygons). A point in the middle of a long
    straight border has 1/2, at a right-angled corner 1/4.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2) / bandwidth
    edges = boundary(window) / bandwidth
    edges = edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)]
    rows = max(1, _CHUNK // max(1, len(edges)))
    parts = [_mass(points[k : k + rows], edges) for k in range(0, len(points), rows)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _mass(points: Floats, edges: Floats) -> Floats:
    start = edges[:, :2] - points[:, None, :]
    length = np.hypot(*(edges[:, 2:] - edges[:, :2]).T)
    ux, uy = ((edges[:, 2:] - edges[:, :2]) / length[:, None]).T
    distance = start[..., 0] * uy - start[..., 1] * ux
    along = start[..., 0] * ux + start[..., 1] * uy
    return np.asarray(_triangle(distance, along, along + length).sum(axis=1), dtype=np.float64)


def _triangle(distance: Floats, start: Floats, end: Floats) -> Floats:
    """Return the signed mass of the triangles between a point and its edges."""
    seen = distance != 0
    height = np.where(seen, distance, 1.0)
    first, last = start / height, end / height
    mass = np.where(seen, (np.arctan(last) - np.arctan(first)) / (2 * np.pi), 0.0)
    nearest = np.hypot(distance, np.clip(0.0, start, end))
    near = seen & (nearest < REACH)
    mass[near] -= owens_t(height[near], last[near]) - owens_t(height[near], first[near])
    return mass
