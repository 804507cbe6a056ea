"""The JSON API: submit reports, run queries."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Response

from geosites import services
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.crew_detection import DetectionDocument
from geosites.core.documents.displacement import AnyDisplacement
from geosites.core.documents.reports import ReceiptDocument
from geosites.core.documents.weeks import AnyWeek
from geosites.core.errors import Refused
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closures, operations
from geosites.db.maintenance import exercise_calendar
from geosites.db.reports import notes, sightings
from geosites.permissions import authorized_answers, authorized_displacement
from geosites.permissions.policy import Permission
from geosites.permissions.report_scope import require_reportable
from geosites.services.displacement_studies.events import DispersalEvent
from geosites.validation import ClosureIn, OperationIn, SightingIn
from geosites.web.form_data import receipts
from geosites.web.form_data.report_dependencies import (
    MadeBy,
    noted,
    of_unit,
    receipt,
    require_maker,
    require_new_confirmed,
    validation_context,
)
from geosites.web.http import responses
from geosites.web.http.problems import DOCUMENTED
from geosites.web.http.query_params import AsKnownAt, AsOf, Instant
from geosites.web.request_context import RequestContext, requires

router = APIRouter(prefix="/api", tags=["api"], responses=DOCUMENTED)

Slug = Annotated[str, Path(description="The site.", max_length=200)]
Week = Annotated[str, Path(description="An ISO week like 2022-W40.", max_length=20)]
Weeks = Annotated[int, Query(ge=1, le=260)]


_KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": ReceiptDocument, "description": "The very same was recorded already"}
}


@router.post("/sightings", status_code=201, response_model=ReceiptDocument, responses=_KNOWN)
def add_sighting(
    report: SightingIn,
    context: Annotated[RequestContext, requires(Permission.REPORT_SIGHTING)],
    made_by: MadeBy = None,
) -> Response:
    """Record one sighting. 201: new; 200: known already; 409: same id with other content."""
    with context.begin() as conn:
        require_maker(made_by, context.principal)
        record = of_unit(report, context.principal).to_record(validation_context(conn, context))
        require_reportable(context.principal, record)
        note = noted(report, context)
        require_new_confirmed(conn, context, record, report.confirmed)
        added = sightings.add(conn, record)
        if note is not None:
            notes.add(conn, record.id, note)
        document = receipt(conn, context, record, added=added)
    if added:
        context.request.app.state.measures.reported(evictable=report.evictable)
    return receipts.recorded(context.request, document, 201 if added else 200)


@router.post("/operations", status_code=201, response_model=ReceiptDocument, responses=_KNOWN)
def add_operation(
    report: OperationIn, context: Annotated[RequestContext, requires(Permission.RECORD_EVENT)]
) -> Response:
    """Record one operation. 201: new; 200: known already; 409: same id with other content."""
    with context.begin() as conn:
        record = report.to_record(validation_context(conn, context))
        context.asked.require_area(conn, record.area)
        receipt = ReceiptDocument(id=str(record.id), added=operations.add(conn, record))
    return _settled(receipt)


@router.post("/closures", status_code=201, response_model=ReceiptDocument, responses=_KNOWN)
def add_closure(
    report: ClosureIn, context: Annotated[RequestContext, requires(Permission.RECORD_EVENT)]
) -> Response:
    """Record one closure. 201: new; 200: known already; 409: it overlaps another of the site."""
    with context.begin() as conn:
        record = report.to_record(validation_context(conn, context))
        context.asked.require_whole_site(conn, record.site)
        receipt = ReceiptDocument(id=str(record.id), added=closures.add(conn, record))
    return _settled(receipt)


@router.get("/sites/{slug}/closure", response_model=ClosureDocument)
def get_closure(
    slug: Slug,
    context: Annotated[RequestContext, requires(Permission.READ_CLOSURE)],
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return whether a site is still closed: the evidence, its date and its expiry."""
    with context.begin() as conn:
        at = as_of or exercise_calendar.present(conn, context.now)
        answer = authorized_answers.closure(conn, context.asked, slug, at, as_known_at)
    return responses.document(answer)


@router.get("/hotspots/{week}", response_model=AnyWeek)
def get_hotspots(
    week: Week,
    context: Annotated[RequestContext, requires(Permission.READ_WEEK)],
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return where people were present in an ISO week, and its hotspots."""
    with context.begin() as conn:
        answer = authorized_answers.week(conn, context.asked, IsoWeek.parse(week), as_known_at)
    return responses.document(answer)


@router.get("/detection", response_model=DetectionDocument)
def get_detection(
    context: Annotated[RequestContext, requires(Permission.READ_WEEK)],
    weeks: Weeks = 26,
    as_of: AsOf = None,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return the share of the people present that a crew sees, from scenes counted by two crews."""
    with context.begin() as conn:
        at = as_of or services.reading_time(conn, context.now)
        answer = authorized_answers.detection(conn, context.asked, at, weeks, as_known_at)
    return responses.document(answer)


@router.get("/displacement", response_model=AnyDisplacement)
def get_displacement(
    context: Annotated[RequestContext, requires(Permission.READ_DISPLACEMENT)],
    operation: Annotated[UUID | None, Query(description="The id of an operation.")] = None,
    site: Annotated[str | None, Query(description="Or a site, with `at`.")] = None,
    at: Annotated[Instant | None, Query(description="The instant of the event.")] = None,
    before_weeks: Weeks = 26,
    after_weeks: Weeks = 13,
    as_known_at: AsKnownAt = None,
) -> Response:
    """Return what changed, and where, after an operation or at a site."""
    with context.begin() as conn:
        answer = authorized_displacement.displacement(
            conn,
            context.asked,
            _event(conn, operation, site, at, as_known_at),
            before_weeks=before_weeks,
            after_weeks=after_weeks,
            as_known_at=as_known_at,
        )
    return responses.document(answer)


def _event(
    conn: sa.Connection,
    operation: UUID | None,
    site: str | None,
    at: Instant | None,
    as_known_at: Instant | None,
) -> DispersalEvent:
    if operation is not None and site is None and at is None:
        return services.events.of_operation(conn, operation, as_known_at)
    if operation is None and site is not None and at is not None:
        return services.events.at_site(conn, site, at, as_known_at)
    raise Refused("give either `operation`, or `site` with `at`")


def _settled(receipt: ReceiptDocument) -> Response:
    return responses.document(receipt, 201 if receipt["added"] else 200)
