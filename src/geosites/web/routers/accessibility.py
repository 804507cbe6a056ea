"""The declaration of accessibility, which anybody may read: nothing of the store is in it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from geosites.db import store_flags
from geosites.web import views
from geosites.web.query_params import page_of

router = APIRouter()


@router.get("/accessibility", response_class=HTMLResponse, include_in_schema=False)
def show_accessibility(request: Request) -> str:
    """Declare what holds of each criterion of RGAA 4.1."""
    with request.app.state.store.begin() as conn:
        page = page_of(request).marked(store_flags.is_exercise(conn))
    return views.accessibility(page)
