"""Sessions, tokens and known devices, and delays before the next sign-in attempt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.core.errors import NotFound
from geosites.db.postgres.compiled import Compiled
from geosites.db.postgres.sql_types import Runner
from geosites.db.schema.accounts import (
    access_token,
    account,
    known_device,
    oidc_attempt,
    session,
    sign_in_wait,
)


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """Owner of a session or token. `acts` empty: all of the role. `seen_at`: last use."""

    login: str
    role: str
    unit: str
    scope: tuple[str, ...]
    seen_at: dt.datetime | None
    acts: tuple[str, ...] = ()
    owes: str | None = None


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token in a list, without its secret, which is not stored."""

    id: UUID
    login: str
    acts: tuple[str, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    seen_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OidcAttempt:
    """Values sent to the identity provider, to be compared with its response."""

    state: str
    nonce: str
    verifier: str
    next_path: str
    began_at: dt.datetime


_WHO = (account.c.login, sa.cast(account.c.role, sa.Text), account.c.unit, account.c.scope)
_INSTANT = sa.DateTime(timezone=True)
_HASH, _NOW = sa.bindparam("hash", type_=sa.LargeBinary), sa.bindparam("now", type_=_INSTANT)

# Every request runs one of these two first, so they are compiled once.
_SESSION = Compiled.once(
    sa.select(*_WHO, session.c.seen_at, session.c.owes)
    .join(account, account.c.login == session.c.login)
    .where(
        session.c.id_hash == _HASH,
        session.c.expires_at > _NOW,
        session.c.seen_at > sa.bindparam("seen_after", type_=_INSTANT),
        account.c.disabled_at.is_(None),
    )
)
_TOKEN = Compiled.once(
    sa.select(*_WHO, access_token.c.seen_at, access_token.c.acts)
    .join(account, account.c.login == access_token.c.login)
    .where(
        access_token.c.secret_hash == _HASH,
        access_token.c.expires_at > _NOW,
        access_token.c.revoked_at.is_(None),
        account.c.disabled_at.is_(None),
    )
)

# sessions ------------------------------------------------------------------------------------


def add_session(
    conn: sa.Connection,
    id_hash: bytes,
    login: str,
    now: dt.datetime,
    expires_at: dt.datetime,
    owes: str | None = None,
) -> None:
    """Record a session."""
    times = {"began_at": now, "seen_at": now, "expires_at": expires_at}
    row = {"id_hash": id_hash, "login": login, "owes": owes, **times}
    conn.execute(sa.insert(session).values(row))


def session_of(
    conn: Runner, id_hash: bytes, now: dt.datetime, idle: dt.timedelta
) -> SignedIn | None:
    """Return the owner of a session that is valid at `now`, or None."""
    for *who, owes in _SESSION.rows(conn, hash=id_hash, now=now, seen_after=now - idle):
        return _signed_in(who, owes=owes)
    return None


def touch_session(conn: sa.Connection, id_hash: bytes, now: dt.datetime) -> None:
    """Write down that a session was used at `now`."""
    statement = sa.update(session).where(session.c.id_hash == id_hash)
    conn.execute(statement.values(seen_at=now))


def settle_session(conn: sa.Connection, id_hash: bytes, owes: str | None) -> None:
    """Record the pending obligations of a session."""
    conn.execute(sa.update(session).where(session.c.id_hash == id_hash).values(owes=owes))


def put_id_token(conn: sa.Connection, id_hash: bytes, sealed: bytes) -> None:
    """Store the value that the identity provider requires at sign-out."""
    conn.execute(sa.update(session).where(session.c.id_hash == id_hash).values(id_token=sealed))


def end_session(conn: sa.Connection, id_hash: bytes) -> bytes | None:
    """End a session if there is one; return its sealed ID token, or None."""
    statement = sa.delete(session).where(session.c.id_hash == id_hash)
    return conn.execute(statement.returning(session.c.id_token)).scalar_one_or_none()


def end_other_sessions(conn: sa.Connection, login: str, id_hash: bytes) -> int:
    """End all sessions of an account but one; return how many."""
    others = (session.c.login == login, session.c.id_hash != id_hash)
    return conn.execute(sa.delete(session).where(*others)).rowcount


def count_sessions(conn: sa.Connection, login: str, now: dt.datetime) -> int:
    """Return how many sessions of an account have not expired."""
    current = (session.c.login == login, session.c.expires_at > now)
    return conn.execute(sa.select(sa.func.count()).where(*current)).scalar_one()


# tokens --------------------------------------------------------------------------------------


def add_token(conn: sa.Connection, token: Token, secret_hash: bytes) -> None:
    """Record a token by the hash of its secret."""
    row = {column.name: getattr(token, column.name, None) for column in access_token.c}
    row |= {"secret_hash": secret_hash, "acts": list(token.acts)}
    conn.execute(sa.insert(access_token).values(row))


def token_of(conn: Runner, secret_hash: bytes, now: dt.datetime) -> SignedIn | None:
    """Return the owner of a token that is valid at `now`, or None."""
    for *who, acts in _TOKEN.rows(conn, hash=secret_hash, now=now):
        return _signed_in(who, acts=tuple(acts))
    return None


def _signed_in(who: Sequence[Any], **more: Any) -> SignedIn:
    login, role, unit, scope, seen_at = who
    return SignedIn(login=login, role=role, unit=unit, scope=tuple(scope), seen_at=seen_at, **more)


def touch_token(conn: sa.Connection, secret_hash: bytes, now: dt.datetime) -> None:
    """Write down that a token was used at `now`."""
    statement = sa.update(access_token).where(access_token.c.secret_hash == secret_hash)
    conn.execute(statement.values(seen_at=now))


def tokens(conn: sa.Connection, login: str | None = None) -> list[Token]:
    """Return the tokens of one account or of all, the oldest first."""
    names = [column for column in access_token.c if column.name != "secret_hash"]
    statement = sa.select(*names).order_by(access_token.c.created_at, access_token.c.id)
    if login is not None:
        statement = statement.where(access_token.c.login == login)
    rows = conn.execute(statement).mappings()
    return [Token(**{**row, "acts": tuple(row["acts"])}) for row in rows]


def revoke_token(conn: sa.Connection, identifier: UUID, at: dt.datetime) -> None:
    """End a token; raises `NotFound` where none that holds has this id."""
    current = (access_token.c.id == identifier, access_token.c.revoked_at.is_(None))
    if conn.execute(sa.update(access_token).where(*current).values(revoked_at=at)).rowcount == 0:
        raise NotFound("token", str(identifier))


# devices -------------------------------------------------------------------------------------


def put_device(conn: sa.Connection, id_hash: bytes, login: str, now: dt.datetime) -> None:
    """Remember that an account signed in from a device."""
    statement = insert(known_device).values(id_hash=id_hash, login=login, seen_at=now)
    changed = {"seen_at": now, "login": login}
    conn.execute(statement.on_conflict_do_update(index_elements=["id_hash"], set_=changed))


def knows_device(conn: sa.Connection, id_hash: bytes, login: str) -> bool:
    """Return whether an account has signed in from a device."""
    device = known_device.c
    statement = sa.select(device.login).where(device.id_hash == id_hash, device.login == login)
    return conn.execute(statement).first() is not None


# waits ---------------------------------------------------------------------------------------


def count_try(conn: sa.Connection, key: bytes, now: dt.datetime, window: dt.timedelta) -> int:
    """Count an attempt under `key` and return their number, or 0 if it has to wait.

    The row stays locked until the transaction ends, so that concurrent attempts are counted.
    """
    table, statement = sign_in_wait, insert(sign_in_wait)
    statement = statement.values(key=key, failures=1, last_at=now, free_at=now)
    again = sa.case((table.c.last_at < now - window, 1), else_=table.c.failures + 1)
    counted = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"failures": again, "last_at": now},
        where=table.c.free_at <= now,
    )
    return conn.execute(counted.returning(table.c.failures)).scalar_one_or_none() or 0


def tries(conn: sa.Connection, key: bytes) -> int:
    """Return how many tries were counted under a key."""
    statement = sa.select(sign_in_wait.c.failures).where(sign_in_wait.c.key == key)
    return conn.execute(statement).scalar_one_or_none() or 0


def put_wait(conn: sa.Connection, key: bytes, until: dt.datetime) -> None:
    """Let the next try under `key` wait."""
    conn.execute(sa.update(sign_in_wait).where(sign_in_wait.c.key == key).values(free_at=until))


def wait_of(conn: sa.Connection, key: bytes) -> dt.datetime | None:
    """Return until when tries under `key` have to wait, or None."""
    statement = sa.select(sign_in_wait.c.free_at).where(sign_in_wait.c.key == key)
    return conn.execute(statement).scalar_one_or_none()


def forgive(conn: sa.Connection, keys: Mapping[bytes, int]) -> None:
    """Subtract attempts under each key."""
    for key in sorted(keys):
        fewer = sa.func.greatest(sign_in_wait.c.failures - keys[key], 0)
        statement = sa.update(sign_in_wait).where(sign_in_wait.c.key == key)
        conn.execute(statement.values(failures=fewer, free_at=sign_in_wait.c.last_at))


# the identity provider -----------------------------------------------------------------------


def put_oidc_attempt(conn: sa.Connection, id_hash: bytes, attempt: OidcAttempt) -> None:
    """Store the values sent to the identity provider."""
    row = {column.name: getattr(attempt, column.name, id_hash) for column in oidc_attempt.c}
    conn.execute(sa.insert(oidc_attempt).values(row))


def take_oidc_attempt(conn: sa.Connection, id_hash: bytes) -> OidcAttempt | None:
    """Return the stored values, once; None if there are none."""
    statement = sa.delete(oidc_attempt).where(oidc_attempt.c.id_hash == id_hash)
    names = [column for column in oidc_attempt.c if column.name != "id_hash"]
    row = conn.execute(statement.returning(*names)).mappings().first()
    return None if row is None else OidcAttempt(**row)


# expired rows --------------------------------------------------------------------------------


def forget(conn: sa.Connection, now: dt.datetime) -> None:
    """Erase sessions and attempts that are over, waits of yesterday, devices of a year ago."""
    day, year = dt.timedelta(days=1), dt.timedelta(days=365)
    conn.execute(sa.delete(session).where(session.c.expires_at <= now))
    conn.execute(sa.delete(sign_in_wait).where(sign_in_wait.c.last_at < now - day))
    conn.execute(sa.delete(oidc_attempt).where(oidc_attempt.c.began_at < now - day))
    conn.execute(sa.delete(known_device).where(known_device.c.seen_at < now - year))
