"""Answers kept from one question to the next, for as long as what they rest on has not changed."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event, Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from geosites.db import fingerprint

MOST_ANSWERS = 600
"""Answers kept for one store; a whole rendered week takes about fifty kilobytes."""

PATIENCE_S = 30.0
"""How long one waits for what another is making; after that it is made twice."""

Found = TypeVar("Found")


class Shelf:
    """What was made, by what it was made from; the longest unused is forgotten first.

    What several ask for at once is made by the first. The others do not wait for ever: whoever
    makes it may itself wait for a lock of the database that one of them holds.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """Return what is kept under `key`, made first if nothing is."""
        mine = Event()
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return cast("Found", self._found[key])
            first = self._making.setdefault(key, mine)
        if first is not mine:
            return self._once_made(key, first, make)
        try:
            return self._put(key, make())
        finally:
            with self._lock:
                del self._making[key]
            mine.set()

    def _once_made(self, key: Hashable, first: Event, make: Callable[[], Found]) -> Found:
        first.wait(PATIENCE_S)
        with self._lock:
            if key in self._found:
                return cast("Found", self._found[key])
        return self._put(key, make())

    def _put(self, key: Hashable, made: Found) -> Found:
        with self._lock:
            self._found[key] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made


class Shelves:
    """A shelf for each store, gone with it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: WeakKeyDictionary[sa.Engine, Shelf] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, conn: sa.Connection) -> Shelf:
        """Return the shelf of the store that a connection leads to."""
        with self._lock:
            return self._of.setdefault(conn.engine, Shelf(self._most))


_ANSWERS = Shelves(MOST_ANSWERS)


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
    return _ANSWERS.of(conn).get((question, rests_on), make)
