"""Sign-in through an identity provider (OpenID Connect): the redirect and the callback."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from geosites.auth.generated_secrets import hashed, new_secret
from geosites.auth.sign_in import NotKnown
from geosites.core.errors import NotFound
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import OidcAttempt
from geosites.web import views
from geosites.web.http.anonymous_page_context import page_for
from geosites.web.http.redirects import address, safe_path
from geosites.web.routers.access.sign_in import welcomed
from geosites.web.security import cookies, security_log
from geosites.web.security.cookies import Cookie

if TYPE_CHECKING:
    from geosites.auth.oidc import Door

router = APIRouter(prefix="/sign-in/oidc", include_in_schema=False)

CALLBACK = "/sign-in/oidc/callback"


@router.get("")
def go_there(
    request: Request,
    wanted: Annotated[str | None, Query(alias="next", max_length=2000)] = None,
) -> Response:
    """Redirect to the identity provider, and store the values expected in its response."""
    from geosites.auth.oidc import LASTS  # its libraries only where there is a provider

    config = request.app.state.config
    try:
        sent = _door(request).send(address(request, CALLBACK))
    except NotKnown:
        return _turned(request)
    secret = new_secret()
    attempt = OidcAttempt(
        state=sent.state,
        nonce=sent.nonce,
        verifier=sent.verifier,
        next_path=safe_path(wanted) or "",
        began_at=config.clock(),
    )
    with request.app.state.store.begin() as conn:
        sign_ins.put_oidc_attempt(conn, hashed(secret), attempt)
    answer = RedirectResponse(sent.address, HTTPStatus.SEE_OTHER)
    cookies.put(answer, config, Cookie.OIDC, secret, int(LASTS.total_seconds()))
    return answer


@router.get("/callback")
def come_back(request: Request) -> Response:
    """Sign in the account of the provider's identity, if there is one; the stored values are used
    up.

    The reason for a failure is not shown, since the reader could not correct it.
    """
    from geosites.auth import oidc

    config, store = request.app.state.config, request.app.state.store
    now = config.clock()
    try:
        attempt = _attempt(request, now)
        known = _door(request).receive(request.query_params, address(request, CALLBACK), attempt)
        device = cookies.read(request, Cookie.DEVICE)
        with store.begin() as conn:
            begun = oidc.welcome(conn, known, now, config.terms, config.two_factors, device)
    except NotKnown:
        security_log.note(request, "sign_in_by_provider", "wrong")
        return _turned(request)
    security_log.note(request, "sign_in_by_provider", "signed_in")
    answer = welcomed(config, begun, attempt.next_path or None)
    cookies.drop(answer, config, Cookie.OIDC)
    return answer


def _attempt(request: Request, now: dt.datetime) -> OidcAttempt:
    """Return the stored values of this browser's attempt, once; raises `NotKnown`."""
    from geosites.auth.oidc import LASTS

    secret = cookies.read(request, Cookie.OIDC)
    if secret is None:
        raise NotKnown("this browser was not sent to the identity provider")
    with request.app.state.store.begin() as conn:
        attempt = sign_ins.take_oidc_attempt(conn, hashed(secret))
    if attempt is None or now - attempt.began_at > LASTS:
        raise NotKnown("what was asked of the identity provider is over")
    return attempt


def _door(request: Request) -> Door:
    door: Door | None = request.app.state.config.door
    if door is None:
        raise NotFound("identity provider", "oidc")
    return door


def _turned(request: Request) -> Response:
    html = views.sign_in(page_for(request), None, provider=True, unknown=True)
    answer = HTMLResponse(html, HTTPStatus.UNAUTHORIZED)
    cookies.drop(answer, request.app.state.config, Cookie.OIDC)
    return answer
