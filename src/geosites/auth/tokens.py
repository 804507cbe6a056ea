"""API tokens for scripts: printed once, stored as a hash, scoped, with an expiry date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa

from geosites.auth.generated_secrets import hashed, new_secret
from geosites.auth.sessions import Shown, shown
from geosites.core.errors import Conflict, Refused
from geosites.db.access import accounts, sign_ins
from geosites.db.access.sign_ins import Token
from geosites.db.postgres.sql_types import Runner
from geosites.permissions.policy import RULES, Permission, Role

PREFIX = "geosites_"
"""Prefix by which leaked tokens can be found."""

DEFAULT_DAYS, LONGEST_DAYS = 90, 366
"""Days for which a token is valid."""


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new token: the secret to show, and its id in lists."""

    token: str
    id: UUID
    login: str
    expires_at: dt.datetime


def issue(
    conn: sa.Connection,
    login: str,
    now: dt.datetime,
    *,
    days: int = DEFAULT_DAYS,
    acts: Iterable[str] = (),
) -> IssuedToken:
    """Make a token for an account; raises `Refused` for an act its role may not do.

    `acts`: names of permissions; empty is all that the role of the account has.
    """
    account = accounts.get(conn, login)
    if account.disabled_at is not None:
        raise Conflict("the account %(login)r is disabled", login=login)
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(
            "a token is valid for 1 to %(longest_days)s days, not %(days)s",
            longest_days=LONGEST_DAYS,
            days=days,
        )
    token = Token(
        id=uuid4(),
        login=login,
        acts=_acts(Role(account.role), acts),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    secret = PREFIX + new_secret()
    sign_ins.add_token(conn, token, hashed(secret))
    return IssuedToken(token=secret, id=token.id, login=login, expires_at=token.expires_at)


def find(conn: Runner, secret: str, now: dt.datetime) -> Shown | None:
    """Return the account of a token, or None if it is not valid (any more)."""
    result = sign_ins.token_of(conn, hashed(secret), now)
    return None if result is None else shown(result, now)


def touch(conn: sa.Connection, secret: str, now: dt.datetime) -> None:
    """Write down that a token was used."""
    sign_ins.touch_token(conn, hashed(secret), now)


def _acts(role: Role, asked: Iterable[str]) -> tuple[str, ...]:
    may = {item.value for item in Permission if role in RULES[item]}
    chosen = tuple(dict.fromkeys(asked))
    wrong = [act for act in chosen if act not in may]
    if wrong:
        raise Refused(
            "%(wrong)s: a %(role)s may %(known)s",
            wrong=", ".join(wrong),
            role=role,
            known=", ".join(sorted(may)),
        )
    return chosen
