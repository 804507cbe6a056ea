"""The calendar of an exercise, which advances only on days on which somebody works in it.

An exercise is set in the past. Each real day on which something is recorded becomes its next day,
so that new reports follow its last day at the current time of day, however long the service was
unused.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, TypeVar

from geosites.core import city
from geosites.core.weeks import midnight

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DAY = dt.timedelta(days=1)
Record = TypeVar("Record", bound="DataclassInstance")


@dataclass(frozen=True, kw_only=True)
class ExerciseCalendar:
    """`end` is the last day of the exercise as it was loaded; `days` holds its day by real day."""

    end: dt.date
    days: Mapping[dt.date, dt.date] = field(default_factory=dict)

    @property
    def last(self) -> dt.date:
        """The last day of the exercise so far."""
        return max([self.end, *self.days.values()])

    @property
    def until(self) -> dt.datetime:
        """The midnight that ends it; nothing later is part of the exercise yet."""
        return midnight(self.last + DAY)

    def opened(self, today: dt.date) -> ExerciseCalendar:
        """Return the calendar in which a real day has its day; the exercise's own days are real."""
        if today <= self.last or today in self.days:
            return self
        return replace(self, days={**self.days, today: self.last + DAY})

    def at(self, moment: dt.datetime) -> dt.datetime:
        """Return the exercise's instant for a real one, at the same local time.

        An instant up to the last day of the exercise belongs to it and is unchanged. A real day
        without a day of its own keeps its real distance from the next one that has one.
        """
        local = moment.astimezone(city.zone())
        if local.date() <= self.last or not self.days:
            return moment
        real = sorted(self.days)
        known = real[min(bisect_left(real, local.date()), len(real) - 1)]
        moved = local.date() + (self.days[known] - known)
        return local.replace(year=moved.year, month=moved.month, day=moved.day).astimezone(dt.UTC)

    def present(self, now: dt.datetime) -> dt.datetime:
        """Return what time it is in the exercise: on its last day until something is recorded."""
        today = now.astimezone(city.zone()).date()
        if today <= self.last or today in self.days:
            return self.at(now)
        return self.until - dt.timedelta(seconds=1)

    def moved(self, record: Record) -> Record:
        """Return a record, a dataclass, with each of its instants converted to the exercise."""
        instants = {
            item.name: self.at(value)
            for item in fields(record)
            if isinstance(value := getattr(record, item.name), dt.datetime)
        }
        return replace(record, **instants)
