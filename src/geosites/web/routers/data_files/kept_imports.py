"""Results of imports, with undo and redo of each import as a whole.

Like the import itself, both run in the background in one transaction; a page shows their progress.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.core.errors import Phrase, phrase
from geosites.db.maintenance import store_flags
from geosites.imports import import_results, undo_import
from geosites.imports.import_progress import Tell
from geosites.imports.import_results import ImportReference
from geosites.imports.undo_import import ImportWriter
from geosites.permissions.policy import Permission
from geosites.permissions.query_context import ground_in_scope, lies_whole_in
from geosites.services.closure_status.reactivation_hazard import bring_up_to_date
from geosites.web import views
from geosites.web.data_files.import_jobs import ImportJob, ImportResult
from geosites.web.form_data.forms import FilledForm, TypedForm
from geosites.web.request_context import RequestContext, requires

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Importing = Annotated[RequestContext, requires(Permission.IMPORT)]
Key = Annotated[UUID, Path(description="The key of the import.")]


class _Act(StrEnum):
    """Acts on a whole import."""

    WITHDRAW = "withdraw"
    RESTORE = "restore"


_ACTS = {_Act.WITHDRAW: undo_import.take_back, _Act.RESTORE: undo_import.put_back}
_FIELDS = {_Act.WITHDRAW: "sure", _Act.RESTORE: "form"}
"""The form field of each act that shows the reason of a refusal."""


class TypedTaking(TypedForm):
    """Form with a confirmation."""

    sure: str = ""


@router.get("/imports/{key}")
def show_kept(key: Key, context: Importing) -> Response:
    """Show the result of an import of this account, and the progress of undoing or redoing it."""
    return _page(context, key)


@router.post("/imports/{key}/withdraw")
def take_back(key: Key, typed: Annotated[TypedTaking, Form()], context: Importing) -> Response:
    """Start to undo an import, whose rows then count nowhere; their versions are kept."""
    if not typed.sure:
        wrong = {"sure": phrase("tick that this is meant")}
        return _page(context, key, FilledForm(typed={}, wrong=wrong))
    return _begun(context, key, _Act.WITHDRAW)


@router.post("/imports/{key}/restore")
def put_back(key: Key, context: Importing) -> Response:
    """Begin to let the rows of an import that was taken back count again."""
    return _begun(context, key, _Act.RESTORE)


def _begun(context: RequestContext, key: UUID, act: _Act) -> Response:
    """Begin an act in the background, and lead to its result or to how far it is."""
    with context.begin() as conn:
        import_results.get(conn, _reference(context, key))
    job = _job(context, key, act)
    context.request.app.state.imports.begin(job, partial(_work, context, key, act), anew=True)
    result = job.wait(context.config.import_wait_s)
    if result is not None and result.reason is not None:
        return _page(context, key, _refused(act, result.reason))
    there = context.page.links.kept_import(str(key))
    return RedirectResponse(there, HTTPStatus.SEE_OTHER)


def _work(context: RequestContext, key: UUID, act: _Act, tell: Tell) -> ImportResult:
    """Do an act, all of it or nothing."""
    reference = _reference(context, key)
    with context.begin() as conn:
        _ACTS[act](conn, reference, _writer(conn, context), tell)
    bring_up_to_date(context.request.app.state.store)
    return ImportResult()


def _page(context: RequestContext, key: UUID, form: FilledForm | None = None) -> Response:
    reference = _reference(context, key)
    with context.begin() as conn:
        kept = import_results.get(conn, reference)
        act = _Act.RESTORE if kept.get("taken_back") else _Act.WITHDRAW
        job = _job(context, key, act)
        under_way = views.ImportUnderWay(progress=job.progress(), writes=True)
        shown = None if form or not _at_it(job) else under_way
        rows = 0 if shown else undo_import.still_there(conn, reference)
        page = context.page.marked(store_flags.is_exercise(conn))
    told = form or _ended(job, act)
    html = views.kept_import(page, kept, rows, told, shown)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK)


def _at_it(job: ImportJob) -> bool:
    return job.begun and job.result() is None and not job.idle


def _ended(job: ImportJob, act: _Act) -> FilledForm:
    """Return the form of an act that is not done: with why, where somebody had begun it."""
    if not job.begun:
        return FilledForm(typed={})
    result = job.result()
    if result is None and job.idle:
        return _refused(act, phrase("this was interrupted; nothing was changed"))
    if result is None or result.reason is None:
        return FilledForm(typed={})
    return _refused(act, result.reason)


def _refused(act: _Act, reason: Phrase) -> FilledForm:
    return FilledForm(typed={}, wrong={_FIELDS[act]: reason})


def _job(context: RequestContext, key: UUID, act: _Act) -> ImportJob:
    return ImportJob.about(context.principal.login, f"{act} {key}")


def _reference(context: RequestContext, key: UUID) -> ImportReference:
    return ImportReference(login=context.principal.login, key=key)


def _writer(conn: sa.Connection, context: RequestContext) -> ImportWriter:
    ground, principal = ground_in_scope(conn, context.asked), context.principal
    return ImportWriter(
        login=principal.login,
        unit=principal.unit,
        scope=principal.scope,
        inside=lambda area: lies_whole_in(ground, area),
    )
