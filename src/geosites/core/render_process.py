"""Render one response in a child process, whose memory is freed when it ends.

An image or a PDF leaves some 40 MB of fragmented memory that Python cannot give back. Where workers
are forked from a process that has imported every library, one more process is forked for such a
response.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar, cast

from geosites.core import city
from geosites.core.city_records import CitySettings

Given = ParamSpec("Given")
Made = TypeVar("Made")

_LIMIT_S = 120.0
"""Time limit of the work; a later request starts it again."""


class _Process:
    """Whether this process can request forks."""

    forks = False


def fork_from_parent() -> None:
    """Let `apart` fork from the parent process of this worker."""
    # Its address is known here, but Python would start another server for a process that did not
    # start the first.
    forkserver._forkserver.ensure_running = lambda: None  # type: ignore[method-assign]
    _Process.forks = True


def apart(make: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """Return the result of a module's function, run in a child process in workers.

    Arguments and result are pickled. Raises the function's exceptions, and `TimeoutError` after two
    minutes; if the child process dies, the work is done in this one.
    """
    if not _Process.forks:
        return make(*given, **named)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("forkserver")
    told = (theirs, city.current(), make, given, named)
    other = context.Process(target=_make, args=told, daemon=True)
    with ours:
        other.start()
        theirs.close()
        try:
            result = _received(ours)
        finally:
            other.kill()
            other.join()
            other.close()
    if result is None:
        return make(*given, **named)
    made, error = result
    if error is not None:
        raise error
    return cast("Made", made)


def _received(line: Connection) -> tuple[object, BaseException | None] | None:
    """Return the result or exception, or None if the child process died."""
    if not line.poll(_LIMIT_S):
        raise TimeoutError("a file was not ready in time")
    with suppress(EOFError, OSError):
        received: tuple[object, BaseException | None] = line.recv()
        return received
    return None


def _make(
    line: Connection,
    settings: CitySettings,
    make: Callable[..., object],
    given: tuple[object, ...],
    named: dict[str, object],
) -> None:
    """Send the result or exception of a function, run in the city of the caller."""
    city.use(settings)
    try:
        line.send((make(*given, **named), None))
    except Exception as error:  # whoever asked handles it
        line.send((None, error))
