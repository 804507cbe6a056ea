"""Security headers with a CSP nonce, a last exception handler, and request metrics."""

from __future__ import annotations

import secrets
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geosites.core.deadline import Deadline
from geosites.web.http import exception_handlers, problems
from geosites.web.monitoring.metrics import Measures

CLIENT_GONE = 499
"""What counts as the status of an answer that nobody waited for."""

_log = structlog.get_logger("geosites")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Served-By": "geosites",
}


def policy(nonce: str) -> str:
    """Return the content security policy of an answer: only ourselves, one script by nonce."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class StrictHeaders:
    """Gives each request a nonce in its scope, and each response the security headers.

    A response without its own Cache-Control gets `no-store`.
    """

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self.app = app
        self.headers = HEADERS | (ONLY_HTTPS if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update({**self.headers, "Content-Security-Policy": policy(nonce)})
                headers.setdefault("Cache-Control", "private, no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class LastCatch:
    """Answers 500 for an error nobody foresaw, and lets it go on to the server's log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if scope["type"] == "http" and not started:
                request = Request(scope)
                response = await exception_handlers.answer(request, problems.problem_of(error))
                await response(scope, receive, send)
            raise


class Measured:
    """Counts and logs requests by route: nothing that a reader typed becomes a label or a line."""

    def __init__(self, app: ASGIApp, measures: Measures) -> None:
        self.app = app
        self.measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.measures.began()
        try:
            await self.app(scope, receive, watched)
        finally:
            deadline: Deadline | None = scope.get("deadline")
            if deadline is not None and deadline.left:
                status = CLIENT_GONE
            method, route, spent = _method(scope), _route(scope), time.perf_counter() - began
            self.measures.ended(method, route, status, spent)
            _log.info("answered", method=method, route=route, status=status, ms=round(1000 * spent))


def _route(scope: Scope) -> str:
    path: str = getattr(scope.get("route"), "path", "")
    return path or "other"


def _method(scope: Scope) -> str:
    known = ("GET", "HEAD", "POST", "OPTIONS")
    return scope["method"] if scope["method"] in known else "other"
