"""ISO weeks in the city's time zone, the unit of all counting.

A week runs from Monday 00:00 to the next Monday 00:00 in the time zone of the city (`city.zone`),
so with daylight saving time it has 167 hours in spring, 169 in autumn and 168 otherwise. Years of
53 weeks exist (2020, 2026). A day has four parts: night 0-6, morning 6-12, afternoon 12-18, evening
18-24.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from geosites.core import city
from geosites.core.errors import Refused

FIRST_DAY = dt.date(2000, 1, 1)
"""Observations before this day are considered slips, unless a setting says otherwise."""

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


FIRST_YEAR, LAST_YEAR = 1980, 2110
"""Range of valid weeks: from before any report to beyond any plan."""


class DayPart(StrEnum):
    """A quarter of a day on the city's clocks; crews repeat themselves within one."""

    NIGHT = "night"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


DAY_PARTS = tuple(DayPart)


@dataclass(frozen=True, order=True)
class IsoWeek:
    """One ISO week, e.g. `2022-W40` (3 to 9 October 2022)."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= weeks_in(self.year):
            raise Refused(
                "week %(year)s-W%(number)s does not exist: %(year)s has %(weeks)s weeks",
                year=self.year,
                number=f"{self.number:02d}",
                weeks=weeks_in(self.year),
            )

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> IsoWeek:
        """Return the week written `2022-W40`, or raise `Refused`."""
        match = _WEEK.fullmatch(text.strip())
        if match is None:
            raise Refused("%(text)r is not an ISO week like 2022-W40", text=text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def containing(cls, instant: dt.datetime) -> IsoWeek:
        """Return the city's week that holds an aware `instant`, or raise `Refused`."""
        try:
            year, number, _ = instant.astimezone(city.zone()).isocalendar()
        except OverflowError:  # on the city's clocks the calendar has ended, or not begun
            year, number = instant.year, 1
        return cls(year, number)

    @classmethod
    def of_day(cls, day: dt.date) -> IsoWeek:
        """Return the week that holds a day."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> dt.date:
        """The first day."""
        return dt.date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> dt.date:
        """The last day."""
        return dt.date.fromisocalendar(self.year, self.number, 7)

    @property
    def start(self) -> dt.datetime:
        """Monday 00:00 in the city, as an instant in UTC."""
        return midnight(self.monday)

    @property
    def end(self) -> dt.datetime:
        """The next Monday 00:00 in the city, as an instant in UTC; not part of the week."""
        return midnight(self.monday + dt.timedelta(days=7))

    @property
    def hours(self) -> int:
        """How many hours it lasts: 167, 168 or 169."""
        return round((self.end - self.start).total_seconds() / 3600)

    def shift(self, weeks: int) -> IsoWeek:
        """Return the week `weeks` later (earlier if negative)."""
        return IsoWeek.of_day(self.monday + dt.timedelta(weeks=weeks))


def weeks_in(year: int) -> int:
    """Return how many ISO weeks a year has: 52 or 53. The last week holds 28 December."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(
            "year %(year)s is out of range: %(first_year)s to %(last_year)s",
            year=year,
            first_year=FIRST_YEAR,
            last_year=LAST_YEAR,
        )
    return dt.date(year, 12, 28).isocalendar().week


def midnight(day: dt.date) -> dt.datetime:
    """Return 00:00 of a day in the city, as an instant in UTC; raises `Refused` out of range."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR + 1:
        raise Refused(
            "%(day)s is out of range: %(first_year)s to %(last_year)s",
            day=day.isoformat(),
            first_year=FIRST_YEAR,
            last_year=LAST_YEAR,
        )
    return dt.datetime.combine(day, dt.time(), city.zone()).astimezone(dt.UTC)


def day_part(instant: dt.datetime) -> DayPart:
    """Return the part of the day, on the city's clocks, that holds an aware `instant`."""
    return DAY_PARTS[instant.astimezone(city.zone()).hour // 6]
