"""Displacement after operations and closures: the list, one event, a comparison."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites import services
from geosites.core.errors import NotEnoughData
from geosites.db.closure import closures, operations
from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.maps.layers import popups
from geosites.permissions import authorized_displacement, masking
from geosites.permissions.policy import Permission
from geosites.permissions.query_context import QueryContext
from geosites.presentation.labels import operation_word
from geosites.presentation.tables.displacement_tables import Compared
from geosites.presentation.template_rendering import Hyperlink, Page
from geosites.presentation.text.displacement_text import event_title
from geosites.services.displacement_studies.events import DispersalEvent
from geosites.web import views
from geosites.web.http.exception_handlers import wants_page
from geosites.web.http.problems import STATUS
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.closure.displacement import MOST_COMPARED

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

REFUSED = STATUS[NotEnoughData]

Chosen = Annotated[list[str] | None, Query(alias="event", max_length=200)]


@router.get("/maps/displacement")
def show_events(
    context: Annotated[RequestContext, requires(Permission.READ_DISPLACEMENT)],
    chosen: Chosen = None,
) -> Response:
    """Show the list of events, or the chosen ones side by side."""
    keys = list(dict.fromkeys(chosen or ()))
    if not keys:
        return HTMLResponse(_listed(context))
    if len(keys) == 1:
        context.journal_read()
        return RedirectResponse(context.page.links.displacement(keys[0]), HTTPStatus.SEE_OTHER)
    if len(keys) > MOST_COMPARED:
        notice = views.too_many(context.page, len(keys))
        return HTMLResponse(_listed(context, keys, notice), HTTPStatus.UNPROCESSABLE_ENTITY)
    with context.begin() as conn:
        context.asked.require_places()
        page = context.page.marked(store_flags.is_exercise(conn))
        result = [_compared(conn, context.asked, page, key) for key in keys]
    return HTMLResponse(views.compared(page, result))


@router.get("/maps/displacement/{event}")
def show_displacement(
    event: str,
    context: Annotated[RequestContext, requires(Permission.READ_DISPLACEMENT)],
    request: Request,
) -> Response:
    """Show the displacement study of an operation or closure, or why there is none."""
    with context.begin() as conn:
        about = services.events.parse(conn, event)
        page = context.page.marked(store_flags.is_exercise(conn))
        place = _place(conn, page, about)
        context.asked.require_event(conn, about)
        facts = () if context.grant.coarse else _facts(conn, context, about)
        try:
            if context.grant.coarse:
                released = authorized_displacement.released_displacement(conn, context.asked, about)
                name = place.text if place else None
                return HTMLResponse(views.partner.displacement(page, released, name))
            document = authorized_displacement.placed_displacement(conn, context.asked, about)
        except NotEnoughData as error:
            if not wants_page(request):
                raise
            html = views.displacement_refused(page, about.document(), error.cause, place, facts)
            return HTMLResponse(html, REFUSED)
        cuts = [_anchor(conn, page, key) for key in document["cut_by"]]
    return HTMLResponse(views.displacement(page, document, place, cuts, facts))


def _listed(
    context: RequestContext, chosen: list[str] | None = None, notice: str | None = None
) -> str:
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        result = authorized_displacement.events(conn, context.asked, services.events.list_all(conn))
    lines = [
        views.EventLine(
            key=item["key"],
            kind=item["what"],
            at=item["at"],
            place=item["place"],
            heads=item["heads_dispersed"],
        )
        for item in result
    ]
    return views.events(page, lines, chosen or (), notice)


def _compared(conn: sa.Connection, asked: QueryContext, page: Page, key: str) -> Compared:
    about = services.events.parse(conn, key)
    name, href = _name(conn, page, about), page.links.displacement(key)
    try:
        answer = authorized_displacement.placed_displacement(conn, asked, about)
        return Compared(name=name, href=href, answer=answer)
    except NotEnoughData as error:
        return Compared(name=name, href=href, answer=None, cause=error.cause)


def _anchor(conn: sa.Connection, page: Page, key: str) -> Hyperlink:
    about = services.events.parse(conn, key)
    return Hyperlink(_name(conn, page, about), page.links.displacement(key))


def _name(conn: sa.Connection, page: Page, about: DispersalEvent) -> str:
    place = _place(conn, page, about)
    return event_title(page.words, about.document(), place.text if place else None)


def _facts(
    conn: sa.Connection, context: RequestContext, about: DispersalEvent
) -> tuple[tuple[str, str], ...]:
    """Return the record of an operation, or of the closure that began on the event's day."""
    words = context.page.words
    if about.id is not None:
        done = masking.operation(context.grant, operations.get(conn, UUID(about.id)))
        kind = (words.say("Kind of event"), words.capital(operation_word(words, done.kind.value)))
        return (kind, *popups.operation(words, done).facts)
    claims = closures.of_site(conn, about.site) if about.site else []
    begun = [claim for claim in claims if words.day(claim.closed_from) == words.day(about.at)]
    return popups.closure(words, about.site or "", begun[0]).facts if begun else ()


def _place(conn: sa.Connection, page: Page, about: DispersalEvent) -> Hyperlink | None:
    if about.site is None:
        return None
    site = sites.get(conn, about.site)
    return page.site(site.slug, site.name)
