"""Root path behind a proxy, whether the proxy strips the path prefix or passes it on."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geosites.presentation.path_prefix import rooted, served_under, unrooted


class Rooted:
    """Takes the path off requests that have it, and puts it into every address of the answer.

    Inside, paths are those of the routes. Addresses are made with it (`presentation.roots`), but
    for where the router itself leads to another spelling of a path. A redirect that was made
    without it gets it here.
    """

    def __init__(self, app: ASGIApp, *, root: str) -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self.root:
            await self.app(scope, receive, send)
            return
        with served_under(self.root):
            path = unrooted(scope["path"])
            inside = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
            host = Headers(scope=scope).get("host")

            async def leading(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _lead(MutableHeaders(scope=message), host)
                await send(message)

            await self.app(inside, receive, leading)


def _lead(headers: MutableHeaders, host: str | None) -> None:
    """Add the root path to a redirect to one of our URLs without it."""
    there = headers.get("location", "")
    parts = urlsplit(there)
    if parts.netloc and parts.netloc == host:
        there = parts._replace(scheme="", netloc="").geturl()
    if there.startswith("/") and not there.startswith("//") and unrooted(there) == there:
        headers["location"] = rooted(there)
