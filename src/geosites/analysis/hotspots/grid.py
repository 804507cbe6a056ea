"""A fixed lattice of square cells: polygon coverage and neighbourhood sums.

Cell edges are multiples of the cell size, so that cells of one size are the same every week, and
four 25 m cells make up the side of one of 100 m.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from numpy.lib.stride_tricks import sliding_window_view

from geosites.analysis.hotspots.edge_correction import boundary

Numbers: TypeAlias = npt.NDArray[Any]
"""Numbers of any type; sums have the same type."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_ROUNDING = 1e-9
_TILE, _TILE_COLUMNS, _STRIP = 24, 16, 64


@dataclass(frozen=True)
class Grid:
    """Cells of side `cell`; the lower left corner of the first is (column0, row0) times `cell`."""

    cell: float
    column0: int
    row0: int
    columns: int
    rows: int

    @classmethod
    def over(cls, window: shapely.Geometry, cell: float) -> Grid:
        """Return the smallest grid of the lattice that holds a polygon."""
        low_x, low_y, high_x, high_y = np.asarray(window.bounds) / cell
        column0, row0 = (int(np.floor(low + _ROUNDING)) for low in (low_x, low_y))
        column1, row1 = (int(np.ceil(high - _ROUNDING)) for high in (high_x, high_y))
        return cls(cell, column0, row0, max(1, column1 - column0), max(1, row1 - row0))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as numpy has them."""
        return self.rows, self.columns

    @property
    def x(self) -> Floats:
        """Centres of the columns."""
        return np.asarray((self.column0 + np.arange(self.columns) + 0.5) * self.cell)

    @property
    def y(self) -> Floats:
        """Centres of the rows, from south to north."""
        return np.asarray((self.row0 + np.arange(self.rows) + 0.5) * self.cell)

    def padded(self, cells: int) -> Grid:
        """Return the grid with a margin on every side."""
        return Grid(
            self.cell,
            self.column0 - cells,
            self.row0 - cells,
            self.columns + 2 * cells,
            self.rows + 2 * cells,
        )


def lattice(xy: Floats, cell: float) -> tuple[Ints, Ints]:
    """Return the column and row of the lattice cell that holds each point."""
    column, row = np.floor(np.asarray(xy, dtype=np.float64).reshape(-1, 2).T / cell)
    return column.astype(np.int64), row.astype(np.int64)


def coverage(window: shapely.Geometry, grid: Grid) -> Floats:
    """Return the exact share (rows, columns) of each cell inside a polygon.

    Every edge is cut where it crosses a line of the lattice. Each piece adds, with the sign of its
    direction, the area between itself and the right end of its row (Green's theorem), so one
    cumulative sum along the rows gives all cells at once.
    """
    edges = boundary(window).reshape(-1, 2, 2) / grid.cell - (grid.column0, grid.row0)
    start, end = _cut(edges[:, 0], edges[:, 1])
    middle = (start + end) / 2
    column = np.clip(np.floor(middle[:, 0]).astype(np.int64), 0, grid.columns - 1)
    row = np.clip(np.floor(middle[:, 1]).astype(np.int64), 0, grid.rows - 1)
    rise = start[:, 1] - end[:, 1]
    own = rise * (column + 1 - middle[:, 0])
    width = grid.columns + 1
    size = grid.rows * width
    change = np.bincount(row * width + column, own, size)
    change += np.bincount(row * width + column + 1, rise - own, size)
    share = np.cumsum(change.reshape(grid.rows, width), axis=1)[:, :-1]
    share[np.abs(share) < _ROUNDING] = 0.0
    share[np.abs(share - 1) < _ROUNDING] = 1.0
    return np.asarray(np.clip(share, 0.0, 1.0))


def _cut(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Return the segments cut at every whole x and every whole y, in cell units."""
    whole = np.arange(len(start))
    pieces = [(whole, np.zeros(len(start))), (whole, np.ones(len(start)))]
    pieces += [_crossings(start[:, axis], end[:, axis]) for axis in (0, 1)]
    segment = np.concatenate([piece[0] for piece in pieces])
    at = np.concatenate([piece[1] for piece in pieces])
    order = np.lexsort((at, segment))
    segment, at = segment[order], at[order]
    point = start[segment] + at[:, None] * (end - start)[segment]
    same = segment[1:] == segment[:-1]
    return point[:-1][same], point[1:][same]


def _crossings(start: Floats, end: Floats) -> tuple[Ints, Floats]:
    """Return for each whole number between start and end the segment and where on it, 0 to 1."""
    low = np.floor(np.minimum(start, end)).astype(np.int64) + 1
    count = np.maximum(np.ceil(np.maximum(start, end)).astype(np.int64) - low, 0)
    segment = np.repeat(np.arange(len(start)), count)
    nth = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    return segment, (low[segment] + nth - start[segment]) / (end - start)[segment]


def smooth(values: Floats, kernel: Floats) -> Floats:
    """Return `values` (rows, columns) convolved with a symmetric kernel along both axes.

    Values beyond the border are 0. Two banded matrix products instead of a Fourier transform, so
    that there is no noise and no negative value where there is nothing.
    """
    return _along_rows(_along_rows(values, kernel).T, kernel).T


def _along_rows(values: Floats, kernel: Floats) -> Floats:
    """Return the convolution along the first axis: every tile by the same banded matrix.

    Tiles are so small that a tuned library gives each to one thread: many requests at once then
    share the machine instead of waiting for each other's threads. Strips of columns pass through
    one buffer, because fresh memory costs more than the sums.
    """
    if not values.size:
        return values
    reach, (rows, columns) = len(kernel) // 2, values.shape
    down, across = -(-rows // _TILE), -(-columns // _STRIP)
    band = np.zeros((_TILE, _TILE + 2 * reach))
    diagonal = np.arange(_TILE)
    sliding_window_view(band, len(kernel), axis=1, writeable=True)[diagonal, diagonal] = kernel
    strip = np.zeros((down * _TILE + 2 * reach, _STRIP))
    tiles = sliding_window_view(strip, (band.shape[1], _TILE_COLUMNS))[::_TILE, ::_TILE_COLUMNS]
    out = np.empty((down, _TILE, across, _STRIP // _TILE_COLUMNS, _TILE_COLUMNS))
    for k in range(across):
        part = values[:, k * _STRIP : (k + 1) * _STRIP]
        strip[reach : reach + rows, : part.shape[1]] = part
        np.matmul(band, tiles, out=out[:, :, k].swapaxes(1, 2))
    return out.reshape(down * _TILE, across * _STRIP)[:rows, :columns]


def neighbours_sum(values: Numbers, kernel: Numbers) -> Numbers:
    """Return the sum of values (..., rows, columns) around each cell, weighted by a small kernel.

    The kernel has an odd number of rows and columns; values beyond the border are 0. Integers keep
    their type.
    """
    reach_y, reach_x = kernel.shape[0] // 2, kernel.shape[1] // 2
    rows, columns = values.shape[-2:]
    beyond = [(0, 0)] * (values.ndim - 2) + [(reach_y, reach_y), (reach_x, reach_x)]
    padded = np.pad(values, beyond)
    total = np.zeros(values.shape, dtype=np.result_type(values, kernel))
    weighed = np.empty_like(total)
    for (dy, dx), weight in np.ndenumerate(kernel):
        if weight:
            part = padded[..., dy : dy + rows, dx : dx + columns]
            total += part if weight == 1 else np.multiply(part, weight, out=weighed)
    return total
