"""Schedule of the regular jobs of a service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from geosites.core import city

MONDAY = 0


class ServiceJob(StrEnum):
    """Regular jobs."""

    RETENTION = "retention"
    WEEKLY = "weekly"
    ANCHOR = "anchor"
    ALARMS = "alarms"
    BACKUP = "backup"
    SHARE = "share"


@dataclass(frozen=True)
class Every:
    """After each `period`, counted from midnight UTC."""

    period: dt.timedelta

    def after(self, instant: dt.datetime) -> dt.datetime:
        """Return the first time after an instant."""
        start = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        return start + self.period * ((instant - start) // self.period + 1)

    @property
    def longest(self) -> dt.timedelta:
        """Return the longest time from one run to the next."""
        return self.period


@dataclass(frozen=True)
class At:
    """At times of the day by the city's clocks, on every day or on one day of the week.

    A time that the clocks skip in spring is taken as if they did not.
    """

    times: tuple[dt.time, ...]
    weekday: int | None = None

    def after(self, instant: dt.datetime) -> dt.datetime:
        """Return the first time after an instant."""
        day = instant.astimezone(city.zone()).date()
        for later in range(9):
            date = day + dt.timedelta(days=later)
            if self.weekday not in (None, date.weekday()):
                continue
            for time in sorted(self.times):
                due = dt.datetime.combine(date, time, city.zone()).astimezone(dt.UTC)
                if due > instant:
                    return due
        raise AssertionError("every week has each of its days")

    @property
    def longest(self) -> dt.timedelta:
        """Return the longest time from one run to the next."""
        return dt.timedelta(days=1 if self.weekday is None else 7)


SCHEDULE: Mapping[ServiceJob, Every | At] = {
    ServiceJob.RETENTION: At((dt.time(3, 40),)),
    ServiceJob.WEEKLY: At((dt.time(6, 30), dt.time(12, 30)), MONDAY),
    ServiceJob.ANCHOR: At((dt.time(5, 20),)),
    ServiceJob.ALARMS: Every(dt.timedelta(minutes=2)),
    ServiceJob.BACKUP: At((dt.time(2, 10),)),
    ServiceJob.SHARE: Every(dt.timedelta(minutes=5)),
}
"""When each job is due. Late reports of Monday morning are in the bulletin by noon."""

GRACE = dt.timedelta(hours=1)
"""Maximum delay of a job before it is reported."""


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """State of a job: when it is due, ran and succeeded, and why it failed last.

    `seconds` is the duration of its last success. A job that was started and has not ended is
    running, or was killed. Values are None only if that never happened; `due_at` is None if no
    service runs it.
    """

    job: ServiceJob
    due_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    succeeded_at: dt.datetime | None = None
    seconds: float | None = None
    error: str | None = None

    @property
    def running(self) -> bool:
        """Return whether it was begun and has not ended."""
        started, ended = self.started_at, self.ended_at
        return started is not None and (ended is None or ended < started)

    def overdue(self, now: dt.datetime) -> bool:
        """Return whether its last success is longer ago than it should be."""
        since = self.succeeded_at
        if since is None:
            return self.due_at is not None and now > self.due_at + GRACE
        return now > since + SCHEDULE[self.job].longest + GRACE
