"""The days of an exercise pass only while somebody works in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from geosites.core import city
from geosites.core.exercise_calendar import ExerciseCalendar

END = dt.date(2023, 12, 31)
LOADED = ExerciseCalendar(end=END)


def paris(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=city.zone())  # type: ignore[misc,arg-type]


def test_each_real_day_of_work_is_the_next_day_of_the_exercise() -> None:
    calendar = LOADED.opened(dt.date(2026, 11, 29)).opened(dt.date(2027, 2, 1))
    assert calendar.last == dt.date(2024, 1, 2)
    assert calendar.at(paris(2026, 11, 29, 9, 6)) == paris(2024, 1, 1, 9, 6)
    assert calendar.at(paris(2027, 2, 1, 23, 59)) == paris(2024, 1, 2, 23, 59)
    assert calendar.opened(dt.date(2027, 2, 1)) is calendar
    assert calendar.until == paris(2024, 1, 3)


def test_its_own_instants_stay_as_they_are() -> None:
    calendar = LOADED.opened(dt.date(2026, 11, 29))
    for moment in (paris(2022, 10, 5, 6, 30), paris(2024, 1, 1, 9, 6)):
        assert calendar.at(moment) == moment
    assert LOADED.opened(dt.date(2022, 10, 5)) is LOADED
    assert LOADED.at(paris(2026, 11, 29)) == paris(2026, 11, 29)


def test_days_around_lie_as_far_from_it_as_they_do() -> None:
    calendar = LOADED.opened(dt.date(2026, 11, 29))
    assert calendar.at(paris(2026, 11, 28, 22)) == paris(2023, 12, 31, 22)
    assert calendar.at(paris(2026, 12, 29, 12)) == paris(2024, 1, 31, 12)


def test_the_hour_on_the_clock_is_kept_from_summer_to_winter() -> None:
    calendar = LOADED.opened(dt.date(2026, 7, 1))
    assert calendar.at(paris(2026, 7, 1, 9, 6)) == paris(2024, 1, 1, 9, 6)


def test_the_present_is_the_last_day_until_something_is_recorded() -> None:
    now = paris(2026, 11, 29, 9, 6)
    assert LOADED.present(now) == paris(2023, 12, 31, 23, 59, 59)
    assert LOADED.opened(now.date()).present(now) == paris(2024, 1, 1, 9, 6)
    assert LOADED.present(paris(2022, 10, 5, 6, 30)) == paris(2022, 10, 5, 6, 30)


@dataclass(frozen=True)
class Record:
    name: str
    begins: dt.datetime
    ends: dt.datetime | None


def test_a_record_is_moved_with_every_instant_it_holds() -> None:
    calendar = LOADED.opened(dt.date(2026, 11, 29))
    record = Record("x", paris(2026, 11, 29, 8), None)
    assert calendar.moved(record) == Record("x", paris(2024, 1, 1, 8), None)
