"""Limit the unused memory that serving processes keep."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path
from threading import Event

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of `mallopt` in glibc (malloc.h)."""
_LARGE = 1 << 18
_ARENAS = 2
LOOKS_S = 5.0
_GROWN_BYTES = 4 * 2**20


def give_back_memory() -> None:
    """Return large blocks to the system as soon as they are freed.

    By default glibc raises its threshold to the size of the largest block freed so far, up to 32
    MB, has an arena for each thread, and Arrow has its own pools: after a few surfaces of 16 MB a
    worker kept 100 MB unused. Other C libraries are left alone.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for parameter, value in (
        (_ARENA_MAX, _ARENAS),
        (_MMAP_THRESHOLD, _LARGE),
        (_TRIM_THRESHOLD, 2 * _LARGE),
    ):
        mallopt(parameter, value)


def share_with_children() -> None:
    """Freeze imported objects, so that forked processes keep sharing their memory pages."""
    gc.collect()
    gc.freeze()


def tidy_regularly(stopped: Event) -> None:
    """Release unused memory whenever the memory of this process has grown by 4 MB."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    held = resident_bytes()
    while not stopped.wait(LOOKS_S):
        if resident_bytes() < held + _GROWN_BYTES:
            continue
        gc.collect()
        if trim is not None:
            trim(0)
        held = resident_bytes()


def resident_bytes() -> int:
    """Return the resident memory of this process; 0 if unknown."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
