"""Start the server by `pg_ctl`, and clean up after a killed one.

`pg_ctl` starts it, detached from this process, and waits until it accepts connections; PostgreSQL's
own lock decides whether one is already running. Processes are searched only where a file claims
that one is.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres import server_queries
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.configuration import write_configuration
from geosites.ops.private_postgres.paths import Place
from geosites.ops.private_postgres.processes import (
    end_at_once,
    end_server,
    has_ended,
    orphans_among,
    processes,
    server_among,
)

_PATIENCE_S = 300  # a server that was killed may have much to replay
_LAST_BREATH_S = 1  # for which the socket of a killed server may still be open
_TRIES = 10  # after a kill: its memory may be given back a little later than its files are cleared
_LAUNCH = 'mv -f "$0" "$0.1" 2>/dev/null; exec "$@"'


def bring_up(place: Place, settings: Mapping[str, str]) -> bool:
    """Return once the server accepts connections; return whether it was started for that.

    A started server that exits by itself is not started again: its log has the reason. Raises
    `StoreUnavailable` with PostgreSQL's message if it does not start.
    """
    tried = killed = False
    for _ in range(_TRIES):
        claims: Sequence[Path] = ()
        if place.lock_file.exists() or server_queries.is_heard(place):
            if server_queries.are_taken(place):
                return tried
            result = processes(place)
            if (pid := server_among(result)) is not None:
                _await(place, pid)
                continue
            if tried and not killed:
                break
            _end_remains(place, result)
            claims = (place.lock_file, place.socket, Path(f"{place.socket}.lock"))
            killed = True
        elif tried and not killed:
            break
        tried = True
        if _launch(place, settings, claims):
            return True
    raise StoreUnavailable("PostgreSQL did not start: %(said)s", said=_last_words(place))


def take_down(place: Place) -> None:
    """Stop the server and end what a killed one left behind."""
    end_server(place)
    _end_remains(place, processes(place))


def _end_remains(place: Place, found: Mapping[int, str]) -> None:
    """End the children that a killed server left: no other can start beside them.

    Refuses to continue if something answers on the socket although no server process is visible.
    """
    end_at_once(place, orphans_among(found))
    deadline = time.monotonic() + _LAST_BREATH_S
    while server_queries.is_heard(place):
        if time.monotonic() > deadline:
            raise StoreUnavailable(
                "%(data)s is run by a server that cannot be seen from here (in another "
                "container?): stop it there",
                data=place.data,
            )
        time.sleep(0.02)


def _await(place: Place, pid: int) -> None:
    """Wait until a server that is on its way up takes sessions, or has ended."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (server_queries.are_taken(place) or has_ended(place, pid)):
        if time.monotonic() > deadline:
            raise StoreUnavailable("PostgreSQL does not answer: %(said)s", said=_last_words(place))
        time.sleep(0.03)


def _launch(place: Place, settings: Mapping[str, str], claims: Sequence[Path]) -> bool:
    """Start the server and return whether it accepts connections.

    `claims` are lock files of a killed one. They are removed first: PostgreSQL would trust them if
    any process now has the process id in them. A server that recovers from an archive may not
    accept connections yet when `pg_ctl` returns. Paths are relative to the working directory, since
    `pg_ctl` passes them to a shell.
    """
    write_configuration(place)
    options = shlex.join(word for pair in settings.items() for word in ("-c", "=".join(pair)))
    log = f"../{place.log.name}"
    words = ["start", "-w", "-t", str(_PATIENCE_S), "-D", ".", "-l", log, "-o", options]
    program = binaries(int(place.version)) / "pg_ctl"
    script = (shlex.join(["rm", "-f", *map(str, claims)]) + "; " if claims else "") + _LAUNCH
    done = place.account.run(["/bin/sh", "-c", script, log, program, *words], cwd=place.data)
    return done.returncode == 0 and place.state == "ready"


def _last_words(place: Place) -> str:
    try:
        return place.log.read_text(errors="replace")[-2000:].strip()
    except OSError as error:
        return f"{place.log} cannot be read: {error}"
