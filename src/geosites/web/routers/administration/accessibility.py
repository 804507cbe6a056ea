"""The accessibility statement, a public page without any data of the store."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from geosites.web import views
from geosites.web.http.anonymous_page_context import page_for

router = APIRouter()


@router.get("/accessibility", response_class=HTMLResponse, include_in_schema=False)
def show_accessibility(request: Request) -> str:
    """Show the conformance with each criterion of RGAA 4.1."""
    return views.accessibility(page_for(request))
