"""Authentication: turn the token or session of a request into a principal."""

from __future__ import annotations

import datetime as dt

from fastapi import Request

from geosites.auth import sessions, tokens
from geosites.auth.sessions import Shown
from geosites.core.errors import AccountUnfinished, NotSignedIn, Refused
from geosites.db.postgres.connection import Store
from geosites.db.postgres.sql_types import Runner
from geosites.permissions.policy import Principal, permissions_of
from geosites.presentation.template_rendering import Badge
from geosites.web.security import cookies
from geosites.web.security.cookies import Cookie

SECRETS = ("token", "access_token", "api_key", "password")
"""Parameter names of secrets in URLs, which end up in logs."""

ACCOUNT, ACCOUNTS, SIGN_OUT = "/account", "/accounts", "/sign-out"


def authenticate(request: Request, now: dt.datetime) -> Principal:
    """Return the principal, and record the use of the token or session.

    The lookup is one statement on a connection that is released at once. Raises as `identify`.
    """
    store: Store = request.app.state.store
    with store.autocommit() as conn:
        shown = identify(conn, request, now)
    if shown.stale:
        _write_use(store, request, now)
    return shown.principal


def identify(conn: Runner, request: Request, now: dt.datetime) -> Shown:
    """Return the credential of a request: the token of a script, or else the session of a browser.

    Raises `NotSignedIn` if there is neither or it is not valid (any more), `AccountUnfinished` if
    something has to be done on the account's page first, `Refused` for a secret in the URL.
    """
    _refuse_in_address(request)
    shown = _shown(conn, request, now)
    if shown is None:
        raise NotSignedIn("sign in, or send a token that holds as `Authorization: Bearer …`")
    if shown.owes and not request.url.path.startswith((ACCOUNT, SIGN_OUT)):
        raise AccountUnfinished(
            "the account has to settle its %(owes)s on %(account)s first",
            owes=shown.owes,
            account=ACCOUNT,
        )
    return shown


def badge(principal: Principal) -> Badge:
    """Return the signed-in account for pages, with its permissions."""
    permissions = frozenset(permission.value for permission in permissions_of(principal))
    return Badge(login=principal.login, role=principal.role.value, permissions=permissions)


def _write_use(store: Store, request: Request, now: dt.datetime) -> None:
    """Write down that a session or token was used, which is done at most once a minute.

    It has a transaction of its own, so that a question only reads.
    """
    token, session = bearer(request), cookies.read(request, Cookie.SESSION)
    with store.begin() as conn:
        if token is not None:
            tokens.touch(conn, token, now)
        elif session is not None:
            sessions.touch(conn, session, now)


def bearer(request: Request) -> str | None:
    """Return the token a request shows in its header, or None; raises for another scheme."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("a token is sent as `Authorization: Bearer …`")
    return token.strip()


def _shown(conn: Runner, request: Request, now: dt.datetime) -> Shown | None:
    token = bearer(request)
    if token is not None:
        return tokens.find(conn, token, now)
    session = cookies.read(request, Cookie.SESSION)
    if session is None:
        return None
    return sessions.find(conn, session, now, request.app.state.config.terms)


def _refuse_in_address(request: Request) -> None:
    named = [name for name in SECRETS if name in request.query_params]
    if named:
        raise Refused(
            "`%(parameter)s` does not belong into an address, which logs keep: revoke "
            "that secret, and send a token as `Authorization: Bearer …`",
            parameter=named[0],
        )
