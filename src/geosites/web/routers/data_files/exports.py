"""File export: all records of a type, in the format of the extension."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import pathlib
import shutil
import tempfile
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from geosites.core.errors import NotFound
from geosites.db import journal
from geosites.exports import ExportKind, ExportReport, export_file
from geosites.permissions.masking import sight
from geosites.permissions.policy import Permission
from geosites.presentation.path_prefix import rooted
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.query_params import AsKnownAt, Instant
from geosites.web.request_context import RequestContext, requires

router = APIRouter(prefix="/api/export", tags=["files"], responses=DOCUMENTED)

MEDIA_TYPES = {
    "csv": "text/csv",
    "csv.gz": "application/gzip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "fgb": "application/vnd.flatgeobuf",
}

_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in MEDIA_TYPES.values()
        }
    }
}


@router.get("/{name}", response_class=Response, responses=_FILES)
def get_export(
    name: Annotated[str, Path(description="A kind and an ending: sightings.parquet.")],
    context: Annotated[RequestContext, requires(Permission.EXPORT)],
    since: Annotated[Instant | None, Query(description="From this instant on.")] = None,
    until: Annotated[Instant | None, Query(description="To before this instant.")] = None,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return all records of a type as a file: csv, csv.gz, xlsx, geojson, gpkg, fgb or parquet.

    A motive is required. `Content-Location` repeats the request as known at the same instant: an
    interrupted download is resumed there, by `Range` and the `ETag` in `If-Range`.
    """
    kind = _kind(name)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="geosites-export-"))
    path = folder / name
    try:
        with context.begin() as conn:
            report = export_file(
                conn,
                kind,
                path,
                since=since,
                until=until,
                as_known_at=as_known_at,
                sight=sight(context.grant),
            )
            answer = [f"{path.name} as known at {report.as_known_at.isoformat()}"]
            journal.communicated(conn, f"export {kind}", answer, context.principal.login)
        return _file(path, report, since, until)
    except BaseException:
        shutil.rmtree(folder)
        raise


class _RangedFile(FileResponse):
    """A file response with range requests; an unknown range unit is ignored (RFC 9110)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        known = [
            (name, value)
            for name, value in scope["headers"]
            if name != b"range" or value.strip().lower().startswith(b"bytes=")
        ]
        await super().__call__({**scope, "headers": known}, receive, send)


def _kind(name: str) -> ExportKind:
    """Return the record type from a file name, or raise `NotFound`."""
    kind, _, ending = name.partition(".")
    kinds = {item.value: item for item in ExportKind}
    if kind not in kinds or ending not in MEDIA_TYPES:
        known = [f"{item}.{known}" for item in kinds for known in MEDIA_TYPES]
        raise NotFound("export", name, difflib.get_close_matches(name, known, n=2))
    return kinds[kind]


def _file(
    path: pathlib.Path, report: ExportReport, since: dt.datetime | None, until: dt.datetime | None
) -> Response:
    """Return the file, which is removed once it was answered with."""
    ending = path.name.partition(".")[2]
    asked = {"since": since, "until": until, "as_known_at": report.as_known_at}
    query = urlencode({name: at.isoformat() for name, at in asked.items() if at is not None})
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
    headers = {
        "ETag": f'"{digest}"',
        "Cache-Control": "private, no-store",
        "Content-Encoding": "identity",
        "Content-Location": rooted(f"/api/export/{path.name}?{query}"),
        "X-Geosites-Exercise": str(report.exercise).lower(),
    }
    return _OnceSent(
        path,
        headers=headers,
        media_type=MEDIA_TYPES[ending],
        filename=path.name,
    )


class _OnceSent(_RangedFile):
    """A file that is removed with its folder once it was answered with, whatever the answer was."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            shutil.rmtree(pathlib.Path(self.path).parent, ignore_errors=True)
