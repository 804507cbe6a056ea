"""The service status page for operators."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Sequence

from geosites import __version__
from geosites.core.alarm_messages import MessageState
from geosites.core.job_schedule import JobRun
from geosites.db.maintenance.service_status import ServiceStatus
from geosites.db.maintenance.store_metrics import Vitals
from geosites.presentation.formatting import Words
from geosites.presentation.job_labels import job_word
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page

MB = 1_000_000
OLD_BACKUP = dt.timedelta(days=2)
"""Age from which a daily backup is reported as needing attention."""


def service(
    page: Page,
    now: dt.datetime,
    runs: Sequence[JobRun],
    status: ServiceStatus,
    numbers: Vitals,
    phones: tuple[int, int],
) -> str:
    """Return how the service does: what needs a person first, then every figure.

    `phones`: reports from phones that may erase what waits in them, and all, since the start.
    """
    return page.html(
        "administration/service.html",
        here="service",
        troubles=_troubles(page.words, now, runs, status),
        facts=[*_facts(page.words, now, status, numbers), _phones(page.words, phones)],
        jobs=_jobs(page.words, now, runs),
    )


def _troubles(
    words: Words, now: dt.datetime, runs: Sequence[JobRun], status: ServiceStatus
) -> list[str]:
    say, at = words.say, status.backed_up_at
    lines = []
    if at is None:
        lines.append(say("The store was never backed up."))
    elif now - at > OLD_BACKUP:
        lines.append(say("The last backup is of %(day)s.", day=words.day(at, near=now)))
    for run in runs:
        name = words.capital(job_word(words, run.job))
        if run.error:
            lines.append(f"{name}{say(': ')}{say('failed: %(why)s', why=run.error)}")
        elif run.overdue(now):
            lines.append(f"{name}{say(': ')}{say('late')}")
    dead = status.messages.get(MessageState.DEAD, 0)
    if dead:
        lines.append(
            words.say_many(
                "%(count)s alarm message could not be delivered.",
                "%(count)s alarm messages could not be delivered.",
                dead,
            )
        )
    return lines


def _phones(words: Words, phones: tuple[int, int]) -> tuple[str, str]:
    denied, reports = map(words.number, phones)
    told = words.say("%(denied)s of %(reports)s since the start", denied=denied, reports=reports)
    return words.say("Reports from phones that may erase what waits in them"), told


def _facts(
    words: Words, now: dt.datetime, status: ServiceStatus, numbers: Vitals
) -> list[tuple[str, str]]:
    say, at, since = words.say, status.backed_up_at, status.oldest_waiting_at
    waiting = words.number(status.messages.get(MessageState.WAITING, 0))
    return [
        (say("Last backup"), say("never") if at is None else _ago(words, at, now)),
        (say("Size of the store"), say("%(size)s MB", size=words.number(numbers.size_bytes / MB))),
        (say("Sightings of today"), words.number(numbers.sightings)),
        (say("Entries of the journal"), words.number(numbers.entries)),
        (
            say("Alarm messages that wait"),
            waiting if since is None else f"{waiting}, {_ago(words, since, now)}",
        ),
        ("geosites", __version__),
        ("Python", platform.python_version()),
        ("PostgreSQL", status.postgresql),
        ("PostGIS", status.postgis),
        (say("Schema"), status.schema),
    ]


def _ago(words: Words, at: dt.datetime, now: dt.datetime) -> str:
    return f"{words.instant(at)} ({words.ago(at, now)})"


def _jobs(words: Words, now: dt.datetime, runs: Sequence[JobRun]) -> Table:
    say = words.say
    return Table(
        caption=say("Regular jobs"),
        columns=(
            TableColumn(say("Job")),
            TableColumn(say("Last success")),
            TableColumn(say("Took"), numeric=True, minor=True),
            TableColumn(say("Due")),
            TableColumn(say("State")),
        ),
        rows=tuple(_job(words, now, run) for run in runs),
        empty="",
    )


def _job(words: Words, now: dt.datetime, run: JobRun) -> tuple[Cell, ...]:
    done, due, took = run.succeeded_at, run.due_at, run.seconds
    return (
        Cell(words.capital(job_word(words, run.job))),
        Cell(words.say("never") if done is None else _ago(words, done, now)),
        Cell("" if took is None else f"{words.number(took, 1)}\u00a0s"),
        Cell(words.say("not run by the service") if due is None else words.instant(due)),
        Cell(_state(words, now, run), note=run.error),
    )


def _state(words: Words, now: dt.datetime, run: JobRun) -> str:
    if run.running:
        return words.say("running")
    if run.error:
        return words.say("failed")
    if run.succeeded_at is None and run.due_at is None:
        return "–"
    return words.say("late") if run.overdue(now) else words.say("in order")
