"""Exceedance probability of counts: Poisson, or overdispersed as far as past weeks show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]


def exceedance(
    observed: npt.ArrayLike, expected: npt.ArrayLike, dispersion: npt.ArrayLike = 0.0
) -> Floats:
    """Return P(count >= observed) under a mean `expected` with variance m + dispersion m^2.

    Poisson at 0, negative binomial above. The classical view, shown beside the effort test: one
    visit counts many people at once, so Poisson errors are far too small.

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
