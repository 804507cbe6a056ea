"""The path under which a proxy serves us, such as `/counts`; empty where that is a whole host.

It holds for the request under way, so that whatever writes an address of ours finds it: pages,
layers, scripts, documents. What is written without a request, by the command line, has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ROOT: ContextVar[str] = ContextVar("root", default="")


def rooted(path: str) -> str:
    """Return a path of ours, which begins with a slash, as a browser has to ask for it."""
    return _ROOT.get() + path


def unrooted(path: str) -> str:
    """Return a path that a browser asks for as we know it."""
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
