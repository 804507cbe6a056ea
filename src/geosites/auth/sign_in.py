"""Sign-in with a password and a second factor, and its outcome."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.auth import passwords, sessions, sign_in_throttle, totp
from geosites.auth.generated_secrets import hashed, new_secret
from geosites.auth.session_lifetimes import Terms
from geosites.auth.two_factor_policy import TwoFactors
from geosites.core.errors import NotSignedIn
from geosites.db.access import accounts, sign_ins
from geosites.db.access.accounts import Account
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import RULES, Permission, Role


class NotKnown(NotSignedIn):
    """The provider's response does not identify an account, or the provider cannot be reached."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """A sign-in attempt: input, source, known device or not."""

    login: str
    password: str
    code: str
    source: str
    device: str | None = None


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """A successful sign-in: cookie values of session and device, pending obligations.

    `reads`: the account may read weeks; any other manages accounts and starts there.
    """

    session: str
    device: str
    owes: str | None
    reads: bool


@dataclass(frozen=True, kw_only=True)
class Turned:
    """A failed sign-in. `wait`: delay before the next attempt; without it the credentials were
    wrong.

    `known`: the login exists, for the security log only.
    """

    wait: dt.timedelta | None = None
    known: bool = False


def sign_in(
    store: Store, tried: Try, now: dt.datetime, terms: Terms, two_factors: TwoFactors
) -> Welcome | Turned:
    """Sign in, or fail. The result does not reveal which of login, password and code was wrong.

    The attempt is counted in its own transaction before anything is compared, so that concurrent
    attempts are counted too; no connection is held while the password is hashed.
    """
    device = None if tried.device is None else hashed(tried.device)
    with store.begin() as conn:
        counted = sign_in_throttle.allowances(conn, tried.login, tried.source, device)
        wait = sign_in_throttle.admit(conn, counted, now)
        account = accounts.find(conn, tried.login)
    if wait is not None:
        return Turned(wait=wait, known=account is not None)
    if not passwords.matches(account.password_hash if account else None, tried.password):
        return Turned(known=account is not None)
    with store.begin() as conn:
        account = accounts.find(conn, tried.login)
        if account is None or not _may(conn, account, tried, now):
            return Turned(known=account is not None)
        sign_in_throttle.succeed(conn, counted)
        return welcome(conn, account, now, terms, two_factors, tried.device)


def welcome(
    conn: sa.Connection,
    account: Account,
    now: dt.datetime,
    terms: Terms,
    two_factors: TwoFactors,
    device: str | None,
    *,
    both_shown: bool = False,
) -> Welcome:
    """Begin a session for an account; `both_shown`: another has seen its two factors."""
    owes = owed(conn, account, two_factors, both_shown=both_shown)
    known = device or new_secret()
    sign_ins.put_device(conn, hashed(known), account.login, now)
    session = sessions.begin(conn, account.login, now, terms, owes)
    reads = Role(account.role) in RULES[Permission.READ_WEEK]
    return Welcome(session=session, device=known, owes=owes, reads=reads)


def owed(
    conn: sa.Connection, account: Account, two_factors: TwoFactors, *, both_shown: bool = False
) -> str | None:
    """Return the pending obligation of an account, or None.

    In an exercise, where nothing is real, a second factor is offered and never required.
    """
    if account.password_once and not both_shown:
        return sessions.OWES_PASSWORD
    if both_shown or account.totp_secret is not None or not needs_two(conn, account, two_factors):
        return None
    return sessions.OWES_SECOND_FACTOR


def needs_two(conn: sa.Connection, account: Account, two_factors: TwoFactors) -> bool:
    """Return whether an account has to sign in with two factors."""
    asked = two_factors is TwoFactors.REQUIRED and account.role in (Role.COORDINATOR, Role.ADMIN)
    return asked and not store_flags.is_exercise(conn)


def _may(conn: sa.Connection, account: Account, tried: Try, now: dt.datetime) -> bool:
    if account.disabled_at is not None:
        return False
    return account.totp_secret is None or second_factor(conn, account, tried.code, now)


def second_factor(conn: sa.Connection, account: Account, given: str, now: dt.datetime) -> bool:
    """Return whether a code of an account's telephone or paper is right, and use it up."""
    if account.totp_secret is not None:
        step = totp.step_of(account.totp_secret, given, now)
        if step is not None:
            return accounts.take_step(conn, account.login, step)
    return accounts.take_recovery_code(conn, account.login, hashed(given.strip().lower()))
