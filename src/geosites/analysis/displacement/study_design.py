"""Study design: visits, target, windows of weeks, rings, controls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geosites.analysis.care_distance import Care
from geosites.analysis.displacement.levels import Floats, Ints
from geosites.analysis.places import PLACE_MERGE_M, PLACE_RADIUS_M
from geosites.core.errors import Refused

MIN_CONTROLS = 6
"""Fewer controls than this give no p value."""

Mask = npt.NDArray[np.bool_]


Codes: TypeAlias = npt.NDArray[Any]
"""Codes of territories: texts in a store, of any type in a simulation."""


class Coded(NamedTuple):
    """A column (n,) of names as indices into its sorted distinct names."""

    code: Ints
    names: Codes


def coded(column: npt.ArrayLike) -> Coded:
    """Return a column of names with each name numbered."""
    return Coded(*pd.factorize(np.asarray(column), sort=True))


@dataclass(frozen=True, kw_only=True)
class EffortVisits:
    """Visits of patrols and surveys, zeros included, and nothing else: they are the effort.

    `xy` (n, 2) metres; `week` (n,) counted from the event (-1 is the week that ends with it, 0 the
    week that begins with it); `heads` (n,); `territory` (n,) codes. Where known: `hour` (n,) of
    the day on local clocks, 0 to 24, NaN where only the date is known; `unit` (n,) who reported,
    empty if unknown; `accuracy_m` (n,) of the position, NaN if unknown.
    """

    xy: Floats
    week: Ints
    heads: Floats
    territory: Codes
    hour: Floats | None = None
    unit: Codes | None = None
    accuracy_m: Floats | None = None

    def __post_init__(self) -> None:
        if len({len(column) for column in vars(self).values() if column is not None}) != 1:
            raise Refused("xy, week, heads and territory of the visits must have the same length")

    def __len__(self) -> int:
        return len(self.week)

    @cached_property
    def territories(self) -> Coded:
        """The codes of the territories, numbered."""
        return coded(self.territory)

    def during(self, first: int, last: int) -> EffortVisits:
        """Return the visits of weeks `first` to `last`, both included."""
        week = np.asarray(self.week)
        return self.where((week >= first) & (week <= last))

    def where(self, some: Mask) -> EffortVisits:
        """Return some of the visits."""
        return EffortVisits(
            xy=np.asarray(self.xy, dtype=np.float64)[some],
            week=np.asarray(self.week, dtype=np.int64)[some],
            heads=np.asarray(self.heads, dtype=np.float64)[some],
            territory=np.asarray(self.territory)[some],
            hour=None if self.hour is None else np.asarray(self.hour)[some],
            unit=None if self.unit is None else np.asarray(self.unit)[some],
            accuracy_m=None if self.accuracy_m is None else np.asarray(self.accuracy_m)[some],
        )


@dataclass(frozen=True, kw_only=True)
class Design:
    """Parameters of a study; all are included in its result.

    `weeks_seen`: a place counts if visited in this many weeks before and after, fewer in short
    windows (`Needed`); other visits are scattered. `merge_m`: two centres nearer than this are one
    place. `control_heads`: minimum number of people at a control over both periods; an empty place
    would indicate "nothing changed" with certainty but without information. `new_heads`: a place is
    new if at least this many people are there after the event, seen in `new_weeks` weeks, and it
    was not visited before, or had at most `new_share` of them; it is not a known site.
    `event_clearance_m`: a place within this distance of another event of the window is not a
    control.
    """

    weeks_before: int = 26
    weeks_after: int = 13
    place_radius_m: float = PLACE_RADIUS_M
    merge_m: float = PLACE_MERGE_M
    weeks_seen: tuple[int, int] = (6, 4)
    control_heads: float = 1.0
    new_weeks: int = 6
    new_heads: float = 2.0
    new_share: float = 0.1
    ring_edges_m: tuple[float, ...] = (100.0, 400.0, 800.0, 1500.0)
    event_clearance_m: float = 400.0
    level: float = 0.90
    alpha: float = 0.10
    draws: int = 1000

    def __post_init__(self) -> None:
        if min(self.weeks_before, self.weeks_after) < 1:
            raise Refused(
                f"a study needs weeks on both sides of the event, not {self.weeks_before} "
                f"before and {self.weeks_after} after"
            )

    @property
    def reach_m(self) -> float:
        """The outer edge of the rings; controls are beyond it."""
        return self.ring_edges_m[-1]


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Weeks in which a place must be visited before and after, and after where it is new."""

    before: int
    after: int
    new: int

    @classmethod
    def of(cls, design: Design, week: Ints) -> Needed:
        """Return the requirements of a study of visits in weeks (n,), capped by the available
        weeks.
        """
        early = min(design.weeks_before, -int(week.min(initial=0)))
        late = min(design.weeks_after, int(week.max(initial=-1)) + 1)
        before, after = design.weeks_seen
        return cls(
            before=capped(before, early),
            after=capped(after, late),
            new=capped(design.new_weeks, late),
        )


def capped(weeks: int, there: int) -> int:
    """Return `weeks`, at most half of the weeks there are, two or all of fewer.

    6 of 26, 4 of 7, 2 of 3, 2 of 2, 1 of 1.
    """
    return max(min(weeks, max(2, -(-there // 2)), there), 1)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Context of a study: other events of the window, near territories, care places.

    `sites`: perimeters of known sites, metres; visits inside one are visits to that site.
    `near`: codes of the territories around the target, where people may have gone; if None, those
    with a visit within the outer ring.
    """

    sites: Sequence[shapely.Geometry] = ()
    other_events: Sequence[shapely.Geometry] = ()
    near: Collection[str] | None = None
    care: Care | None = None


def weeks_until_next(events: Sequence[int], wanted: int) -> int:
    """Return how many whole weeks after the event precede the next one nearby.

    `events` has the weeks of other events nearby, relative to this one; a later event in week 6
    leaves six of thirteen weeks.
    """
    return min([wanted, *(week for week in events if week > 0)])


def weeks_since_last(events: Sequence[int], wanted: int) -> int:
    """Return how many whole weeks before the event follow the previous one nearby."""
    return min([wanted, *(-week - 1 for week in events if week < 0)])
