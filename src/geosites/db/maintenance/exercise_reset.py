"""Reset the exercise to its state at loading. Rows are closed, none is erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from geosites.core.errors import Conflict
from geosites.db.maintenance import exercise_calendar, store_flags
from geosites.db.reports.notes import table as sighting_note
from geosites.db.schema.checks import sighting_check
from geosites.db.schema.closures import closure, closure_act
from geosites.db.schema.duplicates import sighting_judgement
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting
from geosites.db.schema.sites import site, site_use

RESET_AT = "exercise reset"
SETTLED = dt.timedelta(days=60)
"""Delay after the last day of an exercise within which all of it was known."""

_WORKED_ON = (
    sighting,
    sighting_note,
    sighting_judgement,
    sighting_check,
    operation,
    closure,
    closure_act,
    site,
    site_use,
)


def note_loaded(conn: sa.Connection) -> None:
    """Mark the exercise as loaded: rows recorded from now on are work in it."""
    now: dt.datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    store_flags.put(conn, store_flags.LOADED, now.isoformat())


def worked_on(conn: sa.Connection) -> Mapping[str, int]:
    """Return how many rows of each table were added, corrected or withdrawn since then."""
    since = _loaded(conn)
    return {
        table.name: conn.execute(
            sa.select(sa.func.count()).select_from(table).where(_added(table, since))
        ).scalar_one()
        for table in (sighting, operation, closure, site)
    }


def reset(conn: sa.Connection) -> None:
    """Let every row be known as it was when the exercise was loaded, and its calendar with it.

    Rows that were added are closed; rows that were corrected or withdrawn are known again. Raises
    `Conflict` where the store holds no exercise.
    """
    since = _loaded(conn)
    now: dt.datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    for table in _WORKED_ON:
        conn.execute(_closing(table, since, now))
        conn.execute(_reopening(table, since, now))
    calendar = exercise_calendar.read(conn)
    if calendar is not None:
        exercise_calendar.put(conn, replace(calendar, days={}))
    store_flags.put(conn, RESET_AT, now.isoformat())
    note_loaded(conn)


def _loaded(conn: sa.Connection) -> dt.datetime:
    """Return from when on rows are work in the exercise; raises `Conflict` without one."""
    calendar = exercise_calendar.read(conn)
    if calendar is None or not store_flags.is_exercise(conn):
        raise Conflict("the store holds no exercise, and what was seen is never reset")
    text = store_flags.get(conn, store_flags.LOADED)
    if text is not None:
        return dt.datetime.fromisoformat(text)
    return replace(calendar, days={}).until + SETTLED


def _added(table: sa.Table, since: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(sa.func.lower(table.c.known) > since, sa.func.upper_inf(table.c.known))


def _closing(table: sa.Table, since: dt.datetime, now: dt.datetime) -> sa.Update:
    known = sa.func.tstzrange(sa.func.lower(table.c.known), now)
    return sa.update(table).where(_added(table, since)).values(known=known)


def _reopening(table: sa.Table, since: dt.datetime, now: dt.datetime) -> sa.Insert:
    """Return the statement that restores rows known at `since` and not any more."""
    names = [column.name for column in table.columns if column.computed is None]
    columns = [sa.func.tstzrange(now, None) if name == "known" else table.c[name] for name in names]
    closed = sa.and_(
        sa.func.lower(table.c.known) <= since,
        sa.func.upper(table.c.known) > since,
        sa.not_(sa.func.upper_inf(table.c.known)),
    )
    return sa.insert(table).from_select(names, sa.select(*columns).where(closed))
