"""The hour that a city's clocks leave out and the one they say twice: never guessed in silence.

Every hour of both nights is tried on the clocks of cities all over the world, half-hour shifts and
clocks without summer time among them, against the time zone database read backwards from UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from geosites.db.schema.sightings import sighting
from geosites.imports.source_options import SourceOptions
from imports.conftest import Load

CITIES = {
    "Paris": "Europe/Paris",
    "Zürich": "Europe/Zurich",
    "Frankfurt": "Europe/Berlin",
    "Monaco": "Europe/Monaco",
    "London": "Europe/London",
    "Boston": "America/New_York",
    "Chicago": "America/Chicago",
    "Tacoma": "America/Los_Angeles",
    "Vancouver": "America/Vancouver",
    "St. John’s": "America/St_Johns",
    "Adelaide": "Australia/Adelaide",
    "Lord Howe": "Australia/Lord_Howe",
    "Santiago": "America/Santiago",
    "Auckland": "Pacific/Auckland",
}
STILL = {"Cayenne": "America/Cayenne", "Phoenix": "America/Phoenix", "Mumbai": "Asia/Kolkata"}
"""Cities whose clocks never change."""

YEAR = 2023
QUARTER = dt.timedelta(minutes=15)


class Change(NamedTuple):
    """The instant at which clocks change, and by how much: forward or back."""

    at: dt.datetime
    by: dt.timedelta


def changes(zone: ZoneInfo) -> list[Change]:
    """Return the changes of a year, found in UTC, in which every instant is there once."""
    first, hour = dt.datetime(YEAR, 1, 1, tzinfo=dt.UTC), dt.timedelta(hours=1)
    hours = [first + number * hour for number in range(365 * 24)]
    changed = (at for at in hours if offset(at - QUARTER, zone) != offset(at + 3 * QUARTER, zone))
    return [
        Change(at, offset(at, zone) - offset(at - QUARTER, zone))
        for start in changed
        for at in (start + number * QUARTER for number in range(4))
        if offset(at - QUARTER, zone) != offset(at, zone)
    ]


def offset(at: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    return at.astimezone(zone).utcoffset() or dt.timedelta(0)


def shown(zone: ZoneInfo, around: dt.datetime) -> dict[dt.datetime, list[dt.datetime]]:
    """Return what the clocks show in the hours around an instant, and when they show it."""
    seen: dict[dt.datetime, list[dt.datetime]] = {}
    for step in range(-16, 17):
        at = around + step * QUARTER
        seen.setdefault(at.astimezone(zone).replace(tzinfo=None), []).append(at)
    return seen


def nights() -> Iterator[tuple[str, Change]]:
    for name, zone in CITIES.items():
        for change in changes(ZoneInfo(zone)):
            yield name, change


NIGHTS = list(nights())


def file(times: list[dt.datetime]) -> str:
    rows = [f"{time:%Y-%m-%dT%H:%M},2.3605,48.8842,{n + 1}\n" for n, time in enumerate(times)]
    return "observed_at,lon,lat,headcount\n" + "".join(rows)


def test_every_city_has_a_night_in_spring_and_one_in_autumn() -> None:
    assert len(NIGHTS) == 2 * len(CITIES)
    assert {abs(change.by) for _, change in NIGHTS} == {2 * QUARTER, 4 * QUARTER}


@pytest.mark.parametrize(("name", "change"), NIGHTS, ids=lambda value: getattr(value, "at", value))
def test_what_the_clocks_do_not_say_once_is_refused(load: Load, name: str, change: Change) -> None:
    zone = ZoneInfo(CITIES[name])
    seen = shown(zone, change.at)
    first = min(seen)
    times = [first + step * QUARTER for step in range((max(seen) - first) // QUARTER + 1)]
    wrong = [time for time in times if len(seen.get(time, ())) != 1]
    assert len(wrong) == abs(change.by) / QUARTER
    options = SourceOptions(zone=CITIES[name])
    report = load("sightings", file(times), options=options)
    assert report.refused_whole
    assert [bad.line for bad in report.refused] == [times.index(time) + 2 for time in wrong]
    for bad, time in zip(report.refused, wrong, strict=True):
        readings = seen.get(time) or [time.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        for reading in readings:
            assert reading.astimezone(zone).isoformat()[-6:] in bad.reason


@pytest.mark.parametrize(("name", "change"), NIGHTS, ids=lambda value: getattr(value, "at", value))
def test_what_the_clocks_say_once_is_that_instant(
    load: Load, conn: sa.Connection, name: str, change: Change
) -> None:
    seen = shown(ZoneInfo(CITIES[name]), change.at)
    times = sorted(time for time, instants in seen.items() if len(instants) == 1)
    report = load("sightings", file(times), options=SourceOptions(zone=CITIES[name]))
    assert report.added == len(times)
    kept = conn.execute(sa.select(sighting.c.headcount, sighting.c.observed_at)).all()
    assert {heads: at.astimezone(dt.UTC) for heads, at in kept} == {
        number: seen[time][0] for number, time in enumerate(times, start=1)
    }


@pytest.mark.parametrize("name", STILL)
def test_clocks_that_never_change_refuse_nothing(load: Load, name: str) -> None:
    zone = ZoneInfo(STILL[name])
    assert changes(zone) == []
    times = [dt.datetime(YEAR, month, 26, hour) for month in (3, 10) for hour in range(6)]
    assert load("sightings", file(times), options=SourceOptions(zone=STILL[name])).added == 12
