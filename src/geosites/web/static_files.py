"""Style sheets and scripts: kept for a year where the address names their content."""

from __future__ import annotations

from http import HTTPStatus
from os import PathLike, stat_result
from pathlib import PurePath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from geosites.presentation import assets
from geosites.web.responses import Rendered, rendered

KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "public, no-cache"
MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class OwnFiles:
    """Our own files, made small once at the start; each with the tag of what is sent."""

    def __init__(self) -> None:
        self.files = {
            name: Rendered.of(assets.body(name), MEDIA_TYPES[PurePath(name).suffix])
            for name in assets.names()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file, or 304 where the reader holds the same."""
        request = Request(scope)
        if request.method != "GET":
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        result = self.files.get(request.url.path.removeprefix(f"{assets.PREFIX}/"))
        if result is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await rendered(request, result, _kept(scope))(scope, receive, send)


class KeptFiles(StaticFiles):
    """Files of others as they are, which a reader keeps since `?v=` changes with them."""

    def file_response(
        self,
        full_path: PathLike[str] | str,
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = _kept(scope)
        return response


def _kept(scope: Scope) -> str:
    """Return how long a file may be kept: where no version is named, it is asked for again."""
    return KEPT if b"v=" in scope.get("query_string", b"") else ASKED_AGAIN
