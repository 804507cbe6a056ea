"""Clients that send slowly, or too much, over real sockets to a real server."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest
import uvicorn

from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.middleware.timeouts import PatientProtocol
from stores import signed

SHOWN = "\r\n".join(f"{name}: {value}" for name, value in signed.bearer().items())


class Impatient(PatientProtocol):
    """The protocol of the service with less patience, so that tests need not wait."""

    head_wait_s = 0.4
    at_once: ClassVar[set[int]] = set()
    """Whether what is written leaves at once, of every connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        self.at_once.add(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


@pytest.fixture(scope="module")
def port(template: str, new_database: Callable[..., str]) -> Iterator[int]:
    """Return the port of a service that waits half a second for a body."""
    store = Store(new_database(template), pool_size=2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        app = create_app(store, WebConfig(body_wait_s=0.5))
        config = uvicorn.Config(app, log_level="warning", http=Impatient, timeout_keep_alive=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()
    store.close()


def talk(port: int, said: str, *, timeout_s: float = 60.0) -> bytes:
    """Say something, then listen until the server closes; raises where it never does."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as line:
        line.sendall(said.encode())
        return b"".join(iter(lambda: line.recv(65536), b""))


def report(length: int, body: str = "") -> str:
    return (
        f"POST /api/sightings HTTP/1.1\r\nHost: 127.0.0.1\r\n{SHOWN}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )


@pytest.mark.parametrize("said", ["", "GET / HT", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b"])
def test_a_head_that_is_never_complete_ends_the_connection(port: int, said: str) -> None:
    assert talk(port, said) == b""


def test_answers_leave_at_once_though_the_server_was_handed_its_socket(port: int) -> None:
    assert talk(port, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert Impatient.at_once == {1}


def test_a_second_head_that_is_never_complete_ends_it_too(port: int) -> None:
    first = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answer = talk(port, first + "GET /healthz HT")
    assert answer.count(b"HTTP/1.1 200") == 1


def test_a_body_that_comes_too_slowly_is_refused_in_words(port: int) -> None:
    answer = talk(port, report(500, '{"id": '))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer.lower()


def test_chunks_that_never_end_are_refused(port: int) -> None:
    head = report(0).replace("Content-Length: 0", "Transfer-Encoding: chunked")
    assert talk(port, head + "1\r\n{\r\n").startswith(b"HTTP/1.1 408")


def test_slow_clients_leave_room_for_others(port: int) -> None:
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    for line in slow:
        line.sendall(report(500, "{").encode())
    asked = f"GET /api/closures HTTP/1.1\r\nHost: 127.0.0.1\r\n{SHOWN}\r\nConnection: close\r\n\r\n"
    assert talk(port, asked).startswith(b"HTTP/1.1 200")
    for line in slow:
        line.close()


def test_a_gigabyte_is_refused_before_it_is_sent(port: int) -> None:
    answer = talk(port, report(1_000_000_000, "{"))
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_gigabyte_in_chunks_is_refused_while_it_comes(port: int) -> None:
    head = report(0).replace("Content-Length: 0", "Transfer-Encoding: chunked")
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(head.encode())
        try:
            for _ in range(1000):
                line.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
    assert sent < 100_000_000


def test_a_body_whose_length_is_told_twice_is_refused_and_the_connection_closed(port: int) -> None:
    smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answer = talk(
        port,
        f"POST /api/sightings HTTP/1.1\r\nHost: 127.0.0.1\r\n{SHOWN}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(smuggled)}\r\nTransfer-Encoding: chunked\r\n\r\n{smuggled}",
    )
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
