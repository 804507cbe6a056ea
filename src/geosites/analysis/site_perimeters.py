"""Which known site a position belongs to: that whose perimeter holds it, or that it lies beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ACCURACY_CAP_M = 100.0
"""A position that may be wrong by more than this places no visit inside a perimeter."""


def inside_sites(
    points: Floats, sites: Sequence[shapely.Geometry], accuracy_m: npt.ArrayLike | None
) -> Ints:
    """Return the site (n,) whose perimeter holds each point, give or take its accuracy, or -1."""
    inside = np.full(len(points), -1, dtype=np.int64)
    if not len(sites) or not len(points):
        return inside
    given = np.nan if accuracy_m is None else accuracy_m
    accuracy = np.broadcast_to(np.asarray(given, dtype=np.float64), len(points))
    reach = np.minimum(np.nan_to_num(accuracy, nan=0.0), ACCURACY_CAP_M)
    point, site, away = _beside(points, sites, reach)
    middle = shapely.get_coordinates(shapely.centroid(np.asarray(sites)))
    off = np.hypot(*(points[point] - middle[site]).T)
    order = np.lexsort((site, off, away, point))
    first = order[np.flatnonzero(np.diff(point[order], prepend=-1))]
    inside[point[first]] = site[first]
    return inside


def _beside(
    points: Floats, sites: Sequence[shapely.Geometry], reach: Floats
) -> tuple[Ints, Ints, Floats]:
    """Return points and sites no farther apart than `reach` (n,), and the metres between them."""
    order = np.argsort(points[:, 0])
    eastward, wide = points[order, 0], float(reach.max(initial=0.0))
    near = []
    for number, site in enumerate(sites):
        west, south, east, north = site.bounds
        first, last = np.searchsorted(eastward, [west - wide, np.nextafter(east + wide, np.inf)])
        at = order[first:last]
        y = points[at, 1]
        at = at[(y >= south - wide) & (y <= north + wide)]
        shapely.prepare(site)
        away = np.asarray(shapely.distance(site, shapely.points(points[at])), dtype=np.float64)
        within = away <= reach[at]
        near.append((at[within], np.full(int(within.sum()), number), away[within]))
    point, site_of, gap = (np.concatenate(item) for item in zip(*near, strict=True))
    return point, site_of, gap


@dataclass(frozen=True, kw_only=True, eq=False)
class VisitedSites:
    """The sites: their perimeters, the mean and number of the distinct positions inside each."""

    sites: Sequence[shapely.Geometry]
    centre: Floats
    size: Ints

    @classmethod
    def of(cls, points: Floats, inside: Ints, sites: Sequence[shapely.Geometry]) -> VisitedSites:
        """Return the sites with what was seen inside; `inside` (n,) is the site of each point."""
        centre, size = np.full((len(sites), 2), np.inf), np.zeros(len(sites), dtype=np.int64)
        for number in np.unique(inside[inside >= 0]).tolist():
            seen = np.unique(points[inside == number], axis=0)
            centre[number], size[number] = seen.mean(axis=0), len(seen)
        return cls(sites=sites, centre=centre, size=size)

    def nearest(self, points: Floats, reach: float) -> Ints:
        """Return the visited site (n,) that each point lies beside, or -1."""
        near = np.full(len(points), -1, dtype=np.int64)
        visited = np.flatnonzero(self.size)
        if not len(visited) or not len(points):
            return near
        away, at = cKDTree(self.centre[visited]).query(points, distance_upper_bound=reach)
        near[np.isfinite(away)] = visited[at[np.isfinite(away)]]
        out = np.flatnonzero(near < 0)
        margin = np.full(len(out), ACCURACY_CAP_M)
        point, site, gap = _beside(
            points[out], [self.sites[item] for item in visited.tolist()], margin
        )
        order = np.lexsort((site, gap, point))
        first = order[np.flatnonzero(np.diff(point[order], prepend=-1))]
        near[out[point[first]]] = visited[site[first]]
        return near

    def takes(self, site: int, size: int, centre: complex) -> bool:
        """Return whether a cluster of so many positions beside a site belongs to its place."""
        if size < self.size[site]:
            return True
        middle = shapely.Point(centre.real, centre.imag)
        return bool(shapely.dwithin(self.sites[site], middle, ACCURACY_CAP_M))
