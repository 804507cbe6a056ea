"""Load: reports beside bare psycopg, maps a second, mixed traffic, and memory over time."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.clients import Asked, Bare, Taken, Traffic, asked, written
from bench.ports import free_port
from bench.services import coordinator
from bench.stores import EXERCISE_LAST, EXERCISE_WEEKS, exercised
from bench.table import Promise, Table
from geosites.auth.generated_secrets import hashed
from geosites.db.closure import operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store

CLIENTS, WORKERS = 50, 2
ROUNDS, ROUND_S = 3, 8.0
WEEKS, EVENTS = 26, 8
ASKED_BEFORE = 3
"""How often each worker is asked everything on average before the clock runs."""

MIXED = (("report", 0.6), ("map", 0.2), ("status", 0.1), ("study", 0.1))
TIMES_BARE, MAPS_PER_S, SLOPE = 2.5, 300.0, 0.01
SAMPLE_S = 5.0
WARM = 1 / 4
"""The first part of the minutes, in which caches still fill, counts for no slope."""

COLUMNS = ("traffic", "kind", "answers", "per_s", "p50_ms", "p95_ms", "p99_ms")


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running service: its store, its port, its processes, and a token for it."""

    store: Store
    process: subprocess.Popen[bytes]
    port: int
    token: str

    def resident_mb(self) -> float:
        """Return the memory that all processes of the service hold, in megabytes."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return sum(_resident_kb(pid) for pid in pids) / 1024

    def get(self, path: str) -> bytes:
        """Return the body of one answer."""
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request) as answer:
            body: bytes = answer.read()
        return body


@dataclass
class Memory:
    """What the service held, in megabytes, second by second."""

    samples: list[tuple[float, float]] = field(default_factory=list)

    def slope(self) -> float:
        """Return by which share of its middle the memory grew over the time that counts."""
        began = WARM * self.samples[-1][0]
        counted = [sample for sample in self.samples if sample[0] >= began]
        at, held = zip(*counted, strict=True)
        line = statistics.linear_regression(at, held)
        return line.slope * (at[-1] - at[0]) / statistics.median(held)


def run(minutes: float = 1.0) -> Table:
    """Return how the service holds under load; mixed traffic lasts for so many minutes."""
    with (
        tempfile.TemporaryDirectory(prefix="geosites-bench-") as folder,
        exercised(EXERCISE_WEEKS, durable=True) as store,
        _served(store, Path(folder)) as served,
    ):
        questions = _answerable(served, _questions(store))
        _warm(served, questions)
        bare, reports = _reports(served)
        maps, again = _maps(served, questions)
        mixed, memory = _mixed(served, questions, 60 * minutes)
    measured = [(bare, ROUNDS * ROUND_S), (reports, ROUNDS * ROUND_S), (maps, 2 * ROUND_S)]
    rows = [
        *_rows("bare psycopg, reports only", *measured[0]),
        *_rows("reports only", *measured[1]),
        *_rows("maps only", *measured[2]),
        *_rows("maps only, tags shown", again, 2 * ROUND_S),
        *_rows("60 % reports, 30 % maps and statuses, 10 % studies", mixed, 60 * minutes),
    ]
    errors = sum(len(one.errors) for one in (reports, maps, again, mixed))
    return Table(
        name="load",
        note=f"{CLIENTS} clients on kept connections over loopback, {WORKERS} workers; clients, "
        f"service and database on {os.cpu_count()} cores; load before {os.getloadavg()[1]:.1f}; "
        f"mixed for {minutes:g} min; memory {memory.samples[0][1]:.0f} to "
        f"{memory.samples[-1][1]:.0f} MB",
        columns=COLUMNS,
        rows=tuple(rows),
        promises=_promises(errors, bare, reports, maps, memory),
    )


def _promises(
    errors: int, bare: Taken, reports: Taken, maps: Taken, memory: Memory
) -> tuple[Promise, ...]:
    times = _p(reports.seconds["report"], 95) / _p(bare.seconds["bare"], 95)
    per_s = len(maps.seconds["map"]) / (2 * ROUND_S)
    slope = memory.slope()
    told = (
        ("answers that were errors", "none", errors, errors == 0),
        (
            "p95 of a report beside bare psycopg",
            f"at most {TIMES_BARE:g} times",
            times,
            times <= TIMES_BARE,
        ),
        ("map JSON a second, whole", "at least 300", per_s, per_s >= MAPS_PER_S),
        ("growth of memory under mixed traffic", "below 0.01", slope, slope < SLOPE),
    )
    return tuple(
        Promise(what=what, promised=promised, measured=float(f"{value:.3g}"), kept=kept)
        for what, promised, value, kept in told
    )


def _reports(served: Served) -> tuple[Taken, Taken]:
    """Return bare psycopg and the service, in turns."""
    bare, ours = Taken(), Taken()
    secret = hashed(served.token)
    url = served.store.url
    for turn in range(ROUNDS):
        bare.add(
            written(
                Bare(url=url, secret_hash=secret, seconds=ROUND_S, clients=CLIENTS, seed=2 * turn)
            )
        )
        ours.add(asked(_traffic(served, ROUND_S, (("report", 1),), (), seed=2 * turn + 1)))
    return bare, ours


def _maps(served: Served, questions: Sequence[Asked]) -> tuple[Taken, Taken]:
    """Return maps asked for whole, and asked for with the tag of the one that is held."""
    weights = (("map", 1.0),)
    again = [Asked(kind=one.kind, path=one.path, again=True) for one in questions]
    whole = asked(_traffic(served, 2 * ROUND_S, weights, questions, seed=101))
    return whole, asked(_traffic(served, 2 * ROUND_S, weights, again, seed=102))


def _mixed(served: Served, questions: Sequence[Asked], seconds: float) -> tuple[Taken, Memory]:
    memory, done = Memory(), threading.Event()
    began = time.monotonic()

    def watch() -> None:
        while True:
            memory.samples.append((time.monotonic() - began, served.resident_mb()))
            if done.wait(SAMPLE_S):
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        return asked(_traffic(served, seconds, MIXED, questions, seed=103)), memory
    finally:
        done.set()
        watching.join()


def _traffic(
    served: Served,
    seconds: float,
    weights: tuple[tuple[str, float], ...],
    questions: Sequence[Asked],
    seed: int,
) -> Traffic:
    return Traffic(
        port=served.port,
        token=served.token,
        seconds=seconds,
        clients=CLIENTS,
        weights=weights,
        questions=tuple(questions),
        seed=seed,
    )


def _questions(store: Store) -> list[Asked]:
    """Return maps and studies of a year of weeks, the status of each site, a few operations."""
    weeks = [EXERCISE_LAST.shift(-back) for back in range(WEEKS)]
    with store.begin() as conn:
        slugs = sorted(sites.slugs(conn))
        held = [one.id for one in operations.during(conn)][-EVENTS:]
    return [
        *(Asked(kind="map", path=f"/layers/weeks/{week}") for week in weeks),
        *(Asked(kind="status", path=f"/api/sites/{slug}/closure") for slug in slugs),
        *(Asked(kind="study", path=f"/api/hotspots/{week}") for week in weeks),
        *(Asked(kind="study", path=f"/api/displacement?operation={one}") for one in held),
    ]


def _answerable(served: Served, questions: Sequence[Asked]) -> list[Asked]:
    """Return the questions without events of which too little is known to tell anything."""
    return [one for one in questions if one.kind != "study" or _answered(served, one.path)]


def _answered(served: Served, path: str) -> bool:
    try:
        served.get(path)
    except urllib.error.HTTPError as error:
        return error.code != 422
    return True


def _warm(served: Served, questions: Sequence[Asked]) -> None:
    """Ask everything one by one, often enough that each worker has probably made it once."""
    for one in questions:
        for _ in range(ASKED_BEFORE * WORKERS):
            served.get(one.path)


def _rows(traffic: str, taken: Taken, seconds: float) -> Iterator[tuple[Any, ...]]:
    for kind, times in sorted(taken.seconds.items()):
        shares = [round(_p(times, share), 1) for share in (50, 95, 99)]
        yield traffic, kind, len(times), round(len(times) / seconds, 1), *shares


def _p(times: Sequence[float], share: int) -> float:
    """Return the time below which that share of all lies, in milliseconds."""
    ranked = sorted(times)
    return 1000 * ranked[min(len(ranked) - 1, share * len(ranked) // 100)]


@contextmanager
def _served(store: Store, folder: Path) -> Iterator[Served]:
    """Run the service as it is run, with a coordinator's token for it."""
    token = coordinator(store)
    port = free_port()
    command = [str(Path(sys.executable).with_name("geosites")), "serve", "--port", str(port)]
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--workers", str(WORKERS)],
            env={**os.environ, "GEOSITES_DATABASE_URL": store.url, "GEOSITES_HOME": str(folder)},
            stdout=log,
            stderr=log,
        )
        served = Served(store=store, process=process, port=port, token=token)
        try:
            _await(served)
            yield served
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _await(served: Served) -> None:
    while served.process.poll() is None:
        try:
            served.get("/readyz")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the service did not start")


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in status if line.startswith("VmRSS")), 0)
