"""Shift limits: duration, walking speed, time spent at a stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.rounds.team_orienteering import PATIENCE
from geosites.analysis.walking import METRES_PER_MINUTE
from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class ShiftLimits:
    """Limits of a shift: minutes in total and at each stop, walking speed, stops (None: any).

    From a crew's first stop, and to and from due visits, a walk of more than `ride_min` minutes is
    made by vehicle and takes that long; all other legs are walked.
    """

    crews: int = 1
    shift_min: float = 240.0
    visit_min: float = 10.0
    metres_per_min: float = METRES_PER_MINUTE
    ride_min: float = 40.0
    most: int | None = None
    patience: int = PATIENCE

    def __post_init__(self) -> None:
        if self.crews < 1 or self.visit_min <= 0 or self.metres_per_min <= 0:
            raise Refused("a shift needs a crew, time for a visit and a speed above 0")
        if self.shift_min < self.visit_min:
            raise Refused("a shift must last at least as long as a visit")

    def minutes(self, metres: Floats, may_ride: Mask | bool = True) -> Floats:
        """Return the duration of legs, at most `ride_min` for those that may use a vehicle."""
        walk = metres / self.metres_per_min
        return np.where(may_ride, np.minimum(walk, self.ride_min), walk)
