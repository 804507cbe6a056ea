"""Places: clusters of visit positions, formed without looking at the counts.

A place is what a crew would call one spot. `place_levels` computes its number of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geosites.analysis.place_levels import level as level  # under its public name as well
from geosites.analysis.site_perimeters import VisitedSites, inside_sites
from geosites.core.errors import Refused

PLACE_RADIUS_M = 200.0
"""Visits this close to a centre form its place."""

PLACE_MERGE_M = 300.0
"""No two centres are closer than this."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Plane = npt.NDArray[np.complex128]
Mask = npt.NDArray[np.bool_]

_LEAF = 64
"""Positions in a leaf of the search tree: as fast to query as small leaves, and faster to build."""

_OFF_ROUND = 0.37
"""Origin of the cells in which positions are counted: not on round metres, and the same everywhere.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Places of some visits, numbered from west to east, then south to north.

    `index` (n,) is the place of each visit, `centre` (places, 2) the mean position of its visits
    in metres, `site` (places,) the known site that the place is, as an index, or -1. `core` (n,)
    are the visits within the perimeter of a site, or within the radius of a settled centre.
    """

    index: Ints
    centre: Floats
    site: Ints
    core: Mask

    def __len__(self) -> int:
        return len(self.site)


def places(
    xy: npt.ArrayLike,
    radius_m: float = PLACE_RADIUS_M,
    *,
    merge_m: float = PLACE_MERGE_M,
    sites: Sequence[shapely.Geometry] = (),
    accuracy_m: npt.ArrayLike | None = None,
) -> Ints:
    """Return the place index (n,) of each visit (`assign`)."""
    return assign(xy, radius_m, merge_m=merge_m, sites=sites, accuracy_m=accuracy_m).index


def assign(
    xy: npt.ArrayLike,
    radius_m: float = PLACE_RADIUS_M,
    *,
    merge_m: float = PLACE_MERGE_M,
    sites: Sequence[shapely.Geometry] = (),
    accuracy_m: npt.ArrayLike | None = None,
) -> Places:
    """Return the places of visits at `xy` (n, 2), in metres.

    A visit inside the perimeter of one of `sites`, or as near to it as its own accuracy (at most
    100 m; NaN is 0), belongs to the place of that site; of several, to the nearest, and where they
    overlap, to that of the nearest centroid. Two known sites are two places however close.

    The densest of the other positions are assigned first: a centre moves to the mean of the
    unassigned visits within `radius_m`, which then belong to it. No centre is within `merge_m` of
    another: visits that close to a centre belong to it, or to a nearer one. A stray centre beside a
    large scene therefore cannot take its outer visits, each of which counted all of it. A cluster
    that has fewer positions than the site beside it and is mostly within `merge_m` of the centre of
    its visits, or 100 m of its perimeter, belongs to the site's place.

    Only the distinct positions count, so neither the order of the visits, nor their heads, nor a
    second visit to the same position changes a place. Two visits 150 m apart are one place, two
    visits 450 m apart are two.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points.sum()):
        raise Refused("a coordinate is not a number")
    inside = inside_sites(points, sites, accuracy_m)
    distinct, position = _distinct(points[inside < 0])
    known = VisitedSites.of(points, inside, sites)
    ground = _settle(distinct, radius_m, max(merge_m, radius_m), known)
    place, core = inside.copy(), inside >= 0
    site, anchor = np.arange(len(sites)), known.centre
    if len(distinct):
        place[inside < 0] = ground.place[position]
        core[inside < 0] = ground.core[position]
        site = np.append(site, np.full(len(ground.centre), -1))
        anchor = np.vstack([anchor, ground.centre])
    used, index = np.unique(place, return_inverse=True)
    order = np.lexsort(anchor[used].T[::-1])
    rank = np.empty(len(used), dtype=np.int64)
    rank[order] = np.arange(len(used))
    index = rank[index]
    return Places(index=index, centre=centres(points, index), site=site[used][order], core=core)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ground:
    """Centres (k, 2) and the place (n,) of each position: a site, or their number + a centre.

    `core` (n,) are the positions within the radius of their centre.
    """

    centre: Floats
    place: Ints
    core: Mask


def _distinct(points: Floats) -> tuple[Floats, Ints]:
    """Return the distinct positions, sorted by x then y, and the position of each point."""
    order = np.argsort(points[:, 0])
    eastward = points[order, 0]
    alike = np.zeros(len(points), dtype=bool)
    alike[1:] = eastward[1:] == eastward[:-1]
    alike[:-1] |= alike[1:]
    tied = order[alike]
    order[alike] = tied[np.lexsort((points[tied, 1], points[tied, 0]))]
    ordered = points[order]
    new = np.ones(len(points), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    position = np.empty(len(points), dtype=np.int64)
    position[order] = np.cumsum(new) - 1
    return ordered[new], position


def _settle(points: Floats, radius: float, gap: float, known: VisitedSites) -> _Ground:
    """Return centres such that every point has one, or a site, within `gap`, densest ground first.

    No two centres lie within `gap` of each other. A point equally near to two belongs to the one
    assigned first.
    """
    place = np.full(len(points), -1, dtype=np.int64)
    if not len(points):
        return _Ground(centre=np.empty((0, 2)), place=place, core=place >= 0)
    tree = cKDTree(points, leafsize=_LEAF, balanced_tree=False, compact_nodes=False)
    plane = points.view(np.complex128).ravel()
    beside = known.nearest(points, gap)
    loose = np.ones(len(points), dtype=bool)
    free = np.ones(len(points), dtype=bool)
    reach = gap + radius / 2
    kept, count = np.empty(len(points), dtype=np.complex128), 0
    least, nearest = np.full(len(points), np.inf), np.zeros(len(points), dtype=np.int64)
    for seed in np.argsort(_rank(points, radius / 4), kind="stable").tolist():
        if not free[seed]:
            continue
        around = np.array(tree.query_ball_point(points[seed], reach))
        there = plane[around]
        centre, member = _centre(there, loose[around], plane[seed], radius)
        site = beside[seed]
        if site >= 0:
            members = around[member]
            mostly = 2 * np.count_nonzero(beside[members] == site) >= len(members)
            if mostly and known.takes(int(site), len(members), centre):
                place[members] = site
                loose[members] = free[members] = False
                continue
        if (abs(kept[:count] - centre) < gap).any():
            centre = complex(plane[seed])
        away = abs(there - centre)
        loose[around[away <= radius]] = False
        free[around[away <= gap]] = False
        nearer = away < least[around]
        taken = around[nearer]
        least[taken], nearest[taken] = away[nearer], count
        kept[count], count = centre, count + 1
    rest, core = place < 0, np.zeros(len(points), dtype=bool)
    place[rest] = len(known.sites) + nearest[rest]
    core[rest] = least[rest] <= radius
    made = kept[:count].view(np.float64).reshape(-1, 2)
    return _Ground(centre=made, place=place, core=core)


def _centre(points: Plane, loose: Mask, seed: complex, radius: float) -> tuple[complex, Mask]:
    """Return the mean of the loose ones of some points within `radius` of a seed, and which.

    Where that mean is far, the seed is the centre.
    """
    member = (abs(points - seed) <= radius) & loose
    chosen = points[member]
    centre = complex(np.add.reduce(chosen) / len(chosen))
    return (centre if abs(centre - seed) <= radius / 2 else seed), member


def _rank(points: Floats, cell: float) -> npt.NDArray[np.unsignedinteger]:
    """Return the rank of each point by local density, 0 for the densest.

    Counted are the points of the five by five cells around, near cells more.
    """
    lattice = np.floor(points / cell + _OFF_ROUND).astype(np.int64)
    column, row = (lattice - lattice.min(axis=0)).T + 2
    width = int(row.max()) + 3
    keys, cells, counts = np.unique(column * width + row, return_inverse=True, return_counts=True)
    total = np.zeros(len(keys))
    for dx, dy in np.ndindex(5, 5):
        target = keys + (dx - 2) * width + (dy - 2)
        result = np.minimum(np.searchsorted(keys, target), len(keys) - 1)
        weight = np.exp(-((dx - 2) ** 2 + (dy - 2) ** 2) / 2)
        total += weight * np.where(keys[result] == target, counts[result], 0)
    rank = np.unique(-total, return_inverse=True)[1]
    return rank.astype(np.min_scalar_type(len(rank)))[cells]


def centres(xy: npt.ArrayLike, place: Ints) -> Floats:
    """Return the mean position (places, 2) of the visits to each place."""
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    visits = np.bincount(place)[:, None]
    sums = np.column_stack([np.bincount(place, axis) for axis in points.T])
    return np.asarray(sums / visits, dtype=np.float64)
