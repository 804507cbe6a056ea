"""A service of two workers over a database of its own, both of which may be killed."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.ports import free_port
from geosites.auth import accounts
from geosites.auth.generated_secrets import hashed
from geosites.db import migrate
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import Token
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.paths import recall
from geosites.ops.private_postgres.processes import processes
from geosites.ops.private_postgres.scratch import scratch_cluster
from geosites.permissions.policy import Role

SETTINGS = {"fsync": "off", "shared_buffers": "32MB"}
"""What a process wrote outlives its death without fsync; only a machine's death would need it."""
SMALL = {**SETTINGS, "max_wal_size": "32MB", "min_wal_size": "32MB"}
"""For a small disk."""

LOGIN, TOKEN = "bench", "geosites_bench-of-faults"
COMMAND = (sys.executable, "-c", "from geosites.cli import main; main()")
PATIENCE_S = 120.0
_PAUSE = threading.Event()


@dataclass
class Served:
    """The service, its database, and what can be done to both."""

    cluster: PrivateCluster
    home: Path
    workers: int = 2
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=lambda: SETTINGS)
    token: str = TOKEN

    @property
    def url(self) -> str:
        """Return the address of the database."""
        return self.cluster.url()

    @property
    def environment(self) -> dict[str, str]:
        """Return what its commands are told."""
        told = {"GEOSITES_DATABASE_URL": self.url, "GEOSITES_HOME": str(self.home)}
        return {**os.environ, **told, "GEOSITES_POOL_SIZE": "4", **self.more}

    def start(self) -> None:
        """Start the service and wait until it is ready."""
        self.port = self.port or free_port()
        words = ["serve", "--port", str(self.port), "--workers", str(self.workers)]
        with (self.home / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *words],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.await_ready()

    def await_ready(self) -> None:
        """Wait until it says that it is ready."""
        wait_until(lambda: self.answer("GET", "/readyz")[0] == 200)

    def stop(self) -> None:
        """Ask the service to end, and wait for it."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=PATIENCE_S)
            self.process = None

    def kill(self) -> None:
        """Kill all its processes at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def worker_pids(self) -> list[int]:
        """Return the processes that answer, the one that watches them left out."""
        forking = set(self.forking_pids())
        return [pid for pid, parent, _ in _running() if parent in forking]

    def forking_pids(self) -> list[int]:
        """Return the process from which those that answer are forked, while there is one."""
        own = self.process.pid if self.process else 0
        return [pid for pid, parent, title in _running() if parent == own and "forkserver" in title]

    def kill_database(self) -> None:
        """Kill every process of the database at once."""
        place = recall(self.cluster.home)
        if place is None:
            return
        for pid in processes(place):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes(place))

    def start_database(self) -> None:
        """Start the database again."""
        self.cluster.start(self.settings)

    def answer(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return the status, headers and body of an answer; status 0 where none came."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            line.request(method, path, json.dumps(body) if body else None, headers)
            got = line.getresponse()
            told = {name.lower(): value for name, value in got.getheaders()}
            return got.status, told, got.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            line.close()

    def report(self, item: Mapping[str, Any]) -> int:
        """Send one sighting; return the status, 0 where no answer came."""
        return self.answer("POST", "/api/sightings", item)[0]

    def report_until_known(self, item: Mapping[str, Any]) -> list[int]:
        """Send one sighting as an outbox does: until it is acknowledged. Return every status."""
        found: list[int] = []

        def known() -> bool:
            found.append(self.report(item))
            return found[-1] in (200, 201)

        wait_until(known)
        return found


@contextmanager
def served(
    workers: int = 2,
    folder: Path | None = None,
    settings: Mapping[str, str] = SETTINGS,
    **more: str,
) -> Iterator[Served]:
    """Yield a running service over a scratch store with territories and sites.

    The database lies in `folder` and has `settings`; `more` are those of the service.
    """
    with scratch_cluster(settings, folder) as cluster, tempfile.TemporaryDirectory() as home:
        fill(cluster.url())
        service = Served(cluster, Path(home), workers, more=more, settings=settings)
        try:
            service.start()
            yield service
        finally:
            service.kill()


def fill(url: str) -> None:
    """Give a database the schema, territories and sites, and an account that reports."""
    store, now = Store(url), dt.datetime.now(dt.UTC)
    ends = now + dt.timedelta(days=365)
    with store.begin() as conn:
        migrate.upgrade(conn)
        geography.load(conn)
        accounts.add(
            conn, accounts.AccountRequest(login=LOGIN, role=Role.COORDINATOR, unit="bench"), now
        )
        token = Token(id=uuid.uuid4(), login=LOGIN, acts=(), created_at=now, expires_at=ends)
        sign_ins.add_token(conn, token, hashed(TOKEN))
    store.close()


def ask(url: str, question: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a database answers."""
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute(question, values).fetchall()  # type: ignore[call-overload]


def wait_until(holds: Callable[[], object], limit_s: float = PATIENCE_S) -> None:
    """Return as soon as something holds; raises `TimeoutError` if it never does."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("it never came about")
        _PAUSE.wait(0.02)


def _running() -> Iterator[tuple[int, int, str]]:
    """Yield process id, parent and title of what runs on this machine."""
    if not Path("/proc/self").exists():
        listed = subprocess.run(
            ["/bin/ps", "-axo", "pid=,ppid=,command="], capture_output=True, text=True, check=True
        )
        for line in listed.stdout.splitlines():
            pid, parent, title = line.split(maxsplit=2)
            yield int(pid), int(parent), title
        return
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            yield int(folder.name), int(parent), (folder / "cmdline").read_text()
