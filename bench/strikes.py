"""What may befall a service while reporters work, one fault each."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from uuid import UUID

import psycopg

from bench.held import FILE_ROWS, Item
from bench.served import COMMAND, TOKEN, Served, ask, wait_until
from geosites.db import migrate
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store
from geosites.ops.private_postgres.paths import recall
from geosites.ops.private_postgres.processes import processes

_PAUSE = Event()
BEHIND = sorted(migrate.revisions())[-2]
"""The schema before the newest."""


@dataclass(frozen=True)
class Moment:
    """When a fault strikes: on what, by which chance, and what the first reporter sends first."""

    service: Served
    rng: random.Random
    first: Item


def item(rng: random.Random) -> Item:
    """Return a sighting of just now under an id of its own; retention erases what is too old."""
    return {
        "id": str(UUID(int=rng.getrandbits(128), version=4)),
        "observed_at": (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)).isoformat(),
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


@contextmanager
def suspended(service: Served) -> Iterator[None]:
    """Let no process of the database do anything; it neither answers nor hangs up."""
    place = recall(service.cluster.home)
    if place is None:
        raise RuntimeError("there is no database to suspend")
    stopped = []
    try:
        for pid in sorted(processes(place)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def suspend_database(at: Moment) -> None:
    """Have the database neither answer nor hang up for a while: connections are half open."""
    with suspended(at.service):
        _PAUSE.wait(at.rng.uniform(0.3, 3))


def change_leader(at: Moment) -> None:
    """Cut off the scheduler that leads, and have another lead for a moment."""
    ask(
        at.service.url,
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND application_name = 'geosites scheduler'",
    )
    with psycopg.connect(at.service.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (job_table.LEADER_LOCK,))
        _PAUSE.wait(at.rng.uniform(0, 1))


def change_schema(at: Moment) -> None:
    """Take the schema back by a release while the service runs, and bring it up again."""
    store = Store(at.service.url, pool_size=1)
    try:
        for move, revision in ((migrate.downgrade, BEHIND), (migrate.upgrade, "head")):
            with store.begin() as conn:
                move(conn, revision)
            _PAUSE.wait(at.rng.uniform(0, 1))
    finally:
        store.close()


def restart_service(at: Moment) -> None:
    """Ask the service to end, as an upgrade does, and start it again."""
    at.service.stop()
    at.service.start()


def fill_disk(at: Moment) -> None:
    """Leave no room on the disk of the database for a while, and start it again if it ended."""
    ballast = at.service.cluster.home.parent / "ballast"
    fill_up(ballast)
    _PAUSE.wait(at.rng.uniform(0.2, 2))
    ballast.unlink()
    at.service.start_database()


def fill_up(ballast: Path) -> None:
    """Write until there is no room for another byte."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * ((file.tell() and 4096) or 1 << 20))


def _as_sent(one: Item) -> bytes:
    body = json.dumps(one).encode()
    head = (
        "POST /api/sightings HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


FAST: Mapping[str, Callable[[Moment], None]] = {
    "sessions ended": end_sessions,
    "database killed": kill_database,
    "database stopped": stop_database,
    "pool exhausted": exhaust_pool,
    "upload torn": tear_upload,
    "reporter hung up": hang_up,
    "worker killed": kill_worker,
    "database suspended": suspend_database,
    "leader changed": change_leader,
    "schema changed": change_schema,
}
KILLS = ("database killed", "worker killed", "service killed", "import killed")
FAULTS: Mapping[str, Callable[[Moment], None]] = {
    **FAST,
    "service killed": kill_service,
    "service restarted": restart_service,
    "import killed": kill_import,
    "disk full": fill_disk,
}
"""All of them; a full disk takes a disk of the database's own."""
