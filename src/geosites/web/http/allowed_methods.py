"""Allowed methods of a URL: responses to OPTIONS, and the `Allow` header of a 405 (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

ALLOW = "Allow"


@dataclass(frozen=True)
class AllowedMethods:
    """The methods of every route, by the form of its address."""

    routes: Sequence[tuple[re.Pattern[str], frozenset[str]]]

    @classmethod
    def of(cls, app: FastAPI) -> AllowedMethods:
        """Return the allowed methods of an application with all its routes."""
        found: list[tuple[re.Pattern[str], frozenset[str]]] = []
        for route in iter_route_contexts(app.routes):
            mounted = isinstance(route.original_route, Mount)
            path = f"{route.path}/{{rest:path}}" if mounted else str(route.path)
            methods = frozenset({"GET"} if mounted else route.methods or {"GET"})
            found.append((compile_path(path)[0], methods))
        return cls(found)

    def at(self, path: str) -> str | None:
        """Return the methods of an address as `Allow` lists them, or None where nothing is."""
        methods = {name for form, names in self.routes if form.match(path) for name in names}
        if not methods:
            return None
        head = {"HEAD"} if "GET" in methods else set()
        return ", ".join(sorted({*methods, *head, "OPTIONS"}))


class Options:
    """Answers OPTIONS with the allowed methods, without using the store."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self.app(scope, receive, send)
            return
        known: AllowedMethods = scope["app"].state.allowed
        allow = known.at(scope["path"])
        if allow is None:
            await self.app(scope, receive, send)
            return
        headers = [(b"allow", allow.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
