"""Scheduler of the regular jobs: the process that holds an advisory lock runs them.

Each job is a command in a process of its own, so that it uses no memory of the service and ends
completely. Due times are in the database: jobs that were missed while no service ran are done at
the next start, and killed ones again. APScheduler was considered: it stores due times as pickles,
has no leader election, and would leave both of these to be written beside it.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

import psycopg
import sqlalchemy as sa
import structlog

from geosites.core.job_schedule import SCHEDULE, JobRun, ServiceJob
from geosites.db.maintenance import job_table, store_flags
from geosites.db.postgres.connection import ALIVE
from geosites.db.publication import sharing

TICK_S = 5.0
LIMIT_S = 3600.0
"""How long a job may take before it is ended."""
_LEAVE_S = 10.0
_SAID = 2000
_PROGRAM = (sys.executable, "-c", "from geosites.cli import main; main()")

COMMANDS: Mapping[ServiceJob, Sequence[str]] = {
    ServiceJob.RETENTION: ("retention", "run"),
    ServiceJob.WEEKLY: ("weekly",),
    ServiceJob.ANCHOR: ("audit", "anchor"),
    ServiceJob.ALARMS: ("alarms", "send"),
    ServiceJob.BACKUP: ("jobs", "backup"),
    ServiceJob.SHARE: ("share", "pull"),
}
NOT_IN_EXERCISE = frozenset({ServiceJob.RETENTION, ServiceJob.BACKUP})
"""Jobs that would erase fictional rows, or make copies of them."""

_log = structlog.get_logger("geosites")
Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the instant it is."""
    return dt.datetime.now(dt.UTC)


class Scheduler:
    """Runs jobs when they are due, while it holds the lock; in a thread of its own."""

    def __init__(
        self,
        url: str,
        wanted: Collection[ServiceJob],
        *,
        clock: Clock = utc_now,
        tick_s: float = TICK_S,
        program: Sequence[str] = _PROGRAM,
    ) -> None:
        """Does nothing yet. `program`: the arguments before a job's command."""
        self._url, self._wanted, self._clock = url, wanted, clock
        self._tick_s, self._program = tick_s, tuple(program)
        self._engine = sa.create_engine(
            "postgresql+psycopg://", creator=self._connect, poolclass=sa.pool.NullPool
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self._child: subprocess.Popen[str] | None = None
        self.leads = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; a running job is terminated, and repeated by the next leading scheduler."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
        self._thread.join(_LEAVE_S)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            self._url, autocommit=True, application_name="geosites scheduler", **ALIVE
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._engine.connect() as conn:
                    self._lead(conn)
            except (sa.exc.DBAPIError, psycopg.Error) as error:
                if self.leads:
                    _log.warning("scheduler lost the database", why=type(error).__name__)
            self.leads = False
            self._stopping.wait(self._tick_s)

    def _lead(self, conn: sa.Connection) -> None:
        """Wait for the lock, then run what is due until told to stop or the connection breaks."""
        taken = sa.select(sa.func.pg_try_advisory_lock(job_table.LEADER_LOCK))
        while not conn.execute(taken).scalar():
            if self._stopping.wait(self._tick_s):
                return
        self.leads = True
        _log.info("scheduler leads", jobs=sorted(self._wanted))
        self._take_over(conn)
        while not self._stopping.is_set():
            for run in job_table.runs(conn):
                if run.job in self._wanted and run.due_at and run.due_at <= self._clock():
                    self._do(conn, run.job)
            self._stopping.wait(self._tick_s)

    def _take_over(self, conn: sa.Connection) -> None:
        """Schedule new jobs, and killed ones at once; leave the others unchanged."""
        now = self._clock()
        for run in job_table.runs(conn):
            if run.job not in self._wanted:
                if run.due_at is not None:
                    job_table.plan(conn, run.job, None)
            elif run.running and run.due_at is not None:
                job_table.plan(conn, run.job, now)
            elif run.due_at is None:
                job_table.plan(conn, run.job, _first(run, now))

    def _do(self, conn: sa.Connection, job: ServiceJob) -> None:
        if self._stopping.is_set():
            return
        now = self._clock()
        job_table.plan(conn, job, SCHEDULE[job].after(now))
        if job in NOT_IN_EXERCISE and store_flags.is_exercise(conn):
            return
        if job is ServiceJob.SHARE and not sharing.names(conn):
            job_table.forget(conn, job)  # what is not done any more is not late
            return
        began = time.monotonic()
        code, said = self._spawn(job)
        if self._stopping.is_set() and code != 0:
            return  # it counts as running, so that the next leader does it again
        if code != 0:
            self._note_failure(conn, job, now, said)
        level = _log.info if code == 0 else _log.error
        level(
            "job ended", job=job, code=code, seconds=round(time.monotonic() - began, 1), said=said
        )

    def _spawn(self, job: ServiceJob) -> tuple[int, str]:
        """Run the command of a job; return its exit code and its last output."""
        words = [*self._program, *COMMANDS[job]]
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                env={**os.environ, "TERM": "dumb", "NO_COLOR": "1"},
            )
        except OSError as error:
            return 1, str(error)
        with self._child as child:
            try:
                said, _ = child.communicate(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                said, _ = child.communicate()
        return child.returncode, said.strip()[-_SAID:]

    def _note_failure(
        self, conn: sa.Connection, job: ServiceJob, began: dt.datetime, said: str
    ) -> None:
        """Record a failure that the command could not record itself, for example because it was
        killed.
        """
        with suppress(StopIteration):
            run = next(run for run in job_table.runs(conn) if run.job is job)
            if run.running or run.ended_at is None or run.ended_at < began:
                job_table.failed(conn, job, self._clock(), said.rpartition("\n")[2] or "killed")


def _first(run: JobRun, now: dt.datetime) -> dt.datetime:
    """Return when a job is due that no scheduler has planned: as if planned after its last run."""
    return SCHEDULE[run.job].after(run.started_at or now)
