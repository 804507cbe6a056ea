"""Hotspot clusters: connected significant cells with their people and places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots import week_cells
from geosites.analysis.hotspots.week_cells import Cells

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Hotspot:
    """Connected significant cells; `heads` are people present, `share` is of all people present.

    `x`, `y` is the mean position of its visits weighted by heads; `cells` are (column, row) of the
    lattice; `q_value` is the lowest of its cells. `discoveries_only`: no caller and no partner
    reported people in or next to it, so that it may only reflect the patrols' routes.
    """

    rank: int
    area_ha: float
    heads: float
    share: float
    visits: int
    q_value: float
    x: float
    y: float
    cells: tuple[tuple[int, int], ...]
    discoveries_only: bool

    def ground(self, cell_m: float) -> shapely.Geometry:
        """Return its cells as one geometry."""
        column, row = zip(*self.cells, strict=True)
        return week_cells.ground(column, row, cell_m)


def supported(cells: Cells, cell: Ints, observation: Ints, floor_visits: float) -> Cells:
    """Return the cells, significant only if their group itself was visited enough.

    A cell is tested by the visits around it too, and a group with few visits of its own may depend
    on those of its neighbours: four in five false hotspots do, and no planted one of 12 visits.
    `cell` and `observation` (n,) are those of each visit; an observation counts once in a group.
    """
    chosen = np.flatnonzero(cells.significant)
    group = week_cells.connected(cells.column[chosen], cells.row[chosen])
    number = np.full(len(cells), -1, dtype=np.int64)
    number[chosen] = group
    of = number[cell]
    span = int(observation.max(initial=0)) + 1
    made = np.unique(of[of >= 0] * span + observation[of >= 0]) // span
    enough = np.bincount(made, minlength=int(group.max(initial=-1)) + 1) >= floor_visits
    significant = np.zeros(len(cells), dtype=bool)
    significant[chosen] = enough[group]
    return replace(cells, significant=significant)


def grouped(
    cells: Cells, cell: Ints, xy: Floats, weights: Floats, calls: Floats
) -> tuple[Hotspot, ...]:
    """Return the groups of significant cells, the largest first.

    `cell` is the cell of each visit at `xy` (n, 2), `weights` its part of the people present;
    `calls` (m, 2) are the positions where callers or partners reported people.
    """
    chosen = np.flatnonzero(cells.significant)
    group = np.full(len(cells), -1, dtype=np.int64)
    group[chosen] = week_cells.connected(cells.column[chosen], cells.row[chosen])
    corroborated = _corroborated(cells, group, calls)
    total = float(weights.sum())
    result = []
    for number in range(int(group.max(initial=-1)) + 1):
        members, here = np.flatnonzero(group == number), np.flatnonzero(group[cell] == number)
        spot = _hotspot(cells, members, xy[here], weights[here], total)
        result.append(replace(spot, discoveries_only=number not in corroborated))
    result.sort(key=lambda spot: (-spot.heads, spot.q_value, spot.cells))
    return tuple(replace(spot, rank=rank) for rank, spot in enumerate(result, 1))


def _hotspot(cells: Cells, members: Ints, xy: Floats, weights: Floats, total: float) -> Hotspot:
    """Return one group of cells as a hotspot, neither ranked nor corroborated yet."""
    heads = float(weights.sum())
    x, y = np.average(xy, axis=0, weights=weights if heads else None)
    return Hotspot(
        rank=0,
        area_ha=len(members) * cells.size_m**2 / 1e4,
        heads=heads,
        share=heads / total if total else 0.0,
        visits=int(cells.visits[members].sum()),
        q_value=float(cells.q[members].min()),
        x=float(x),
        y=float(y),
        cells=tuple(zip(cells.column[members].tolist(), cells.row[members].tolist(), strict=True)),
        discoveries_only=True,
    )


def _corroborated(cells: Cells, group: Ints, calls: Floats) -> set[int]:
    """Return the groups with a call on one of their cells or on a cell beside one."""
    spots = {
        (column, row): number
        for column, row, number in zip(
            cells.column.tolist(), cells.row.tolist(), group.tolist(), strict=True
        )
        if number >= 0
    }
    column, row, _ = week_cells.occupied(calls, cells.size_m)
    called = zip(column.tolist(), row.tolist(), strict=True)
    return {spots[key] for key in beside(called) & spots.keys()}


def beside(cells: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the cells and all that touch them, if only at a corner."""
    around = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    return {(column + dx, row + dy) for column, row in cells for dx, dy in around}
