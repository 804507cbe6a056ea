"""Static files: style sheets and scripts, cached for a year if the URL has their digest."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import PurePath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from geosites.presentation import static_assets
from geosites.web.http.responses import Rendered, rendered

KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "public, no-cache"
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class OwnFiles:
    """Static files of geosites and Leaflet, minified once at start-up, each with its ETag.

    Leaflet's images are left out, since no map uses a control that has one.
    """

    def __init__(self) -> None:
        self.files = {
            name: Rendered.of(static_assets.body(name), MEDIA_TYPES[PurePath(name).suffix])
            for name in (*static_assets.names(), *static_assets.LEAFLET_FILES)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file, or 304 where the reader holds the same."""
        request = Request(scope)
        if request.method != "GET":
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        name = request.url.path.removeprefix(f"{static_assets.PREFIX}/")
        result = self.files.get(name)
        if result is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await rendered(request, result, _kept(name, scope))(scope, receive, send)


def _kept(name: str, scope: Scope) -> str:
    """Return the Cache-Control of a file: permanent under its own version, otherwise none.

    Another version may be that of the next release, requested from a worker of this one.
    """
    own = static_assets.asset(name).partition("?")[2]
    return KEPT if scope.get("query_string", b"") == own.encode() else ASKED_AGAIN
