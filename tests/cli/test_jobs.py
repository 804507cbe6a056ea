"""Every way to run a job leaves a note of it, which a service page and the metrics tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run
from geosites.core.job_schedule import JobRun, ServiceJob
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store


def noted(store: Store, job: ServiceJob) -> JobRun:
    with store.begin() as conn:
        return {run.job: run for run in job_table.runs(conn)}[job]


@pytest.mark.parametrize(
    ("words", "job"),
    [
        (("retention", "run"), ServiceJob.RETENTION),
        (("audit", "anchor"), ServiceJob.ANCHOR),
        (("alarms", "send"), ServiceJob.ALARMS),
    ],
)
def test_a_job_is_noted_with_its_success(
    run: Run,
    store: Store,
    words: tuple[str, ...],
    job: ServiceJob,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    assert noted(store, job) == JobRun(job=job)
    assert run(*words).code == 0
    result = noted(store, job)
    assert result.succeeded_at is not None
    assert result.started_at is not None
    assert result.started_at <= result.succeeded_at
    assert result.seconds is not None
    assert result.seconds > 0
    assert result.error is None


def test_a_job_that_fails_says_why_and_keeps_its_last_success(
    run: Run, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    assert run("audit", "anchor").code == 0
    before = noted(store, ServiceJob.ANCHOR)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path / "file"))
    run("audit", "anchor")
    result = noted(store, ServiceJob.ANCHOR)
    assert result.error
    assert result.succeeded_at == before.succeeded_at
    assert not result.running


def test_a_dry_run_is_not_noted(run: Run, store: Store) -> None:
    assert run("retention", "run", "--dry-run").code == 0
    assert noted(store, ServiceJob.RETENTION) == JobRun(job=ServiceJob.RETENTION)
