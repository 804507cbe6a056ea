"""What the service is told when it is made. Settings are read at entry points, not here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def utc_now() -> dt.datetime:
    """Return the instant it is."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class WebConfig:
    """The largest body taken, the names this server answers to, and what time it is."""

    upload_limit_bytes: int
    hosts: tuple[str, ...]
    clock: Callable[[], dt.datetime]
