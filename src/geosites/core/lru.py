"""An LRU cache of computed values."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event, Lock
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

PATIENCE_S = 30.0
"""How long one waits for what another thread is making; after that it is made twice."""

Value = TypeVar("Value")
Weigh = Callable[[object], int]


def _alike(_: object) -> int:
    return 1


class LruCache:
    """Thread-safe values by key. A key always has the same type of value.

    The size is limited by number, or by total weight with `weigh`; a value that exceeds it alone is
    computed each time. If several threads request a value at once, the first computes it. The
    others wait for a limited time: the first may itself wait for a database lock that one of them
    holds.
    """

    def __init__(self, most: int, weigh: Weigh = _alike) -> None:
        self._most, self._weigh, self._held = most, weigh, 0
        self._found: OrderedDict[Hashable, object] = OrderedDict()
        self._making: dict[Hashable, Event] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of `key`, computed if it is missing."""
        mine = Event()
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return cast("Value", self._found[key])
            first = self._making.setdefault(key, mine)
        if first is not mine:
            return self._once_made(key, first, make)
        try:
            return self._put(key, make())
        finally:
            with self._lock:
                del self._making[key]
            mine.set()

    def _once_made(self, key: Hashable, first: Event, make: Callable[[], Value]) -> Value:
        first.wait(PATIENCE_S)
        with self._lock:
            if key in self._found:
                return cast("Value", self._found[key])
        return self._put(key, make())

    def _put(self, key: Hashable, made: Value) -> Value:
        with self._lock:
            if key in self._found:
                self._held -= self._weigh(self._found.pop(key))
            self._found[key] = made
            self._held += self._weigh(made)
            while self._held > self._most:
                _, forgotten = self._found.popitem(last=False)
                self._held -= self._weigh(forgotten)
        return made


class OwnedCaches:
    """A cache for each owner (the engine of a store), deleted with it."""

    def __init__(self, most: int, weigh: Weigh = _alike) -> None:
        self._most, self._weigh = most, weigh
        self._of: WeakKeyDictionary[object, LruCache] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, owner: object) -> LruCache:
        """Return the cache of an owner."""
        with self._lock:
            return self._of.setdefault(owner, LruCache(self._most, self._weigh))
