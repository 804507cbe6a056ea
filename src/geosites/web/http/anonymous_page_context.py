"""Page context of a reader who may be anonymous: problems and public pages."""

from __future__ import annotations

from contextlib import suppress

from fastapi import Request

from geosites.core.errors import GeositesError
from geosites.db.maintenance import store_flags
from geosites.presentation.template_rendering import Page
from geosites.web.http.query_params import page_of
from geosites.web.security.authentication import badge, identify


def page_for(request: Request) -> Page:
    """Return the page context of a request, with the principal if known."""
    page = page_of(request)
    with suppress(GeositesError), request.app.state.store.begin() as conn:
        page = page.marked(store_flags.is_exercise(conn))
        shown = identify(conn, request, request.app.state.config.clock())
        page = page.signed(badge(shown.principal))
    return page
