"""False discovery rate (FDR) control for multiple tests (Benjamini & Hochberg 1995)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def benjamini_hochberg(p: npt.ArrayLike, alpha: float) -> Mask:
    """Return which hypotheses are rejected at false discovery rate `alpha` (Benjamini & Hochberg
    1995); a NaN is not a hypothesis and is never rejected.

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
