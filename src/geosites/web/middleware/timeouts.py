"""Timeouts for request headers, request bodies and idle connections.

A client that sends one byte a second occupies a socket and nothing else, and not for long: no
thread and no database connection is used before the request is complete.
"""

from __future__ import annotations

import asyncio
import socket
from http import HTTPStatus

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

KEEP_ALIVE_S = 5
HEAD_WAIT_S = 15.0
AMBIGUOUS = "Content-Length and Transfer-Encoding exclude each other\n"


class InTime:
    """Answers 408 to a request whose body is not complete within a time limit.

    A response sent before the body is complete closes the connection, so that the rest is not read.
    """

    def __init__(self, app: ASGIApp, *, body_wait_s: float) -> None:
        self.app = app
        self.body_wait_s = body_wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not has_body(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        if is_ambiguous(Headers(scope=scope)):
            await PlainTextResponse(
                AMBIGUOUS, HTTPStatus.BAD_REQUEST, headers={"Connection": "close"}
            )(scope, receive, send)
            return
        whole, ends = False, asyncio.get_running_loop().time() + self.body_wait_s

        async def in_time() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(ends):
                    message = await receive()
            except TimeoutError as error:
                raise HTTPException(
                    HTTPStatus.REQUEST_TIMEOUT, "the body came too slowly"
                ) from error
            whole = not message.get("more_body", False)
            return message

        async def closing(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, in_time, closing)


def has_body(headers: Headers) -> bool:
    """Return whether a request declares a body."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def is_ambiguous(headers: Headers) -> bool:
    """Return whether a request has two body lengths (RFC 9112, section 6.3).

    A proxy may use the other one, and take a part of this request for the next one (request
    smuggling).
    """
    return "transfer-encoding" in headers and "content-length" in headers


class PatientProtocol(H11Protocol):
    """HTTP/1.1 protocol that closes a connection without complete request headers in time.

    It sets TCP_NODELAY. asyncio does so for sockets that it created; on a socket passed to several
    workers, each body would wait some 40 ms until its headers are acknowledged.
    """

    head_wait_s = HEAD_WAIT_S
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on; wait for the head from the first byte of a request to its last."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_wait_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
