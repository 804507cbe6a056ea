"""Endpoints of the report form besides submission: session, correction, withdrawal.

For some minutes the reporter may correct or withdraw a report; afterwards only a coordinator. A
correction is a new version of the row; a withdrawn report counts nowhere and is kept.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from geosites.core.documents.reports import ReceiptDocument
from geosites.core.errors import BadParameter
from geosites.permissions.policy import Permission
from geosites.validation import SightingIn
from geosites.web.form_data import corrections, receipts
from geosites.web.form_data.report_dependencies import MadeBy, receipt, require_maker
from geosites.web.http.problems import DOCUMENTED
from geosites.web.request_context import RequestContext, requires

router = APIRouter()

API: Any = {"tags": ["api"], "responses": DOCUMENTED}
SightingId = Annotated[UUID, Path(description="The id of the sighting.")]
Reporting = Annotated[RequestContext, requires(Permission.REPORT_SIGHTING)]


@router.get("/report/state", include_in_schema=False)
def show_state(context: Reporting) -> Response:
    """Return the signed-in account and the time, in a form that no other server returns."""
    principal = context.principal
    now = receipts.instant(context.now)
    return receipts.answer({"login": principal.login, "unit": principal.unit, "now": now})


@router.post("/api/sightings/{sighting}/correct", response_model=ReceiptDocument, **API)
def correct_sighting(
    sighting: SightingId, report: SightingIn, context: Reporting, made_by: MadeBy = None
) -> Response:
    """Correct an own report of the last minutes; coordinators may correct any at any time."""
    if report.id is not None and report.id.lower() != str(sighting):
        raise BadParameter("the id in the body is not the one in the address")
    with context.begin() as conn:
        require_maker(made_by, context.principal)
        record, added = corrections.correct(conn, context, sighting, report, report.confirmed)
        document = receipt(conn, context, record, added=added)
    return receipts.recorded(context.request, document)


@router.post("/api/sightings/{sighting}/withdraw", response_model=ReceiptDocument, **API)
def withdraw_sighting(sighting: SightingId, context: Reporting, made_by: MadeBy = None) -> Response:
    """Withdraw an own report of the last minutes; coordinators may withdraw any at any time."""
    with context.begin() as conn:
        require_maker(made_by, context.principal)
        record = corrections.withdraw(conn, context, sighting)
        document = receipt(conn, context, record, added=False)
    return receipts.recorded(context.request, document)


@router.post("/report/{sighting}/withdraw", include_in_schema=False)
def withdraw_by_form(sighting: SightingId, context: Reporting) -> Response:
    """Withdraw a report from its receipt, and lead back to it."""
    with context.begin() as conn:
        corrections.withdraw(conn, context, sighting)
    return RedirectResponse(context.page.links.receipt(sighting), HTTPStatus.SEE_OTHER)
