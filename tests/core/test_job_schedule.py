"""When the regular jobs are due, by Paris clocks."""

from __future__ import annotations

import datetime as dt

import pytest

from geosites.core import city
from geosites.core.job_schedule import GRACE, SCHEDULE, At, Every, JobRun, ServiceJob


def paris(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=city.zone())


@pytest.mark.parametrize(
    ("job", "now", "due"),
    [
        (ServiceJob.RETENTION, "2026-07-01T03:39:59", "2026-07-01T03:40"),
        (ServiceJob.RETENTION, "2026-07-01T03:40", "2026-07-02T03:40"),
        (ServiceJob.RETENTION, "2026-03-28T12:00", "2026-03-29T03:40"),
        (ServiceJob.RETENTION, "2026-10-24T12:00", "2026-10-25T03:40"),
        (ServiceJob.BACKUP, "2026-03-28T12:00", "2026-03-29T03:10"),
        (ServiceJob.WEEKLY, "2026-11-29T20:00", "2026-11-30T06:30"),
        (ServiceJob.WEEKLY, "2026-11-30T06:30", "2026-11-30T12:30"),
        (ServiceJob.WEEKLY, "2026-11-30T12:30", "2026-12-07T06:30"),
        (ServiceJob.ALARMS, "2026-11-30T12:30:01", "2026-11-30T12:32"),
        (ServiceJob.SHARE, "2026-11-30T12:30:01", "2026-11-30T12:35"),
    ],
)
def test_a_job_is_due_at_its_time_whatever_the_clocks_do(
    job: ServiceJob, now: str, due: str
) -> None:
    assert SCHEDULE[job].after(paris(now)) == paris(due)


@pytest.mark.parametrize("job", ServiceJob)
def test_every_job_is_due_again_and_never_at_once(job: ServiceJob) -> None:
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for _ in range(400):
        due = SCHEDULE[job].after(now)
        assert now < due <= now + SCHEDULE[job].longest + dt.timedelta(hours=1)
        now = due


def test_a_job_is_overdue_once_its_last_success_is_too_long_ago() -> None:
    then = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    run = JobRun(
        job=ServiceJob.ANCHOR, due_at=then, started_at=then, ended_at=then, succeeded_at=then
    )
    last = then + dt.timedelta(days=1) + GRACE
    assert not run.overdue(last)
    assert run.overdue(last + dt.timedelta(seconds=1))
    assert not JobRun(job=ServiceJob.ANCHOR).overdue(last)
    assert JobRun(job=ServiceJob.ANCHOR, due_at=then).overdue(last)


def test_a_job_that_was_begun_and_has_not_ended_is_running() -> None:
    early, late = (dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (1, 2))
    assert JobRun(job=ServiceJob.ANCHOR, started_at=late, ended_at=early).running
    assert not JobRun(job=ServiceJob.ANCHOR, started_at=early, ended_at=late).running
    assert not JobRun(job=ServiceJob.ANCHOR).running


def test_times_of_a_day_are_taken_in_order() -> None:
    plan = At((dt.time(12), dt.time(6)))
    assert plan.after(paris("2026-01-01T00:00")) == paris("2026-01-01T06:00")
    assert Every(dt.timedelta(hours=1)).after(paris("2026-01-01T06:00")) == paris(
        "2026-01-01T07:00"
    )
