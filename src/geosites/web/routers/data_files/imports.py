"""File import in the browser: upload, preview, confirm, result."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.core.errors import GeositesError, NotFound, phrase
from geosites.core.ground import Ground
from geosites.db.geography import ground, territories
from geosites.db.maintenance import store_flags
from geosites.imports import import_file, import_results, saved_mappings
from geosites.imports.import_outcome import ImportReport
from geosites.imports.import_progress import Tell
from geosites.imports.importing import Look
from geosites.imports.open_file import ImportRequest
from geosites.imports.saved_mappings import Taken
from geosites.maps.import_preview import Square, drawing, squares
from geosites.permissions.policy import Permission
from geosites.presentation.column_labels import in_words
from geosites.services.closure_status.reactivation_hazard import bring_up_to_date
from geosites.validation import FileKind
from geosites.web import views
from geosites.web.data_files import waiting_uploads
from geosites.web.data_files.import_choices import SAVING, ImportChoices
from geosites.web.data_files.import_jobs import ImportJob, ImportResult
from geosites.web.request_context import RequestContext, requires

router = APIRouter(include_in_schema=False)

FRESH_S = 60.0
"""A preview that is older is made again: others may have recorded something meanwhile."""

Importing = Annotated[RequestContext, requires(Permission.IMPORT)]


@router.get("/import", response_model=None)
def show_import(context: Importing, choices: Annotated[ImportChoices, Query()]) -> Response:
    """Show the form, the last results, and how far a file is or what would come of it."""
    if choices.writing and choices.upload:
        return _after_writing(context, choices)
    if not choices.upload:
        return _page(context, choices)
    return _looked_at(context, choices)


def _looked_at(
    context: RequestContext,
    choices: ImportChoices,
    taken: Taken | None = None,
    *,
    unsure: bool = False,
) -> Response:
    """Show what would come of a file, again where it was pressed too early.

    `taken`: why the name of its mapping is not to be had; `unsure`: unlikely counts were not
    confirmed.
    """
    path = waiting_uploads.find(context.principal.login, choices.upload)
    choices = choices.model_copy(update={"sure": False})
    job = _job(context, choices)
    job.forget_result(older_than_s=FRESH_S)
    context.request.app.state.imports.begin(job, partial(_look, context, path, choices))
    result = job.wait(context.config.import_wait_s)
    if result is None:
        return _page(context, choices, _under_way(path.name, job, choices))
    shown = replace(_preview(context, path.name, result), taken=taken, unsure=unsure)
    early = taken or unsure
    return _page(context, choices, shown, HTTPStatus.CONFLICT if early else HTTPStatus.OK)


@router.post("/import")
def upload_import(
    context: Importing,
    file: UploadFile,
    kind: Annotated[FileKind, Form()] = FileKind.SIGHTINGS,
    saved: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Store an uploaded file, and redirect to its preview."""
    name = file.filename or "file"
    token = waiting_uploads.keep(context.principal.login, name, file.file)
    context.journal_read()
    choices = ImportChoices(upload=token, kind=kind, saved=saved)
    return RedirectResponse(_address(context, choices), HTTPStatus.SEE_OTHER)


@router.post("/import/confirm")
def confirm_import(context: Importing, choices: Annotated[ImportChoices, Form()]) -> Response:
    """Begin to import a file as it was previewed, and lead to its result or to how far it is."""
    path = waiting_uploads.find(context.principal.login, choices.upload)
    taken = _taken(context, path, choices)
    unsure = not choices.sure and _doubted(context, choices)
    if taken is not None or unsure:
        return _looked_at(context, choices, taken, unsure=unsure)
    writing = choices.model_copy(update={"writing": True})
    job = _job(context, writing)
    job.forget_result(failed=True)
    context.request.app.state.imports.begin(job, partial(_write, context, path, writing, job))
    job.wait(context.config.import_wait_s)
    return _after_writing(context, writing)


def _taken(context: RequestContext, path: Path, choices: ImportChoices) -> Taken | None:
    """Return why the choices cannot be saved under the name that was typed, if they cannot."""
    if not choices.save_as or choices.replace:
        return None
    try:
        made = choices.as_mapping(_header(context, path, choices))
    except GeositesError:
        return None  # the preview says what is wrong with the file
    with context.begin() as conn:
        return saved_mappings.taken(conn, choices.save_as, made)


def _doubted(context: RequestContext, choices: ImportChoices) -> bool:
    """Return whether the preview of a file had implausible counts."""
    seen = _job(context, choices).result()
    return bool(seen and seen.report and seen.report.doubtful_total)


def _after_writing(context: RequestContext, choices: ImportChoices) -> Response:
    """Lead from a file that is written to its result, or back to its preview; or show how far."""
    job = _job(context, choices)
    if not job.begun:
        raise NotFound("upload", choices.upload[:32])
    if job.idle:
        job.end(ImportResult(reason=phrase("the import was interrupted; nothing was written")))
    result = job.result()
    failed = result is not None and result.reason is not None
    if (failed or result is None) and context.request.method == "POST":
        return RedirectResponse(_address(context, choices), HTTPStatus.SEE_OTHER)
    if result is None:
        return _page(context, choices, _under_way(_name(context, choices), job, choices))
    if failed:
        return _page(context, choices, _preview(context, _name(context, choices), result))
    added = result.report is not None and not result.report.refused_whole
    back = choices.model_copy(update={"writing": False, "sure": False})
    there = ImportChoices(done=True) if added else back
    return RedirectResponse(_address(context, there), HTTPStatus.SEE_OTHER)


def _name(context: RequestContext, choices: ImportChoices) -> str:
    """Return the name of an upload; nothing once its rows are in."""
    try:
        return waiting_uploads.find(context.principal.login, choices.upload).name
    except NotFound:
        return ""


def _page(
    context: RequestContext,
    choices: ImportChoices,
    preview: views.ImportPreview | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        start = views.ImportStart(
            mappings=sorted(saved_mappings.names(conn)),
            last=import_results.latest(conn, context.principal.login),
        )
    return HTMLResponse(views.imports(page, start, choices, preview), status)


def _job(context: RequestContext, choices: ImportChoices) -> ImportJob:
    """Return the job on an upload with its choices."""
    place = waiting_uploads.place(context.principal.login, choices.upload)
    return ImportJob.of(place, choices.model_dump_json(exclude={"upload", "done", *SAVING}))


def _under_way(name: str, job: ImportJob, choices: ImportChoices) -> views.ImportPreview:
    return views.ImportPreview(
        file=name,
        under_way=views.ImportUnderWay(progress=job.progress(), writes=choices.writing),
    )


def _look(context: RequestContext, path: Path, choices: ImportChoices, tell: Tell) -> ImportResult:
    """Return what would come of a file; where it cannot be read, why."""
    header: tuple[str, ...] = ()
    found: list[Square] = []
    try:
        header = _header(context, path, choices)
        with context.begin() as conn:
            report = _import(
                conn,
                context,
                path,
                choices,
                tell,
                look=lambda conn, staged: found.extend(squares(conn, staged)),
            )
    except GeositesError as error:
        return ImportResult(header=header, reason=error.message)
    return ImportResult(header=header, report=report, squares=tuple(found))


def _write(
    context: RequestContext, path: Path, choices: ImportChoices, job: ImportJob, tell: Tell
) -> ImportResult:
    """Import a file as previewed, and store the result."""
    login = context.principal.login
    with context.begin() as conn:
        report = _import(conn, context, path, choices, tell, confirmed=True)
        if not report.refused_whole:
            import_results.keep(conn, report, choices.kind, login, context.now)
            if choices.save_as:
                save = saved_mappings.save if choices.replace else saved_mappings.save_beside
                save(conn, choices.save_as, choices.as_mapping(_header(context, path, choices)))
    if not report.refused_whole:
        bring_up_to_date(context.request.app.state.store)
        waiting_uploads.forget(login, choices.upload, job.folder)
    return ImportResult(report=report)


def _address(context: RequestContext, choices: ImportChoices) -> str:
    return context.page.links.imports(choices.query())


def _preview(context: RequestContext, name: str, result: ImportResult) -> views.ImportPreview:
    """Return what would come of a file in the words of the page."""
    with context.begin() as conn:
        areas = list(territories.frame(conn).geometry)
        streets = ground.get(conn) if result.squares else Ground()
    words = context.page.words
    return views.ImportPreview(
        file=name,
        report=result.report,
        reason=None if result.reason is None else _sentence(in_words(words, result.reason)),
        header=result.header,
        map=drawing(words, result.squares, areas, streets.features),
    )


def _import(
    conn: sa.Connection,
    context: RequestContext,
    path: Path,
    choices: ImportChoices,
    tell: Tell,
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
        constants=choices.constants(),
        ignore=choices.ignored(header),
        mapping=saved_mappings.get(conn, choices.saved) if choices.saved else None,
        options=choices.options(confirmed=confirmed),
        scope=context.principal.scope,
        limit_bytes=context.config.upload_limit_bytes,
        first_day=context.config.first_day,
        plausible_heads=context.config.plausible_heads,
        counts_confirmed=choices.sure,
        dry_run=not confirmed,
        look=look,
        progress=tell,
    )


def _header(context: RequestContext, path: Path, choices: ImportChoices) -> tuple[str, ...]:
    limit = context.config.upload_limit_bytes
    request = ImportRequest(path, choices.kind, options=choices.options(), limit_bytes=limit)
    with request.opened() as source:
        return source.header


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."
