"""Sampling frame: the ground as cells that one visit sees, with what is known of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geosites.analysis.displacement.levels import Weekly, typical_variance, weekly

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CELL_M = 400.0
"""The side of a cell: a place reaches 200 m around its centre."""

RECENT_DAYS = 28
LEAST_SHARE = 0.1
"""Minimum share of a cell inside the ground; smaller ones are left to their neighbours."""

REMOTE_M = 1500.0
REMOTE_SHARE = 0.1

_HELD = 1.0
_FLOOR = 0.25


@dataclass(frozen=True, kw_only=True, eq=False)
class GroundVisits:
    """Visits of patrols and surveys: `xy` (n, 2) metres, `day` (n,), `heads` (n,).

    Days count back from now: 0 is today, -1 yesterday.
    """

    xy: Floats
    day: Ints
    heads: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplingFrame:
    """Cells (N,): `xy` (N, 2) where to stand, `key` (N, 2) column and row, `looks` and `variance`.

    `looks` (N,) are the days of the last 28 on which somebody went; `variance` (N,) that of one
    day's mean count, the same for all cells where hardly anybody was ever seen or without visits.
    `remote` (N,): no visit nearby before the list was drawn. `seen_now` (N,): visited today;
    `seen_since` (N,): visited since the list was drawn.
    """

    key: Ints
    xy: Floats
    looks: Ints
    variance: Floats
    remote: Mask
    seen_now: Mask
    seen_since: Mask

    def __len__(self) -> int:
        return len(self.key)

    @property
    def size(self) -> Floats:
        """Size measure for inclusion probabilities: standard deviations (Neyman 1934).

        Cells farther than `REMOTE_M` from all earlier visits have a tenth.
        """
        return np.sqrt(self.variance) * np.where(self.remote, REMOTE_SHARE, 1.0)


def cells(ground: shapely.Geometry, cell_m: float = CELL_M) -> tuple[Ints, Floats]:
    """Return the cells of a ground, metres: column and row (N, 2), and a point of each (N, 2).

    The point is the centre, or another one inside if the centre is outside. The grid does not
    depend on the borders.
    """
    west, south, east, north = ground.bounds
    x, y = (
        np.arange(int(low // cell_m), int(high // cell_m) + 1)
        for low, high in ((west, east), (south, north))
    )
    key = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    boxes = shapely.box(*(key * cell_m).T, *((key + 1) * cell_m).T)
    shapely.prepare(ground)
    border = shapely.intersects(ground, boxes) & ~shapely.contains_properly(ground, boxes)
    parts = np.where(shapely.contains_properly(ground, boxes), boxes, shapely.Polygon())
    parts[border] = shapely.intersection(boxes[border], ground)
    kept = shapely.area(parts) >= LEAST_SHARE * cell_m**2
    if not kept.any():
        kept = shapely.area(parts) > 0
    key, parts = key[kept], parts[kept]
    middle = (key + 0.5) * cell_m
    inside = shapely.contains_xy(ground, *middle.T)
    if not inside.all():
        off = shapely.point_on_surface(parts[~inside])
        middle[~inside] = shapely.get_coordinates(off)
    return key.astype(np.int64), middle


def frame(
    key: Ints,
    middle: Floats,
    visits: GroundVisits,
    *,
    days: int = 182,
    since: int = 0,
    cell_m: float = CELL_M,
) -> SamplingFrame:
    """Return the values of each cell from the visits of `days` before the list and since.

    `since` is the day on which the list was drawn, 0 or less. The variance is that of the days
    before: the list stays the same while it is worked through, and a low count does not make the
    next visit less likely, which would bias the total downwards. The position of a cell is the mean
    of its visits, or `middle` without any. A visit outside all cells belongs to none.
    """
    first = since - days
    known = (visits.day >= first) & (visits.day <= 0)
    xy, day, heads = visits.xy[known], visits.day[known], visits.heads[known]
    cell = _cell_of(key, xy, cell_m)
    on = cell >= 0
    xy, day, heads, cell = xy[on], day[on], heads[on], cell[on]
    count = np.bincount(cell, minlength=len(key))
    stand = middle.copy()
    been = count > 0
    for axis in (0, 1):
        stand[been, axis] = np.bincount(cell, xy[:, axis], len(key))[been] / count[been]
    table = _padded(weekly(cell, day, heads, first, 0), len(key))
    went = table.visits > 0
    early = day < since
    return SamplingFrame(
        key=key,
        xy=stand,
        looks=went[:, -RECENT_DAYS:].sum(axis=1),
        variance=_variance(table, table.weeks < since, cell[early], heads[early]),
        remote=_remote(stand, table.visits[:, :days].sum(axis=1) > 0),
        seen_now=went[:, -1],
        seen_since=went[:, days:].sum(axis=1) > 0,
    )


def _variance(table: Weekly, days: Mask, cell: Ints, heads: Floats) -> Floats:
    """Return the variance of one day's mean in each cell over some days, as typical for its level.

    Cells with fewer than one person, or without visits, share one variance: no such cell is more
    likely to be drawn than another.
    """
    visits, total = table.visits[:, days], table.heads[:, days]
    seen = visits > 0
    means = np.where(seen, total / np.maximum(visits, 1), 0.0)
    level = means.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    held = level >= _HELD
    few = heads[~held[cell]]
    floor = max(float((few**2).mean()) if len(few) else 0.0, _FLOOR)
    typical = typical_variance(table, days, held) if held.any() else 0.0
    return np.asarray(np.where(held, typical * level**2, 0.0) + floor, dtype=np.float64)


def _remote(xy: Floats, visited: Mask) -> Mask:
    """Return which cells are far from every visited one; none where nobody went anywhere."""
    if not visited.any():
        return np.zeros(len(xy), dtype=bool)
    away, _ = cKDTree(xy[visited]).query(xy)
    return np.asarray(away > REMOTE_M)


def _padded(table: Weekly, size: int) -> Weekly:
    """Return the table with a row for each cell, the last ones unvisited."""
    lacking = size - len(table.heads)
    heads, visits, exposure = (
        np.vstack([part, np.zeros((lacking, part.shape[1]))])
        for part in (table.heads, table.visits, table.exposure)
    )
    return Weekly(heads=heads, visits=visits, exposure=exposure, first=table.first)


def _cell_of(key: Ints, xy: Floats, cell_m: float) -> Ints:
    """Return the cell (n,) that holds each point, -1 for none."""
    at = np.floor(xy / cell_m).astype(np.int64)
    if not len(key) or not len(at):
        return np.full(len(at), -1, dtype=np.int64)
    low, span = key.min(axis=0), int(np.ptp(key[:, 1])) + 1
    inside = ((at >= low) & (at <= key.max(axis=0))).all(axis=1)
    number = (key - low) @ np.array([span, 1])
    wanted = np.where(inside, (at - low) @ np.array([span, 1]), -1)
    order = np.argsort(number)
    place = np.minimum(np.searchsorted(number[order], wanted), len(order) - 1)
    found = order[place]
    return np.where(inside & (number[found] == wanted), found, -1)
