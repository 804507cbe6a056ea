"""Result cache: results are reused as long as the data they rest on has not changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from typing import TypeVar

import sqlalchemy as sa

from geosites.core.lru import OwnedCaches
from geosites.db import fingerprint

MOST_ANSWERS = 600
"""Answers kept for one store; a whole rendered week takes about fifty kilobytes."""

Found = TypeVar("Found")

_ANSWERS = OwnedCaches(MOST_ANSWERS)


def answer(
    conn: sa.Connection,
    question: Hashable,
    make: Callable[[], Found],
    until: dt.date | None = None,
) -> Found:
    """Return the answer to a question, made anew where anything it rests on has changed.

    `question` names everything the answer depends on besides the store, the hour included.
    `until` is the last day that it looks at: what is seen in later weeks does not touch it.
    """
    rests_on = fingerprint.fingerprint(conn, until)
    if rests_on is None:
        return make()
    return _ANSWERS.of(conn.engine).get((question, rests_on), make)
