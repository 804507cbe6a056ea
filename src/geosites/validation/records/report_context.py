"""Validation context of a report: clock, geography and known sites."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from geosites.core.exercise_calendar import ExerciseCalendar, Record
from geosites.core.weeks import FIRST_DAY, midnight
from geosites.validation.positions.coordinates import Perimeters, WatchedTerritories

CLOCK_SKEW = dt.timedelta(minutes=1)
"""How far the clock of a reporter may be ahead of ours."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """`now` is aware; `sites` are the slugs known; `exercise` says that the store holds one.

    `calendar` is that of the exercise: what is recorded then takes place on its days.
    An observation before `first_day` (in the city) is refused.
    `perimeters`: the site of a report that says no other place is its place.
    """

    now: dt.datetime
    ground: WatchedTerritories
    sites: frozenset[str] = field(default_factory=frozenset)
    exercise: bool = False
    calendar: ExerciseCalendar | None = None
    first_day: dt.date = FIRST_DAY
    perimeters: Perimeters = field(default_factory=dict)

    @property
    def earliest(self) -> dt.datetime:
        """An observation before this instant is a slip of the pen."""
        return midnight(self.first_day)

    @property
    def latest(self) -> dt.datetime:
        """An observation after this instant lies in the future."""
        return self.now + CLOCK_SKEW

    def dated(self, record: Record) -> Record:
        """Return a record as it is dated: on the days of the exercise, where there is one."""
        return record if self.calendar is None else self.calendar.moved(record)
