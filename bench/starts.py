"""The private server started over and over beside six busy processes, and beside a bare `pg_ctl`.

Two starts in five follow an orderly stop, two follow a `kill -9` of the server at once, one is
asked for by two commands at a time, in processes of their own. Times are those of
`PrivateCluster.start()` alone. After every fourth start the same folder is started by
`pg_ctl start -w` alone, as the same account, after the same kind of end: for a kill once the
killed server is forgotten by the system, since `pg_ctl` refuses to start before.
"""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue

from bench.table import Promise, Table
from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.paths import Place, recall
from geosites.ops.private_postgres.processes import processes
from geosites.ops.private_postgres.scratch import scratch_cluster

STARTS = int(os.environ.get("GEOSITES_BENCH_STARTS", "500"))
BUSY = 6
LONGEST_S = 1800
"""After this long a busy process ends by itself, whatever became of the bench."""
AT_MOST = 1.2
SETTINGS = {"fsync": "off"}
"""So that starts are measured, and not how long a busy disk takes after a kill."""
KINDS = {"stopped": "after a stop", "killed": "after kill -9", "raced": "two commands racing"}

_BUSY = """
import sys, time
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    pass
"""
_FORK = get_context("fork")


@dataclass
class Seen:
    """What came of the starts of one kind; times in seconds."""

    ours: list[float] = field(default_factory=list)
    bare: list[float | str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    doubled: int = 0


def run(starts: int = STARTS, busy: int = BUSY) -> Table:
    """Return times and faults by what the start followed."""
    seen = {kind: Seen() for kind in KINDS}
    with scratch_cluster(SETTINGS) as cluster, _load(busy):
        place = recall(cluster.home)
        assert place is not None
        for number, kind in enumerate(_order(starts)):
            _end(cluster, place, kind)
            _start(cluster, place, kind, seen[kind])
            if number % 4 == 0 and kind != "raced":
                ended = _end(cluster, place, kind)
                while _lives(ended) or processes(place):
                    time.sleep(0.05)
                seen[kind].bare.append(_timed(partial(_bare, place)))
    return _table(seen, busy)


def _order(starts: int) -> list[str]:
    order = [("stopped", "stopped", "killed", "killed", "raced")[n % 5] for n in range(starts)]
    random.Random(7).shuffle(order)
    return order


@contextmanager
def _load(busy: int) -> Iterator[None]:
    argv = [sys.executable, "-c", _BUSY, str(LONGEST_S)]
    running = [subprocess.Popen(argv) for _ in range(busy)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def _end(cluster: PrivateCluster, place: Place, kind: str) -> int:
    """End the server as a kind asks, and return its process id."""
    server = _servers(place)[0]
    if kind == "killed":
        os.kill(server, signal.SIGKILL)
    else:
        cluster.stop()
    return server


def _lives(pid: int) -> bool:
    """Return whether a process is there, be it only to give back its memory."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _start(cluster: PrivateCluster, place: Place, kind: str, seen: Seen) -> None:
    """Start once or by two commands, and note how long the first answer took."""
    work = partial(cluster.start, SETTINGS)
    said = _racing([work, work]) if kind == "raced" else [_timed(work)]
    seen.refused += [one for one in said if isinstance(one, str)]
    seen.ours += sorted(one for one in said if not isinstance(one, str))[:1]
    if len(_servers(place)) != 1:
        time.sleep(0.5)  # a child calls itself one only a moment after it is made
        seen.doubled += len(_servers(place)) != 1


def _timed(work: Callable[[], object]) -> float | str:
    """Return how long a piece of work took, or why it was refused."""
    began = time.perf_counter()
    try:
        work()
    except StoreUnavailable as error:
        return str(error)
    return time.perf_counter() - began


def _racing(works: Sequence[Callable[[], object]]) -> list[float | str]:
    told: SimpleQueue[float | str] = _FORK.SimpleQueue()
    commands = [_FORK.Process(target=lambda work=work: told.put(_timed(work))) for work in works]
    for command in commands:
        command.start()
    for command in commands:
        command.join()
    return [told.get() for _ in commands]


def _bare(place: Place) -> None:
    program = binaries(int((place.data / "PG_VERSION").read_text())) / "pg_ctl"
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    words = ["start", "-w", "-D", place.data, "-l", place.log, "-o", options]
    place.account.must_run([program, *words])


def _servers(place: Place) -> list[int]:
    """Return the processes in the data folder that are no server's children: one server."""
    found = processes(place)
    return [pid for pid, title in found.items() if not title.startswith("postgres: ")]


def _table(seen: dict[str, Seen], busy: int) -> Table:
    rows = tuple(_row(KINDS[kind], one) for kind, one in seen.items())
    ours = [took for one in seen.values() for took in one.ours]
    bare = [took for one in seen.values() for took in one.bare]
    beside = [took for one in seen.values() if one.bare for took in one.ours]
    refused = [said for one in seen.values() for said in one.refused]
    doubled = sum(one.doubled for one in seen.values())
    ratio = statistics.median(beside) / statistics.median(bare)
    for said in refused:
        print(said, file=sys.stderr)
    return Table(
        name="starts",
        note=f"{len(ours)} starts beside {busy} busy processes; bare is `pg_ctl start -w` alone",
        columns=(
            "start",
            "starts",
            "refused",
            "not one server",
            "median s",
            "p90 s",
            "longest s",
            "bare",
            "bare median s",
        ),
        rows=rows,
        promises=(
            _none("starts refused though the server was starting", len(refused)),
            _none("starts after which there is not one server", doubled),
            Promise(
                what="median start over a bare one",
                promised=f"at most {AT_MOST}",
                measured=ratio,
                kept=ratio <= AT_MOST,
            ),
        ),
    )


def _none(what: str, count: int) -> Promise:
    return Promise(what=what, promised="0", measured=count, kept=count == 0)


def _row(kind: str, seen: Seen) -> tuple[str | int | float | None, ...]:
    return (
        kind,
        len(seen.ours) + len(seen.refused),
        len(seen.refused),
        seen.doubled,
        statistics.median(seen.ours),
        statistics.quantiles(seen.ours, n=10)[-1],
        max(seen.ours),
        len(seen.bare),
        statistics.median(seen.bare) if seen.bare else None,
    )
