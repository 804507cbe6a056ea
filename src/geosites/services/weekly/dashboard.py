"""The dashboard (first page): the week, the closures, the alarms."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core.weeks import IsoWeek
from geosites.db.maintenance import store_flags
from geosites.db.reports import sightings
from geosites.services.closure_status.closure import ClosureAnswer, closures
from geosites.services.weekly.alarm import WeekAlarm, alarms
from geosites.services.weekly.hotspots import WeekHotspots, hotspots


@dataclass(frozen=True, kw_only=True)
class Home:
    """The state as of an instant; `week` is None without any sighting."""

    as_of: dt.datetime
    week: WeekHotspots | None
    closures: list[ClosureAnswer]
    alarms: list[WeekAlarm]
    exercise: bool


def home(conn: sa.Connection, now: dt.datetime) -> Home:
    """Return the latest week with sightings and the closure of every site."""
    as_of = reading_time(conn, now)
    span = sightings.span(conn)
    week = None if span is None else IsoWeek.containing(min(span[1], as_of))
    return Home(
        as_of=as_of,
        week=None if week is None else hotspots(conn, week),
        closures=closures(conn, as_of),
        alarms=[] if week is None else alarms(conn, week),
        exercise=store_flags.is_exercise(conn),
    )


def reading_time(conn: sa.Connection, now: dt.datetime) -> dt.datetime:
    """Return the instant that pages refer to: now, or in an exercise the last sighting.

    An exercise is in the past; as of today, all its closures would have lapsed. New reports in it
    are dated by its own calendar and advance that instant.
    """
    return sightings.exercise_end(conn) or now
