"""What several workers need and one of them makes: kept as JSON in the folder of the run."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")


def once_a_run(factory: pytest.TempPathFactory, name: str, make: Callable[[], T]) -> T:
    """Return what `make` returns, which JSON can hold; the first worker that asks makes it.

    The others wait for it. Where making it fails, the next one tries.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return make()
    folder = factory.getbasetemp().parent
    kept = folder / f"{name}.json"
    with (folder / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            half = kept.with_suffix(".new")
            half.write_text(json.dumps(make()), encoding="utf-8")
            half.replace(kept)
        made: T = json.loads(kept.read_text(encoding="utf-8"))
    return made
