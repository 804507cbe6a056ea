"""Single flight: one run of blocking work shared by all waiting callers, each with a timeout.

The work may block, for example on a database that does not respond. It then occupies one thread
until it ends, and no caller.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs a function in a thread of its own, unless it runs already."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._flight: Future[T] | None = None

    async def result(self, within_s: float) -> T:
        """Return the result of the current run, or of a new one.

        Raises its exceptions, and `TimeoutError` if it has not ended in time.
        """
        flight = asyncio.wrap_future(self._begin())
        return await asyncio.wait_for(asyncio.shield(flight), within_s)

    def _begin(self) -> Future[T]:
        with self._lock:
            if self._flight is None or self._flight.done():
                self._flight = Future()
                flight = self._flight
                threading.Thread(target=self._fly, args=(flight,), daemon=True).start()
            return self._flight

    def _fly(self, flight: Future[T]) -> None:
        try:
            result = self._work()
        except BaseException as error:
            flight.set_exception(error)
        else:
            flight.set_result(result)
