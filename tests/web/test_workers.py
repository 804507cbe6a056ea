"""Workers that share a socket: how connections are divided among them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from geosites.web.workers import TakingTurns

CONNECTIONS, BACKLOG = 50, 100
TURNS_TO_MAKE_ONE = 3
"""Those in which asyncio makes the protocol of a connection that was accepted."""


class Worker:
    """A loop that serves on its own copy of a socket and counts its connections."""

    def __init__(self, shared: socket.socket) -> None:
        self.loop = TakingTurns()
        self.transports: list[asyncio.WriteTransport] = []
        served = self.loop.create_server(self._protocol, sock=shared.dup(), backlog=BACKLOG)
        self.server = self.loop.run_until_complete(served)

    def turn(self) -> None:
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()

    def close(self) -> None:
        self.server.close()
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
        held.enter_context(socket.create_connection(shared.getsockname(), timeout=5))


def test_workers_accept_waiting_connections_in_turns(shared: socket.socket) -> None:
    with ExitStack() as held:
        workers = [held.enter_context(closing(Worker(shared))) for _ in range(2)]
        connect(shared, held)
        for _ in range(CONNECTIONS + TURNS_TO_MAKE_ONE):
            for worker in workers:
                worker.turn()
        assert [len(worker.transports) for worker in workers] == [CONNECTIONS / 2] * 2


def test_as_many_connections_may_wait_as_were_asked_for(shared: socket.socket) -> None:
    with ExitStack() as held:
        worker = held.enter_context(closing(Worker(shared)))
        connect(shared, held)
        assert not worker.transports
