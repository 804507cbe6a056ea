"""The pages people read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites import studies
from geosites.access.policy import Act
from geosites.render import views
from geosites.store import marks, sites
from geosites.web import answers, pictures, problems, weeks_rendered
from geosites.web.visit import Visit, may
from geosites.weeks import IsoWeek

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/")
def show_home(visit: Annotated[Visit, may(Act.READ_WEEK)]) -> str:
    """Show the answer of the week, the closures and the map."""
    with visit.begin() as conn:
        home = studies.home(conn, visit.now)
    page = visit.page.marked(home.exercise)
    closures = [answer.document() for answer in home.closures]
    if home.week is None:
        return views.home_empty(page, closures)
    sounded = [alarm.document() for alarm in home.alarms]
    classes = pictures.classes(home.week)
    return views.home(page, home.week.document(), closures, sounded, classes)


@router.get("/maps/hotspots")
def show_latest(visit: Annotated[Visit, may(Act.READ_WEEK)]) -> Response:
    """Lead to the hotspots of the latest week."""
    with visit.begin() as conn:
        week = studies.latest_week(conn)
    return RedirectResponse(visit.page.links.week(week), status_code=307)


@router.get("/maps/hotspots/{week}")
def show_week(week: str, visit: Annotated[Visit, may(Act.READ_WEEK)]) -> str:
    """Show the page of all weeks at one of them."""
    with visit.begin() as conn:
        answer = studies.hotspots(conn, IsoWeek.parse(week))
        span = studies.weeks_recorded(conn)
    page = visit.page.marked(answer.exercise)
    return views.week(page, answer.document(), pictures.classes(answer), span, visit.now)


@router.get("/maps/hotspots/{week}/facts")
def show_week_facts(
    week: str, request: Request, visit: Annotated[Visit, may(Act.READ_WEEK)]
) -> Response:
    """Show what changes on the page of all weeks with the week."""
    with visit.begin() as conn:
        found = weeks_rendered.facts(conn, visit, IsoWeek.parse(week))
    return answers.rendered(request, found)


@router.get("/sites")
def show_sites(visit: Annotated[Visit, may(Act.READ_CLOSURE)]) -> str:
    """Show every site with its closure, by what needs a visit first."""
    with visit.begin() as conn:
        as_of = studies.reading_time(conn, visit.now)
        found = [answer.document() for answer in studies.board(conn, as_of)]
        page = visit.page.marked(marks.is_exercise(conn))
    return views.sites(page, found)


@router.get("/sites/{slug}")
def show_site(slug: str, visit: Annotated[Visit, may(Act.READ_CLOSURE)]) -> str:
    """Show one site: its closure, and everything the answer rests on."""
    with visit.begin() as conn:
        as_of = studies.reading_time(conn, visit.now)
        document = studies.closure(conn, slug, as_of).document()
        history = studies.history(conn, slug, None, as_of).document()
        listed = studies.events.about_site(conn, slug)
        names = {site.slug: site.name for site in sites.everything(conn)}
    events = [one.document(names) for one in listed]
    return views.site(visit.page.marked(document["exercise"]), document, history, events)


@router.get("/problems")
def show_problems(visit: Annotated[Visit, may(Act.READ_HELP)]) -> str:
    """Explain the problems that answers name."""
    with visit.begin() as conn:
        page = visit.page.marked(marks.is_exercise(conn))
    return views.problems(page, problems.explained())
