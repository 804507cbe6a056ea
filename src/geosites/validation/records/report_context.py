"""Validation context of a report: clock, geography and known sites."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from geosites.core.exercise_calendar import ExerciseCalendar, Record
from geosites.core.weeks import FIRST_DAY, midnight
from geosites.validation.positions.coordinates import Perimeters, WatchedTerritories

CLOCK_SKEW = dt.timedelta(minutes=1)
"""Maximum time by which a reporter's clock may be ahead."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """`now` is aware; `sites` are the known slugs; `exercise` is whether the store has one.

    `calendar` is that of the exercise, by which new records are dated. An observation before
    `first_day` (in the city) is refused. `perimeters` locate reports that only name a site.
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
        """An observation after this instant is in the future."""
        return self.now + CLOCK_SKEW

    def dated(self, record: Record) -> Record:
        """Return a record with its dates: on the days of the exercise, if there is one."""
        return record if self.calendar is None else self.calendar.moved(record)
