"""The exercise: its current day, what was done in it, and its reset."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites import services
from geosites.db.maintenance import exercise_reset
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.request_context import RequestContext, requires

router = APIRouter(include_in_schema=False)

Resetting = Annotated[RequestContext, requires(Permission.RESET_EXERCISE)]


@router.get("/exercise", response_class=HTMLResponse)
def show_exercise(context: Resetting, done: bool = False) -> str:
    """Show the exercise's current day and what was done in it; 409 without an exercise."""
    with context.begin() as conn:
        changed = exercise_reset.worked_on(conn)
        now = services.reading_time(conn, context.now)
    return views.exercise(context.page.marked(True), now, changed, done=done)


@router.post("/exercise/reset")
def reset_exercise(context: Resetting) -> Response:
    """Let everything recorded since the exercise was loaded count no longer; 409 without one."""
    with context.begin() as conn:
        exercise_reset.reset(conn)
    there = context.page.links.exercise()
    mark = "&" if "?" in there else "?"
    return RedirectResponse(f"{there}{mark}done=true", HTTPStatus.SEE_OTHER)
