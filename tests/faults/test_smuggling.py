"""Requests that two readers could read in two ways, and heads without end, over real sockets.

What a proxy may take for the end of one request and the service for another lets somebody put words
into the next reader's mouth. So whatever is doubtful is refused, and the connection closed.
"""

from __future__ import annotations

import re
import socket

import pytest

from faults.test_slow_client import SHOWN, port
from stores import signed

__all__ = ["port"]  # the service behind it

HOST = "Host: 127.0.0.1\r\n"
SECRET = "GET /api/closures HTTP/1.1\r\n" + HOST + SHOWN + "\r\nConnection: close\r\n\r\n"
"""What would be answered 200 if it was taken for a request of its own."""
CHUNKED = "Transfer-Encoding: chunked\r\n"
DOUBTFUL = {
    "both lengths": f"Content-Length: 4\r\n{CHUNKED}\r\n0\r\n\r\n",
    "both lengths the other way": f"{CHUNKED}Content-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": "Content-Length: 0\r\nContent-Length: 4\r\n\r\n",
    "two lengths in one": "Content-Length: 0, 4\r\n\r\n",
    "a negative length": "Content-Length: -1\r\n\r\n",
    "a length with a sign": "Content-Length: +0\r\n\r\n",
    "a length in hexadecimal": "Content-Length: 0x0\r\n\r\n",
    "a length with an underscore": "Content-Length: 0_0\r\n\r\n",
    "a coding that is none": "Transfer-Encoding: xchunked\r\n\r\n",
    "chunked before another": "Transfer-Encoding: chunked, identity\r\n\r\n",
    "chunked twice": f"{CHUNKED}{CHUNKED}\r\n0\r\n\r\n",
    "a coding with a vertical tab": "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a name with a space": "Content-Length : 0\r\n\r\n",
    "a name with a space before": "X: y\r\n Content-Length: 0 \x00\r\n\r\n",
    "a return alone": "X: y\rContent-Length: 0\r\n\r\n",
    "a NUL": "X: a\x00b\r\n\r\n",
    "a chunk of a negative size": f"{CHUNKED}\r\n-1\r\n\r\n",
    "a chunk of a size too long": f"{CHUNKED}\r\n{'0' * 30}1\r\n\r\n",
    "a chunk size with a sign": f"{CHUNKED}\r\n+0\r\n\r\n",
    "a chunk that ends late": f"{CHUNKED}\r\n1\r\nab\r\n0\r\n\r\n",
}
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


def answers(port: int, said: str, *, timeout_s: float = 30.0) -> tuple[list[int], bytes]:
    """Say something; return the status of every answer until the server closes, and all of it."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as line:
        try:
            line.sendall(said.encode("latin-1"))
            while more := line.recv(65536):
                heard += more
        except ConnectionError:
            pass
    return [int(status) for status in STATUS.findall(heard)], heard


@pytest.mark.parametrize("how", DOUBTFUL)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_request_of_doubtful_length_is_refused_and_nothing_after_it_read(
    port: int, how: str, method: str
) -> None:
    head = f"{method} /healthz HTTP/1.1\r\n{HOST}"
    told, heard = answers(port, head + DOUBTFUL[how] + SECRET)
    assert len(told) <= 1
    assert 200 not in told
    assert b'"sites"' not in heard


def test_two_plain_requests_are_two_answers(port: int) -> None:
    """So that the attack would be seen: what follows a request without a doubt is answered."""
    told, heard = answers(port, f"GET /healthz HTTP/1.1\r\n{HOST}\r\n{SECRET}")
    assert told == [200, 200]
    assert b'"sites"' in heard


@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.1\r\n" + HOST + "X-A: b\r\n" * 20_000 + "\r\n",
        "GET /healthz HTTP/1.1\r\n" + HOST + "X-A: " + "b" * 2_000_000 + "\r\n\r\n",
        "GET /" + "a" * 2_000_000 + " HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /healthz HTTP/1.1\r\n" + HOST + "Cookie: " + "a=b; " * 100_000 + "\r\n\r\n",
        "A" * 1_000_000,
    ],
)
def test_a_head_without_an_end_is_refused_early(port: int, head: str) -> None:
    told, _ = answers(port, head)
    assert set(told) <= {400, 414, 431}
    assert len(told) <= 1
    assert answers(port, SECRET)[0] == [200]


UPGRADE = "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (f"GET /api/closures HTTP/1.1\r\n{HOST}{UPGRADE}Upgrade: websocket\r\n", {400, 401, 426}),
        (f"GET /api/closures HTTP/1.1\r\n{HOST}{UPGRADE}Upgrade: h2c\r\n", {400, 401, 426}),
        (f"GET http://evil.example/healthz HTTP/1.1\r\n{HOST}", {200, 400, 404}),
        (f"GET //evil.example/%2e%2e HTTP/1.1\r\n{HOST}", {401, 404}),
        ("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n", {400}),
        ("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\n", {400}),
        ("GET /healthz HTTP/1.1\r\n", {400}),
        (f"CONNECT 127.0.0.1:5432 HTTP/1.1\r\n{HOST}", {400, 404, 405}),
        (f"TRACE /healthz HTTP/1.1\r\n{HOST}", {405}),
        (f"PRI * HTTP/2.0\r\n{HOST}", {400, 404, 405, 505}),
    ],
)
def test_no_other_protocol_host_or_method_is_spoken(
    port: int, asked: str, allowed: set[int]
) -> None:
    told, heard = answers(port, f"{asked}Connection: close\r\n\r\n")
    assert set(told) <= allowed
    assert b" 101 " not in heard.partition(b"\r\n")[0]
    assert b"evil.example" not in heard


@pytest.mark.parametrize(
    "header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL"]
)
def test_no_header_makes_a_request_another(port: int, header: str) -> None:
    wanted = "/api/closures" if header == "X-Original-URL" else "POST"
    head = f"GET /healthz HTTP/1.1\r\n{HOST}{header}: {wanted}\r\nConnection: close\r\n"
    told, heard = answers(port, f"{head}{SHOWN}\r\n\r\n")
    assert told == [200]
    assert b'"sites"' not in heard
    assert signed.token(signed.Role.COORDINATOR).encode() not in heard
