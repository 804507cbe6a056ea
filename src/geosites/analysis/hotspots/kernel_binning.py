"""Binning of weighted points onto grid nodes, and precomputed values for a window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots.gaussian_kernel import gaussian_kernel
from geosites.analysis.hotspots.grid import Grid, coverage, neighbours_sum, smooth
from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Pair = tuple[float, float]
_CHUNK = 16_384
"""Points per chunk: few enough for intermediate results to stay in the processor's cache."""
_CACHED_WINDOWS = 3
"""Cached frames: that of the territories around Paris takes 22 MB."""
_STEEP = 0.95
"""Edge terms above this vary slowly: nodes may be divided by them, with an error of 3e-5 of the
density.
"""
_SPREAD_OVER_CELL = np.outer([1, 22, 1], [1, 22, 1]) / 24**2
"""Has the variance of a cell: an integral over cells, not a sum at their centres."""


@dataclass(frozen=True, eq=False)
class Cover:
    """The share of each cell inside a window: 1, 0, or the value of `shares` at `partly`.

    It needs an eighth of the memory of an array (rows, columns) of shares.
    """

    whole: Mask
    partly: tuple[Ints, Ints]
    shares: Floats

    @classmethod
    def of(cls, share: Floats) -> Cover:
        """Return an array of shares in this compact form."""
        row, column = np.nonzero((share > 0) & (share != 1))
        return cls(share == 1, (row, column), share[row, column])

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of rows and of columns."""
        return self.whole.shape

    def part(self, rows: slice, columns: slice) -> Floats:
        """Return the shares of some rows and columns as an array."""
        result = self.whole[rows, columns].astype(np.float64)
        row, column = self.partly[0] - rows.start, self.partly[1] - columns.start
        held = (row >= 0) & (row < len(result)) & (column >= 0) & (column < result.shape[1])
        result[row[held], column[held]] = self.shares[held]
        return result


@dataclass(frozen=True, eq=False)
class Frame:
    """Precomputed values for a window, a bandwidth and a cell size, independent of the points.

    `cover` is the share of each cell inside the window, `edge` that of the kernel around its
    node, both with a margin of one node on every side. `steep` says that the kernel around one of
    the four nodes north and east of a node reaches over the border by more than 5 %; `touched`,
    that one of the four lies in a cell of the window.
    """

    grid: Grid
    kernel: Floats
    cover: Cover
    edge: Floats
    steep: Mask
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
    edge = np.ascontiguousarray(smooth(neighbours_sum(cover, _SPREAD_OVER_CELL), kernel))
    steep, touched = _any_of_four(edge < _STEEP), _any_of_four(cover > 0)
    for array in (kernel, edge, steep, touched):
        array.flags.writeable = False
    return Frame(grid, kernel, Cover.of(cover), edge, steep, touched)


def _any_of_four(nodes: Mask) -> Mask:
    """Return whether a node, or its neighbour north, east or north-east, is true."""
    result = nodes.copy()
    result[:-1] |= nodes[1:]
    result[:, :-1] |= result[:, 1:].copy()
    return result


@dataclass(frozen=True, eq=False)
class Nodes:
    """Weights on the nodes of a frame, margin included, before division by the edge term.

    `rows` and `columns` are the range that they can reach. `outside` is the weight of the points
    outside the window.
    """

    values: Floats
    rows: slice
    columns: slice
    outside: float


def spread(points: Floats, weights: Floats, within: Frame) -> Nodes:
    """Return the weights spread linearly over the four nodes around each point.

    Nodes are then divided by their own edge term. Where that is steep, a point's shares are
    weighted by the edge terms first, so that the division is by the term at the point itself. A
    point counts if it lies in the window, or less than a cell from it: a visit on the border must
    not be lost to rounding.
    """
    nodes = np.zeros(within.cover.shape)
    low, high = np.array(within.cover.shape, dtype=np.float64), np.zeros(2)
    outside = 0.0
    for first in range(0, len(points), _CHUNK):
        part = slice(first, first + _CHUNK)
        u, v, heads, least, most = _on_grid(points[part], weights[part], within.grid)
        low, high = np.minimum(low, least), np.maximum(high, most)
        outside += float(weights[part].sum() - heads.sum()) if len(u) < len(weights[part]) else 0.0
        outside += _spread(u, v, heads, within, nodes)
    reach = 1 + len(within.kernel) // 2
    rows = _around(low[0], high[0], reach, within.grid.rows + 2)
    columns = _around(low[1], high[1], reach, within.grid.columns + 2)
    return Nodes(nodes, rows, columns, outside)


def _around(low: float, high: float, reach: int, size: int) -> slice:
    """Return the nodes that the kernel can reach from positions between `low` and `high`."""
    if low > high:
        return slice(0, 0)
    return slice(max(0, int(low) - reach), min(size, int(high) + reach + 1))


def _on_grid(
    points: Floats, weights: Floats, grid: Grid
) -> tuple[Floats, Floats, Floats, Pair, Pair]:
    """Return column and row positions of points on the grid, their weights, and their bounds.

    Positions are counted in nodes of the margin; the bounds are (row, column), least and most.
    """
    u = points[:, 0] / grid.cell
    u -= grid.column0 - 0.5
    v = points[:, 1] / grid.cell
    v -= grid.row0 - 0.5
    least, most = (v.min(), u.min()), (v.max(), u.max())
    right, top = grid.columns + 1, grid.rows + 1
    if min(least) >= 0 and most[0] < top and most[1] < right:
        return u, v, weights, least, most
    if not np.isfinite(u.sum() + v.sum()):
        raise Refused("a coordinate is not a number")
    within = (u >= 0) & (u < right) & (v >= 0) & (v < top)
    if not within.any():
        return u[:0], v[:0], weights[:0], (top, right), (0, 0)
    return _on_grid(points[within], weights[within], grid)


def _spread(u: Floats, v: Floats, weights: Floats, within: Frame, nodes: Floats) -> float:
    """Add points to the nodes; return the sum of the weights outside the window."""
    width = nodes.shape[1]
    column, row = np.floor(u), np.floor(v)
    east, north = u - column, v - row
    row *= width
    row += column
    node = row.astype(np.intp)
    upper = weights * north
    lower = weights - upper
    upper_east, lower_east = upper * east, lower * east
    upper -= upper_east
    lower -= lower_east
    shares = (lower, lower_east, upper, upper_east)
    corners = (0, 1, width, width + 1)
    near = np.flatnonzero(within.steep.ravel().take(node))
    if len(near):
        steep, at = within.edge.ravel(), node.take(near)
        edges = [steep[corner:].take(at) for corner in corners]
        touched = within.touched.ravel().take(at)
        scale = touched / np.where(touched, _between(edges, east.take(near), north.take(near)), 1.0)
        for share, edge in zip(shares, edges, strict=True):
            share[near] *= edge * scale
    flat = nodes.ravel()
    for share, corner in zip(shares, corners, strict=True):
        np.add.at(flat[corner:], node, share)
    return float(weights.take(near)[~touched].sum()) if len(near) else 0.0


def _between(corners: list[Floats], east: Floats, north: Floats) -> Floats:
    """Return the value between four corners: south-west, south-east, north-west, north-east."""
    south = corners[0] + (corners[1] - corners[0]) * east
    above = corners[2] + (corners[3] - corners[2]) * east
    return south + (above - south) * north
