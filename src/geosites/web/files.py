"""Style sheets and scripts: kept for a year where the address names their content."""

from __future__ import annotations

from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "public, no-cache"


class KeptFiles(StaticFiles):
    """Files that a reader keeps, since `?v=` changes with them; without it they are asked again."""

    def file_response(
        self,
        full_path: PathLike[str] | str,
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        named = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = KEPT if named else ASKED_AGAIN
        return response
