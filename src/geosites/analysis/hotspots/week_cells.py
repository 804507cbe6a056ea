"""Observed cells of a week; cells that nobody visited have no value."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import label

from geosites.analysis.hotspots.grid import lattice

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """The visited cells of a lattice, from west to east, then south to north.

    A missing cell was not observed. `heads` are counted at the visits, `standing` are the cell's
    part of the people present. `rate` is the mean count per visit around the cell, `effort` the
    number of visits behind that mean; p and q are NaN if there are too few visits. `significant`
    cells have more than chance explains, `cold` ones less.
    """

    size_m: float
    column: Ints
    row: Ints
    visits: Ints
    heads: Floats
    standing: Floats
    rate: Floats
    effort: Floats
    p: Floats
    q: Floats
    significant: Mask
    cold: Mask

    @classmethod
    def of(cls, xy: Floats, heads: Floats, standing: Floats, size_m: float) -> tuple[Cells, Ints]:
        """Return the cells that visits fall in, not judged yet, and the cell (n,) of each visit."""
        column, row, cell = occupied(xy, size_m)
        visits = np.bincount(cell, minlength=len(column))
        counted = _total(cell, heads, len(column))
        unknown = np.full(len(column), np.nan)
        cells = cls(
            size_m=size_m,
            column=column,
            row=row,
            visits=visits,
            heads=counted,
            standing=_total(cell, standing, len(column)),
            rate=counted / visits,
            effort=visits.astype(np.float64),
            p=unknown,
            q=unknown,
            significant=np.zeros(len(column), dtype=bool),
            cold=np.zeros(len(column), dtype=bool),
        )
        return cells, cell

    def judged(self, p: Floats, q: Floats, alpha: float) -> Cells:
        """Return the cells with p and q; those with q up to `alpha` are significant."""
        return replace(self, p=p, q=q, significant=q <= alpha)

    def __len__(self) -> int:
        return len(self.column)

    @property
    def keys(self) -> Ints:
        """Return one number (n,) for each cell, the same in every week, in rising order."""
        return keys(self.column, self.row)

    @property
    def centres(self) -> Floats:
        """Return the centres (n, 2)."""
        return centres(self.column, self.row, self.size_m)

    @property
    def ground(self) -> shapely.Geometry:
        """Return the area of all cells, which was observed."""
        return ground(self.column, self.row, self.size_m)


def _total(cell: Ints, amount: Floats, cells: int) -> Floats:
    return np.asarray(np.bincount(cell, amount, cells), dtype=np.float64)


def occupied(xy: npt.ArrayLike, size_m: float) -> tuple[Ints, Ints, Ints]:
    """Return column and row of the lattice cells that hold points, and the cell of each point."""
    column, row = lattice(np.asarray(xy, dtype=np.float64), size_m)
    numbers, cell = np.unique(keys(column, row), return_inverse=True)
    first = np.zeros(len(numbers), dtype=np.int64)
    first[cell] = np.arange(len(cell))
    return column[first], row[first], cell


def keys(column: Ints, row: Ints) -> Ints:
    """Return one number for each lattice cell."""
    return (column << 32) + row


def centres(column: Ints, row: Ints, size_m: float) -> Floats:
    """Return the centres (n, 2) of lattice cells."""
    return np.column_stack([column + 0.5, row + 0.5]) * size_m


def ground(column: npt.ArrayLike, row: npt.ArrayLike, size_m: float) -> shapely.Geometry:
    """Return the union of lattice cells."""
    west = np.asarray(column, dtype=np.int64) * size_m
    south = np.asarray(row, dtype=np.int64) * size_m
    return shapely.coverage_union_all(shapely.box(west, south, west + size_m, south + size_m))


def connected(column: Ints, row: Ints) -> Ints:
    """Return the group (n,) of each cell; cells that touch, if only at a corner, are one group."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    x, y = column - column.min(), row - row.min()
    present = np.zeros((int(x.max()) + 1, int(y.max()) + 1), dtype=bool)
    present[x, y] = True
    return np.asarray(label(present, np.ones((3, 3)))[0][x, y] - 1, dtype=np.int64)
