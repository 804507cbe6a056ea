"""The service is told to stop while it answers: everything under way is answered and recorded."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from bench.ports import free_port

from geosites.permissions.policy import Role
from stores import signed
from stores.private_clusters import wait_until

START_S = 120
SENT = 6


class Service:
    """`geosites serve` as it is run, over a store of the test's own."""

    def __init__(self, url: str, home: Path, workers: int) -> None:
        self.port = free_port()
        command = [str(Path(sys.executable).with_name("geosites")), "serve"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--workers", str(workers)],
            env={
                **os.environ,
                "GEOSITES_DATABASE_URL": url,
                "GEOSITES_HOME": str(home),
                "GEOSITES_POOL_SIZE": str(SENT),
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self.listening = threading.Thread(target=self._listen)
        self.listening.start()

    def ready(self) -> bool:
        assert self.process.poll() is None, self.said
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def report(self, number: int) -> int:
        """Send one report and return the status of its answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        body = {"id": str(UUID(int=number)), "observed_at": "2023-03-01T10:00:00+01:00",
                "lon": 2.3605, "lat": 48.8842, "headcount": number}  # fmt: skip
        role = Role.COORDINATOR if number % 2 else Role.REPORTER  # one account may take half
        headers = {**signed.bearer(role), "Content-Type": "application/json"}
        line.request("POST", "/api/sightings", json.dumps(body), headers)
        status = line.getresponse().status
        line.close()
        return status

    def end(self) -> None:
        """End it whatever it does, its workers too."""
        for pid in (self.process.pid, *workers_of(self)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.listening.join()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            self.said.extend(said)


@pytest.fixture
def serve(store_url: str, tmp_path: Path) -> Iterator[Callable[[int], Service]]:
    """Return a function that starts the service with some workers and waits until it is ready."""
    started: list[Service] = []

    def go(workers: int) -> Service:
        started.append(Service(store_url, tmp_path, workers))
        wait_until(started[-1].ready, START_S)
        return started[-1]

    yield go
    for service in started:
        service.end()


def waiting(conn: psycopg.Connection[tuple[int]]) -> int:
    """Return how many statements stand still at the lock of the test."""
    row = conn.execute(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sighting'::regclass"
    ).fetchone()
    return 0 if row is None else row[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_under_way_is_answered_before_it_stops(
    store_url: str, serve: Callable[[int], Service], workers: int
) -> None:
    service = serve(workers)
    idle = http.client.HTTPConnection("127.0.0.1", service.port, timeout=START_S)
    idle.request("GET", "/healthz")
    assert idle.getresponse().read() == b"ok\n"
    statuses: list[int] = []
    senders = [
        threading.Thread(target=lambda number=number: statuses.append(service.report(number)))
        for number in range(1, SENT + 1)
    ]
    with psycopg.connect(store_url, autocommit=True) as watching, psycopg.connect(store_url) as own:
        own.execute("LOCK TABLE sighting IN EXCLUSIVE MODE")
        for sender in senders:
            sender.start()
        wait_until(lambda: waiting(watching) == SENT, START_S)
        service.process.send_signal(signal.SIGTERM)
        assert idle.sock.recv(1) == b""
        idle.close()
        assert service.process.poll() is None
        assert statuses == []
        own.rollback()
        for sender in senders:
            sender.join()
        assert service.process.wait(START_S) == 0, service.said
        row = watching.execute(
            "SELECT array_agg(headcount ORDER BY headcount) FROM sighting"
        ).fetchone()
    assert statuses == [201] * SENT
    assert row == (list(range(1, SENT + 1)),)
    assert "Traceback" not in "".join(service.said)


def test_after_it_has_stopped_nobody_listens(serve: Callable[[int], Service]) -> None:
    service = serve(2)
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(START_S) == 0, service.said
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", service.port))


def command_of(pid: int) -> bytes:
    """Return how a process was called; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def children_of(pid: int) -> set[int]:
    """Return the processes that a process started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(one) for one in listed.read_text().split()} if listed.exists() else set()


def workers_of(service: Service) -> set[int]:
    """Return the processes that serve, forked from one that the service started."""
    forking = {one for one in children_of(service.process.pid) if b"forkserver" in command_of(one)}
    return {worker for one in forking for worker in children_of(one)}


def test_a_killed_worker_is_replaced(serve: Callable[[int], Service]) -> None:
    service = serve(2)
    wait_until(lambda: len(workers_of(service)) == 2, START_S)
    before = workers_of(service)
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: len(workers_of(service) - before) == 1, START_S)
    assert max(before) in workers_of(service)
    assert service.report(1) == 201
