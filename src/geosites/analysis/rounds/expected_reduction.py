"""Expected reduction of a variance by one more visit, before its outcome is known."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", float, Floats)


def closure_doubt(p_clear: float) -> float:
    """Return the variance of the unknown state of the site, clear or active. .25 at even odds."""
    return p_clear * (1 - p_clear)


def closure_reduction(p_clear: float, detection: float) -> float:
    """Return the expected reduction of `closure_doubt` by a visit: p^2 q d / (1 - q d).

    With probability q d it sees people, and the uncertainty is 0; otherwise it is that of P(clear)
    after a miss. `detection` d is the probability to see people if they are there. Even odds and d
    = .5: .25 becomes 2/3 1/3 in three cases of four, so the reduction is .0833.
    """
    if not (0 <= p_clear <= 1 and 0 <= detection <= 1):
        raise Refused("P(clear) and detection must lie in [0, 1]")
    seen = (1 - p_clear) * detection
    return p_clear**2 * seen / (1 - seen) if seen < 1 else closure_doubt(p_clear)


def mean_doubt(variance: Number, looks: Number) -> Number:
    """Return the variance of a level after some observations: variance / (1 + looks).

    `variance` is that of one observation; the prior counts as one.
    """
    return variance / (1 + looks)


def mean_reduction(variance: Number, looks: Number) -> Number:
    """Return by how much one more look shrinks `mean_doubt`: variance / ((1 + n) (2 + n))."""
    return variance / ((1 + looks) * (2 + looks))
