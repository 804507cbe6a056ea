"""Input of the weekly analysis: the visits of a week and the policy parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from geosites.analysis.hotspots.permutation_strata import permutation_strata
from geosites.core.errors import Refused
from geosites.core.records import EFFORT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


_NO_INSTANT = np.datetime64("NaT", "us")


@dataclass(frozen=True, kw_only=True, eq=False)
class WeekVisits:
    """The sightings of a week: `xy` (n, 2) metres, `heads`, `origin` as text, `day_part` 0 to 3.

    The part of the day is -1 where only the date is known; such visits are compared among
    themselves. `slot` numbers the parts of days of the calendar, -1 where that is not known: visits
    to one place in one slot are one observation. `accuracy_m` is that of the position, NaN where
    unknown; `at` the instant in UTC, NaT where unknown.
    """

    xy: Floats
    heads: Floats
    origin: npt.NDArray[np.str_]
    day_part: Ints
    slot: Ints
    accuracy_m: Floats
    at: npt.NDArray[np.datetime64]

    @classmethod
    def of(
        cls,
        xy: npt.ArrayLike,
        heads: npt.ArrayLike,
        origin: npt.ArrayLike = "patrol",
        day_part: npt.ArrayLike = -1,
        *,
        slot: npt.ArrayLike = -1,
        accuracy_m: npt.ArrayLike = np.nan,
        at: npt.ArrayLike = _NO_INSTANT,
    ) -> WeekVisits:
        """Return visits from anything convertible to arrays; a single origin or day part applies to
        all.
        """
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        counts = np.asarray(heads, dtype=np.float64)
        if counts.shape != (len(points),) or not (counts >= 0).all():
            raise Refused(f"heads must be {len(points)} numbers from 0 up, one for each visit")
        size = len(points)
        return cls(
            xy=points,
            heads=counts,
            origin=np.broadcast_to(np.asarray(origin, dtype=np.str_), size),
            day_part=np.broadcast_to(np.asarray(day_part, dtype=np.int64), size),
            slot=np.broadcast_to(np.asarray(slot, dtype=np.int64), size),
            accuracy_m=np.broadcast_to(np.asarray(accuracy_m, dtype=np.float64), size),
            at=np.broadcast_to(np.asarray(at, dtype="datetime64[us]"), size),
        )

    def __len__(self) -> int:
        return len(self.heads)

    def observations(self, place: Ints) -> Ints:
        """Return the observation (n,) that each visit is part of, numbered from 0.

        Visits to one place within one part of one day are one observation, since several crews see
        one scene. So are visits with only a date, by day. Visits of unknown date are separate.
        """
        known = self.slot >= 0
        first = int(self.slot[known].min(initial=0))
        span = int(self.slot.max(initial=0)) - first + 1
        key = np.where(known, place * span + self.slot - first, -1 - np.arange(len(place)))
        return np.unique(key, return_inverse=True)[1]

    def where(self, mask: Mask | Ints) -> WeekVisits:
        """Return some of the visits, by a mask or by their numbers."""
        return WeekVisits(
            xy=self.xy[mask],
            heads=self.heads[mask],
            origin=self.origin[mask],
            day_part=self.day_part[mask],
            slot=self.slot[mask],
            accuracy_m=self.accuracy_m[mask],
            at=self.at[mask],
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
        return permutation_strata(self.day_part, self.origin)
