"""Result cache: results are reused as long as the data they rest on has not changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from typing import TypeVar

import sqlalchemy as sa

from geosites.core.lru import OwnedCaches
from geosites.db import fingerprint

MOST_ANSWERS = 600
"""Cached results per store; a rendered week takes about fifty kilobytes."""

Found = TypeVar("Found")

_ANSWERS = OwnedCaches(MOST_ANSWERS)


def answer(
    conn: sa.Connection,
    question: Hashable,
    make: Callable[[], Found],
    until: dt.date | None = None,
) -> Found:
    """Return the result of a query, recomputed if any of its data has changed.

    `question` is everything that the result depends on besides the store, including the hour.
    `until` is the last day of its data: sightings of later weeks do not affect it.
    """
    rests_on = fingerprint.fingerprint(conn, until)
    if rests_on is None:
        return make()
    return _ANSWERS.of(conn.engine).get((question, rests_on), make)
