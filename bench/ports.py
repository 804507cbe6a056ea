"""Ports for servers that are started by their number, since they take no socket that is open."""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress

RANGE = (20_000, 32_000)
"""Below those of outgoing connections: a service that was killed starts where it was."""

_SHARES = 61
_given: set[int] = set()


def free_port() -> int:
    """Return a port on which nobody listens, and that no outgoing connection is given.

    Nor is it given twice: each process has a share of its own, by its number.
    """
    while True:
        port = random.SystemRandom().randrange(*RANGE) // _SHARES * _SHARES + os.getpid() % _SHARES
        if port in _given:
            continue
        _given.add(port)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
