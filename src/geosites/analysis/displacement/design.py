"""What a study looks at: visits, target, windows of weeks, rings, controls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.care import Care
from geosites.analysis.displacement.levels import Floats, Ints
from geosites.errors import Refused

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Visits of patrols and surveys, zeros included, and nothing else: they are the effort.

    `xy` (n, 2) metres; `week` (n,) counted from the event (-1 is the week that ends with it, 0 the
    week that begins with it); `heads` (n,); `territory` (n,) codes.
    """

    xy: Floats
    week: Ints
    heads: Floats
    territory: npt.NDArray[Any]

    def __post_init__(self) -> None:
        sizes = {len(self.xy), len(self.week), len(self.heads), len(self.territory)}
        if len(sizes) != 1:
            raise Refused("xy, week, heads and territory of the visits must have the same length")

    def __len__(self) -> int:
        return len(self.week)

    def during(self, first: int, last: int) -> Visits:
        """Return the visits of weeks `first` to `last`, both included."""
        keep = (self.week >= first) & (self.week <= last)
        return Visits(
            xy=np.asarray(self.xy, dtype=np.float64)[keep],
            week=np.asarray(self.week, dtype=np.int64)[keep],
            heads=np.asarray(self.heads, dtype=np.float64)[keep],
            territory=np.asarray(self.territory)[keep],
        )


@dataclass(frozen=True, kw_only=True)
class Design:
    """The choices behind a study; every one is printed with its result.

    `weeks_seen`: a place counts if seen in so many weeks before and after; other visits are
    scattered.
    `event_clearance_m`: a place this near to another event of the window is no control.
    `detour`: walking distance over crow-fly, until a street network is given.
    `deterrence_m`: range of the typical distance people are taken to walk, for the allocation.
    """

    weeks_before: int = 26
    weeks_after: int = 13
    place_radius_m: float = 200.0
    weeks_seen: int = 2
    ring_edges_m: tuple[float, ...] = (100.0, 400.0, 800.0, 1500.0)
    event_clearance_m: float = 400.0
    level: float = 0.90
    alpha: float = 0.10
    detour: float = 1.3
    deterrence_m: tuple[float, float] = (500.0, 2000.0)
    draws: int = 1000

    def __post_init__(self) -> None:
        if min(self.weeks_before, self.weeks_after) < 1:
            raise Refused(
                f"a study needs weeks on both sides of the event, not {self.weeks_before} "
                f"before and {self.weeks_after} after"
            )

    @property
    def reach_m(self) -> float:
        """The outer edge of the rings; controls lie beyond."""
        return self.ring_edges_m[-1]

    def columns(self) -> Ints:
        """Return the weeks of the study, counted from the event."""
        return np.arange(-self.weeks_before, self.weeks_after)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What else is known of the city: other events of the window, near territories, care.

    `near`: codes of the territories around the target, where people may have gone; if None, those
    with a visit within the outer ring.
    """

    other_events: Sequence[shapely.Geometry] = ()
    near: Collection[str] | None = None
    care: Care | None = None


def weeks_until_next(events: Sequence[int], wanted: int) -> int:
    """Return how many whole weeks after the event are free of the next one nearby.

    `events` holds the weeks of other events nearby, counted from this one; a later event in week 6
    leaves six of thirteen weeks.
    """
    return min([wanted, *(week for week in events if week > 0)])


def weeks_since_last(events: Sequence[int], wanted: int) -> int:
    """Return how many whole weeks before the event are free of the one before it nearby."""
    return min([wanted, *(-week - 1 for week in events if week < 0)])
