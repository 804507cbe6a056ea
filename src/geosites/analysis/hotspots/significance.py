"""Which ground stands out by more than chance, where visits that saw nobody are not recorded.

With effort use `effort.effort_test`. What stands here needs counts alone: Gi* with a permutation
null, the false discovery rate, exceedance over an expectation, and the scan statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.alarm.scan_statistic import Cluster, scan
from geosites.analysis.hotspots.grid import neighbours_sum
from geosites.analysis.hotspots.permutation_null import pooled_p

__all__ = [
    "Cluster",
    "benjamini_hochberg",
    "dispersion",
    "exceedance",
    "gi_star",
    "pooled_p",
    "q_values",
    "scan",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def gi_star(
    values: npt.ArrayLike,
    neighbours: Sequence[npt.ArrayLike] | npt.NDArray[Any],
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


def benjamini_hochberg(p: npt.ArrayLike, alpha: float) -> Mask:
    """Return which hypotheses are rejected at false discovery rate `alpha` (Benjamini & Hochberg
    1995); a NaN is no hypothesis and is never rejected.

    Of p = .01, .02, .03, .5 at alpha = .05 the first three are: .03 <= 3/4 * .05.
    """
    return np.asarray(q_values(p) <= alpha * (1 + 1e-12))


def q_values(p: npt.ArrayLike) -> Floats:
    """Return for each p the lowest false discovery rate at which it is rejected; NaN stays NaN.

    p = .01, .02, .03, .5 gives q = .04, .04, .04, .5.
    """
    array = np.asarray(p, dtype=np.float64)
    q = np.full(array.shape, np.nan)
    known = np.flatnonzero(~np.isnan(array))
    order = known[np.argsort(array.flat[known], kind="stable")]
    raw = array.flat[order] * len(order) / np.arange(1, len(order) + 1)
    q.flat[order] = np.minimum.accumulate(raw[::-1])[::-1]
    return q


def exceedance(
    observed: npt.ArrayLike, expected: npt.ArrayLike, dispersion: npt.ArrayLike = 0.0
) -> Floats:
    """Return P(count >= observed) under a mean `expected` with variance m + dispersion m^2.

    Poisson at 0, negative binomial above. The classical view, shown beside the effort test: one
    visit counts many heads at once, so Poisson errors on heads are far too small.

    P(X >= 3) at mean 1 is .0803 (Poisson), .125 at dispersion 1.
    """
    count, mean, spread = np.broadcast_arrays(
        np.asarray(observed, dtype=np.float64),
        np.asarray(expected, dtype=np.float64),
        np.asarray(dispersion, dtype=np.float64),
    )
    some = np.maximum(count, 1.0)
    wide = spread > 0
    size = 1 / np.where(wide, spread, 1.0)
    negative_binomial = special.betainc(some, size, mean / (size + mean))
    tail = np.where(wide, negative_binomial, special.pdtrc(some - 1, mean))
    return np.asarray(np.where(count > 0, tail, 1.0))


def dispersion(counts: npt.ArrayLike) -> float:
    """Return the dispersion a in variance = m + a m^2 of past counts (weeks, cells), at least 0.

    By moments, pooled over cells: sum(variance - mean) / sum(mean^2). NaN is a week without a
    visit. One cell that saw 0 and 4 (mean 2, variance 8) gives (8 - 2) / 4 = 1.5.
    """
    array = np.asarray(counts, dtype=np.float64)
    seen = ~np.isnan(array)
    weeks = seen.sum(axis=0)
    array, seen = array[:, weeks > 1], seen[:, weeks > 1]
    if not array.size:
        return 0.0
    mean = np.nansum(array, axis=0) / seen.sum(axis=0)
    variance = np.nansum((array - mean) ** 2, axis=0) / (seen.sum(axis=0) - 1)
    square = float((mean**2).sum())
    return max(0.0, float((variance - mean).sum()) / square) if square else 0.0
