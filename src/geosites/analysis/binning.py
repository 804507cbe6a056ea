"""Weights of points spread over the nodes of a grid, divided by the edge term of the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.grid import Grid, coverage, gaussian_kernel, smooth

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
_CHUNK = 32_768
"""Points taken at once: few enough that what is computed on the way stays in the cache."""
_CACHED_WINDOWS = 16


@dataclass(frozen=True, eq=False)
class Frame:
    """What a window, a bandwidth and a cell size fix, whatever the points are.

    `cover` is the share of each cell inside the window, `edge` that of the kernel around its
    node, both with a margin of one node on every side. Of the four nodes north and east of a node,
    `plain` says that none needs a correction, `touched` that one lies in a cell of the window.
    """

    grid: Grid
    kernel: Floats
    cover: Floats
    edge: Floats
    plain: Mask
    touched: Mask


def frame(window: shapely.Geometry, bandwidth: float, cell: float) -> Frame:
    """Return the frame of a window, computed once for each shape, bandwidth and cell size."""
    return _frame(shapely.to_wkb(window), bandwidth, cell)


@lru_cache(maxsize=_CACHED_WINDOWS)
def _frame(window: bytes, bandwidth: float, cell: float) -> Frame:
    polygon = shapely.from_wkb(window)
    grid = Grid.over(polygon, cell)
    kernel = gaussian_kernel(bandwidth, cell)
    cover = np.pad(coverage(polygon, grid), 1)
    edge = np.ascontiguousarray(smooth(cover, kernel))
    plain = ~_any_of_four(edge <= 1 - 1e-12)
    touched = _any_of_four(cover > 0)
    for array in (kernel, cover, edge, plain, touched):
        array.flags.writeable = False
    return Frame(grid, kernel, cover, edge, plain, touched)


def _any_of_four(nodes: Mask) -> Mask:
    """Return whether a node, or its neighbour north, east or north-east, is true."""
    found = nodes.copy()
    found[:-1] |= nodes[1:]
    found[:, :-1] |= found[:, 1:].copy()
    return found


@dataclass(frozen=True, eq=False)
class Nodes:
    """Weights on the nodes of a frame, margin included; `rows`, `columns` hold all of them."""

    values: Floats
    rows: slice
    columns: slice
    drawn: float
    """The sum of the weights of the points that lie inside the window."""


def spread(points: Floats, weights: Floats, within: Frame) -> Nodes:
    """Return the weights spread linearly over the four nodes around each point, edge corrected.

    The edge term is read between the same four nodes with the same four shares, so that the
    smoothed nodes sum to the weights exactly. A point counts if it lies in the window, or less
    than a cell from it: a visit on the border must not be lost to rounding.
    """
    nodes = np.zeros(within.cover.shape)
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    drawn = 0.0
    for first in range(0, len(points), _CHUNK):
        part = slice(first, first + _CHUNK)
        u, v, heads = _on_grid(points[part], weights[part], within.grid)
        if len(u):
            drawn += _spread(u, v, heads, within, nodes.ravel())
            low = np.minimum(low, (v.min(), u.min()))
            high = np.maximum(high, (v.max(), u.max()))
    reach = 1 + len(within.kernel) // 2
    rows = _around(low[0], high[0], reach, within.grid.rows + 2)
    columns = _around(low[1], high[1], reach, within.grid.columns + 2)
    return Nodes(nodes, rows, columns, drawn)


def _around(low: float, high: float, reach: int, size: int) -> slice:
    """Return the nodes that the kernel can reach from positions between `low` and `high`."""
    if low > high:
        return slice(0, 0)
    return slice(max(0, int(low) - reach), min(size, int(high) + reach + 1))


def _on_grid(points: Floats, weights: Floats, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return column and row positions, counted in nodes, and the weights, of points on the grid."""
    u = points[:, 0] / grid.cell
    u -= grid.column0 - 0.5
    v = points[:, 1] / grid.cell
    v -= grid.row0 - 0.5
    right, top = grid.columns + 1, grid.rows + 1
    if min(u.min(), v.min()) >= 0 and u.max() < right and v.max() < top:
        return u, v, weights
    within = (u >= 0) & (u < right) & (v >= 0) & (v < top)
    return u[within], v[within], weights[within]


def _spread(u: Floats, v: Floats, weights: Floats, within: Frame, nodes: Floats) -> float:
    """Add points to the flat `nodes`; return the sum of the weights inside the window."""
    width = within.cover.shape[1]
    column, row = u.astype(np.int32), v.astype(np.int32)
    node = (row * np.int32(width) + column).astype(np.intp)
    east, north = u - column, v - row
    weights, drawn = _edge_corrected(weights, within, node, east, north)
    upper = weights * north
    lower = weights - upper
    upper_east, lower_east = upper * east, lower * east
    np.add.at(nodes, node, lower - lower_east)
    np.add.at(nodes[1:], node, lower_east)
    np.add.at(nodes[width:], node, upper - upper_east)
    np.add.at(nodes[width + 1 :], node, upper_east)
    return drawn


def _edge_corrected(
    weights: Floats, within: Frame, node: npt.NDArray[np.intp], east: Floats, north: Floats
) -> tuple[Floats, float]:
    """Return the weights over the edge term, 0 outside the window, and the sum of those inside."""
    near = np.flatnonzero(~within.plain.ravel()[node])
    if not len(near):
        return weights, float(weights.sum())
    at, a, b, width = node[near], east[near], north[near], within.cover.shape[1]
    edge, touched = within.edge.ravel(), within.touched.ravel()[at]
    term = (edge[at] * (1 - a) + edge[at + 1] * a) * (1 - b)
    term += (edge[at + width] * (1 - a) + edge[at + width + 1] * a) * b
    inside = weights.copy()
    inside[near] *= touched
    drawn = float(inside.sum())
    inside[near] /= np.where(touched, term, 1.0)
    return inside, drawn
