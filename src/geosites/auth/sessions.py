"""Sessions: stored on the server; the cookie contains only a random value."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.fernet import Fernet

from geosites.auth.generated_secrets import hashed, new_secret
from geosites.auth.session_lifetimes import Terms
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import SignedIn
from geosites.db.postgres.sql_types import Runner
from geosites.permissions.policy import Principal, Role

TOUCHED_EVERY = dt.timedelta(minutes=1)

OWES_PASSWORD = "password"  # noqa: S105 - what is owed, not one
OWES_SECOND_FACTOR = "second factor"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An authenticated session: account, pending obligations, whether to record its use."""

    principal: Principal
    owes: str | None = None
    stale: bool = False


def begin(
    conn: sa.Connection, login: str, now: dt.datetime, terms: Terms, owes: str | None = None
) -> str:
    """Begin a session and return what its cookie holds."""
    secret = new_secret()
    sign_ins.forget(conn, now)
    sign_ins.add_session(conn, hashed(secret), login, now, now + terms.whole, owes)
    return secret


def find(conn: Runner, secret: str, now: dt.datetime, terms: Terms) -> Shown | None:
    """Return the session of a cookie, or None if it is not valid (any more)."""
    result = sign_ins.session_of(conn, hashed(secret), now, terms.idle)
    return None if result is None else shown(result, now)


def touch(conn: sa.Connection, secret: str, now: dt.datetime) -> None:
    """Write down that a session was used."""
    sign_ins.touch_session(conn, hashed(secret), now)


def end(conn: sa.Connection, secret: str) -> str | None:
    """End a session if it is one; return the ID token that came with it, or None."""
    sealed = sign_ins.end_session(conn, hashed(secret))
    return None if sealed is None else _seal(secret).decrypt(sealed).decode()


def end_all(conn: sa.Connection, login: str) -> int:
    """End every session of an account; return how many."""
    return sign_ins.end_other_sessions(conn, login, b"")


def end_others(conn: sa.Connection, login: str, secret: str) -> int:
    """End all sessions of an account but this; return how many."""
    return sign_ins.end_other_sessions(conn, login, hashed(secret))


def settle(conn: sa.Connection, secret: str, owes: str | None) -> None:
    """Write down what a session still owes."""
    sign_ins.settle_session(conn, hashed(secret), owes)


def keep_id_token(conn: sa.Connection, secret: str, id_token: str) -> None:
    """Store an ID token for sign-out, encrypted so that only the cookie's holder can read it."""
    sign_ins.put_id_token(conn, hashed(secret), _seal(secret).encrypt(id_token.encode()))


def shown(found: SignedIn, now: dt.datetime) -> Shown:
    """Return the authentication of a valid session or token."""
    principal = Principal(
        login=found.login,
        role=Role(found.role),
        unit=found.unit,
        scope=found.scope,
        permissions=frozenset(found.acts) or None,
    )
    stale = found.seen_at is None or now - found.seen_at >= TOUCHED_EVERY
    return Shown(principal=principal, owes=found.owes, stale=stale)


def _seal(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashed(f"id token of {secret}")))
