"""What answers an error: its problem document, or a page of ours where a browser asked."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from geosites.core.errors import GeositesError, RowsRefused, Unconfirmed
from geosites.presentation.template_rendering import Page
from geosites.web import views
from geosites.web.form_data import receipts
from geosites.web.http import problem_redirects, problems
from geosites.web.http.allowed_methods import ALLOW
from geosites.web.http.anonymous_page_context import page_for
from geosites.web.http.problems import ProblemDocument
from geosites.web.http.query_params import page_of
from geosites.web.security import security_log

MACHINES = (
    "/api/",
    "/layers/",
    "/tiles/",
    "/static/",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
)
"""Addresses that programs ask, whatever they accept."""

EXPORTS = "/api/export/"

UNREAD = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
AS_JSON = "the body has to be JSON, sent as Content-Type: application/json"


def _unread(request: Request, error: RequestValidationError) -> bool:
    """Return whether a body was not read at all, since it was not sent as JSON."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    whole = all(tuple(item["loc"]) == ("body",) for item in error.errors())
    return whole and int(request.headers.get("content-length", 1)) > 0 and "json" not in sent


def install(app: FastAPI) -> None:
    """Make `app` answer every error by this module."""

    async def on_error(request: Request, error: Exception) -> Response:
        security_log.refused(request, error)
        unread = isinstance(error, RequestValidationError) and _unread(request, error)
        problem = problems.of_status(UNREAD, AS_JSON) if unread else problems.problem_of(error)
        if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
            allow = app.state.allowed.at(request.scope["path"])
            problem = replace(problem, headers={ALLOW: allow or ""})
        if receipts.asked_for(request) and isinstance(error, GeositesError):
            problem = replace(problem, more={**problem.more, **_retold(page_of(request), error)})
        return await answer(request, problem)

    for kind in (GeositesError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, on_error)


def _retold(page: Page, error: GeositesError) -> dict[str, Any]:
    """Return why a report is refused in the reader's language, as `said`, and its questions."""
    words = page.words
    if isinstance(error, Unconfirmed):
        asked = [{**item.document(), "text": words.retold(item.text)} for item in error.questions]
        return {"said": words.retold(error.questions[0].text), "questions": asked}
    if isinstance(error, RowsRefused):
        rows = [(row, words.retold(row.reason)) for row in error.rows]
        refused = [{**row.document(), "said": reason} for row, reason in rows]
        return {"said": "; ".join(reason for _, reason in rows), "refused": refused}
    return {"said": words.sentence(error.message)}


async def answer(request: Request, problem: ProblemDocument) -> Response:
    """Return a problem as a page where a browser asked for one, or else as a document."""
    if not wants_page(request):
        return problem.response()
    elsewhere = await problem_redirects.answer(request, problem.type, dict(problem.headers))
    if elsewhere is not None:
        return elsewhere
    page = await run_in_threadpool(page_for, request)
    html = views.error(page, int(problem.status), problem.detail, _near(problem))
    return HTMLResponse(html, status_code=problem.status, headers=dict(problem.headers))


def wants_page(request: Request) -> bool:
    """Return whether the request is a reader's, and not a program's.

    An address outside of `MACHINES` answers both, as `/ogc` does: what is accepted decides. So it
    does for exports, to which a page of ours leads.
    """
    path = request.url.path
    machine = path.startswith(MACHINES) and not path.startswith(EXPORTS)
    return not machine and "text/html" in request.headers.get("accept", "")


def _near(problem: ProblemDocument) -> list[str]:
    near = problem.more.get("near") if problem.more.get("what") == "site" else None
    return [str(item) for item in near] if isinstance(near, list) else []
