"""What a week of sightings gives to the analysis, and what policy fixes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from geosites.errors import Refused
from geosites.records import EFFORT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What is fixed by policy, the same every week, and goes with every result.

    `floor_week` visits are needed to rank at all, `floor_visits` effective visits around a cell to
    judge it, and as many on a hotspot's own ground to name it.
    """

    bandwidth_m: float = 200.0
    node_m: float = 25.0
    cell_m: float = 100.0
    place_radius_m: float = 200.0
    reach_m: float = 150.0
    floor_week: int = 30
    floor_visits: float = 5.0
    permutations: int = 999
    alpha: float = 0.05


POLICY = Parameters()


@dataclass(frozen=True, kw_only=True, eq=False)
class WeekVisits:
    """The sightings of a week: `xy` (n, 2) metres, `heads`, `origin` as text, `day_part` 0 to 3.

    The part of the day is -1 where only the date is known; such visits are compared among
    themselves.
    """

    xy: Floats
    heads: Floats
    origin: npt.NDArray[Any]
    day_part: Ints

    @classmethod
    def of(
        cls,
        xy: npt.ArrayLike,
        heads: npt.ArrayLike,
        origin: npt.ArrayLike = "patrol",
        day_part: npt.ArrayLike = -1,
    ) -> WeekVisits:
        """Return visits from whatever makes arrays; one origin, one day-part may stand for all."""
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        counts = np.asarray(heads, dtype=np.float64)
        if counts.shape != (len(points),) or not (counts >= 0).all():
            raise Refused(f"heads must be {len(points)} numbers from 0 up, one for each visit")
        return cls(
            xy=points,
            heads=counts,
            origin=np.broadcast_to(np.asarray(origin, dtype=np.str_), len(points)),
            day_part=np.broadcast_to(np.asarray(day_part, dtype=np.int64), len(points)),
        )

    def __len__(self) -> int:
        return len(self.heads)

    def where(self, mask: Mask) -> WeekVisits:
        """Return some of the visits."""
        return WeekVisits(
            xy=self.xy[mask],
            heads=self.heads[mask],
            origin=self.origin[mask],
            day_part=self.day_part[mask],
        )

    @cached_property
    def effort(self) -> Mask:
        """Patrols and surveys, who also report that nobody was there."""
        return np.isin(self.origin, [str(origin) for origin in EFFORT])

    @property
    def effort_known(self) -> bool:
        """Whether patrols or surveys also report that nobody was there, so that effort is known."""
        return bool((self.heads[self.effort] == 0).any())

    @property
    def strata(self) -> Ints:
        """One number for each day-part and origin: heads are compared within it."""
        kinds, kind = np.unique(self.origin, return_inverse=True)
        return (self.day_part + 1) * len(kinds) + kind
