"""Precision at which positions are shown, and the 100 m cells that replace them."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

CELL_M = 100
HALF_DIAGONAL_M = 71.0
"""From the middle of a cell to its corner, rounded up: no closer is the place known."""


LOCATED_M = 500.0
"""Accuracy beyond which a position cannot be assigned to a place: no analysis counts it."""


class Precision(IntEnum):
    """How precisely something is seen, the coarsest first."""

    TERRITORY = 1
    """By territory and week; small counts are suppressed."""
    CELL = 2
    """By cell of 100 m; exact where the viewer's own unit reported."""
    EXACT = 3
    """As it was reported."""


def cell_middles(xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the middle of the cell that holds each point; (n, 2) in metres both times."""
    return np.floor(np.asarray(xy, dtype=np.float64) / CELL_M) * CELL_M + CELL_M / 2
