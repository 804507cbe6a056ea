"""Request limits: a deadline per request, and a share of concurrent requests per account.

A request is stopped at its deadline, or when its client disconnects: its statement is cancelled,
and no further one starts. An account with more concurrent requests than its share waits without
occupying a thread or a connection, so that it delays only itself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geosites.core.deadline import Deadline, within
from geosites.core.errors import TooManyRequests
from geosites.web.http import problems
from geosites.web.middleware.timeouts import has_body
from geosites.web.security.cookies import Cookie

MOST_WAITING = 64
"""Requests of one account that wait for their turn; a further one is refused."""
MOST_KNOWN = 10_000
"""Number of credentials whose account is cached."""


class Bounded:
    """Gives each request a deadline, and stops it then or when its client disconnects."""

    def __init__(self, app: ASGIApp, *, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        deadline = scope["deadline"] = Deadline(self.seconds)
        watch = _Watch(receive, deadline)
        timer = asyncio.create_task(_stop_in_time(deadline))

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                timer.cancel()  # what is sent slowly was worked out in time
            elif not message.get("more_body", False):
                watch.answered = True
            await send(message)

        if not has_body(Headers(scope=scope)):
            await watch.begin()
        try:
            with within(deadline):
                await self.app(scope, watch.receive, watched)
        finally:
            timer.cancel()
            watch.end()


async def _stop_in_time(deadline: Deadline) -> None:
    while deadline.remaining_s > 0:
        await asyncio.sleep(deadline.remaining_s)
    await asyncio.to_thread(deadline.stop)


class _Watch:
    """Passes on the request body, then waits for the client to disconnect."""

    def __init__(self, receive: Receive, deadline: Deadline) -> None:
        self._receive = receive
        self._deadline = deadline
        self.answered = False
        self._read: list[Message] = []
        self._gone: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Read the one message of a request without a body, for an application that may not."""
        self._read.append(await self._next())

    async def receive(self) -> Message:
        """Return the next message of the client."""
        if self._read:
            return self._read.pop()
        return await self._next()

    async def _next(self) -> Message:
        if self._gone is not None:
            await asyncio.wait({self._gone})
            return {"type": "http.disconnect"}
        message = await self._receive()
        if not message.get("more_body", False):
            self._gone = asyncio.create_task(self._leave())
        return message

    async def _leave(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.answered:
            await asyncio.to_thread(self._deadline.stop, left=True)

    def end(self) -> None:
        """Wait no more."""
        if self._gone is not None:
            self._gone.cancel()


def most_at_once(pool_size: int) -> int:
    """Return how many requests of one account run at a time: half of the connections."""
    return max(1, pool_size // 2)


class FairShare:
    """Limits the concurrent requests of one account; further ones wait."""

    def __init__(self, app: ASGIApp, *, shares: Shares) -> None:
        self.app = app
        self.shares = shares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        shown = self.shares.credential(Headers(scope=scope)) if scope["type"] == "http" else None
        if shown is None:
            await self.app(scope, receive, send)
            return
        try:
            async with self.shares.turn(shown):
                await self.app(scope, receive, send)
        except TooManyRequests as error:
            await problems.of_error(error).response()(scope, receive, send)


@dataclass(eq=False)
class _Turns:
    """The requests of an account: those that run, and how many run or wait."""

    running: asyncio.Semaphore
    requests: int = 0


class Shares:
    """Concurrent requests by account, or by credential while the account is not known.

    `cookie`: the name of the session cookie.
    """

    def __init__(self, most: int, cookie: str = Cookie.SESSION) -> None:
        self.most = most
        self.cookie = cookie
        self._accounts: OrderedDict[bytes, str] = OrderedDict()
        self._turns: dict[bytes | str, _Turns] = {}

    def learn(self, headers: Headers, login: str) -> None:
        """Remember which account shows a credential; it may show several."""
        shown = self.credential(headers)
        if shown is None or self._accounts.get(shown) == login:
            return
        self._accounts[shown] = login
        if shown in self._turns:  # what runs already counts for the account from here on
            self._turns.setdefault(login, self._turns[shown])
        while len(self._accounts) > MOST_KNOWN:
            self._accounts.popitem(last=False)

    @asynccontextmanager
    async def turn(self, shown: bytes) -> AsyncIterator[None]:
        """Wait for the turn of a request; raises `TooManyRequests` where too many wait."""
        key = self._accounts.get(shown, shown)
        turns = self._turns.setdefault(key, _Turns(asyncio.Semaphore(self.most)))
        if turns.requests >= self.most + MOST_WAITING:
            raise TooManyRequests("too many requests of this account at a time")
        turns.requests += 1
        try:
            async with turns.running:
                yield
        finally:
            turns.requests -= 1
            if not turns.requests:
                self._turns = {key: kept for key, kept in self._turns.items() if kept is not turns}

    def credential(self, headers: Headers) -> bytes | None:
        """Return a digest of the token or session of a request, or None.

        Only the values used for authentication count: anything beside them could make one account
        look like many.
        """
        shown = headers.get("authorization", "").partition(" ")[2].strip() or self._session(headers)
        return hashlib.sha256(shown.encode()).digest() if shown else None

    def _session(self, headers: Headers) -> str | None:
        found: str | None = None
        for header in headers.getlist("cookie"):
            found = cookie_parser(header).get(self.cookie, found)
        return found
