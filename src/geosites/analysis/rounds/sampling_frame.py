"""The ground cut into cells that a visit sees at once, and how little is known of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.displacement.levels import Weekly, typical_variance, weekly

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CELL_M = 400.0
"""The side of a cell: a place reaches 200 m around its centre."""

RECENT_WEEKS = 4
LEAST_SHARE = 0.1
"""A cell of which less lies on the ground is left to its neighbours."""

_HELD = 1.0
_FLOOR = 0.25


@dataclass(frozen=True, kw_only=True, eq=False)
class GroundVisits:
    """Visits of patrols and surveys: `xy` (n, 2) metres, `week` (n,), `heads` (n,).

    Weeks count back from now: 0 is the current week, -1 the one before.
    """

    xy: Floats
    week: Ints
    heads: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class SamplingFrame:
    """Cells (N,): `xy` (N, 2) where to stand, `key` (N, 2) column and row, `weeks` and `variance`.

    `weeks` (N,) of the last four in which somebody went; `variance` (N,) of one weekly mean of
    heads there, the same for all cells where hardly anybody was ever seen or nobody went.
    `seen_now` (N,): somebody went this week.
    """

    key: Ints
    xy: Floats
    weeks: Ints
    variance: Floats
    seen_now: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.key)

    @property
    def size(self) -> Floats:
        """What inclusion probabilities are proportional to: standard deviations (Neyman 1934)."""
        return np.sqrt(self.variance)


def cells(ground: shapely.Geometry, cell_m: float = CELL_M) -> tuple[Ints, Floats]:
    """Return the cells of a ground, metres: column and row (N, 2), and a point of each (N, 2).

    The point is the middle, or one on the ground where the middle lies off it. The ground is cut
    in the same way wherever its borders lie.
    """
    west, south, east, north = ground.bounds
    x, y = (
        np.arange(int(low // cell_m), int(high // cell_m) + 1)
        for low, high in ((west, east), (south, north))
    )
    key = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    boxes = shapely.box(*(key * cell_m).T, *((key + 1) * cell_m).T)
    shapely.prepare(ground)
    parts = shapely.intersection(boxes, ground)
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
    key: Ints, middle: Floats, visits: GroundVisits, *, weeks: int = 26, cell_m: float = CELL_M
) -> SamplingFrame:
    """Return what is known of each cell from the visits of the last `weeks`.

    A cell is stood in where its visits were made on average, or at `middle` without any. A visit
    off all cells belongs to none.
    """
    known = (visits.week > -weeks) & (visits.week <= 0)
    xy, week, heads = visits.xy[known], visits.week[known], visits.heads[known]
    cell = _cell_of(key, xy, cell_m)
    on = cell >= 0
    xy, week, heads, cell = xy[on], week[on], heads[on], cell[on]
    count = np.bincount(cell, minlength=len(key))
    stand = middle.copy()
    been = count > 0
    for axis in (0, 1):
        stand[been, axis] = np.bincount(cell, xy[:, axis], len(key))[been] / count[been]
    table = _padded(weekly(cell, week, heads, 1 - weeks, 0), len(key))
    went = table.visits > 0
    return SamplingFrame(
        key=key,
        xy=stand,
        weeks=went[:, -RECENT_WEEKS:].sum(axis=1),
        variance=_variance(table, cell, heads),
        seen_now=went[:, -1],
    )


def _variance(table: Weekly, cell: Ints, heads: Floats) -> Floats:
    """Return the variance of one weekly mean of each cell: the typical one of its level.

    Where fewer than one head stands, or nobody went, it is that of all such ground together: no
    such cell is likelier to be drawn than another.
    """
    seen = table.visits > 0
    weeks = seen.sum(axis=1)
    means = np.where(seen, table.heads / np.maximum(table.visits, 1), 0.0)
    level = means.sum(axis=1) / np.maximum(weeks, 1)
    held = level >= _HELD
    few = heads[~held[cell]]
    floor = max(float((few**2).mean()) if len(few) else 0.0, _FLOOR)
    every = np.ones(table.heads.shape[1], dtype=bool)
    typical = typical_variance(table, every, held) if held.any() else 0.0
    return np.asarray(np.where(held, typical * level**2, 0.0) + floor, dtype=np.float64)


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
