"""Accounts of the exercise: one for each role, each of an invented service."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from argon2 import PasswordHasher

from geosites.auth import accounts, passwords
from geosites.auth.accounts import AccountRequest, Credentials
from geosites.permissions.policy import Role

ACCOUNTS = (
    AccountRequest(login="psp-18e-liaison", role=Role.REPORTER, unit="PP-DSPAP-18"),
    AccountRequest(login="coordination", role=Role.COORDINATOR, unit="PP-DSPAP-Paris"),
    AccountRequest(login="analyse", role=Role.ANALYST, unit="Ville-Recensement"),
    AccountRequest(login="ars-partenaire", role=Role.PARTNER, unit="ARS"),
    AccountRequest(login="comptes", role=Role.ADMIN, unit="Exploitation"),
)


def add_accounts(
    conn: sa.Connection, now: dt.datetime, hasher: PasswordHasher = passwords.HASHER
) -> list[tuple[Role, Credentials]]:
    """Add the accounts, whose passwords need not be changed, and return their credentials."""
    return [
        (asked.role, accounts.add(conn, asked, now, once=False, hasher=hasher))
        for asked in ACCOUNTS
    ]
