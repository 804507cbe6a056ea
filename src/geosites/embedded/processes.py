"""Which processes of PostgreSQL work in a data folder, seen without trusting any file in it.

A `postmaster.pid` may be stale, and the number in it may by now be somebody else's. What does
not lie is the working folder of a process: PostgreSQL and all its children work in their data.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from geosites.embedded.account import Account
from geosites.embedded.place import Place
from geosites.errors import StoreUnavailable

_PROC = Path("/proc/self/cwd")
# Asked as the account itself: in a container even root may not look into others' processes.
_IN_PROC = 'for p in /proc/[0-9]*; do [ "$p/cwd" -ef "$1" ] && echo "${p#/proc/}"; done; true'


def processes(place: Place, folder: Path | None = None) -> dict[int, str]:
    """Return the titles of all processes that work in the data folder, by process id.

    In another folder of the cluster, if one is given. The title of one that is just becoming
    another program is empty.
    """
    account, folder = place.account, folder or place.data
    found = _by_proc(account, folder) if _PROC.exists() else _by_lsof(account, folder)
    return {pid: title for pid in found if (title := _title(account, pid)) is not None}


def postmaster(place: Place) -> int | None:
    """Return the process id of the running server, or None.

    It bears the name of its program; its children call themselves `postgres: …`.
    """
    for pid, title in processes(place).items():
        if Path(title.split("\0", 1)[0].split(" -D", 1)[0]).name in ("postgres", "postmaster"):
            return pid
    return None


def end_orphans(place: Place) -> None:
    """End the children that a killed server left behind.

    They hold its memory, and no new server may start beside them.
    """
    _end_all(place, place.data, "postgres: ")


def end_initdb(place: Place) -> None:
    """End the making of a data folder that a killed command left running."""
    _end_all(place, place.fresh_data, "")


def _end_all(place: Place, folder: Path, title: str) -> None:
    deadline = time.monotonic() + 10
    while left := [pid for pid, t in processes(place, folder).items() if t.startswith(title)]:
        for pid in left:
            _signal(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise StoreUnavailable(
                "processes %(left)s hold %(folder)s and do not end", left=left, folder=folder
            )
        time.sleep(0.02)


def end_server(place: Place, patience_s: float = 60) -> None:
    """Ask the server to end its sessions and stop; at once if it is not done in time."""
    deadline = time.monotonic() + patience_s
    asked: dict[int, signal.Signals] = {}
    while (pid := postmaster(place)) is not None:
        wish = signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT
        if time.monotonic() > deadline + patience_s:
            raise StoreUnavailable(
                "PostgreSQL (process %(pid)s) does not stop; see %(log)s", pid=pid, log=place.log
            )
        if asked.get(pid) != wish:
            _signal(pid, wish)
            asked[pid] = wish
        time.sleep(0.02)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _by_proc(account: Account, folder: Path) -> list[int]:
    listed = account.must_run(["/bin/sh", "-c", _IN_PROC, "sh", folder])
    return sorted(int(line) for line in listed.split())


def _by_lsof(account: Account, folder: Path) -> list[int]:
    argv = ["/usr/sbin/lsof", "-a", "-u", str(account.uid), "-d", "cwd", "-F", "pn"]
    found, pid = [], 0
    for line in account.run(argv).stdout.splitlines():
        if line[:1] == "p":
            pid = int(line[1:])
        elif line[:1] == "n" and Path(line[1:]) == folder.resolve():
            found.append(pid)
    return found


def _title(account: Account, pid: int) -> str | None:
    """Return the words of a command line, or None where it has ended meanwhile."""
    if not _PROC.exists():
        return account.run(["/bin/ps", "-o", "command=", "-p", str(pid)]).stdout.strip()
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return None
