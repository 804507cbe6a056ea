"""The page of one's own account: password, second factor, recovery codes, sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, TypeVar

import sqlalchemy as sa
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.auth import own_account, reauthentication, sessions
from geosites.core.errors import Refused, WrongProof
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.request_context import RequestContext, requires
from geosites.web.security import cookies, security_log
from geosites.web.security.cookies import Cookie

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Typed = Annotated[str, Form(max_length=200)]

Done = TypeVar("Done")


@router.get("/account")
def show_account(context: Annotated[RequestContext, requires(Permission.OWN_ACCOUNT)]) -> Response:
    """Show one's own account: what it may, what it signs in with, what is signed in."""
    return _account(context)


@router.post("/account/password")
def change_password(
    context: Annotated[RequestContext, requires(Permission.OWN_ACCOUNT)],
    present: Typed,
    new: Typed,
    again: Typed,
) -> Response:
    """Change the password; every other session of the account ends."""
    try:
        if new != again:
            raise Refused("the two entries of the new password differ")
        _prove(
            context,
            lambda conn: own_account.change_password(conn, context.principal.login, present, new),
            settles=True,
        )
    except Refused as error:
        security_log.refused(context.request, error)
        return _account(context, trouble=context.page.words.sentence(error.message))
    return _account(context, done=context.page.words.say("The password is changed."))


@router.post("/account/second-factor")
def offer_second_factor(
    context: Annotated[RequestContext, requires(Permission.OWN_ACCOUNT)], present: Typed = ""
) -> Response:
    """Offer a new secret for a second factor; it counts once a code of it was shown.

    The password is asked for again: whoever finds a session open adds no factor to it.
    """
    login = context.principal.login
    try:
        _prove(context, lambda conn: own_account.offer_second_factor(conn, login, present))
    except WrongProof as error:
        security_log.refused(context.request, error)
        return _account(context, trouble=context.page.words.sentence(error.message))
    return _account(context)


@router.post("/account/second-factor/confirm")
def confirm_second_factor(
    context: Annotated[RequestContext, requires(Permission.OWN_ACCOUNT)], code: Typed
) -> Response:
    """Take the offered second factor into use, and show recovery codes once."""
    try:
        codes = _prove(
            context,
            lambda conn: own_account.confirm_second_factor(
                conn, context.principal.login, code, context.now
            ),
            settles=True,
        )
    except Refused as error:
        security_log.refused(context.request, error)
        return _account(context, trouble=context.page.words.sentence(error.message))
    return _account(context, codes=codes)


@router.post("/account/recovery-codes")
def renew_recovery_codes(
    context: Annotated[RequestContext, requires(Permission.OWN_ACCOUNT)], code: Typed
) -> Response:
    """Replace the recovery codes, by a code of the second factor; they are shown once."""
    try:
        codes = _prove(
            context,
            lambda conn: own_account.renew_recovery_codes(
                conn, context.principal.login, code, context.now
            ),
        )
    except Refused as error:
        security_log.refused(context.request, error)
        return _account(context, trouble=context.page.words.sentence(error.message))
    return _account(context, codes=codes)


@router.post("/account/sessions/end")
def end_other_sessions(
    context: Annotated[RequestContext, requires(Permission.OWN_ACCOUNT)],
) -> Response:
    """End every session of the account but this one."""
    with context.begin() as conn:
        sessions.end_others(conn, context.principal.login, _session(context.request))
    return _account(context, done=context.page.words.say("The other sessions are ended."))


def _account(
    context: RequestContext,
    *,
    done: str | None = None,
    trouble: str | None = None,
    codes: Sequence[str] = (),
) -> Response:
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
        state = own_account.state(conn, context.principal, context.now)
        known = territories.names(conn)
    ground = [known.get(code, code) for code in sorted(state.principal.scope)]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if trouble else HTTPStatus.OK
    html = views.account(page, state, ground, done=done, trouble=trouble, codes=codes)
    return HTMLResponse(html, status)


def _prove(
    context: RequestContext, act: Callable[[sa.Connection], Done], *, settles: bool = False
) -> Done:
    """Return what an act does that compares a proof; its tries are few (see `reauthentication`).

    `settles`: what the account signs in with is another then, so that other sessions end.
    """

    def within() -> Done:
        with context.begin() as conn:
            done = act(conn)
            if settles:
                _settled(context, conn)
        return done

    store: Store = context.request.app.state.store
    return reauthentication.prove(store, context.principal.login, context.now, within)


def _settled(context: RequestContext, conn: sa.Connection) -> None:
    """Begin anew what was just proved: other sessions end, and this one owes what is left."""
    secret, login = _session(context.request), context.principal.login
    sessions.end_others(conn, login, secret)
    owes = own_account.owed(conn, login, context.config.two_factors)
    sessions.settle(conn, secret, owes)


def _session(request: Request) -> str:
    return cookies.read(request, Cookie.SESSION) or ""
