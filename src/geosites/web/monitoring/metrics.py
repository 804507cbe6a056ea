"""Metrics of the service in the Prometheus text format.

Metrics contain no recorded data and no label from user input. Where several workers serve, each
writes its values to the folder named by `PROMETHEUS_MULTIPROC_DIR`, and whichever worker is scraped
returns the totals.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anyio.to_thread import current_default_thread_limiter
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from geosites.analysis.closure import Status
from geosites.core.job_schedule import JobRun
from geosites.db.maintenance.store_metrics import Vitals
from geosites.db.postgres.connection import Store
from geosites.ops import disk_space
from geosites.services import metrics

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder of several workers, as prometheus-client reads it."""

_REPORTS, _EVICTABLE, _PERSISTENT = "geosites_reports", "evictable", "persistent"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


@dataclass(frozen=True, kw_only=True)
class StoreMetrics:
    """Values read from the store: numbers about itself, and the status of each site."""

    vitals: Vitals
    statuses: Sequence[Status]
    jobs: Sequence[JobRun] = ()


class Measures:
    """Counters of responses, and of requests that wait for a thread or a connection."""

    def __init__(self, store: Store, folders: Mapping[str, Path] | None = None) -> None:
        """`folders`: those whose disks are reported, by name."""
        self._store, self._folders = store, folders or {}
        self._own = CollectorRegistry()
        self._answered = Counter(
            "geosites_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self._own,
        )
        self._seconds = Histogram(
            "geosites_request_seconds",
            "Time spent on requests.",
            ["route"],
            buckets=BUCKETS_S,
            registry=self._own,
        )
        self._security = Counter(
            "geosites_security_events_total",
            "Sign-ins and refusals, by what came of them.",
            ["what", "outcome"],
            registry=self._own,
        )
        self._reports = Counter(
            _REPORTS,
            "Reports recorded, by whether the phone may erase what waits in it.",
            ["storage"],
            registry=self._own,
        )
        self._in_flight = self._gauge("requests_in_flight", "Requests being answered.")
        self._queued = self._gauge("requests_queued", "Requests that wait for a thread.")
        self._in_use = self._gauge("pool_in_use", "Connections to the store in use.")
        self._waiting = self._gauge("pool_waiting", "Requests that wait for a connection.")
        self._size = self._gauge("pool_size", "Connections to the store that there may be.")
        self._size.set(store.pool_size)
        _forget_the_dead()

    def began(self) -> None:
        """Count a request as being answered."""
        self._in_flight.inc()
        self._look()

    def ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request as answered."""
        self._in_flight.dec()
        self._answered.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)
        self._look()

    def security(self, what: str, outcome: str) -> None:
        """Count an event that concerns who gets in."""
        self._security.labels(what, outcome).inc()

    def reported(self, *, evictable: bool) -> None:
        """Count a report that was recorded, and whether its phone may erase what waits in it."""
        self._reports.labels(_EVICTABLE if evictable else _PERSISTENT).inc()

    def evictable(self) -> tuple[int, int]:
        """Return the number of reports from phones that may erase waiting ones, and the total."""
        asked = self._counted()[0]
        counts = [
            int(asked.get_sample_value(f"{_REPORTS}_total", {"storage": storage}) or 0)
            for storage in (_EVICTABLE, _PERSISTENT)
        ]
        return counts[0], sum(counts)

    def text(self, told: StoreMetrics | None) -> bytes:
        """Return the counters of all workers, and values of disks and store.

        `told` is None if the store does not answer.
        """
        asked = CollectorRegistry()
        asked.register(_Around(dict(disk_space.rooms(self._folders)), up=told is not None))
        if told is not None:
            asked.register(_Told(told))
            asked.register(_Jobs(told.jobs))
        return b"".join(generate_latest(item) for item in (*self._counted(), asked))

    def _counted(self) -> list[CollectorRegistry]:
        """Return the counters of this process, or of all workers if there are several."""
        if SHARED not in os.environ:
            return [self._own, metrics.REGISTRY]
        shared = CollectorRegistry()
        multiprocess.MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
        return [shared]

    def _look(self) -> None:
        self._queued.set(current_default_thread_limiter().statistics().tasks_waiting)
        use = self._store.use()
        self._in_use.set(use.in_use)
        self._waiting.set(use.waiting)

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(f"geosites_{name}", about, registry=self._own, multiprocess_mode="livesum")


class _Told(Collector):
    """Values of the store, read on each scrape."""

    def __init__(self, told: StoreMetrics) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """Yield one measure each."""
        result = self._told.vitals
        for name, about, value in (
            ("sightings_today", "Sightings observed since midnight in the city.", result.sightings),
            ("journal_entries", "Entries ever made in the journal.", result.entries),
            ("database_bytes", "Size of the database.", result.size_bytes),
        ):
            yield GaugeMetricFamily(f"geosites_{name}", about, value=value)
        about = "Sites by what is known of their closure; unverified: its confirmation has lapsed."
        closures = GaugeMetricFamily("geosites_closures", about, labels=["status"])
        for status in Status:
            closures.add_metric([status], self._told.statuses.count(status))
        yield closures


class _Around(Collector):
    """Whether the store answers, and the free space on the disks."""

    def __init__(self, rooms: Mapping[str, disk_space.Room], *, up: bool) -> None:
        self._rooms, self._up = rooms, up

    def collect(self) -> Iterator[Metric]:
        """Yield one measure each."""
        about = "Whether the database answers: 1 or 0."
        yield GaugeMetricFamily("geosites_database_up", about, value=int(self._up))
        free = GaugeMetricFamily("geosites_disk_free_bytes", "Free space.", labels=["folder"])
        size = GaugeMetricFamily("geosites_disk_size_bytes", "Size of the disk.", labels=["folder"])
        for name, room in self._rooms.items():
            free.add_metric([name], room.free)
            size.add_metric([name], room.size)
        yield from (free, size)


class _Jobs(Collector):
    """When the regular jobs succeeded, how long that took, and which has failed since."""

    def __init__(self, runs: Sequence[JobRun]) -> None:
        self._runs = runs

    def collect(self) -> Iterator[Metric]:
        """Yield one measure each, of the jobs that have one."""
        last = _by_job("last_success_timestamp_seconds", "When it succeeded last, in Unix time.")
        took = _by_job("duration_seconds", "How long its last success took.")
        failed = _by_job("failed", "Whether it has failed since its last success: 1 or 0.")
        due = _by_job("due_timestamp_seconds", "When the service runs it next, in Unix time.")
        for run in self._runs:
            failed.add_metric([run.job], int(run.error is not None))
            if run.succeeded_at is not None:
                last.add_metric([run.job], run.succeeded_at.timestamp())
            if run.seconds is not None:
                took.add_metric([run.job], run.seconds)
            if run.due_at is not None:
                due.add_metric([run.job], run.due_at.timestamp())
        yield from (last, took, failed, due)


def _by_job(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(
        f"geosites_job_{name}", about, labels=["job_name"]
    )  # `job` is Prometheus' own


def _forget_the_dead() -> None:
    """Take what a worker that was killed had under way out of the sums."""
    if SHARED not in os.environ:
        return
    for file in Path(os.environ[SHARED]).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
