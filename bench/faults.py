"""Reporters at work while everything around them is killed: nothing lost, doubled or broken.

Each schedule is made from a seed: how many reporters, how many sightings each, which faults, and
after how many acknowledgements each strikes. Reporters send as the outbox of the form does: again,
until they are told that a sighting is known.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from uuid import UUID

import psycopg

from bench.held import FILE_ROWS, Item, Outcome, look
from bench.served import COMMAND, TOKEN, Served, ask, served, wait_until
from bench.table import Promise, Table
from geosites.db.postgres.connection import Store
from geosites.ops import backup

SCHEDULES = int(os.environ.get("GEOSITES_BENCH_SCHEDULES", "500"))
RESTORES, RESTORES_FROM = 20, 1_000_000
LANES = 3
"""Services with a database of their own, side by side: each mostly waits for what was killed."""


@dataclass(frozen=True)
class Schedule:
    """What happens, in which order: `strikes` are (after how many acknowledgements, fault)."""

    seed: int
    reporters: int
    each: int
    strikes: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, seed: int, faults: Sequence[str]) -> Schedule:
        """Return the schedule of a seed, with some of these faults."""
        rng = random.Random(seed)
        reporters, each = rng.randint(2, 5), rng.randint(2, 6)
        chosen = rng.choices(faults, k=rng.randint(1, 2))
        strikes = sorted((rng.randrange(reporters * each), fault) for fault in chosen)
        return cls(seed, reporters, each, tuple(strikes))

    def items(self) -> list[list[Item]]:
        """Return what each reporter sends."""
        rng = random.Random(f"items {self.seed}")
        return [[item(rng) for _ in range(self.each)] for _ in range(self.reporters)]


@dataclass(frozen=True)
class Moment:
    """When a fault strikes: on what, by which chance, and what the first reporter sends first."""

    service: Served
    rng: random.Random
    first: Item


def item(rng: random.Random) -> Item:
    """Return a sighting under an id of its own."""
    return {
        "id": str(UUID(int=rng.getrandbits(128), version=4)),
        "observed_at": "2022-09-28T22:00:00+02:00",
        "lon": round(rng.uniform(2.34, 2.39), 6),
        "lat": round(rng.uniform(48.86, 48.89), 6),
        "headcount": rng.randrange(40),
    }


def kill_worker(at: Moment) -> None:
    """Kill one of the processes that answer."""
    pids = at.service.worker_pids()
    if pids:
        with suppress(ProcessLookupError):
            os.kill(at.rng.choice(pids), signal.SIGKILL)


def kill_service(at: Moment) -> None:
    """Kill the whole service and start it again."""
    at.service.kill()
    at.service.start()


def kill_database(at: Moment) -> None:
    """Kill the whole database and start it again."""
    at.service.kill_database()
    at.service.start_database()


def stop_database(at: Moment) -> None:
    """Have the database gone for a moment."""
    at.service.cluster.stop()
    at.service.start_database()


def end_sessions(at: Moment) -> None:
    """End every session, wherever it stands."""
    ask(
        at.service.url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'geosites'",
    )


def exhaust_pool(at: Moment) -> None:
    """Hold every connection of the service up, and let go once somebody waits."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(at.service.url) as conn:
        conn.execute("LOCK TABLE sighting IN ACCESS EXCLUSIVE MODE")
        with ThreadPoolExecutor(12) as crowd, suppress(TimeoutError):
            for _ in range(12):
                crowd.submit(at.service.answer, "GET", "/api/sites/forceval/closure")
            wait_until(lambda: ask(at.service.url, waiting)[0][0] > 0, limit_s=5)
            conn.rollback()


def tear_upload(at: Moment) -> None:
    """Send half of a report and hang up."""
    whole = _as_sent(item(at.rng))
    with suppress(OSError), socket.create_connection(("127.0.0.1", at.service.port), 10) as line:
        line.sendall(whole[: at.rng.randrange(10, len(whole) - 1)])


def hang_up(at: Moment) -> None:
    """Send the first reporter's next sighting and do not wait for the answer."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", at.service.port), 10) as line:
        line.sendall(_as_sent(at.first))


def kill_import(at: Moment) -> None:
    """Kill an import of a file at some moment; none of its rows may be there, or all."""
    file = at.service.home / f"import-{at.rng.getrandbits(64)}.csv"
    lines = (f"2021-03-01T10:{n % 60:02}:00Z,2.36,48.88,{n}\n" for n in range(FILE_ROWS))
    file.write_text("observed_at,lon,lat,headcount\n" + "".join(lines))
    words = [*COMMAND, "import", "sightings", str(file)]
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(words, env=at.service.environment, stdout=quiet, stderr=quiet)
    with suppress(subprocess.TimeoutExpired):
        running.wait(timeout=at.rng.uniform(0.5, 4))
    running.kill()
    running.wait()


FAST: Mapping[str, Callable[[Moment], None]] = {
    "sessions ended": end_sessions,
    "database killed": kill_database,
    "database stopped": stop_database,
    "pool exhausted": exhaust_pool,
    "upload torn": tear_upload,
    "reporter hung up": hang_up,
    "worker killed": kill_worker,
}
KILLS = ("database killed", "worker killed", "service killed", "import killed")
FAULTS = {**FAST, "service killed": kill_service, "import killed": kill_import}


def run_schedule(service: Served, schedule: Schedule) -> Outcome:
    """Let reporters work while the faults of a schedule strike, and look at what is there."""
    outcome, news, work = Outcome(), threading.Condition(), schedule.items()

    def report(items: Sequence[Item]) -> None:
        for one in items:
            statuses = service.report_until_known(one)
            with news:
                outcome.acknowledged += 1
                outcome.unanswered += len(statuses) - 1
                news.notify_all()

    def strike() -> None:
        rng = random.Random(f"strikes {schedule.seed}")
        now = Moment(service, rng, work[0][0])
        for after, fault in schedule.strikes:
            with news:
                news.wait_for(lambda after=after: outcome.acknowledged >= after)  # type: ignore[misc]
            FAULTS[fault](now)

    with ThreadPoolExecutor(len(work) + 1) as crew:
        hands = [crew.submit(strike), *(crew.submit(report, items) for items in work)]
        for hand in hands:
            hand.result()
    look(service.url, [one for items in work for one in items], outcome)
    return outcome


def prove_restore(service: Served, seed: int) -> bool:
    """Kill something while reporters write; return whether a backup then restores to the same."""
    fault = random.Random(f"kill {seed}").choice(KILLS)
    outcome = run_schedule(service, Schedule(RESTORES_FROM + seed, 3, 4, ((seed % 12, fault),)))
    store = Store(service.url, pool_size=2)
    try:
        return outcome.sound and backup.verify_store(store).sound
    finally:
        store.close()


def run(schedules: int = SCHEDULES, restores: int = RESTORES) -> Table:
    """Return how often each fault struck, and what was lost, doubled or broken in all."""
    began = time.monotonic()
    shares = [(range(n, schedules, LANES), range(n, restores, LANES)) for n in range(LANES)]
    with ProcessPoolExecutor(LANES, get_context("spawn")) as crew:
        told = list(crew.map(_lane, shares))
    outcomes = [outcome for found, _ in told for outcome in found]
    proven = sum(restored for _, restored in told)
    seeded = (Schedule.of(seed, list(FAULTS)) for seed in range(schedules))
    struck = Counter(fault for schedule in seeded for _, fault in schedule.strikes)
    minutes = (time.monotonic() - began) / 60
    acknowledged = sum(one.acknowledged for one in outcomes)
    return Table(
        name="faults",
        note=f"{schedules} schedules on {LANES} services, {acknowledged} acknowledged, "
        f"{minutes:.0f} min",
        columns=("fault", "struck"),
        rows=tuple(sorted(struck.items())),
        promises=(
            *(
                Promise(what=f"sightings {what}", promised="0", measured=count, kept=count == 0)
                for what, count in (
                    ("lost", sum(len(one.lost) for one in outcomes)),
                    ("doubled", sum(len(one.doubled) for one in outcomes)),
                    ("or chains broken", sum(len(one.broken) for one in outcomes)),
                )
            ),
            Promise(
                what="backups that restore to the same, after a kill while writing",
                promised=str(restores),
                measured=proven,
                kept=proven == restores,
            ),
        ),
    )


def _lane(share: tuple[Sequence[int], Sequence[int]]) -> tuple[list[Outcome], int]:
    """Return what came of the schedules of these seeds, and how many backups proved equal."""
    schedules, restores = share
    found: list[Outcome] = []
    with served() as service:
        for seed in schedules:
            found.append(run_schedule(service, Schedule.of(seed, list(FAULTS))))
            told = "sound" if found[-1].sound else str(found[-1])
            print(f"schedule {seed}: {told}", file=sys.stderr, flush=True)
        return found, sum(prove_restore(service, seed) for seed in restores)


def _as_sent(one: Item) -> bytes:
    body = json.dumps(one).encode()
    head = (
        "POST /api/sightings HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
