"""Lock of a home folder: one command at a time creates, starts or stops the cluster."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geosites.core.errors import StoreUnavailable

LOCK_FILE = "cluster.lock"


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Take the lock of `home`, which is created if necessary; wait while another process has it.

    The kernel releases it when the process ends, however it ends. Raises `StoreUnavailable` if the
    folder cannot be used.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW
        handle = os.open(home / LOCK_FILE, flags, 0o644)
    except OSError as error:
        raise StoreUnavailable(
            "%(home)s cannot be used: %(error)s", home=home, error=error
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
