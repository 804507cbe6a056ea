"""Getis-Ord Gi* for weeks in which visits that saw nobody are not recorded.

Where effort is recorded, use `effort.effort_test`. The null distribution of these z scores is that
of `permutation_null`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from geosites.analysis.hotspots.grid import neighbours_sum

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def gi_star(
    values: npt.ArrayLike,
    neighbours: Sequence[npt.ArrayLike] | Floats,
    star: bool = True,
) -> Floats:
    """Return the z score of the sum of values around each cell (Getis & Ord 1992, 1996).

    `neighbours` is a list with an index array for each value, or, for a grid of values (rows,
    columns), a kernel of weights with an odd number of rows and columns. `star` counts the cell
    itself, with the weight 1 or that at the centre of the kernel; without it, mean and variance
    are those of the other cells. NaN where all values are equal.

    Of the values 1, 2, 3, 4 (mean 2.5, standard deviation 1.118) the last, with the third as its
    neighbour, has (7 - 5) / (1.118 sqrt((4 * 2 - 4) / 3)) = 1.549.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 2:
        sums = _grid_sums(array, np.array(neighbours, dtype=np.float64), star)
    else:
        others = [np.asarray(index, dtype=np.int64) for index in neighbours]
        others = [index[index != own] for own, index in enumerate(others)]
        sums = _list_sums(array, others, star)
    return _z(array, *sums, star)


def _grid_sums(values: Floats, kernel: Floats, star: bool) -> tuple[Floats, Floats, Floats]:
    """Return around each cell the weighted sum of values, of weights, and of squared weights."""
    if not star:
        kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] = 0.0
    ones = np.ones(values.shape)
    return (
        neighbours_sum(values, kernel),
        neighbours_sum(ones, kernel),
        neighbours_sum(ones, kernel**2),
    )


def _list_sums(values: Floats, neighbours: list[Ints], star: bool) -> tuple[Floats, Floats, Floats]:
    own = 1.0 if star else 0.0
    sums = own * values + np.array([values[index].sum() for index in neighbours])
    weights = own + np.array([float(len(index)) for index in neighbours])
    return sums, weights, weights


def _z(values: Floats, sums: Floats, weights: Floats, squares: Floats, star: bool) -> Floats:
    others = 0.0 if star else 1.0
    n = values.size - others
    mean = (values.sum() - others * values) / n
    variance = ((values**2).sum() - others * values**2) / n - mean**2
    spread = variance * (n * squares - weights**2) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (sums - weights * mean) / np.sqrt(np.where(spread > 1e-12, spread, np.nan))
    return np.asarray(z, dtype=np.float64)
