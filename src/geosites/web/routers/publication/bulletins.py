"""Weekly bulletins: the list, one as a page or file, issuing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites import bulletins as publishing
from geosites.bulletins import Copy, html
from geosites.core.documents.bulletins import Difference
from geosites.core.errors import Conflict, NotFound, Outdated
from geosites.core.weeks import IsoWeek
from geosites.db.maintenance import store_flags
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition, ListedRevision
from geosites.imports.import_progress import ImportProgress, ImportStage, Tell
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.data_files.import_jobs import ImportJob, ImportResult
from geosites.web.form_data.forms import TypedForm
from geosites.web.http import responses
from geosites.web.request_context import RequestContext, requires

PNG = "image/png"
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "html": html.MEDIA_TYPE,
    "json": responses.JSON,
}

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Reading = Annotated[RequestContext, requires(Permission.READ_BULLETIN)]
Revision = Annotated[int | None, Query(ge=1, le=1_000_000)]
Issuing = Annotated[str, Query(max_length=200)]


class TypedIssue(TypedForm):
    """Form to issue a bulletin: the version of the content that was read."""

    version: str = ""


@router.get("/bulletins")
def show_bulletins(context: Reading) -> str:
    """Show the bulletins that were issued, the latest first."""
    with context.begin() as conn:
        result = bulletins.issued(conn, Edition.SERVICE)
        page = context.page.marked(store_flags.is_exercise(conn))
        latest = publishing.latest_finished(conn, context.now)
    due = latest if latest not in {one.week for one in result} else None
    return views.bulletins(page, result, due)


@router.get("/bulletins/{week}/map.png")
def get_map(
    week: str, context: Reading, revision: Revision = None, *, tall: bool = False
) -> Response:
    """Return the map of an issued bulletin; `tall`: for a phone."""
    with context.begin() as conn:
        copy = _issued(conn, IsoWeek.parse(week), revision)
    return Response(copy.map(context.page.words, tall=tall), media_type=PNG)


@router.get("/bulletins/{week}.{form}")
def get_file(week: str, form: str, context: Reading, revision: Revision = None) -> Response:
    """Return an issued bulletin as a file: .pdf, .html, or .json, which is its content."""
    with context.begin() as conn:
        if form not in MEDIA_TYPES:
            raise NotFound("form of a bulletin", form, sorted(MEDIA_TYPES))
        copy = _issued(conn, IsoWeek.parse(week), revision)
    name = f"bulletin-{week}-r{copy.imprint.revision}.{form}"
    file = publishing.file_of(copy, context.page.words.language, form)
    shown = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file, headers=shown, media_type=MEDIA_TYPES[form])


@router.get("/monday")
def show_monday(context: Reading) -> str:
    """Show the first page of the bulletin of the last week that is over, issued or not."""
    with context.begin() as conn:
        week = publishing.latest_finished(conn, context.now)
        last = bulletins.latest(conn, week, Edition.SERVICE)
        copy = (
            publishing.draft(conn, week, context.now) if last is None else publishing.of_issue(last)
        )
    page = context.page.marked(bool(copy.content["exercise"]))
    answer = copy.told(page.words, page.links)
    return views.monday(page, answer, week, copy.imprint.revision, _draft_map(copy, context))


@router.get("/bulletins/{week}")
def show_bulletin(
    week: str, context: Reading, revision: Revision = None, issuing: Issuing = ""
) -> Response:
    """Show the last or the requested revision of a bulletin, or a draft.

    `issuing`: the version being issued, whose progress is shown.
    """
    chosen = IsoWeek.parse(week)
    under_way = _issuing(context, chosen, issuing) if issuing else None
    if under_way is not None:
        return under_way
    with context.begin() as conn:
        others = bulletins.issued(conn, Edition.SERVICE, chosen)
        if others or revision is not None:
            copy = _issued(conn, chosen, revision)
        else:
            copy = publishing.draft(conn, chosen, context.now)
    return HTMLResponse(_bulletin(context, chosen, copy, others))


@router.post("/bulletins/{week}")
def issue_bulletin(
    week: str,
    typed: Annotated[TypedIssue, Form()],
    context: Annotated[RequestContext, requires(Permission.ISSUE_BULLETIN)],
) -> Response:
    """Issue a bulletin, or a revision if its week has changed, as it was read; redirect to it.

    If its content differs from what was read, the changes are shown first. It is issued in the
    background, once for all requests; if that takes longer, redirect to a page with its progress.
    """
    chosen = IsoWeek.parse(week)
    publishing.require_over(chosen, context.now)
    job = _job(context, chosen, typed.version)
    work = partial(_issue, context, chosen, typed.version)
    context.request.app.state.imports.begin(job, work, anew=True)
    ended = job.wait(context.config.import_wait_s)
    if ended is not None:
        return _after_issuing(context, chosen, typed.version, ended)
    there = context.page.links.bulletin(chosen, issuing=typed.version)
    return RedirectResponse(there, HTTPStatus.SEE_OTHER)


def _job(context: RequestContext, week: IsoWeek, read: str) -> ImportJob:
    """Return the job that issues this version: one for all its readers in the same store."""
    return ImportJob.of_all(f"bulletin {context.request.app.state.store.url} {week} {read}")


def _issue(context: RequestContext, week: IsoWeek, read: str, tell: Tell) -> ImportResult:
    """Issue a bulletin as it was read."""
    order = list(publishing.IssueStage)

    def progress(stage: publishing.IssueStage) -> None:
        done = order.index(stage)
        tell(ImportProgress(stage=ImportStage.WRITING, rows=len(order), written=done))

    try:
        with context.begin() as conn:
            publishing.issue(conn, week, context.now, read=read, progress=progress)
    except Outdated:
        return ImportResult(outdated=True)
    return ImportResult()


def _issuing(context: RequestContext, week: IsoWeek, read: str) -> Response | None:
    """Show the progress or result of issuing a bulletin; None if it is not being issued."""
    job = _job(context, week, read)
    if not job.begun:
        return None
    interrupted = job.idle
    ended = job.result()
    if ended is not None:
        return _after_issuing(context, week, read, ended)
    if interrupted:
        raise Conflict("this was interrupted; nothing was issued")
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
    return HTMLResponse(views.bulletin_under_way(page, week, read, job.progress()))


def _after_issuing(
    context: RequestContext, week: IsoWeek, read: str, ended: ImportResult
) -> Response:
    if ended.outdated:
        return _read_again(context, week, read)
    if ended.reason is not None:
        raise Conflict(ended.reason)
    return RedirectResponse(context.page.links.bulletin(week), HTTPStatus.SEE_OTHER)


def _read_again(context: RequestContext, week: IsoWeek, read: str) -> Response:
    """Show the content that would be issued now, with its differences from what was read."""
    with context.begin() as conn:
        copy = publishing.draft(conn, week, context.now)
        changed = publishing.changed_since(conn, week, read, copy)
        others = bulletins.issued(conn, Edition.SERVICE, week)
    html = _bulletin(context, week, copy, others, changed)
    return HTMLResponse(html, HTTPStatus.CONFLICT)


def _bulletin(
    context: RequestContext,
    week: IsoWeek,
    copy: Copy,
    others: Sequence[ListedRevision],
    changed: Sequence[Difference] | None = None,
) -> str:
    page = context.page.marked(bool(copy.content["exercise"]))
    shown = views.ShownBulletin(
        week=week,
        made=copy.told(page.words, page.links),
        revision=copy.imprint.revision,
        version=publishing.version(copy),
        map=_draft_map(copy, context),
        changed=changed,
    )
    return views.bulletin(page, shown, others, context.now)


def _draft_map(copy: Copy, context: RequestContext) -> tuple[bytes, bytes] | None:
    """Return the maps of a draft, wide and tall, drawn from its own content; None once issued."""
    if copy.imprint.revision is not None:
        return None
    return copy.map(context.page.words), copy.map(context.page.words, tall=True)


def _issued(conn: sa.Connection, week: IsoWeek, revision: int | None) -> Copy:
    edition = Edition.SERVICE
    if revision is not None:
        return publishing.of_issue(bulletins.get(conn, week, edition, revision))
    last = bulletins.latest(conn, week, edition)
    if last is None:
        raise NotFound("bulletin", str(week))
    return publishing.of_issue(last)
