"""Possible duplicates: reports of one scene, merged or kept apart by coordinators."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import Annotated, cast
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ConfigDict
from starlette.responses import Response

from geosites import services
from geosites.core.crs import to_geographic
from geosites.core.documents.reports import (
    DuplicatesDocument,
    MergedDocument,
    MergeDocument,
    PairDocument,
    PartDocument,
    SightingDocument,
)
from geosites.core.errors import Conflict, Forbidden, Refused
from geosites.core.precision import HALF_DIAGONAL_M, cell_middles
from geosites.core.records import CHOSEN_OF_SIGHTING, EFFORT, Sighting
from geosites.db.geography import sites, territories
from geosites.db.maintenance import exercise_calendar, store_flags
from geosites.db.reports import duplicate_merges, duplicates, sightings
from geosites.db.reports.duplicate_merges import Merged
from geosites.db.reports.duplicates import Pair
from geosites.permissions.masking import in_scope
from geosites.permissions.policy import Grant, Permission
from geosites.validation.api_schemas.duplicate_schemas import (
    REASONS,
    JudgementReason,
    MergeIn,
    PartIn,
)
from geosites.web import views
from geosites.web.form_data.forms import FormFields
from geosites.web.http import responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.query_params import Instant
from geosites.web.request_context import RequestContext, requires

router = APIRouter()
api = APIRouter(prefix="/api", tags=["api"], responses=DOCUMENTED)

SightingId = Annotated[UUID, Path(description="The id of the sighting.")]
Days = Annotated[int, Query(ge=1, le=3660, description="Seen within so many days.")]
Most = Annotated[int, Query(ge=1, le=1000)]
Judge = Annotated[RequestContext, requires(Permission.JUDGE_DUPLICATES)]
FORTNIGHT = dt.timedelta(days=14)
MOST_SHOWN = 50


class Judged(FormFields):
    """Form of the page."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sighting: UUID
    other: UUID
    reason: JudgementReason
    days: int = 14


@api.get("/duplicates", response_model=DuplicatesDocument)
def get_duplicates(
    context: Judge,
    start: Annotated[Instant | None, Query(description="By default 14 days before.")] = None,
    end: Annotated[Instant | None, Query(description="By default now.")] = None,
    most: Most = 200,
) -> Response:
    """Return reports that may show one scene, and those that were merged.

    Positions are exact with a motive (`X-Motive`), otherwise the centres of 100 m cells.
    """
    with context.begin() as conn:
        last = end or exercise_calendar.present(conn, context.now)
        first = start or last - FORTNIGHT
        if first >= last:
            raise Refused("start must lie before end")
        pairs, total = duplicates.pairs(conn, first, last, most, context.principal.scope)
        merged = duplicate_merges.merged(conn, first, last, context.principal.scope)
        exercise = store_flags.is_exercise(conn)
    answer: DuplicatesDocument = {
        "start": first,
        "end": last,
        "exercise": exercise,
        "total": total,
        "pairs": [_pair_document(pair, context.grant) for pair in pairs],
        "merged": [_merged_document(item, context.grant) for item in merged],
    }
    return responses.document(answer)


@api.post("/sightings/{sighting}/merge", response_model=MergeDocument)
def merge_sighting(sighting: SightingId, report: MergeIn, context: Judge) -> Response:
    """Merge a sighting into another, which then counts alone. 409: already merged elsewhere."""
    with context.begin() as conn:
        _require_scope(conn, context, sighting, report.into)
        principal = context.principal
        judgement = report.to_record(sighting, principal.login, principal.unit)
        head = duplicate_merges.merge(conn, judgement)
    return responses.document(MergeDocument(id=str(sighting), into=str(head)))


@api.post("/sightings/{sighting}/part", response_model=PartDocument)
def part_sighting(sighting: SightingId, report: PartIn, context: Judge) -> Response:
    """Let a sighting count on its own again. 409: it is merged into no other."""
    with context.begin() as conn:
        other = report.other or duplicate_merges.head_of(conn, sighting)
        if other is None:
            raise Conflict(
                "sighting %(sighting)s is merged into no other; name `other`", sighting=sighting
            )
        _require_scope(conn, context, sighting, other)
        principal = context.principal
        judgement = report.to_record(sighting, other, principal.login, principal.unit)
        parted = duplicate_merges.part(conn, judgement)
    return responses.document(PartDocument(id=str(sighting), other=str(other), parted=parted))


@router.get("/duplicates", response_class=HTMLResponse, include_in_schema=False)
def show_duplicates(context: Judge, days: Days = 14) -> str:
    """Show the reports that may show one scene, and those that were merged."""
    with context.begin() as conn:
        end = services.reading_time(conn, context.now) + dt.timedelta(minutes=1)
        start, scope = end - dt.timedelta(days=days), context.principal.scope
        pairs, total = duplicates.pairs(conn, start, end, MOST_SHOWN, scope)
        merged = duplicate_merges.merged(conn, start, end, scope)
        page = context.page.marked(store_flags.is_exercise(conn))
        names = {site.slug: site.name for site in sites.list_all(conn, retired=True)}
        ground = territories.names(conn)
    lines = [_line(pair, names, ground) for pair in pairs]
    return views.duplicates(page, lines, total, [_merged_line(item) for item in merged], days)


@router.post("/duplicates", include_in_schema=False)
def judge_duplicates(judged: Annotated[Judged, Form()], context: Judge) -> Response:
    """Merge or separate two sightings from a form of the page, and redirect to it."""
    if judged.reason in REASONS[True]:
        merge_sighting(judged.sighting, MergeIn(into=judged.other, reason=judged.reason), context)
    else:
        part_sighting(judged.sighting, PartIn(other=judged.other, reason=judged.reason), context)
    address = context.page.links.duplicates()
    days = f"{'&' if '?' in address else '?'}days={judged.days}"
    return RedirectResponse(address + days, HTTPStatus.SEE_OTHER)


def _require_scope(conn: sa.Connection, context: RequestContext, *identifiers: UUID) -> None:
    places = [sightings.get(conn, item).territory for item in identifiers]
    if not in_scope(context.principal, places).all():
        raise Forbidden(
            "%(login)s: this sighting lies outside your territories", login=context.principal.login
        )


def _line(pair: Pair, names: dict[str, str], ground: dict[str, str]) -> views.PairLine:
    moved, kept = _direction(pair)
    return views.PairLine(
        moved=moved,
        kept=kept,
        place=names.get(kept.site or "", ground[kept.territory]),
        distance_m=pair.distance_m,
    )


def _direction(pair: Pair) -> tuple[Sighting, Sighting]:
    """Return which would be merged into which: a call into a visit, else the later one."""
    first, second = pair.first, pair.second
    only_second = second.origin in EFFORT and first.origin not in EFFORT
    return (first, second) if only_second else (second, first)


def _merged_line(one: Merged) -> views.MergedLine:
    return views.MergedLine(
        moved=one.sighting,
        kept=one.into,
        login=one.judgement.login,
        unit=one.judgement.unit,
        at=one.judged_at,
        reason=one.judgement.reason,
    )


def _pair_document(pair: Pair, grant: Grant) -> PairDocument:
    moved, kept = _direction(pair)
    return {
        "sighting": _sighting_document(moved, grant),
        "into": _sighting_document(kept, grant),
        "distance_m": round(pair.distance_m, 1),
    }


def _merged_document(one: Merged, grant: Grant) -> MergedDocument:
    message = one.judgement
    return {
        "sighting": _sighting_document(one.sighting, grant),
        "into": _sighting_document(one.into, grant),
        "reason": message.reason,
        "login": message.login,
        "unit": message.unit,
        "at": one.judged_at,
    }


def _sighting_document(sighting: Sighting, grant: Grant) -> SightingDocument:
    """Return a sighting; without a motive, its position is the centre of its cell."""
    exact = [[sighting.point.x, sighting.point.y]]
    at = exact if grant.exact else cell_middles(np.array(exact))
    accuracy_m = sighting.accuracy_m
    if not grant.exact:
        accuracy_m = max(accuracy_m or 0.0, HALF_DIAGONAL_M)
    ((lon, lat),) = to_geographic(at).round(6).tolist()
    document = {
        "id": str(sighting.id),
        "observed_at": sighting.observed_at,
        "headcount": sighting.headcount,
        "accuracy_m": accuracy_m,
        "origin": sighting.origin,
        **{one.name: getattr(sighting, one.name) for one in CHOSEN_OF_SIGHTING},
        "unit": sighting.unit,
        "site": sighting.site,
        "territory": sighting.territory,
        "lon": lon,
        "lat": lat,
    }
    return cast("SightingDocument", document)


router.include_router(api)
