"""The export page: record type, format, period and reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.core.errors import phrase
from geosites.core.weeks import midnight
from geosites.db.maintenance import store_flags
from geosites.exports import ExportKind
from geosites.permissions.policy import LONGEST_MOTIVE, Permission
from geosites.presentation.path_prefix import rooted
from geosites.web import views
from geosites.web.form_data.forms import FilledForm, Mistaken, TypedForm, required
from geosites.web.request_context import RequestContext, requires
from geosites.web.routers.data_files.exports import MEDIA_TYPES

router = APIRouter(include_in_schema=False)
FIRST_YEAR, LAST_YEAR = 1900, 9000


class ExportChoices(TypedForm):
    """Form values as text; days are whole days in the city."""

    kind: str = ExportKind.SIGHTINGS
    form: str = "csv"
    first: str = ""
    last: str = ""
    motive: str | None = None


@router.get("/export", response_class=HTMLResponse)
def show_export(
    context: Annotated[RequestContext, requires(Permission.READ_HELP)],
    chosen: Annotated[ExportChoices, Query()],
) -> Response:
    """Show the form; with a motive, lead to the file, where it is decided who may have it."""
    wrong: Mapping[str, str] = {}
    try:
        if chosen.motive is not None:
            return RedirectResponse(_address(chosen), HTTPStatus.SEE_OTHER)
    except Mistaken as error:
        wrong = error.wrong
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
    typed = {name: text or "" for name, text in chosen.model_dump().items()}
    html = views.export(page, FilledForm(typed=typed, wrong=wrong), list(MEDIA_TYPES))
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


def _address(chosen: ExportChoices) -> str:
    """Return the address of the file that was chosen; raises `Mistaken`."""
    required(chosen, "motive")
    if chosen.kind not in set(ExportKind) or chosen.form not in MEDIA_TYPES:
        raise Mistaken({"kind": phrase("has to be filled in")})
    first, last = _day(chosen, "first"), _day(chosen, "last")
    if first and last and last < first:
        raise Mistaken({"last": phrase("lies before the first day")})
    if chosen.kind == ExportKind.SITES and (first or last):
        days = phrase("sites are given whole, without days")
        raise Mistaken({"first" if first else "last": days})
    asked = {"motive": " ".join((chosen.motive or "").split())}
    if len(asked["motive"]) > LONGEST_MOTIVE:
        most = phrase("at most %(most)s characters", most=LONGEST_MOTIVE)
        raise Mistaken({"motive": most})
    if first:
        asked["since"] = midnight(first).isoformat()
    if last:
        asked["until"] = midnight(last + dt.timedelta(days=1)).isoformat()
    return rooted(f"/api/export/{chosen.kind}.{chosen.form}?{urlencode(asked)}")


def _day(chosen: ExportChoices, name: str) -> dt.date | None:
    text = getattr(chosen, name)
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Mistaken({name: phrase("is not a day, such as 2023-12-31")}) from None
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Mistaken({name: phrase("is not a day, such as 2023-12-31")})
    return day
