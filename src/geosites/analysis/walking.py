"""Walking: the speed on foot, and the distance where no street network is at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Walking: TypeAlias = Callable[[Floats], Floats]
"""Takes points (n, 2) in metres, returns the metres on foot between each two (n, n)."""

METRES_PER_MINUTE = 75.0
"""Walking speed: 4.5 km an hour."""

DETOUR = 1.3
"""Ratio of walking distance to straight-line distance in a city."""


def crow_fly(xy: Floats) -> Floats:
    """Return metres on foot (n, n) between points (n, 2): the straight line times `DETOUR`."""
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    away = points[:, None] - points[None]
    return np.asarray(DETOUR * np.hypot(away[..., 0], away[..., 1]), dtype=np.float64)
