"""The pages people read."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites import services
from geosites.core.documents.closures import ClosureDocument
from geosites.core.records import Site
from geosites.core.weeks import IsoWeek
from geosites.db.geography import site_changes, sites
from geosites.db.maintenance import density_classes, store_flags
from geosites.db.publication import sharing
from geosites.db.reports import notes
from geosites.permissions import authorized_answers, authorized_displacement
from geosites.permissions.partner_releases import latest_released
from geosites.permissions.policy import Permission
from geosites.web import views, week_cache
from geosites.web.http import problems, responses
from geosites.web.request_context import RequestContext, requires

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/")
def show_home(context: Annotated[RequestContext, requires(Permission.READ_WEEK)]) -> str:
    """Show the answer of the week, the closures and the map."""
    with context.begin() as conn:
        if context.grant.coarse:
            released = latest_released(conn, context.now)
            return _coarse(conn, context, released, _closures(conn, context))
        home = services.home(conn, context.now)
        week = home.week
        result = (
            None
            if week is None
            else authorized_answers.in_scope(conn, context.asked, week.document())
        )
        classes = density_classes.get(conn)
        sounded = authorized_answers.alarms(conn, context.asked, home.alarms)
    page = context.page.marked(home.exercise)
    closures = authorized_answers.closures(context.asked, home.closures)
    if week is None or result is None:
        return views.home_empty(page, closures)
    return views.home(page, result, closures, sounded, classes)


@router.get("/maps/hotspots")
def show_latest(context: Annotated[RequestContext, requires(Permission.READ_WEEK)]) -> Response:
    """Lead to the hotspots of the latest week."""
    with context.begin() as conn:
        coarse = context.grant.coarse
        week = latest_released(conn, context.now) if coarse else services.latest_week(conn)
    return RedirectResponse(context.page.links.week(week), status_code=307)


@router.get("/maps/hotspots/{week}")
def show_week(
    week: str,
    response: Response,
    context: Annotated[RequestContext, requires(Permission.READ_WEEK)],
    whole: bool = False,
) -> str:
    """Show the page of all weeks at one of them; `whole`: with every place, and how to read it."""
    with context.begin() as conn:
        asked = IsoWeek.parse(week)
        if context.grant.coarse:
            return _coarse(conn, context, asked)
        answer = week_cache.told(conn, context, asked)
        span = services.weeks_recorded(conn)
    page = context.page.marked(answer.exercise)
    response.headers["Link"] = responses.ahead(
        page.links.ground(), page.links.streets(), page.links.week_layer(asked)
    )
    return views.week(page, answer.document, answer.classes, span, context.now, whole=whole)


@router.get("/maps/hotspots/{week}/facts")
def show_week_facts(
    week: str, request: Request, context: Annotated[RequestContext, requires(Permission.READ_MAP)]
) -> Response:
    """Show what changes on the page of all weeks with the week."""
    with context.begin() as conn:
        result = week_cache.facts(conn, context, IsoWeek.parse(week))
    return responses.rendered(request, result)


@router.get("/sites")
def show_sites(context: Annotated[RequestContext, requires(Permission.READ_CLOSURE)]) -> str:
    """Show every site with its closure, by what needs a visit first."""
    with context.begin() as conn:
        result = _closures(conn, context)
        told = [] if context.grant.coarse else sharing.closures(conn)
        page = context.page.marked(store_flags.is_exercise(conn))
        retired = _retired(conn, context) if page.may(Permission.MANAGE_SITES) else []
    return views.sites(page, result, told, retired)


def _retired(conn: sa.Connection, context: RequestContext) -> list[Site]:
    """Return the sites in scope that are in no other list."""
    in_use = {site.slug for site in sites.list_all(conn)}
    return [
        site
        for site in sites.list_all(conn, retired=True)
        if site.slug not in in_use and context.asked.sees(site.territory)
    ]


@router.get("/sites/{slug}")
def show_site(
    slug: str, context: Annotated[RequestContext, requires(Permission.READ_CLOSURE)]
) -> Response:
    """Show one site: its closure, and everything the answer rests on."""
    with context.begin() as conn:
        instead = site_changes.use_of(conn, slug).merged_into
        if instead is not None:
            return RedirectResponse(context.page.links.site(instead), HTTPStatus.SEE_OTHER)
        as_of = context.asked.instant(services.reading_time(conn, context.now))
        document = authorized_answers.closure(conn, context.asked, slug, as_of)
        history = authorized_answers.history(
            context.asked, services.history(conn, slug, None, as_of)
        )
        events = authorized_displacement.events(
            conn, context.asked, services.events.about_site(conn, slug)
        )
        answer = _notes(conn, context, document)
        whole = context.asked.holds_whole_site(conn, slug)
    page = context.page.marked(document["exercise"])
    return HTMLResponse(views.site(page, document, history, events, answer, whole=whole))


@router.get("/problems")
def show_problems(context: Annotated[RequestContext, requires(Permission.READ_HELP)]) -> str:
    """Explain the problems that answers name."""
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
    return views.problems(page, problems.explained())


def _notes(
    conn: sa.Connection, context: RequestContext, closure: ClosureDocument
) -> dict[str, str]:
    """Return the notes of what a closure rests on, where they are taken, to who sees exactly."""
    if not (context.config.notes and context.grant.exact):
        return {}
    result = notes.of(conn, [UUID(item["id"]) for item in closure["evidence"] if item["id"]])
    return {str(item): note for item, note in result.items()}


def _closures(conn: sa.Connection, context: RequestContext) -> list[ClosureDocument]:
    return authorized_answers.board(conn, context.asked, services.reading_time(conn, context.now))


def _coarse(
    conn: sa.Connection,
    context: RequestContext,
    week: IsoWeek,
    closures: list[ClosureDocument] | None = None,
) -> str:
    """Return a week as partners see it: by territory, without a map."""
    latest = latest_released(conn, context.now)
    document = authorized_answers.released_week(conn, context.asked, week)
    return views.partner.week(context.page.marked(document["exercise"]), document, latest, closures)
