"""Files brought in through the browser: uploaded, previewed, confirmed, the result kept."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.core.errors import GeositesError, NotFound
from geosites.db import store_flags, territories
from geosites.imports import import_file, mapping, results
from geosites.imports.importing import Look
from geosites.imports.opening import ImportRequest
from geosites.imports.outcome import ImportReport
from geosites.maps.import_preview import Preview, drawing, previewed
from geosites.permissions.policy import Permission
from geosites.validation import FileKind
from geosites.web import uploads, views
from geosites.web.import_choices import ImportChoices
from geosites.web.request_context import RequestContext, requires

router = APIRouter(include_in_schema=False)

Importing = Annotated[RequestContext, requires(Permission.IMPORT)]


@router.get("/import", response_class=HTMLResponse)
def show_import(context: Importing, choices: Annotated[ImportChoices, Query()]) -> str:
    """Show the form, the last results, and what would come of the file that was uploaded."""
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        start = views.ImportStart(
            mappings=sorted(mapping.names(conn)), last=results.latest(conn, context.principal.login)
        )
    if not choices.upload:
        return views.imports(page, start, choices)
    path = uploads.find(context.principal.login, choices.upload)
    return views.imports(page, start, choices, _preview(context, path, choices))


@router.post("/import")
def upload_import(
    context: Importing,
    file: UploadFile,
    kind: Annotated[FileKind, Form()] = FileKind.SIGHTINGS,
    saved: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Keep a file to be looked at, and lead to its preview."""
    name = file.filename or "file"
    token = uploads.keep(context.principal.login, name, file.file)
    context.journal_read()
    choices = ImportChoices(upload=token, kind=kind, saved=saved)
    return RedirectResponse(_address(context, choices), HTTPStatus.SEE_OTHER)


@router.post("/import/confirm")
def confirm_import(context: Importing, choices: Annotated[ImportChoices, Form()]) -> Response:
    """Import a file as it was previewed, keep the result, and lead to it."""
    login = context.principal.login
    path = uploads.find(login, choices.upload)
    with context.begin() as conn:
        report = _import(conn, context, path, choices, confirmed=True)
        if not report.refused_whole:
            results.keep(conn, report, choices.kind, login, context.now)
            if choices.save_as:
                mapping.save(
                    conn, choices.save_as, choices.as_mapping(_header(context, path, choices))
                )
    if report.refused_whole:
        return RedirectResponse(_address(context, choices), HTTPStatus.SEE_OTHER)
    uploads.forget(login, choices.upload)
    done = ImportChoices(done=True)
    return RedirectResponse(_address(context, done), HTTPStatus.SEE_OTHER)


def _address(context: RequestContext, choices: ImportChoices) -> str:
    start = context.page.links.imports()
    query = choices.query()
    return start + (f"{'&' if '?' in start else '?'}{query}" if query else "")


def _preview(context: RequestContext, path: Path, choices: ImportChoices) -> views.ImportPreview:
    """Return what would come of a file; where it cannot be read, why."""
    found: list[Preview] = []
    report: ImportReport | None = None
    reason: GeositesError | None = None
    header: tuple[str, ...] = ()
    try:
        header = _header(context, path, choices)
        with context.begin() as conn:
            report = _import(
                conn,
                context,
                path,
                choices,
                look=lambda conn, staged: found.append(previewed(conn, staged)),
            )
    except NotFound:
        raise
    except GeositesError as error:
        reason = error
    with context.begin() as conn:
        areas = list(territories.frame(conn).geometry)
    words = context.page.words
    return views.ImportPreview(
        file=path.name,
        report=report,
        reason=None if reason is None else words.retold(reason.message),
        header=header,
        map=drawing(words, found[0], areas) if found else None,
    )


def _import(
    conn: sa.Connection,
    context: RequestContext,
    path: Path,
    choices: ImportChoices,
    *,
    confirmed: bool = False,
    look: Look | None = None,
) -> ImportReport:
    header = () if choices.saved else _header(context, path, choices)
    return import_file(
        conn,
        choices.kind,
        path,
        now=context.now,
        columns=choices.columns(header),
        ignore=choices.ignored(header),
        mapping=mapping.get(conn, choices.saved) if choices.saved else None,
        options=choices.options(confirmed=confirmed),
        scope=context.principal.scope,
        limit_bytes=context.config.upload_limit_bytes,
        first_day=context.config.first_day,
        dry_run=not confirmed,
        look=look,
    )


def _header(context: RequestContext, path: Path, choices: ImportChoices) -> tuple[str, ...]:
    limit = context.config.upload_limit_bytes
    request = ImportRequest(path, choices.kind, options=choices.options(), limit_bytes=limit)
    with request.opened() as source:
        return source.header
