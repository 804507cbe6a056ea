"""The exercise calendar of the store, if the store contains an exercise."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import cast

import sqlalchemy as sa

from geosites.core import city
from geosites.core.exercise_calendar import ExerciseCalendar
from geosites.db.maintenance import store_flags


def read(conn: sa.Connection) -> ExerciseCalendar | None:
    """Return the calendar; None where the store holds no exercise, or one without sightings."""
    known = stored(conn)
    if known is not None:
        return known
    if not store_flags.is_exercise(conn):
        return None
    from geosites.db.reports import sightings  # reads much that a closure does not need

    end = sightings.exercise_end(conn)
    return None if end is None else ExerciseCalendar(end=end.astimezone(city.zone()).date())


def stored(conn: sa.Connection) -> ExerciseCalendar | None:
    """Return the calendar that was put down when the exercise was loaded or first worked in."""
    text = store_flags.get(conn, store_flags.CALENDAR)
    return None if text is None else _parsed(json.loads(text))


def put(conn: sa.Connection, calendar: ExerciseCalendar) -> None:
    """Remember a calendar."""
    document = {
        "end": calendar.end.isoformat(),
        "until": calendar.until.isoformat(),
        "days": {real.isoformat(): day.isoformat() for real, day in calendar.days.items()},
    }
    store_flags.put(conn, store_flags.CALENDAR, json.dumps(document))


def open_day(conn: sa.Connection, now: dt.datetime) -> ExerciseCalendar | None:
    """Return the calendar in which the day of `now` has its day, so that something is recorded."""
    calendar = read(conn)
    if calendar is None:
        return None
    opened = calendar.opened(now.astimezone(city.zone()).date())
    if opened != calendar:
        put(conn, opened)
    return opened


def present(conn: sa.Connection, now: dt.datetime) -> dt.datetime:
    """Return what time it is: in an exercise by its calendar, else `now`."""
    calendar = read(conn)
    return now if calendar is None else calendar.present(now)


def _parsed(document: Mapping[str, object]) -> ExerciseCalendar:
    day, days = dt.date.fromisoformat, cast("Mapping[str, str]", document["days"])
    return ExerciseCalendar(
        end=day(str(document["end"])),
        days={day(real): day(own) for real, own in days.items()},
    )
