from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core import city
from geosites.validation.date_times.times import instants, precision
from geosites.validation.table_columns.text_columns import Block, Faults

UNTIL = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


def read(*cells: str | None) -> tuple[list[dt.datetime | None], Faults]:
    block = Block({"at": pa.array(cells, pa.string())}, np.arange(len(cells)) + 2)
    faults = Faults(block)
    return instants(block, faults, "at", until=UNTIL).tolist(), faults


def reason(text: str) -> str:
    _, faults = read(text)
    assert faults.total == 1, f"{text} was accepted"
    return faults.rows[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "2023-07-13T14:30:00+02:00",
        "2023-07-13T14:30+0200",
        "2023-07-13 14:30+02",
        "2023-07-13T12:30Z",
        "2023-07-13 12:30:00.000000 Z",
        "2023-07-13T07:30-05:00",
        "2023-07-13T14:30",
        "2023-07-13 14:30:00",
    ],
)
def test_one_instant_can_be_written_in_many_ways(text: str) -> None:
    values, faults = read(text)
    assert faults.total == 0
    assert values == [dt.datetime(2023, 7, 13, 12, 30)]


def test_a_bare_date_is_midnight_in_paris_with_the_precision_of_a_day() -> None:
    block = Block({"at": pa.array(["2023-07-13", "2023-01-13", "2023-07-13T00:00"])}, np.arange(3))
    values = instants(block, Faults(block), "at", until=None).tolist()
    assert values[:2] == [dt.datetime(2023, 7, 12, 22, 0), dt.datetime(2023, 1, 12, 23, 0)]
    assert precision(block, "at").to_pylist() == ["day", "day", "instant"]


def test_a_repeated_local_time_is_refused_with_both_readings() -> None:
    assert reason("2022-10-30T02:30") == (
        "happened twice on the clocks of Europe/Paris: "
        "write 2022-10-30T02:30+02:00 or 2022-10-30T02:30+01:00"
    )


def test_a_missing_local_time_is_refused_with_both_readings() -> None:
    assert reason("2023-03-26 02:30:00") == (
        "never happened on the clocks of Europe/Paris, which were put forward: "
        "write 2023-03-26T01:30+01:00 or 2023-03-26T03:30+02:00"
    )


def test_with_an_offset_the_repeated_hour_has_one_reading() -> None:
    values, faults = read("2022-10-30T02:30+02:00", "2022-10-30T02:30+01:00")
    assert faults.total == 0
    assert values == [dt.datetime(2022, 10, 30, 0, 30), dt.datetime(2022, 10, 30, 1, 30)]


@pytest.mark.parametrize(
    "text", ["13/07/2023", "2023-7-13", "2023-07-13T14", "yesterday", "1689251400"]
)
def test_a_time_in_another_form_is_refused(text: str) -> None:
    assert reason(text).startswith("is not a time in ISO 8601, such as")


@pytest.mark.parametrize(
    "text", ["2023-02-30", "2023-13-01", "2023-02-28T25:00", "2023-02-30T10:00Z"]
)
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    assert reason(text) == "is not a day or time of the calendar"


def test_the_future_is_refused() -> None:
    assert reason("2026-11-02T10:01") == "lies in the future (now is 2026-11-02T10:00+01:00)"
    assert read("2026-11-02T10:00")[1].total == 0


def test_a_year_long_past_is_refused() -> None:
    assert reason("0203-07-13") == "lies before 1990; is the year right?"


def test_no_time_is_no_fault_by_itself() -> None:
    values, faults = read(None, "")
    assert values == [None, None]
    assert faults.total == 0


@given(st.datetimes(min_value=dt.datetime(1991, 1, 1), max_value=dt.datetime(2026, 10, 31)))
def test_a_clock_time_means_what_it_means_in_paris_or_is_refused(clock: dt.datetime) -> None:
    values, faults = read(clock.isoformat())
    readings = {
        clock.replace(tzinfo=city.zone(), fold=fold).astimezone(dt.UTC).replace(tzinfo=None)
        for fold in (0, 1)
    }
    assert values[0] in (readings if len(readings) == 1 else {None})
    assert faults.total == len(readings) - 1
