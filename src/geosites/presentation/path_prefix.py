"""Path prefix of the service behind a proxy, such as `/counts`; empty for a whole host.

It is valid during one request, so that all code that writes URLs finds it: pages, layers, scripts,
documents. Outside requests, as on the command line, there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ROOT: ContextVar[str] = ContextVar("root", default="")


def rooted(path: str) -> str:
    """Return an internal path, which begins with a slash, with the prefix for browsers."""
    return _ROOT.get() + path


def unrooted(path: str) -> str:
    """Return the internal path of a browser's path."""
    root = _ROOT.get()
    inside = path.removeprefix(root)
    return (inside or "/") if root and inside[:1] in ("", "/", "?") else path


@contextmanager
def served_under(root: str) -> Iterator[None]:
    """Let addresses made in the block begin with `root`, which ends without a slash."""
    token = _ROOT.set(root)
    try:
        yield
    finally:
        _ROOT.reset(token)
