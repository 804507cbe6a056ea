"""Calendar quarters in the city's time zone, the period of public tables."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from geosites.core.errors import Refused
from geosites.core.weeks import FIRST_YEAR, LAST_YEAR, midnight

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """Three calendar months, e.g. `2022-Q3` (July to September 2022)."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (FIRST_YEAR <= self.year < LAST_YEAR and 1 <= self.number <= 4):
            raise Refused("%(text)r is not a quarter like 2022-Q3", text=str(self))

    def __str__(self) -> str:
        return f"{self.year:04d}-Q{self.number}"

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Return the quarter written `2022-Q3`, or raise `Refused`."""
        match = _QUARTER.fullmatch(text.strip())
        if match is None:
            raise Refused("%(text)r is not a quarter like 2022-Q3", text=text)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of_day(cls, day: dt.date) -> Quarter:
        """Return the quarter that holds a day."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def months(self) -> tuple[dt.date, dt.date, dt.date]:
        """The first days of its months."""
        first = 3 * self.number - 2
        return (
            dt.date(self.year, first, 1),
            dt.date(self.year, first + 1, 1),
            dt.date(self.year, first + 2, 1),
        )

    @property
    def after(self) -> dt.date:
        """The first day that is not part of it."""
        year, month = (self.year + 1, 1) if self.number == 4 else (self.year, 3 * self.number + 1)
        return dt.date(year, month, 1)

    @property
    def start(self) -> dt.datetime:
        """Its first midnight in the city, as an instant in UTC."""
        return midnight(self.months[0])

    @property
    def end(self) -> dt.datetime:
        """The midnight after its last day, as an instant in UTC; not part of it."""
        return midnight(self.after)
