"""What the report form asks beside sending: who is signed in, and to correct or withdraw a report.

For some minutes that is the reporter's own to do; afterwards a coordinator's. A correction is a new
version of the row; a withdrawn report counts nowhere and stays.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from geosites.core.errors import BadParameter
from geosites.permissions.policy import Act
from geosites.validation import SightingIn
from geosites.web import corrections, receipts
from geosites.web.problems import DOCUMENTED
from geosites.web.receipts import Recorded
from geosites.web.report_dependencies import MadeBy, receipt, require_maker
from geosites.web.request_context import Visit, may

router = APIRouter()

API: Any = {"tags": ["api"], "responses": DOCUMENTED}
SightingId = Annotated[UUID, Path(description="The id of the sighting.")]
Reporting = Annotated[Visit, may(Act.REPORT_SIGHTING)]


@router.get("/report/state", include_in_schema=False)
def show_state(visit: Reporting) -> Response:
    """Tell the form who is signed in and what time it is; nobody else answers in this form."""
    with visit.begin():
        viewer = visit.viewer
    now = receipts.instant(visit.now)
    return receipts.answer({"login": viewer.login, "unit": viewer.unit, "now": now})


@router.post("/api/sightings/{sighting}/correct", response_model=Recorded, **API)
def correct_sighting(
    sighting: SightingId, report: SightingIn, visit: Reporting, made_by: MadeBy = None
) -> Response:
    """Put a report in the place of one's own of the last minutes; a coordinator's at any time."""
    if report.id is not None and report.id.lower() != str(sighting):
        raise BadParameter("the id in the body is not the one in the address")
    with visit.begin() as conn:
        require_maker(made_by, visit.viewer)
        record, added = corrections.correct(conn, visit, sighting, report, report.confirmed)
        document = receipt(conn, visit, record, added=added)
    return receipts.recorded(visit.request, document)


@router.post("/api/sightings/{sighting}/withdraw", response_model=Recorded, **API)
def withdraw_sighting(sighting: SightingId, visit: Reporting, made_by: MadeBy = None) -> Response:
    """Let one's own report of the last minutes count nowhere; a coordinator any, at any time."""
    with visit.begin() as conn:
        require_maker(made_by, visit.viewer)
        record = corrections.withdraw(conn, visit, sighting)
        document = receipt(conn, visit, record, added=False)
    return receipts.recorded(visit.request, document)


@router.post("/report/{sighting}/withdraw", include_in_schema=False)
def withdraw_by_form(sighting: SightingId, visit: Reporting) -> Response:
    """Withdraw a report from its receipt, and lead back to it."""
    with visit.begin() as conn:
        corrections.withdraw(conn, visit, sighting)
    return RedirectResponse(visit.page.links.receipt(sighting), HTTPStatus.SEE_OTHER)
