"""The page of exports: what, in which format, of which days, and why."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geosites.core.weeks import midnight
from geosites.db import store_flags
from geosites.exports import ExportKind
from geosites.permissions.policy import LONGEST_MOTIVE, Permission
from geosites.presentation.roots import rooted
from geosites.web import views
from geosites.web.request_context import RequestContext, requires
from geosites.web.routers.exports import MEDIA_TYPES

router = APIRouter(include_in_schema=False)


class ExportChoices(BaseModel):
    """What is said on the page; days are whole days in the city."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: ExportKind = ExportKind.SIGHTINGS
    form: str = Field(default="csv", max_length=20)
    first: dt.date | None = None
    last: dt.date | None = None
    motive: str = Field(default="", max_length=LONGEST_MOTIVE)


@router.get("/export", response_class=HTMLResponse)
def show_export(
    context: Annotated[RequestContext, requires(Permission.READ_HELP)],
    chosen: Annotated[ExportChoices, Query()],
) -> Response:
    """Show the form; with a motive, lead to the file, where it is decided who may have it."""
    if chosen.motive.strip() and chosen.form in MEDIA_TYPES:
        return RedirectResponse(_address(chosen), HTTPStatus.SEE_OTHER)
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
    return HTMLResponse(views.export(page, chosen, list(MEDIA_TYPES)))


def _address(chosen: ExportChoices) -> str:
    asked = {"motive": " ".join(chosen.motive.split())}
    if chosen.first:
        asked["since"] = midnight(chosen.first).isoformat()
    if chosen.last:
        asked["until"] = midnight(chosen.last + dt.timedelta(days=1)).isoformat()
    return rooted(f"/api/export/{chosen.kind}.{chosen.form}?{urlencode(asked)}")
