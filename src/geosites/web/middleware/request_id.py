"""Request IDs, which link a response, its problem document and its log lines."""

from __future__ import annotations

import uuid

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geosites.ops.traces import name_request

HEADER = "X-Request-ID"
MEMBER = "request_id"


class Named:
    """Gives each request an id; an id sent by the client is ignored."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = uuid.uuid4().hex
        name_request(name)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        with structlog.contextvars.bound_contextvars(**{MEMBER: name}):
            await self.app(scope, receive, named)


def current() -> str | None:
    """Return the id of the request that this code answers, or None."""
    name: str | None = structlog.contextvars.get_contextvars().get(MEMBER)
    return name
