"""Record the start and end of job runs, whether by the service, a timer or a person."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from geosites.core.errors import GeositesError
from geosites.core.job_schedule import ServiceJob
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store


@contextmanager
def recorded(store: Store, job: ServiceJob, retold: Callable[[str], str] = str) -> Iterator[None]:
    """Record that the block runs a job, and whether it succeeds; errors propagate.

    A failure to record does not stop the job. `retold` translates a cause to the language of the
    service.
    """
    began = time.monotonic()
    _note(store, lambda conn: job_table.began(conn, job, dt.datetime.now(dt.UTC)))
    try:
        yield
    except BaseException as error:
        why = type(error).__name__
        if isinstance(error, GeositesError):
            why = retold(error.message)
        _note(store, lambda conn: job_table.failed(conn, job, dt.datetime.now(dt.UTC), why))
        raise
    spent = time.monotonic() - began
    _note(store, lambda conn: job_table.succeeded(conn, job, dt.datetime.now(dt.UTC), spent))


def _note(store: Store, write: Callable[[sa.Connection], None]) -> None:
    with suppress(GeositesError, sa.exc.DBAPIError), store.begin() as conn:
        write(conn)
