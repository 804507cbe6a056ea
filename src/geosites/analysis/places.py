"""Places: clusters of visits, found without looking at what the visits saw.

A place is what a crew would call one spot. Each visit counts the whole scene before it, so heads
are averaged over the visits to a place and only then added over places ("heads standing").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from geosites.errors import Refused

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Plane = npt.NDArray[np.complex128]


def places(xy: npt.ArrayLike, radius_m: float = 200.0) -> Ints:
    """Return the place index (n,) of each visit, numbered from west to east, then south to north.

    Every visit lies within `radius_m` of the centre of its place: clusters never chain along a
    street. The most visited ground is settled first: its centre moves to the mean of the
    unsettled visits within reach, which then belong to it; at the end every visit joins the
    nearest centre. Only the distinct positions count, so neither the order of the visits, nor
    their heads, nor a second visit to the same position changes a place.

    Two visits 150 m apart are one place, two visits 450 m apart are two.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if len(points) == 0:
        return np.zeros(0, dtype=np.int64)
    if not np.isfinite(points.sum()):
        raise Refused("a coordinate is not a number")
    distinct, position = _distinct(points)
    centres = _settle(distinct, radius_m)
    nearest = cKDTree(centres).query(distinct)[1]
    used, place = np.unique(nearest, return_inverse=True)
    rank = np.empty(len(used), dtype=np.int64)
    rank[np.lexsort(centres[used].T[::-1])] = np.arange(len(used))
    return rank[place][position]


def _distinct(points: Floats) -> tuple[Floats, Ints]:
    """Return the distinct positions, sorted by x then y, and the position of each point."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    ordered = points[order]
    new = np.ones(len(points), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    position = np.empty(len(points), dtype=np.int64)
    position[order] = np.cumsum(new) - 1
    return ordered[new], position


def _settle(points: Floats, radius: float) -> Floats:
    """Return centres (k, 2) such that every point has one within `radius`, densest ground first."""
    tree = cKDTree(points)
    plane = points.view(np.complex128).ravel()
    free = np.ones(len(points), dtype=bool)
    centres = []
    for seed in np.argsort(-_crowding(points, radius / 4), kind="stable").tolist():
        if free[seed]:
            around = np.array(tree.query_ball_point(points[seed], 1.5 * radius))
            centre = _centre(plane[around], free[around], plane[seed], radius)
            free[around[abs(plane[around] - centre) <= radius]] = False
            centres.append((centre.real, centre.imag))
    return np.array(centres)


def _centre(around: Plane, free: npt.NDArray[np.bool_], seed: complex, radius: float) -> complex:
    """Return the mean of the free points within `radius` of a seed, or the seed if that is far."""
    members = around[free & (abs(around - seed) <= radius)]
    centre = complex(members.sum() / len(members))
    return centre if abs(centre - seed) <= radius / 2 else seed


def _crowding(points: Floats, cell: float) -> Floats:
    """Return how many points lie in the five by five cells around each point, near cells more."""
    column, row = np.floor((points - points.min(axis=0)) / cell).astype(np.int64).T + 2
    width = int(row.max()) + 3
    keys, cells, counts = np.unique(column * width + row, return_inverse=True, return_counts=True)
    total = np.zeros(len(keys))
    for dx, dy in np.ndindex(5, 5):
        target = keys + (dx - 2) * width + (dy - 2)
        found = np.minimum(np.searchsorted(keys, target), len(keys) - 1)
        weight = np.exp(-((dx - 2) ** 2 + (dy - 2) ** 2) / 2)
        total += weight * np.where(keys[found] == target, counts[found], 0)
    return np.asarray(total[cells], dtype=np.float64)


def centres(xy: npt.ArrayLike, place: Ints) -> Floats:
    """Return the mean position (places, 2) of the visits to each place."""
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    visits = np.bincount(place)[:, None]
    sums = np.column_stack([np.bincount(place, axis) for axis in points.T])
    return np.asarray(sums / visits, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class WeeklyMeans:
    """Mean heads per visit for every place and week that was visited, by place, then week."""

    place: Ints
    week: Ints
    mean: Floats
    visits: Ints


def weekly_means(place: Ints, week: npt.ArrayLike, heads: npt.ArrayLike) -> WeeklyMeans:
    """Return the mean heads per visit of each place in each week it was visited."""
    weeks = np.asarray(week, dtype=np.int64)
    first = int(weeks.min(initial=0))
    span = int(weeks.max(initial=0)) - first + 1
    keys, group, visits = np.unique(
        place * span + weeks - first, return_inverse=True, return_counts=True
    )
    mean = np.bincount(group, np.asarray(heads, dtype=np.float64), len(keys)) / visits
    return WeeklyMeans(place=keys // span, week=keys % span + first, mean=mean, visits=visits)


def weekly_levels(
    place: Ints, week: npt.ArrayLike, heads: npt.ArrayLike, first: int, weeks: int
) -> Floats:
    """Return the mean heads per visit (weeks, places) from week `first` on; NaN without a visit."""
    means = weekly_means(place, week, heads)
    table = np.full((weeks, int(place.max(initial=-1)) + 1), np.nan)
    within = (means.week >= first) & (means.week < first + weeks)
    table[means.week[within] - first, means.place[within]] = means.mean[within]
    return table


def level(place: Ints, week: npt.ArrayLike, heads: npt.ArrayLike) -> Floats:
    """Return the level (places,) of each place: the mean of its weekly mean heads per visit.

    Weeks weigh the same however often the place was visited, so that patrols who follow the heads
    do not raise it. NaN for an index without a visit.

    Ten visits that see 20 in one week and one that sees 0 in the next: level 10, not 18.2.
    """
    means = weekly_means(place, week, heads)
    size = int(means.place.max(initial=-1)) + 1
    weeks = np.bincount(means.place, minlength=size)
    sums = np.bincount(means.place, means.mean, size)
    levels = np.full(size, np.nan)
    np.divide(sums, weeks, out=levels, where=weeks > 0)
    return levels


def standing_weights(
    place: Ints, heads: npt.ArrayLike, week: npt.ArrayLike | None = None
) -> Floats:
    """Return the weight (n,) of each visit so that the weights of a place sum to its level.

    In one week the weight is heads / visits to the place, and the sum over all visits is the
    heads standing: ten visits that see 30 each weigh 3 each, together 30.
    """
    counted = np.asarray(heads, dtype=np.float64)
    weeks = np.zeros(len(counted), dtype=np.int64) if week is None else np.asarray(week, np.int64)
    _, index = np.unique(weeks, return_inverse=True)
    span = int(index.max(initial=0)) + 1
    keys, group, visits = np.unique(place * span + index, return_inverse=True, return_counts=True)
    observed = np.bincount(keys // span)
    return np.asarray(counted / visits[group] / observed[place], dtype=np.float64)


def heads_standing(place: Ints, heads: npt.ArrayLike, week: npt.ArrayLike | None = None) -> float:
    """Return the heads standing: the sum over places of their level."""
    return float(standing_weights(place, heads, week).sum())
