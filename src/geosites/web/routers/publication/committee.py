"""The pages of committee members."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from geosites.db.maintenance import store_flags
from geosites.permissions.committee import committee_page
from geosites.permissions.policy import Permission
from geosites.reference_data import committee
from geosites.web import views
from geosites.web.request_context import RequestContext, requires

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Reading = Annotated[RequestContext, requires(Permission.READ_DISPLACEMENT)]
Key = Annotated[str, Path(max_length=60)]


@router.get("/committee")
def show_committee(context: Reading) -> str:
    """Show the members of the committee, each with a page."""
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
    return views.committee(page, committee.members())


@router.get("/committee/{member}")
def show_member(member: Key, context: Reading) -> str:
    """Show the page of a committee member."""
    asked = committee.member(member)
    with context.begin() as conn:
        document = committee_page(conn, context.asked, asked)
    page = context.page.marked(document["week"]["exercise"])
    return views.committee_member(page, document, asked)
