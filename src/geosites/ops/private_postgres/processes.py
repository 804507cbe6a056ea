"""PostgreSQL processes of a data folder, found without trusting any file in it.

A `postmaster.pid` may be stale, and its process id may have been reused. The working directory of a
process is reliable: PostgreSQL and all its children run in their data folder.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres.os_user import OsUser
from geosites.ops.private_postgres.paths import Place

_PROC = Path("/proc/self/cwd")
# Run as the account itself: in a container even root may not inspect others' processes.
_IN_PROC = 'for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$0" ] && echo "${p#/proc/}"; done; true'
_BY_LSOF = '/usr/sbin/lsof -t -a -d cwd -- "$0"; true'
_SERVER = ("postgres", "postmaster", "pg_ctl")
"""Programs that are the server, or about to become it: the first that is there counts."""


def processes(place: Place, folder: Path | None = None) -> dict[int, str]:
    """Return the titles of all processes that work in the data folder, by process id.

    In another folder of the cluster, if one is given. The title of one that is just becoming
    another program is empty.
    """
    script = _IN_PROC if _PROC.exists() else _BY_LSOF
    listed = place.account.must_run(["/bin/sh", "-c", script, folder or place.data])
    result = sorted(int(line) for line in listed.split())
    return {pid: title for pid in result if (title := _title(place.account, pid)) is not None}


def server_among(found: Mapping[int, str]) -> int | None:
    """Return the process id of the server among processes and their titles, or None.

    Its title is the name of its program; its children are titled `postgres: …`, except just after
    the fork: the first process is the server.
    """
    named: dict[str, int] = {}
    for pid, title in found.items():
        named.setdefault(Path(title.split("\0", 1)[0].split(" -D", 1)[0]).name, pid)
    return next((named[name] for name in _SERVER if name in named), None)


def orphans_among(found: Mapping[int, str]) -> list[int]:
    """Return the children of a server: where it was killed they hold its memory still."""
    return [pid for pid, title in found.items() if title.startswith("postgres: ")]


def has_ended(place: Place, pid: int) -> bool:
    """Return whether a process that was seen is no more, or has nothing left to do."""
    return not _title(place.account, pid)


def end_server(place: Place) -> None:
    """Ask the server to end its sessions and stop; force an immediate stop after a time limit."""
    while (pid := server_among(processes(place))) is not None:
        if not _end(place, [pid], (signal.SIGINT, signal.SIGQUIT), patience_s=60):
            raise StoreUnavailable(
                "PostgreSQL (process %(pid)s) does not stop; see %(log)s", pid=pid, log=place.log
            )


def end_at_once(place: Place, pids: Collection[int]) -> None:
    """End what a killed server or command left behind in a folder of the cluster."""
    if not _end(place, pids, (signal.SIGKILL,), patience_s=10):
        raise StoreUnavailable(
            "processes %(left)s hold %(folder)s and do not end", left=pids, folder=place.folder
        )


def _end(
    place: Place, pids: Collection[int], wishes: Sequence[signal.Signals], patience_s: float
) -> bool:
    """Send signals, each but the first after some patience; return whether all have ended."""
    for wish in wishes:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, wish)
        deadline = time.monotonic() + patience_s
        while left := [pid for pid in pids if not has_ended(place, pid)]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        if not left:
            return True
    return False


def _title(account: OsUser, pid: int) -> str | None:
    """Return the words of a command line, or None where it has ended meanwhile."""
    if not _PROC.exists():
        return account.run(["/bin/ps", "-o", "command=", "-p", str(pid)]).stdout.strip()
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return None
