"""Closures: the board, a site's history, acts, round sheets."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites import services
from geosites.analysis.rounds import ShiftLimits
from geosites.core.documents.closures import BoardDocument, DeclaredClosure, HistoryDocument
from geosites.core.documents.geojson import Layer
from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.core.documents.rounds import RoundsDocument
from geosites.core.errors import NotFound
from geosites.core.records import Closure
from geosites.core.weeks import DayPart, IsoWeek
from geosites.db.closure import closure_withdrawal, closures
from geosites.db.maintenance import exercise_calendar
from geosites.maps import embedded_basemap, map_data
from geosites.permissions import authorized_answers
from geosites.permissions.policy import Permission
from geosites.validation import ExtensionIn, LiftingIn, RestorationIn, WithdrawalIn
from geosites.web import views
from geosites.web.form_data.report_dependencies import dated_act
from geosites.web.http import responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.query_params import AsKnownAt, AsOf, Instant
from geosites.web.request_context import RequestContext, requires

PDF, PNG = "application/pdf", "image/png"
router = APIRouter()
api = APIRouter(prefix="/api", tags=["api"], responses=DOCUMENTED)

ClosureId = Annotated[UUID, Path(description="The id of the closure.")]
Slug = Annotated[str, Path(description="The site.", max_length=200)]
Days = Annotated[int, Query(ge=0, le=60, description="Visits due within so many days.")]
Crews = Annotated[int, Query(ge=1, le=12, description="How many crews go out.")]
Minutes = Annotated[int, Query(ge=30, le=720, description="How long their shift is.")]
Part = Annotated[
    DayPart | None, Query(description="By default the part in which visits tell most.")
]
Most = Annotated[int, Query(ge=1, le=200, description="At most so many sites.")]


@api.get("/closures", response_model=BoardDocument)
def get_board(
    context: Annotated[RequestContext, requires(Permission.READ_CLOSURE)],
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return the status of every site, those that most need a visit first."""
    with context.begin() as conn:
        at = context.asked.instant(as_of or exercise_calendar.present(conn, context.now))
        result = authorized_answers.board(conn, context.asked, at, as_known_at)
    return responses.document(BoardDocument(as_of=at, sites=result))


@api.post("/closures/{closure}/extend", response_model=DeclaredClosure)
def extend_closure(
    closure: ClosureId,
    report: ExtensionIn,
    context: Annotated[RequestContext, requires(Permission.RECORD_EVENT)],
) -> Response:
    """Move the end of a closure to a later day. 409: it would meet the next closure."""
    with context.begin() as conn:
        context.asked.require_whole_site(conn, closures.get(conn, closure).site)
        act = dated_act(conn, context, report.to_record(closure))
        changed = closures.extend(conn, act, review_days=report.review_days)
    return responses.document(_declared(changed))


@api.post("/closures/{closure}/lift", response_model=DeclaredClosure)
def lift_closure(
    closure: ClosureId,
    report: LiftingIn,
    context: Annotated[RequestContext, requires(Permission.RECORD_EVENT)],
) -> Response:
    """End a closure before its time."""
    with context.begin() as conn:
        context.asked.require_whole_site(conn, closures.get(conn, closure).site)
        changed = closures.lift(conn, dated_act(conn, context, report.to_record(closure)))
    return responses.document(_declared(changed))


@api.post("/closures/{closure}/withdraw", response_model=DeclaredClosure)
def withdraw_closure(
    closure: ClosureId,
    report: WithdrawalIn,
    context: Annotated[RequestContext, requires(Permission.RECORD_EVENT)],
) -> Response:
    """Withdraw a closure that was declared by mistake; returns its last state."""
    with context.begin() as conn:
        context.asked.require_whole_site(conn, closures.get(conn, closure).site)
        seen = closures.version(conn, closure)
        gone = closure_withdrawal.withdraw(conn, report.to_record(closure), seen)
    return responses.document(_declared(gone))


@api.post("/closures/{closure}/restore", response_model=DeclaredClosure)
def restore_closure(
    closure: ClosureId,
    report: RestorationIn,
    context: Annotated[RequestContext, requires(Permission.RECORD_EVENT)],
) -> Response:
    """Restore a withdrawn closure. 409: another one was declared in its place."""
    with context.begin() as conn:
        last = closure_withdrawal.last(conn, closure)
        context.asked.require_whole_site(conn, last.closure.site)
        back = closure_withdrawal.restore(conn, report.to_record(closure), last.since)
    return responses.document(_declared(back))


@api.get("/sites/{slug}/history", response_model=HistoryDocument)
def get_history(
    slug: Slug,
    context: Annotated[RequestContext, requires(Permission.READ_CLOSURE)],
    start: Annotated[Instant | None, Query(description="By default before its closure.")] = None,
    end: Annotated[Instant | None, Query(description="By default now.")] = None,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return the status of a site over time, in periods with exact limits."""
    with context.begin() as conn:
        context.asked.require_site(conn, slug)
        context.asked.require_latest(as_known_at)
        last = context.asked.instant(end or exercise_calendar.present(conn, context.now))
        result = services.history(conn, slug, start, last, as_known_at=as_known_at)
    return responses.document(authorized_answers.history(context.asked, result))


@api.get("/rounds", response_model=RoundsDocument)
def get_rounds(
    context: Annotated[RequestContext, requires(Permission.READ_ROUNDS)],
    as_of: AsOf = None,
    days: Days = 3,
    most: Most = 12,
) -> Response:
    """Return which sites to visit, in which part of the day, in what order."""
    with context.begin() as conn:
        at = as_of or exercise_calendar.present(conn, context.now)
        sheet = _sheet(conn, context, at, days, most)
    return responses.document(authorized_answers.rounds(context.asked, sheet))


@api.get("/rounds/plan", response_model=RoundPlanDocument)
def get_plan(
    context: Annotated[RequestContext, requires(Permission.READ_ROUNDS)],
    as_of: AsOf = None,
    crews: Crews = 1,
    minutes: Minutes = 240,
    part: Part = None,
) -> Response:
    """Return the round plan of one shift: stops, their purpose, probabilities of all squares."""
    limits = ShiftLimits(crews=crews, shift_min=minutes)
    with context.begin() as conn:
        plan = _plan(conn, context, as_of or context.now, limits, part)
    return responses.document(authorized_answers.round_plan(context.asked, plan))


@router.get("/rounds", response_class=HTMLResponse, include_in_schema=False)
def show_rounds(
    context: Annotated[RequestContext, requires(Permission.READ_ROUNDS)],
    days: Days = 3,
    crews: Crews = 1,
    minutes: Minutes = 240,
    part: Part = None,
) -> str:
    """Show where to look next, and all visits that are due."""
    limits = ShiftLimits(crews=crews, shift_min=minutes)
    with context.begin() as conn:
        at = services.reading_time(conn, context.now)
        sheet = _sheet(conn, context, at, days)
        plan = _plan(conn, context, at, limits, part)
    return views.rounds(
        context.page.marked(sheet.exercise),
        authorized_answers.round_plan(context.asked, plan),
        authorized_answers.rounds(context.asked, sheet),
        days,
    )


@router.get("/rounds/plan.pdf", include_in_schema=False)
def get_plan_paper(
    context: Annotated[RequestContext, requires(Permission.READ_ROUNDS)],
    crews: Crews = 1,
    minutes: Minutes = 240,
    part: Part = None,
) -> Response:
    """Return where to look next as a PDF file, a sheet for each crew."""
    answer, streets = _drawn(context, ShiftLimits(crews=crews, shift_min=minutes), part)
    from geosites.maps.round_map import round_map  # takes what only paper needs
    from geosites.presentation.round_sheet_pdf import round_plan_pdf

    words = context.page.words
    maps = [round_map(words, streets, [crew]) for crew in answer["rounds"]]
    return Response(round_plan_pdf(words, answer, maps), media_type=PDF)


@router.get("/rounds/plan.png", include_in_schema=False)
def get_plan_map(
    context: Annotated[RequestContext, requires(Permission.READ_ROUNDS)],
    crews: Crews = 1,
    minutes: Minutes = 240,
    part: Part = None,
    *,
    tall: bool = False,
) -> Response:
    """Return the map of where to look next, with the stops of all crews; `tall`: for a phone."""
    answer, streets = _drawn(context, ShiftLimits(crews=crews, shift_min=minutes), part)
    from geosites.maps.round_map import round_map  # takes what only paper needs

    picture = round_map(context.page.words, streets, answer["rounds"], tall=tall)
    if picture is None:
        raise NotFound("map of rounds", context.page.words.day(answer["as_of"]))
    return Response(picture, media_type=PNG)


@router.get("/rounds.pdf", include_in_schema=False)
def get_paper(
    context: Annotated[RequestContext, requires(Permission.READ_ROUNDS)], days: Days = 3
) -> Response:
    """Return the round sheets as a PDF file."""
    with context.begin() as conn:
        sheet = _sheet(conn, context, services.reading_time(conn, context.now), days)
    answer = authorized_answers.rounds(context.asked, sheet)
    from geosites.presentation.round_sheet_pdf import round_pdf  # takes what only paper needs

    return Response(round_pdf(context.page.words, answer), media_type=PDF)


def _declared(closure: Closure) -> DeclaredClosure:
    return {
        "id": str(closure.id),
        "site": closure.site,
        "closed_from": closure.closed_from,
        "closed_until": closure.closed_until,
        "legal_ref": closure.legal_ref,
        "review_days": closure.review_days,
        "source": closure.source,
    }


def _drawn(
    context: RequestContext, limits: ShiftLimits, part: DayPart | None
) -> tuple[RoundPlanDocument, Layer]:
    """Return where to look next, and the streets that it is drawn over."""
    with context.begin() as conn:
        plan = _plan(conn, context, services.reading_time(conn, context.now), limits, part)
        told = authorized_answers.round_plan(context.asked, plan)
        view = embedded_basemap.around_stops(told["rounds"])
        return told, map_data.streets(conn, view=view)


def _plan(
    conn: sa.Connection,
    context: RequestContext,
    as_of: dt.datetime,
    limits: ShiftLimits,
    part: DayPart | None,
) -> services.RoundPlan:
    return services.round_plan(conn, as_of, limits, part=part, within=context.principal.scope)


def _sheet(
    conn: sa.Connection, context: RequestContext, as_of: dt.datetime, days: int, most: int = 12
) -> services.RoundSheet:
    IsoWeek.containing(as_of)  # refuses the ends of the calendar
    due_by = as_of + dt.timedelta(days=days)
    return services.rounds(conn, as_of, due_by, most=most, within=context.principal.scope)


router.include_router(api)
