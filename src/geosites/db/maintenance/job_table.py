"""Regular jobs: when each is due, last ran and last succeeded."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.core.job_schedule import JobRun, ServiceJob
from geosites.db.schema.jobs import job_run as table

LEADER_LOCK = 0x6765_6F73_6A6F_6273
"""The advisory lock of the one scheduler that runs jobs ("geosjobs")."""
LONGEST_ERROR = 500


def runs(conn: sa.Connection) -> list[JobRun]:
    """Return the state of each job, in order, including those that never ran."""
    rows = {row.job: row for row in conn.execute(sa.select(table))}
    return [
        JobRun(**{**rows[job]._mapping, "job": job}) if job in rows else JobRun(job=job)
        for job in ServiceJob
    ]


def plan(conn: sa.Connection, job: ServiceJob, due_at: dt.datetime | None) -> None:
    """Note when a job is due next; None where no service runs it."""
    _put(conn, job, due_at=due_at)


def began(conn: sa.Connection, job: ServiceJob, now: dt.datetime) -> None:
    """Note that a job begins."""
    _put(conn, job, started_at=now)


def succeeded(conn: sa.Connection, job: ServiceJob, now: dt.datetime, seconds: float) -> None:
    """Record that a job has succeeded, with its duration in seconds."""
    _put(conn, job, ended_at=now, succeeded_at=now, seconds=seconds, error=None)


def failed(conn: sa.Connection, job: ServiceJob, now: dt.datetime, why: str) -> None:
    """Note that a job has failed, and why."""
    _put(conn, job, ended_at=now, error=why[:LONGEST_ERROR])


def forget(conn: sa.Connection, job: ServiceJob) -> None:
    """Record that a job has nothing to do, and clear its last outcome."""
    never = {"started_at": None, "ended_at": None, "succeeded_at": None, "seconds": None}
    conn.execute(sa.update(table).where(table.c.job == job.value).values(**never, error=None))


def _put(conn: sa.Connection, job: ServiceJob, **values: object) -> None:
    adding = insert(table).values(job=job.value, **values)
    conn.execute(adding.on_conflict_do_update(index_elements=["job"], set_=values))
