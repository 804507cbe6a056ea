"""Accounts that tests sign in with: one a role, each with a password and a token of its own."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid5

import sqlalchemy as sa
from argon2 import PasswordHasher

from geosites.auth import accounts
from geosites.auth.generated_secrets import hashed
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import Token
from geosites.permissions.policy import Role

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""What hashes the passwords of tests: as the real one does, but without its effort."""

BEGAN = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
ENDS = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
SPACE = UUID("5b1b1f0e-44f6-4a34-9d0b-6a3a6a1f0c11")


def login(role: Role) -> str:
    """Return the login of the account of a role."""
    return f"test-{role.value}"


def password(role: Role) -> str:
    """Return its password."""
    return f"open sesame, {role.value[::-1]}"


def unit(role: Role) -> str:
    """Return its unit."""
    return f"unit of {role.value}"


def token(role: Role) -> str:
    """Return its token."""
    return f"geosites_of-{role.value}"


def bearer(role: Role = Role.COORDINATOR) -> dict[str, str]:
    """Return the header that shows the token of a role."""
    return {"Authorization": f"Bearer {token(role)}"}


def session(role: Role) -> str:
    """Return what the cookie of its session holds."""
    return f"session-of-{role.value}"


def cookie(base: str, role: Role = Role.COORDINATOR) -> dict[str, str]:
    """Return the session of a role as the cookie of a browser that visits `base`."""
    return {"name": "geosites", "value": session(role), "url": base}


def add_accounts(conn: sa.Connection) -> None:
    """Add the account of every role, ready to be used."""
    for role in Role:
        asked = accounts.AccountRequest(login=login(role), role=role, unit=unit(role))
        accounts.add(conn, asked, BEGAN, password=password(role), once=False, hasher=CHEAP)
        shown = Token(
            id=uuid5(SPACE, role), login=login(role), acts=(), created_at=BEGAN, expires_at=ENDS
        )
        sign_ins.add_token(conn, shown, hashed(token(role)))
        sign_ins.add_session(conn, hashed(session(role)), login(role), ENDS, ENDS)
