"""Signing in and out."""

from __future__ import annotations

import math
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.auth import sessions
from geosites.auth.sign_in import NotKnown, Try, Turned, Welcome, sign_in
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.presentation.path_prefix import rooted
from geosites.web import views
from geosites.web.app_config import WebConfig
from geosites.web.form_data import unsent_forms
from geosites.web.form_data.unsent_forms import UnsentForm
from geosites.web.http.anonymous_page_context import page_for
from geosites.web.http.query_params import page_of
from geosites.web.http.redirects import SIGN_IN, address, safe_path
from geosites.web.security import cookies, security_log
from geosites.web.security.authentication import ACCOUNT, ACCOUNTS
from geosites.web.security.cookies import YEAR_S, Cookie
from geosites.web.security.csrf import require_own_page

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

OwnPage = Depends(require_own_page)
Typed = Annotated[str, Form(max_length=200)]
Wanted = Annotated[str | None, Query(alias="next", max_length=2000)]
FORGET_PAGES = {"Clear-Site-Data": '"cache"'}
"""Headers of a sign-out; the page erases the account's waiting reports after a confirmation."""


@router.get("/sign-in")
def show_sign_in(request: Request, wanted: Wanted = None) -> str:
    """Show the form to sign in with."""
    with request.app.state.store.begin() as conn:
        page = page_of(request).marked(store_flags.is_exercise(conn))
    return views.sign_in(page, safe_path(wanted), provider=_provided(request))


@router.post("/sign-in", dependencies=[OwnPage])
def take_sign_in(
    request: Request,
    login: Typed,
    password: Typed,
    code: Typed = "",
    wanted: Annotated[str | None, Form(alias="next", max_length=2000)] = None,
    kept: Annotated[str, Form(alias="unsent", max_length=unsent_forms.LONGEST)] = "",
) -> Response:
    """Sign in, or show the form again without saying what was wrong, but with the delay."""
    config, store = _inside(request)
    now, back, unsent = config.clock(), safe_path(wanted), unsent_forms.read(kept)
    outcome = sign_in(
        store, _tried(request, login, password, code), now, config.terms, config.two_factors
    )
    if isinstance(outcome, Turned):
        told = "wrong" if outcome.wait is None else "has_to_wait"
        security_log.note(request, "sign_in", told, login=login.strip(), known=outcome.known)
        return _turned(request, outcome, back, login, unsent)
    with store.begin() as conn:
        earlier = cookies.read(request, Cookie.SESSION)
        if earlier is not None:
            sessions.end(conn, earlier)
    security_log.note(request, "sign_in", "signed_in", login=login.strip())
    answer = welcomed(config, outcome, back)
    if unsent is not None and not outcome.owes:
        offered = HTMLResponse(views.unsent_form(page_for(request), unsent, login.strip()))
        offered.raw_headers += [item for item in answer.raw_headers if item[0] == b"set-cookie"]
        return offered
    return answer


@router.post("/sign-out", dependencies=[OwnPage])
def sign_out(request: Request) -> Response:
    """End the session, and clear the browser's stored data.

    A session from an identity provider ends there too, through an intermediate page, since the
    policy forbids forms to redirect to another site.
    """
    config, store = _inside(request)
    id_token, shown = None, cookies.read(request, Cookie.SESSION)
    if shown is not None:
        with store.begin() as conn:
            id_token = sessions.end(conn, shown)
    onward = _there_too(request, id_token)
    answer: Response = RedirectResponse(rooted(SIGN_IN), HTTPStatus.SEE_OTHER)
    if onward is not None:
        answer = HTMLResponse(views.signed_out(page_of(request), onward))
    answer.headers.update(FORGET_PAGES)
    cookies.drop(answer, config, Cookie.SESSION)
    return answer


def _there_too(request: Request, id_token: str | None) -> str | None:
    door = request.app.state.config.door
    if id_token is None or door is None:
        return None
    with suppress(NotKnown):
        there: str | None = door.leave(id_token, address(request, SIGN_IN))
        return there
    return None


def welcomed(config: WebConfig, outcome: Welcome, back: str | None) -> Response:
    """Return the answer to who has signed in: the cookies, and where to go."""
    account = rooted(ACCOUNT)
    start = rooted("/" if outcome.reads else ACCOUNTS)
    answer = RedirectResponse(account if outcome.owes else back or start, HTTPStatus.SEE_OTHER)
    cookies.put(answer, config, Cookie.SESSION, outcome.session)
    cookies.put(answer, config, Cookie.DEVICE, outcome.device, YEAR_S)
    return answer


def _provided(request: Request) -> bool:
    return request.app.state.config.door is not None


def _turned(
    request: Request, outcome: Turned, back: str | None, login: str, unsent: UnsentForm | None
) -> Response:
    page, provider = page_of(request), _provided(request)
    if outcome.wait is None:
        html = views.sign_in(page, back, login=login, wrong=True, provider=provider, unsent=unsent)
        return HTMLResponse(html, HTTPStatus.UNAUTHORIZED)
    wait_s = max(1, math.ceil(outcome.wait.total_seconds()))
    html = views.sign_in(page, back, login=login, wait_s=wait_s, provider=provider, unsent=unsent)
    return HTMLResponse(html, HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": str(wait_s)})


def _tried(request: Request, login: str, password: str, code: str) -> Try:
    return Try(
        login=login.strip(),
        password=password,
        code=code,
        source=request.client.host if request.client else "",
        device=cookies.read(request, Cookie.DEVICE),
    )


def _inside(request: Request) -> tuple[WebConfig, Store]:
    return request.app.state.config, request.app.state.store
