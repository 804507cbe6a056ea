"""HTTP error middleware: HEAD as GET, and every error as a problem document (RFC 9457)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geosites.web.http import problems

_PLAIN = "text/plain"
_FIRST_ERROR = 400
_KEPT = ("content-range",)
"""Headers of a plain error that its problem document keeps: the size, with 416."""


class HeadAsGet:
    """Answers HEAD as it would answer GET, with the same headers and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            bodiless = {**message, "body": b""}
            await send(bodiless if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, send_head)


class Spoken:
    """Turns the bare words in which the server's own parts refuse into problem documents."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refused: int | None = None
        kept: dict[str, str] = {}

        async def watched(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and _is_bare(message):
                refused = message["status"]
                told = Headers(raw=message["headers"])
                kept.update({name: told[name] for name in _KEPT if name in told})
            if refused is None:
                await send(message)

        await self.app(scope, receive, watched)
        if refused is not None:
            answer = problems.of_status(refused).response()
            answer.headers.update(kept)
            await answer(scope, receive, send)


def _is_bare(message: Message) -> bool:
    text = Headers(raw=message["headers"]).get("content-type", "")
    return message["status"] >= _FIRST_ERROR and text.startswith(_PLAIN)
