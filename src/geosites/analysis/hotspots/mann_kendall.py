"""The Mann-Kendall test for a trend, with ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MannKendall:
    """Pairs that rise minus pairs that fall, tau between -1 and 1, z, and the two-sided p."""

    s: int
    tau: float
    z: float
    p: float


def mann_kendall(values: npt.ArrayLike) -> MannKendall:
    """Return the test of a monotone trend (Mann 1945; Kendall 1975), ties corrected.

    NaN is a week without an answer and is left out. Fewer than 3 values, or all equal: p = 1.

    1, 2, 3, 4, 5: all 10 pairs rise, variance 5 * 4 * 15 / 18 = 16.67, z = 9 / 4.082 = 2.205.
    """
    array = np.asarray(values, dtype=np.float64)
    array = array[~np.isnan(array)]
    n = len(array)
    s = int(np.sign(array[None, :] - array[:, None])[np.triu_indices(n, 1)].sum())
    ties = np.unique(array, return_counts=True)[1]
    variance = float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    if n < 3 or variance <= 0:
        return MannKendall(s=s, tau=0.0, z=0.0, p=1.0)
    z = (s - np.sign(s)) / np.sqrt(variance)
    return MannKendall(s=s, tau=s / (n * (n - 1) / 2), z=float(z), p=float(2 * ndtr(-abs(z))))
