"""ISO weeks on Paris clocks."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core import city
from geosites.core.errors import Refused
from geosites.core.weeks import DayPart, IsoWeek, day_part, weeks_in

INSTANTS = st.datetimes(dt.datetime(2015, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC))


def test_the_week_of_the_forceval_dismantling() -> None:
    week = IsoWeek.parse("2022-W40")
    assert (week.monday, week.sunday) == (dt.date(2022, 10, 3), dt.date(2022, 10, 9))
    assert week.start == dt.datetime(2022, 10, 2, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "hours"), [("2022-W12", 167), ("2022-W43", 169), ("2022-W40", 168)]
)
def test_weeks_of_clock_changes_have_another_length(text: str, hours: int) -> None:
    assert IsoWeek.parse(text).hours == hours


def test_years_of_53_weeks() -> None:
    assert [weeks_in(year) for year in (2019, 2020, 2021, 2026)] == [52, 53, 52, 53]
    assert IsoWeek.parse("2020-W53").shift(1) == IsoWeek(2021, 1)


@pytest.mark.parametrize(
    "text", ["2021-W53", "2022-W00", "2022-W54", "2022-40", "W40", "", "0000-W01"]
)
def test_a_week_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        IsoWeek.parse(text)


def test_midnight_in_paris_parts_the_weeks() -> None:
    sunday = dt.datetime(2022, 10, 9, 23, 59, 59, tzinfo=city.zone())
    assert IsoWeek.containing(sunday) == IsoWeek(2022, 40)
    assert IsoWeek.containing(sunday + dt.timedelta(seconds=1)) == IsoWeek(2022, 41)
    assert IsoWeek.containing(dt.datetime(2022, 10, 9, 22, 30, tzinfo=dt.UTC)) == IsoWeek(2022, 41)


@given(INSTANTS)
def test_every_instant_lies_in_its_week(instant: dt.datetime) -> None:
    week = IsoWeek.containing(instant)
    assert week.start <= instant < week.end
    assert week.shift(1).start == week.end
    assert week.shift(1).shift(-1) == week


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (0, DayPart.NIGHT),
        (5, DayPart.NIGHT),
        (6, DayPart.MORNING),
        (12, DayPart.AFTERNOON),
        (18, DayPart.EVENING),
        (23, DayPart.EVENING),
    ],
)
def test_the_parts_of_a_paris_day(hour: int, part: DayPart) -> None:
    local = dt.datetime(2022, 7, 1, hour, 30, tzinfo=city.zone())
    assert day_part(local.astimezone(dt.UTC)) == part


@pytest.mark.parametrize("instant", [dt.datetime.min, dt.datetime.max])
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
def test_the_ends_of_the_calendar_lie_in_no_week(
    monkeypatch: pytest.MonkeyPatch, instant: dt.datetime, zone: str
) -> None:
    monkeypatch.setattr(city, "zone", lambda: ZoneInfo(zone))
    with pytest.raises(Refused, match=f"year {instant.year} is out of range"):
        IsoWeek.containing(instant.replace(tzinfo=dt.UTC))
