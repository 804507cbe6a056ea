"""Writing from our own pages only: a foreign page cannot make a browser send reports for us.

A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`), and sends its cookies along
whoever asked. So a request that changes something must come from our own pages, unless it carries
a token, which no foreign page can add, or is a program's: that says nothing of its origin, and may
then show no cookie either.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from geosites.core.errors import Forbidden
from geosites.web import problems

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class SameOrigin:
    """Refuses with 403 what would change something and comes from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] in SAFE or is_ours(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        error = Forbidden("this came from a page that is not of this service; open the form here")
        response = await problems.answer(Request(scope), problems.of_error(error))
        await response(scope, receive, send)


def is_ours(headers: Headers) -> bool:
    """Return whether a request that changes something may be listened to."""
    if headers.get("authorization", "").lower().startswith("bearer "):
        return True
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return "cookie" not in headers
    here = origin is None or urlsplit(origin).netloc == headers.get("host")
    return here and site in (None, "same-origin")
