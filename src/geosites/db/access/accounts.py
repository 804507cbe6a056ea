"""Queries on accounts and their credentials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.core.errors import Conflict, NotFound
from geosites.db.schema.accounts import (
    access_token,
    account,
    account_use,
    known_device,
    recovery_code,
    session,
)


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account: of a service at a unit, with a role, for some territories or (none) for all.

    Of its credentials only what verification needs: hashes, the TOTP secret and its last step.
    """

    login: str
    role: str
    unit: str
    scope: tuple[str, ...] = ()
    created_at: dt.datetime
    disabled_at: dt.datetime | None = None
    password_hash: str | None = None
    password_once: bool = False
    totp_secret: str | None = None
    totp_offered: str | None = None
    totp_step: int = 0
    oidc_subject: str | None = None


def add(conn: sa.Connection, one: Account) -> None:
    """Record an account; raises `Conflict` where its login or subject is taken."""
    row = {column.name: getattr(one, column.name) for column in account.c}
    statement = insert(account).values({**row, "scope": list(one.scope)}).on_conflict_do_nothing()
    if conn.execute(statement.returning(account.c.login)).first() is None:
        raise Conflict(
            "there is an account %(login)r already, or another with its subject", login=one.login
        )


def get(conn: sa.Connection, login: str) -> Account:
    """Return an account, disabled or not; raises `NotFound`."""
    result = find(conn, login)
    if result is None:
        raise NotFound("account", login)
    return result


def find(conn: sa.Connection, login: str) -> Account | None:
    """Return an account, disabled or not, or None."""
    row = conn.execute(sa.select(account).where(account.c.login == login)).mappings().first()
    return None if row is None else _account(row)


def held(conn: sa.Connection, login: str) -> Account:
    """Return an account and hold it until the transaction ends; raises `NotFound`."""
    statement = sa.select(account).where(account.c.login == login).with_for_update()
    row = conn.execute(statement).mappings().first()
    if row is None:
        raise NotFound("account", login)
    return _account(row)


def last_used(conn: sa.Connection) -> dict[str, dt.datetime]:
    """Return when each account was last used, by browser or by token, as far as that is known."""
    seen = sa.union_all(
        *(
            sa.select(table.c.login, table.c.seen_at)
            for table in (session, known_device, access_token, account_use)
        )
    ).subquery()
    latest = sa.func.max(seen.c.seen_at)
    statement = sa.select(seen.c.login, latest).where(seen.c.seen_at.is_not(None))
    return {row.login: row[1] for row in conn.execute(statement.group_by(seen.c.login))}


def by_subject(conn: sa.Connection, subject: str) -> Account | None:
    """Return the account with the identity provider's `subject`, or None."""
    statement = sa.select(account).where(account.c.oidc_subject == subject)
    row = conn.execute(statement).mappings().first()
    return None if row is None else _account(row)


def list_all(conn: sa.Connection) -> list[Account]:
    """Return every account by its login."""
    rows = conn.execute(sa.select(account).order_by(account.c.login)).mappings()
    return [_account(row) for row in rows]


def units(conn: sa.Connection) -> list[str]:
    """Return the units that have an account in use, by name."""
    used = (account.c.disabled_at.is_(None), account.c.unit != "")
    statement = sa.select(account.c.unit).where(*used).distinct().order_by(account.c.unit)
    return list(conn.execute(statement).scalars())


def change(conn: sa.Connection, login: str, **values: object) -> None:
    """Update columns of an account; raises `NotFound`."""
    statement = sa.update(account).where(account.c.login == login).values(values)
    if conn.execute(statement).rowcount == 0:
        raise NotFound("account", login)


def take_step(conn: sa.Connection, login: str, step: int) -> bool:
    """Return whether the code of a TOTP step may be taken; it may once, and none before it."""
    statement = (
        sa.update(account)
        .where(account.c.login == login, account.c.totp_step < step)
        .values(totp_step=step)
    )
    return conn.execute(statement).rowcount == 1


def put_recovery_codes(conn: sa.Connection, login: str, hashes: Sequence[bytes]) -> None:
    """Replace the recovery codes of an account."""
    conn.execute(sa.delete(recovery_code).where(recovery_code.c.login == login))
    if hashes:
        rows = [{"login": login, "code_hash": item} for item in hashes]
        conn.execute(sa.insert(recovery_code), rows)


def take_recovery_code(conn: sa.Connection, login: str, code_hash: bytes) -> bool:
    """Use up a recovery code; return whether the account had it."""
    statement = sa.delete(recovery_code).where(
        recovery_code.c.login == login, recovery_code.c.code_hash == code_hash
    )
    return conn.execute(statement).rowcount == 1


def recovery_codes_left(conn: sa.Connection, login: str) -> int:
    """Return how many recovery codes an account has."""
    statement = sa.select(sa.func.count()).where(recovery_code.c.login == login)
    return conn.execute(statement).scalar_one()


def end_everything(conn: sa.Connection, login: str, at: dt.datetime) -> None:
    """End all sessions, tokens and known devices of an account."""
    for table in (session, known_device):
        conn.execute(sa.delete(table).where(table.c.login == login))
    current = access_token.c.revoked_at.is_(None)
    statement = sa.update(access_token).where(access_token.c.login == login, current)
    conn.execute(statement.values(revoked_at=at))


def _account(row: sa.RowMapping) -> Account:
    return Account(**{**row, "scope": tuple(row["scope"])})
