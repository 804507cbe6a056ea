"""Territories through their weeks: the list, one territory, and JSON of both."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites import services
from geosites.core.documents.territories import TerritoryDocument
from geosites.permissions import authorized_answers
from geosites.permissions.policy import Permission
from geosites.services.territories.territory import WEEKS, last_week
from geosites.web import views
from geosites.web.http import responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.query_params import AsKnownAt, AsOf
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.publication import partner

router = APIRouter()

Code = Annotated[str, Path(description="The INSEE code.", max_length=20)]
Weeks = Annotated[int, Query(ge=1, le=260, description="How many weeks back.")]
CHOICES = [13, 26, 52, 104]


@router.get(
    "/api/territories/{code}",
    tags=["api"],
    responses=DOCUMENTED,
    response_model=TerritoryDocument,
)
def get_territory(
    code: Code,
    context: Annotated[RequestContext, requires(Permission.READ_TERRITORY)],
    weeks: Weeks = WEEKS,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return one territory: its weeks, share, visits, sites and events."""
    with context.begin() as conn:
        at = as_of or services.reading_time(conn, context.now)
        week = last_week(conn, at)
        answer = authorized_answers.territory(
            conn, context.asked, code, week, at, weeks, as_known_at
        )
    return responses.document(answer)


@router.get("/territories", response_class=HTMLResponse, include_in_schema=False)
def show_territories(
    context: Annotated[RequestContext, requires(Permission.READ_TERRITORY)], weeks: Weeks = WEEKS
) -> str:
    """Show every territory, by who was there."""
    with context.begin() as conn:
        week = last_week(conn, services.reading_time(conn, context.now))
        answer = authorized_answers.all_territories(conn, context.asked, week, weeks)
    return views.territories(context.page.marked(answer["exercise"]), answer)


@router.get("/territories/{code}", response_class=HTMLResponse, include_in_schema=False)
def show_territory(
    code: Code,
    context: Annotated[RequestContext, requires(Permission.READ_TERRITORY)],
    weeks: Weeks = WEEKS,
) -> str:
    """Show one territory through its weeks."""
    with context.begin() as conn:
        as_of = services.reading_time(conn, context.now)
        week = last_week(conn, as_of)
        answer = authorized_answers.territory(conn, context.asked, code, week, as_of, weeks)
    page = context.page.marked(answer["exercise"])
    if context.grant.coarse:
        return partner.territory(page, answer)
    return views.territory_page(page, answer, CHOICES)
