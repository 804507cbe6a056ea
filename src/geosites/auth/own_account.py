"""What an account can change itself: its password, second factor and recovery codes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.auth import passwords, sign_in, totp
from geosites.auth.generated_secrets import hashed
from geosites.auth.two_factor_policy import TwoFactors
from geosites.core.errors import Refused, WrongProof
from geosites.db.access import accounts, sign_ins
from geosites.db.access.accounts import Account
from geosites.db.access.sign_ins import Token
from geosites.permissions.policy import Principal


@dataclass(frozen=True, kw_only=True)
class OwnAccount:
    """An account as it sees itself. `offered`: a second factor that waits for its first code."""

    principal: Principal
    has_password: bool
    password_once: bool
    second_factor: bool
    offered: str | None
    offered_address: str | None
    recovery_codes: int
    sessions: int
    tokens: tuple[Token, ...]


def state(conn: sa.Connection, principal: Principal, now: dt.datetime) -> OwnAccount:
    """Return an account as its page shows it; its tokens are those that hold at `now`."""
    account = accounts.get(conn, principal.login)
    offered = account.totp_offered
    held = [item for item in sign_ins.tokens(conn, principal.login) if _holds(item, now)]
    return OwnAccount(
        principal=principal,
        has_password=account.password_hash is not None,
        password_once=account.password_once,
        second_factor=account.totp_secret is not None,
        offered=offered,
        offered_address=None if offered is None else totp.address(offered, principal.login),
        recovery_codes=accounts.recovery_codes_left(conn, principal.login),
        sessions=sign_ins.count_sessions(conn, principal.login, now),
        tokens=tuple(held),
    )


def change_password(conn: sa.Connection, login: str, present: str, new: str) -> None:
    """Change a password; raises `Refused` where the present one is wrong or the new one weak."""
    account = accounts.get(conn, login)
    _require_password(account, present)
    chosen = passwords.checked(new, login)
    if passwords.matches(account.password_hash, chosen):
        raise Refused("the new password is the same as the current one")
    accounts.change(conn, login, password_hash=passwords.hash_of(chosen), password_once=False)


def offer_second_factor(conn: sa.Connection, login: str, present: str) -> None:
    """Generate a secret for a second factor, inactive until its first code is entered.

    An account with a password must enter it again, so that a session alone cannot add a factor.
    """
    account = accounts.get(conn, login)
    if account.totp_secret is not None:
        raise Refused("this account has a second factor; an administrator can reset it")
    if account.password_hash is not None:
        _require_password(account, present)
    accounts.change(conn, login, totp_offered=totp.new_secret())


def confirm_second_factor(
    conn: sa.Connection, login: str, code: str, now: dt.datetime
) -> list[str]:
    """Take the offered second factor into use, and return recovery codes, shown once."""
    offered = accounts.get(conn, login).totp_offered
    step = None if offered is None else totp.step_of(offered, code, now)
    if step is None:
        raise WrongProof("wrong code; check the clock of the telephone")
    accounts.change(conn, login, totp_secret=offered, totp_offered=None, totp_step=step)
    return _new_codes(conn, login)


def renew_recovery_codes(conn: sa.Connection, login: str, code: str, now: dt.datetime) -> list[str]:
    """Replace the recovery codes and return the new ones, which are shown once."""
    account = accounts.get(conn, login)
    if account.totp_secret is None or not sign_in.second_factor(conn, account, code, now):
        raise WrongProof("wrong code, or already used")
    return _new_codes(conn, login)


def owed(conn: sa.Connection, login: str, two_factors: TwoFactors) -> str | None:
    """Return the pending obligation of an account, or None."""
    return sign_in.owed(conn, accounts.get(conn, login), two_factors)


def _require_password(account: Account, present: str) -> None:
    if not passwords.matches(account.password_hash, present):
        raise WrongProof("the current password is wrong")


def _new_codes(conn: sa.Connection, login: str) -> list[str]:
    codes = totp.new_recovery_codes()
    accounts.put_recovery_codes(conn, login, [hashed(code) for code in codes])
    return codes


def _holds(token: Token, now: dt.datetime) -> bool:
    return token.revoked_at is None and token.expires_at > now
