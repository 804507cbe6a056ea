"""Workers that share a socket: how connections are divided among them."""

from __future__ import annotations

import asyncio
import resource
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from geosites.ops.worker_supervisor import TakingTurns

CONNECTIONS, BACKLOG = 50, 100
WAIT_S = 60


@pytest.fixture(autouse=True)
def no_other_loop() -> Iterator[None]:
    """Let a test run loops of its own in a process where a browser's driver keeps one running."""
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


class Worker:
    """A loop that serves on its own copy of a socket and counts its connections."""

    def __init__(self, shared: socket.socket) -> None:
        self.loop = TakingTurns()
        self.transports: list[asyncio.WriteTransport] = []
        self.shared = shared.dup()
        served = self.loop.create_server(self._protocol, sock=self.shared, backlog=BACKLOG)
        self.server = self.loop.run_until_complete(served)

    def turn(self) -> None:
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()

    def close(self) -> None:
        self.server.close()
        self.shared.close()
        for transport in self.transports:
            transport.abort()
        self.turn()
        self.loop.close()

    def _protocol(self) -> asyncio.Protocol:
        transports = self.transports

        class Kept(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.WriteTransport)
                transports.append(transport)

        return Kept()


@pytest.fixture
def shared() -> Iterator[socket.socket]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        yield one


def connect(shared: socket.socket, held: ExitStack) -> None:
    for _ in range(CONNECTIONS):
        held.enter_context(socket.create_connection(shared.getsockname(), timeout=60))


@contextmanager
def no_file_left(shared: socket.socket) -> Iterator[None]:
    """Let this process open nothing more within the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as copies:
        copies.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with shared.dup() as last:
            resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
        with suppress(OSError):
            while True:
                copies.enter_context(shared.dup())
        yield


def turn_until(done: Callable[[], object], workers: list[Worker]) -> None:
    """Let workers turn one after the other until something is so."""
    ends = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < ends
        for worker in workers:
            worker.turn()


def turn_often(workers: list[Worker]) -> None:
    """Let each worker do all that it can without waiting."""
    for worker in workers:
        for _ in range(CONNECTIONS):
            worker.turn()


def held_by(workers: list[Worker]) -> list[int]:
    return [len(worker.transports) for worker in workers]


def test_a_worker_pauses_after_each_connection(
    shared: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TakingTurns, "pause_s", 2 * WAIT_S)
    with ExitStack() as held:
        workers = [held.enter_context(closing(Worker(shared))) for _ in range(2)]
        connect(shared, held)
        turn_often(workers)
        assert held_by(workers) == [1, 1]


def test_workers_that_have_time_take_turns(
    shared: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(TakingTurns, "pause_s", 1.0)
    monkeypatch.setattr(TakingTurns, "time", lambda _: now)
    with ExitStack() as held:
        workers = [held.enter_context(closing(Worker(shared))) for _ in range(2)]
        connect(shared, held)
        for accepted in range(1, CONNECTIONS // 2 + 1):
            turn_often(workers)
            assert held_by(workers) == [accepted] * 2
            now += TakingTurns.pause_s


def test_a_worker_accepts_what_the_others_leave(shared: socket.socket) -> None:
    with ExitStack() as held:
        worker, _hung = (held.enter_context(closing(Worker(shared))) for _ in range(2))
        connect(shared, held)
        turn_until(lambda: held_by([worker]) == [CONNECTIONS], [worker])


def test_a_worker_short_of_files_accepts_when_there_are_some_again(
    shared: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as held:
        worker = held.enter_context(closing(Worker(shared)))
        connect(shared, held)
        with no_file_left(shared):
            turn_until(lambda: caplog.messages, [worker])
        assert "Too many open files" in caplog.text
        assert not worker.transports
        turn_until(lambda: held_by([worker]) == [CONNECTIONS], [worker])


def test_a_worker_that_is_told_to_stop_accepts_no_more(shared: socket.socket) -> None:
    with ExitStack() as held:
        worker = held.enter_context(closing(Worker(shared)))
        worker.server.close()
        worker.loop.run_until_complete(asyncio.wait_for(worker.server.wait_closed(), WAIT_S))
        connect(shared, held)
        worker.turn()
        assert select.select([shared], [], [], 0)[0]
