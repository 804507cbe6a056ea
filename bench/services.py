"""Services to measure: real processes on loopback, ours and a peer, asked over kept connections."""

from __future__ import annotations

import datetime as dt
import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ports import free_port
from geosites.auth import accounts, tokens
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role

WAIT_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running service: its port, what every request to it shows."""

    port: int
    headers: Mapping[str, str]

    @property
    def address(self) -> str:
        """Return where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> bytes:
        """Return the body of one answer; raises for anything but 200."""
        request = urllib.request.Request(f"{self.address}{path}", headers=dict(self.headers))
        with urllib.request.urlopen(request) as answer:
            body: bytes = answer.read()
        return body


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a service answered one request again and again."""

    per_s: float
    p50_ms: float
    p95_ms: float


@contextmanager
def running(
    python: Path | str,
    application: str,
    *,
    environment: Mapping[str, str],
    log: Path,
    ready: str,
    headers: Mapping[str, str],
    factory: bool = False,
) -> Iterator[Service]:
    """Run an application under uvicorn, one worker, until the block ends."""
    port = free_port()
    command = [str(python), "-m", "uvicorn", application, "--port", str(port)]
    command += ["--workers", "1", "--log-level", "warning", *(["--factory"] if factory else [])]
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=written, stderr=written
        )
        try:
            service = Service(port=port, headers=headers)
            _await(service, ready, process, log)
            yield service
        finally:
            process.terminate()
            process.wait()


@contextmanager
def serving(store: Store, folder: Path) -> Iterator[Service]:
    """Run our service over a store, asked as a coordinator."""
    token = coordinator(store)
    environment = {"GEOSITES_DATABASE_URL": store.url, "GEOSITES_HOME": str(folder / "home")}
    with running(
        sys.executable,
        "geosites.cli.server.application:application",
        factory=True,
        environment=environment,
        log=folder / "ours.log",
        ready="/readyz",
        headers={"Authorization": f"Bearer {token}", "X-Motive": "bench"},
    ) as service:
        yield service


def coordinator(store: Store) -> str:
    """Return a token of a coordinator's account, made for it."""
    now = dt.datetime.now(dt.UTC)
    with store.begin() as conn:
        asked = accounts.AccountRequest(login="bench", role=Role.COORDINATOR, unit="bench")
        accounts.add(conn, asked, now, once=False)
        return tokens.issue(conn, "bench", now).token


def paced(service: Service, path: str, *, seconds: float, connections: int) -> list[float]:
    """Return the seconds that each answer took, asked over a few connections for a time."""
    taken: list[list[float]] = [[] for _ in range(connections)]
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=_ask, args=(service, path, until, one)) for one in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for part in taken for one in part]


def pace(taken: Sequence[float], seconds: float) -> Pace:
    """Return how fast answers came."""
    ranked = sorted(taken)
    return Pace(
        per_s=len(ranked) / seconds,
        p50_ms=1000 * statistics.median(ranked),
        p95_ms=1000 * ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))],
    )


def peer_python(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of a virtual environment that holds a peer, made at the first use."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = cache / "geosites-bench" / name
    python, done = home / "bin" / "python", home / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *packages],
            check=True,
            stdout=sys.stderr,
        )
        done.touch()
    return python


def _ask(service: Service, path: str, until: float, taken: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    while (started := time.perf_counter()) < until:
        connection.request("GET", path, headers=dict(service.headers))
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        taken.append(time.perf_counter() - started)
    connection.close()


def _await(service: Service, path: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + WAIT_S
    while True:
        try:
            service.get(path)
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                said = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the service did not start: {said}") from error
            time.sleep(0.2)
        else:
            return
