"""Deadlines: work is stopped when it runs too long or its client has disconnected.

Work calls `check()` between its steps. A database statement cannot do that; whoever runs one
registers how it is cancelled (`cancelled_by`), and `Deadline.stop` does so from another thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock

from geosites.core.errors import ClientGone, TookTooLong

_CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


class Deadline:
    """The instant at which a piece of work has to be done, for all its statements together."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._began = time.monotonic()
        self._left = False
        self._stopped = False
        self._cancels: list[Callable[[], None]] = []
        self._lock = RLock()

    @property
    def left(self) -> bool:
        """Whether the client has disconnected."""
        return self._left

    @property
    def remaining_s(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self._began + self.seconds - time.monotonic()

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done."""
        return self._stopped or self.remaining_s <= 0

    def extend(self, seconds: float) -> None:
        """Set the total time limit of the work."""
        self.seconds = max(self.seconds, seconds)

    def check(self) -> None:
        """Raise `ClientGone` or `TookTooLong` where nothing more is to be done."""
        if self._left:
            raise ClientGone
        if self.over:
            raise TookTooLong(seconds=round(self.seconds))

    def stop(self, *, left: bool = False) -> None:
        """Stop further steps, and cancel the current one; `left`: the client has disconnected."""
        with self._lock:
            self._left = self._left or left
            self._stopped = True
            for cancel in self._cancels:
                cancel()

    @contextmanager
    def cancelled_by(self, cancel: Callable[[], None]) -> Iterator[None]:
        """Call `cancel`, from another thread, where the work is stopped within the block."""
        with self._lock:
            self._cancels.append(cancel)
        try:
            yield
        finally:
            with self._lock:  # a cancellation under way is waited for
                self._cancels.remove(cancel)


def current() -> Deadline | None:
    """Return the deadline of the work that this thread does, or None."""
    return _CURRENT.get()


def check() -> None:
    """Raise `ClientGone` or `TookTooLong` where the work of this thread is to stop."""
    deadline = _CURRENT.get()
    if deadline is not None:
        deadline.check()


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Do what the block does by a deadline; threads that it starts for it have it too."""
    token = _CURRENT.set(deadline)
    try:
        yield
    finally:
        _CURRENT.reset(token)
