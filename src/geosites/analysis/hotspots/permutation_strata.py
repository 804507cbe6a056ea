"""Strata of the permutation test: heads are shuffled among visits of one day-part and origin."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def permutation_strata(day_part: Ints, origin: npt.ArrayLike) -> Ints:
    """Return the stratum (n,) of each visit: one number for each day-part (n,) and origin (n,)."""
    kinds, kind = np.unique(np.asarray(origin), return_inverse=True)
    return (day_part + 1) * len(kinds) + kind
