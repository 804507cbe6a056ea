"""Re-authentication within a session: password or code, with few attempts.

As at sign-in, an attempt is counted in its own transaction before anything is compared. Whoever has
taken over a session can therefore try only a few passwords.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from geosites.auth import sessions, sign_in_throttle
from geosites.core.errors import TooManyTries, WrongProof
from geosites.db.postgres.connection import Store

MOST_WRONG = 5
"""Wrong tries in an hour after which every session of the account ends."""

Done = TypeVar("Done")


def prove(store: Store, login: str, now: dt.datetime, act: Callable[[], Done]) -> Done:
    """Return what `act` does, which compares a proof and raises `WrongProof` where it is wrong.

    Raises `TooManyTries` where the account has to wait first. One wrong try too many ends every
    session of the account.
    """
    counted = [sign_in_throttle.of_proof(login)]
    with store.begin() as conn:
        wait = sign_in_throttle.admit(conn, counted, now)
    if wait is not None:
        raise TooManyTries(max(1, math.ceil(wait.total_seconds())))
    try:
        done = act()
    except WrongProof:
        with store.begin() as conn:
            _end_sessions_after_too_many(conn, login)
        raise
    with store.begin() as conn:
        sign_in_throttle.succeed(conn, counted)
    return done


def _end_sessions_after_too_many(conn: sa.Connection, login: str) -> None:
    if sign_in_throttle.tries(conn, sign_in_throttle.of_proof(login)) >= MOST_WRONG:
        sessions.end_all(conn, login)
