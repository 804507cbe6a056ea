"""Accounts, and how administrators manage them.

A login names a function of a service, never a person or a mailbox.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from argon2 import PasswordHasher

from geosites.auth import passwords, totp
from geosites.auth.generated_secrets import new_password
from geosites.core.errors import Conflict, Outdated, Refused
from geosites.core.records import is_one_line
from geosites.db.access import accounts
from geosites.db.access.accounts import Account
from geosites.db.geography import territories
from geosites.db.publication import own_subscriptions
from geosites.permissions.policy import Role
from geosites.validation.free_text.notes import require_impersonal

_LOGIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_LOGIN, LONGEST_UNIT = 60, 60


@dataclass(frozen=True, kw_only=True)
class AccountRequest:
    """A requested account."""

    login: str
    role: Role
    unit: str
    scope: tuple[str, ...] = ()
    oidc_subject: str | None = None


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What an account signs in with; it is shown once."""

    login: str
    password: str | None
    totp_secret: str | None = None

    @property
    def totp_address(self) -> str | None:
        """Return the `otpauth:` URI of the second factor, or None if there is none."""
        return None if self.totp_secret is None else totp.address(self.totp_secret, self.login)


def add(
    conn: sa.Connection,
    asked: AccountRequest,
    now: dt.datetime,
    *,
    password: str | None = None,
    once: bool = True,
    second_factor: bool = False,
    hasher: PasswordHasher = passwords.HASHER,
) -> Credentials:
    """Create an account and return its credentials.

    Without a `password` one is generated; `once`: it has to be changed at the first sign-in. An
    account of an identity provider has no password unless one is given. Raises `Refused` for an
    invalid login, unit or scope, `Conflict` if the login or the subject is taken.
    """
    _require(conn, asked)
    chosen = _password(asked, password)
    secret = totp.new_secret() if second_factor else None
    account = Account(
        login=asked.login,
        role=asked.role,
        unit=asked.unit,
        scope=asked.scope,
        created_at=now,
        password_hash=None if chosen is None else passwords.hash_of(chosen, hasher),
        password_once=chosen is not None and once,
        totp_secret=secret,
        oidc_subject=asked.oidc_subject,
    )
    accounts.add(conn, account)
    return Credentials(login=asked.login, password=chosen, totp_secret=secret)


def change(
    conn: sa.Connection,
    login: str,
    asked: AccountRequest,
    seen: str,
    now: dt.datetime,
) -> None:
    """Change the role, unit or scope of an account; a change of role ends its sessions.

    Raises `Outdated` if it no longer matches `seen` (see `version`), `Conflict` if no administrator
    would be left.
    """
    _require(conn, asked)
    there = _held(conn, login, seen)
    if (there.role, there.unit, there.scope) == (asked.role, asked.unit, asked.scope):
        raise Refused("nothing was changed")
    if there.role != asked.role:
        require_another_admin(conn, there)
        accounts.end_everything(conn, login, now)
    accounts.change(conn, login, role=asked.role.value, unit=asked.unit, scope=list(asked.scope))


def version(account: Account) -> str:
    """Return a text that changes with what an administrator sees and changes of an account."""
    told = [account.role, account.unit, *account.scope, str(account.disabled_at)]
    return hashlib.sha256("\n".join([*told, account.password_hash or ""]).encode()).hexdigest()[:20]


def require_version(conn: sa.Connection, login: str, seen: str) -> None:
    """Lock an account for the transaction; raises `Outdated` if it does not match `seen`."""
    _held(conn, login, seen)


def _held(conn: sa.Connection, login: str, seen: str) -> Account:
    there = accounts.held(conn, login)
    if version(there) != seen:
        raise Outdated("it was changed by somebody else since it was shown; nothing was written")
    return there


def require_another_admin(conn: sa.Connection, account: Account) -> None:
    """Raise `Conflict` where an account is the last administrator that may sign in."""
    if account.role != Role.ADMIN or account.disabled_at is not None:
        return
    others = (item for item in accounts.list_all(conn) if item.login != account.login)
    if not any(item.role == Role.ADMIN and item.disabled_at is None for item in others):
        raise Conflict("%(login)s is the last administrator", login=account.login)


def disable(conn: sa.Connection, login: str, now: dt.datetime) -> None:
    """Let an account sign in no more; its sessions, tokens and subscriptions end at once."""
    there = accounts.get(conn, login)
    if there.disabled_at is not None:
        raise Conflict("the account %(login)r is disabled already", login=login)
    accounts.change(conn, login, disabled_at=now)
    accounts.end_everything(conn, login, now)
    own_subscriptions.end_all(conn, login, now)


def reset(
    conn: sa.Connection, login: str, now: dt.datetime, hasher: PasswordHasher = passwords.HASHER
) -> Credentials:
    """Give an account a new one-time password and no second factor; its sessions and tokens end.

    A disabled account may sign in again.
    """
    password = new_password()
    accounts.change(
        conn,
        login,
        disabled_at=None,
        password_hash=passwords.hash_of(password, hasher),
        password_once=True,
        totp_secret=None,
        totp_offered=None,
    )
    accounts.put_recovery_codes(conn, login, ())
    accounts.end_everything(conn, login, now)
    return Credentials(login=login, password=password)


def _password(asked: AccountRequest, given: str | None) -> str | None:
    if given is not None:
        return passwords.checked(given, asked.login)
    return None if asked.oidc_subject is not None else new_password()


def _require(conn: sa.Connection, asked: AccountRequest) -> None:
    if "@" in asked.login:
        raise Refused(
            "%(login)r: a login is a service's function, not an e-mail address", login=asked.login
        )
    if len(asked.login) > LONGEST_LOGIN or not _LOGIN.fullmatch(asked.login):
        raise Refused(
            "%(login)r: a login is small letters, digits and single hyphens, such as "
            "psp-18e-liaison, at most %(longest_login)s",
            login=asked.login,
            longest_login=LONGEST_LOGIN,
        )
    if not asked.unit.strip() or len(asked.unit) > LONGEST_UNIT or not is_one_line(asked.unit):
        raise Refused(
            "a unit has a name of one line, at most %(longest_unit)s characters",
            longest_unit=LONGEST_UNIT,
        )
    require_impersonal("unit", asked.unit)
    _require_territories(conn, asked.scope)


def _require_territories(conn: sa.Connection, scope: Sequence[str]) -> None:
    known = territories.names(conn) if scope else {}
    missing = [code for code in scope if code not in known]
    if missing:
        raise Refused(
            "no territory %(missing)s: a scope names codes such as 75118",
            missing=", ".join(missing),
        )
