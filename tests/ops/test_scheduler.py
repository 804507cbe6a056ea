"""One scheduler leads; what is due is run once, what was missed or killed is run again."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from geosites.core.job_schedule import SCHEDULE, JobRun, ServiceJob
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store
from geosites.db.publication import sharing
from geosites.ops.scheduler import COMMANDS, Scheduler

NOTE = """
import os, sys
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {' '.join(sys.argv[2:])}\\n")
exec(os.environ.get("THEN", ""))
"""
LIMIT_S = 120.0


class Stage:
    """Schedulers over one database, and what their jobs have written."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.file = store, folder / "ran"
        self.now = dt.datetime(2026, 11, 30, 4, 0, tzinfo=dt.UTC)
        self.started: list[Scheduler] = []

    def start(self, wanted: Collection[ServiceJob]) -> Scheduler:
        program: Sequence[str] = (sys.executable, "-c", NOTE, str(self.file))
        own = Scheduler(
            self.store.url, wanted, clock=lambda: self.now, tick_s=0.05, program=program
        )
        own.start()
        self.started.append(own)
        return own

    def ran(self) -> list[str]:
        text = self.file.read_text() if self.file.exists() else ""
        return [line.partition(" ")[2] for line in text.splitlines()]

    def noted(self, job: ServiceJob) -> JobRun:
        with self.store.begin() as conn:
            return {run.job: run for run in job_table.runs(conn)}[job]

    def plan(self, job: ServiceJob, due: dt.datetime) -> None:
        with self.store.begin() as conn:
            job_table.plan(conn, job, due)


@pytest.fixture
def stage(store: Store, tmp_path: Path) -> Iterator[Stage]:
    own = Stage(store, tmp_path)
    yield own
    for one in own.started:
        one.stop()


def wait_until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < ends, "it never came about"
        threading.Event().wait(0.02)


def words(job: ServiceJob) -> str:
    return " ".join(COMMANDS[job])


def test_a_job_is_planned_when_it_is_first_seen_and_run_when_it_is_due(stage: Stage) -> None:
    stage.start([ServiceJob.ANCHOR])
    wait_until(lambda: stage.noted(ServiceJob.ANCHOR).due_at)
    due = stage.noted(ServiceJob.ANCHOR).due_at
    assert due == SCHEDULE[ServiceJob.ANCHOR].after(stage.now)
    assert stage.ran() == []
    stage.now = due
    wait_until(lambda: stage.ran() == [words(ServiceJob.ANCHOR)])
    wait_until(
        lambda: stage.noted(ServiceJob.ANCHOR).due_at == SCHEDULE[ServiceJob.ANCHOR].after(due)
    )
    threading.Event().wait(0.5)
    assert len(stage.ran()) == 1


def test_what_was_missed_while_nobody_ran_is_done_once_at_the_next_start(stage: Stage) -> None:
    stage.plan(ServiceJob.ANCHOR, stage.now - dt.timedelta(days=5))
    stage.start([ServiceJob.ANCHOR])
    wait_until(stage.ran)
    threading.Event().wait(0.5)
    assert stage.ran() == [words(ServiceJob.ANCHOR)]


def test_one_leads_and_another_takes_over_where_it_dies(stage: Stage) -> None:
    both = [stage.start([ServiceJob.ANCHOR]) for _ in range(2)]
    wait_until(lambda: any(one.leads for one in both))
    threading.Event().wait(0.3)
    assert sorted(one.leads for one in both) == [False, True]
    leader, other = sorted(both, key=lambda one: not one.leads)
    leader.stop()
    wait_until(lambda: other.leads)
    stage.now = SCHEDULE[ServiceJob.ANCHOR].after(stage.now)
    wait_until(lambda: stage.ran() == [words(ServiceJob.ANCHOR)])


def test_a_leader_that_is_cut_off_from_the_database_leads_no_more(stage: Stage) -> None:
    both = [stage.start([ServiceJob.ANCHOR]) for _ in range(2)]
    for _ in range(5):
        wait_until(lambda: sum(one.leads for one in both) == 1)
        with psycopg.connect(stage.store.url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        threading.Event().wait(0.1)
        wait_until(lambda: sum(one.leads for one in both) == 1)
    stage.now = SCHEDULE[ServiceJob.ANCHOR].after(stage.now)
    wait_until(stage.ran)
    threading.Event().wait(0.5)
    assert stage.ran() == [words(ServiceJob.ANCHOR)]


def test_a_job_that_was_killed_with_its_leader_is_done_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEN", "import time; time.sleep(60)")
    stage.plan(ServiceJob.WEEKLY, stage.now)
    first = stage.start([ServiceJob.WEEKLY])
    wait_until(stage.ran)
    with stage.store.begin() as conn:
        job_table.began(conn, ServiceJob.WEEKLY, stage.now)  # as the command itself does
    first.stop()
    monkeypatch.setenv("THEN", "")
    stage.start([ServiceJob.WEEKLY])
    wait_until(lambda: stage.ran() == [words(ServiceJob.WEEKLY)] * 2)


def test_a_job_that_dies_is_noted_as_failed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEN", f"os.kill(os.getpid(), {int(signal.SIGKILL)})")
    stage.plan(ServiceJob.ALARMS, stage.now)
    stage.start([ServiceJob.ALARMS])
    wait_until(lambda: stage.noted(ServiceJob.ALARMS).error)
    assert stage.noted(ServiceJob.ALARMS).succeeded_at is None


def test_a_job_that_is_wanted_no_more_is_planned_no_more(stage: Stage) -> None:
    stage.plan(ServiceJob.BACKUP, stage.now + dt.timedelta(days=1))
    stage.start([ServiceJob.ANCHOR])
    wait_until(lambda: stage.noted(ServiceJob.BACKUP).due_at is None)


def test_the_command_of_every_job_exists_and_runs(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOSITES_DATABASE_URL", store.url)
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    assert set(COMMANDS) == set(ServiceJob)
    stage = Stage(store, tmp_path)
    chosen = (ServiceJob.ANCHOR, ServiceJob.BACKUP, ServiceJob.RETENTION)
    for job in chosen:
        stage.plan(job, dt.datetime.now(dt.UTC))
    own = Scheduler(store.url, chosen, tick_s=0.1)
    own.start()
    try:
        wait_until(lambda: all(stage.noted(job).succeeded_at for job in chosen))
    finally:
        own.stop()
    (kept,) = (tmp_path / "backups").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert (tmp_path / "journal" / "anchors.txt").exists()
    assert os.environ["GEOSITES_HOME"] == str(tmp_path)


def test_other_services_are_asked_only_where_some_are_set(stage: Stage, tmp_path: Path) -> None:
    job = ServiceJob.SHARE
    with stage.store.begin() as conn:
        job_table.succeeded(conn, job, stage.now - dt.timedelta(days=90), 2.0)
    stage.plan(job, stage.now)
    stage.start([job])
    wait_until(lambda: stage.noted(job).due_at == SCHEDULE[job].after(stage.now))
    wait_until(lambda: stage.noted(job).succeeded_at is None)
    assert stage.ran() == []
    assert not stage.noted(job).overdue(stage.now)
    peer = sharing.Peer(name="dept", address="https://x", verifier="x", token_file=tmp_path / "t")
    with stage.store.begin() as conn:
        sharing.add(conn, peer)
    stage.now += dt.timedelta(minutes=5)
    wait_until(lambda: stage.ran() == [words(job)])
