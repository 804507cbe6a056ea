"""Problems that redirect the reader to the page where they can be fixed."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from geosites.presentation.path_prefix import rooted
from geosites.web import views
from geosites.web.form_data import unsent_forms
from geosites.web.form_data.unsent_forms import UnsentForm
from geosites.web.http.allowed_methods import ALLOW, AllowedMethods
from geosites.web.http.anonymous_page_context import page_for
from geosites.web.http.redirects import sign_in_address
from geosites.web.security.authentication import ACCOUNT, ACCOUNTS

NOT_SIGNED_IN = "/problems#not-signed-in"
UNFINISHED = "/problems#account-unfinished"
FORBIDDEN = "/problems#forbidden"


async def answer(request: Request, problem: str, headers: Mapping[str, str]) -> Response | None:
    """Return the redirect target of a problem by its name; None if it is shown instead.

    Form input is preserved across the sign-in. Accounts that may not read weeks manage accounts,
    and start on that page.
    """
    if problem == NOT_SIGNED_IN:
        kept = await unsent_forms.unsent(request)
        if kept is not None:
            return await run_in_threadpool(_sign_in_first, request, kept, headers)
        return RedirectResponse(sign_in_address(request), HTTPStatus.SEE_OTHER)
    if ALLOW in headers and request.method == "GET":
        return _above(request)
    first = request.method == "GET" and request.url.path == "/"
    if problem == UNFINISHED:
        return RedirectResponse(rooted(ACCOUNT), HTTPStatus.SEE_OTHER)
    if problem == FORBIDDEN and first:
        return RedirectResponse(rooted(ACCOUNTS), HTTPStatus.SEE_OTHER)
    return None


def _above(request: Request) -> Response | None:
    """Redirect a GET of a form action's URL, which only accepts POST, to its page.

    The response to a form is shown at that URL: a reader who requests it again, in the other
    language or from the history, wants that page.
    """
    allowed: AllowedMethods = request.app.state.allowed
    path, query = request.url.path.rpartition("/")[0], request.url.query
    while path:
        if "GET" in (allowed.at(path) or "").split(", "):
            there = rooted(path) + (f"?{query}" if query else "")
            return RedirectResponse(there, HTTPStatus.SEE_OTHER)
        path = path.rpartition("/")[0]
    return None


def _sign_in_first(request: Request, kept: UnsentForm, headers: Mapping[str, str]) -> Response:
    provider = request.app.state.config.door is not None
    html = views.sign_in(page_for(request), None, provider=provider, unsent=kept)
    return HTMLResponse(html, HTTPStatus.UNAUTHORIZED, headers=dict(headers))
