"""Checks that query the database: its schema, privileges, clock and jobs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from geosites.core.errors import phrase
from geosites.db import migrate
from geosites.db.access import missing_privileges
from geosites.db.geography import territories
from geosites.db.maintenance import job_table
from geosites.db.migrate import SchemaState
from geosites.ops.checks.findings import CheckFinding, CheckName, failed, ok, warning
from geosites.presentation.job_labels import JOB_NAMES

MOST_SKEW_S = 2.0
"""By how much the clocks of the service and of the database may differ."""
OLDEST_POSTGIS = (3, 3)


def database(conn: sa.Connection) -> Iterator[CheckFinding]:
    """Yield whether the database is one that geosites can use."""
    state = migrate.state(conn)
    if state is SchemaState.NEWER:
        yield failed(CheckName.DATABASE, migrate.TOO_NEW)
        return
    if state in (SchemaState.NONE, SchemaState.OLDER):
        text = phrase("the schema is not up to date: run `geosites db migrate`")
        yield failed(CheckName.DATABASE, text)
        return
    version = str(conn.execute(sa.text("SELECT postgis_lib_version()")).scalar_one())
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_POSTGIS:
        yield failed(CheckName.DATABASE, phrase("PostGIS %(version)s is too old", version=version))
        return
    if territories.count(conn) == 0:
        text = phrase("there are no territories: run `geosites geo load`")
        yield failed(CheckName.DATABASE, text)
        return
    server = str(conn.execute(sa.text("SHOW server_version")).scalar_one()).split()[0]
    yield ok(
        CheckName.DATABASE,
        phrase(
            "PostgreSQL %(server)s with PostGIS %(version)s answers, schema %(schema)s",
            server=server,
            version=version,
            schema=migrate.current(conn),
        ),
    )


def owner_rights(conn: sa.Connection) -> Iterator[CheckFinding]:
    """Yield the rights that whoever migrates lacks."""
    for missing in missing_privileges.missing_to_migrate(conn):
        yield failed(CheckName.RIGHTS, missing)


def service_rights(conn: sa.Connection) -> Iterator[CheckFinding]:
    """Yield the rights that the service lacks."""
    for missing in missing_privileges.missing_to_serve(conn):
        yield failed(CheckName.RIGHTS, missing)


def clock(conn: sa.Connection) -> CheckFinding:
    """Return whether the clock of the database is that of this machine."""
    before = dt.datetime.now(dt.UTC)
    there: dt.datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    after = dt.datetime.now(dt.UTC)
    skew = (there - (before + (after - before) / 2)).total_seconds()
    values = {"seconds": f"{abs(skew):.1f}"}
    if abs(skew) > MOST_SKEW_S:
        text = phrase("the clocks of service and database differ by %(seconds)s s", **values)
        return failed(CheckName.CLOCK, text)
    return ok(CheckName.CLOCK, phrase("the clocks of service and database agree"))


def regular_jobs(conn: sa.Connection, now: dt.datetime) -> Iterator[CheckFinding]:
    """Yield the jobs that failed or are late."""
    known, sound = job_table.runs(conn), True
    for run in known:
        if run.error:
            sound = False
            text = phrase("%(job)s has failed: %(why)s", job=JOB_NAMES[run.job], why=run.error)
            yield failed(CheckName.JOBS, text)
        elif run.overdue(now):
            sound = False
            yield failed(CheckName.JOBS, phrase("%(job)s is late", job=JOB_NAMES[run.job]))
    if not sound:
        return
    if not any(run.due_at or run.succeeded_at for run in known):
        text = phrase("no regular job has run yet: start `geosites serve`")
        yield warning(CheckName.JOBS, text)
        return
    yield ok(CheckName.JOBS, phrase("no regular job is late"))
