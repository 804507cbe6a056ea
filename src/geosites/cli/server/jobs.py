"""`geosites jobs`: regular jobs and when they last ran; rotated backups."""

from __future__ import annotations

import datetime as dt

import typer

from geosites.cli.console.language import say, translate
from geosites.cli.console.output import AsJson, answers, print_json, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core.errors import Refused, os_reason
from geosites.core.job_schedule import JobRun, ServiceJob
from geosites.db.maintenance import job_table
from geosites.ops import backup as backups
from geosites.ops.backup.rotation import ENDING, beyond_count
from geosites.ops.job_runs import recorded
from geosites.presentation.job_labels import job_word
from geosites.settings import Settings

app = App("The regular jobs: when each is due and last ran; the backup of the day.")


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the jobs: when each is due, last succeeded, and why it failed; exit 1 if one is late."""
    now = dt.datetime.now(dt.UTC)
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        known = job_table.runs(conn)
    if as_json:
        print_json({"now": now, "jobs": [document(run, now) for run in known]})
    else:
        for run in known:
            answers.print(line(run, now), markup=False)
    if any(run.overdue(now) or run.error for run in known):
        raise typer.Exit(1)


@app.command()
def backup() -> None:
    """Back up the database into the folder of backups, and remove the oldest there."""
    settings = Settings()
    folder, now = settings.backups, dt.datetime.now(dt.UTC)
    with (
        open_store(settings, geography=False) as store,
        recorded(store, ServiceJob.BACKUP, translate),
    ):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(
                "%(file)s cannot be written: %(reason)s", file=folder, reason=os_reason(error)
            ) from error
        file = folder / f"{now:%Y%m%dT%H%M%SZ}{ENDING}"
        backups.back_up(store, file)
        for old in beyond_count(folder, settings.backup_count):
            old.unlink()
    answers.print(str(file), markup=False)


def document(run: JobRun, now: dt.datetime) -> dict[str, object]:
    """Return the state of a job as JSON."""
    return {
        "job": run.job.value,
        "due_at": run.due_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "succeeded_at": run.succeeded_at,
        "seconds": run.seconds,
        "error": run.error,
        "running": run.running,
        "overdue": run.overdue(now),
    }


def line(run: JobRun, now: dt.datetime) -> str:
    """Return the state of a job on one line."""
    vocabulary = words()
    parts = [
        say("last success %(when)s", when=vocabulary.instant(run.succeeded_at))
        if run.succeeded_at
        else say("no success yet")
    ]
    if run.due_at is not None:
        parts.append(say("due %(when)s", when=vocabulary.instant(run.due_at)))
    if run.overdue(now):
        parts.append(say("late"))
    if run.error:
        parts.append(say("failed: %(why)s", why=run.error))
    return f"{job_word(vocabulary, run.job)}{say(': ')}{', '.join(parts)}"
