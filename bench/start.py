"""How long commands take to answer, beside the bare start of what they are made of.

`closure` is asked of a private store that runs already and holds the exercise. All are started in
turns, each in a process of its own, so that a busy moment of the machine hits all alike. CPU is the
time on a processor, user and system; the wall time of the closure holds the database's work too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.table import Promise, Table
from geosites import exercise
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.ops.private_postgres.scratch import scratch_cluster

ROUNDS = int(os.environ.get("GEOSITES_BENCH_ROUNDS", "15"))
SITE = "stalingrad"
CLOSURE, HELP = f"geosites closure {SITE} --json", "geosites --help"
CLOSURE_S, HELP_S = 1.0, 0.3
SETTINGS = {"fsync": "off"}


@dataclass
class Took:
    """How long each run of a command took, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def run(rounds: int = ROUNDS) -> Table:
    """Return wall and CPU times by command."""
    took = {name: Took() for name in _commands()}
    with scratch_cluster(SETTINGS) as cluster:
        store = Store(cluster.url())
        with store.begin() as conn:
            migrate.upgrade(conn)
            exercise.load(conn)
        store.close()
        told = {**os.environ, "GEOSITES_HOME": str(cluster.home)}
        told.pop("GEOSITES_DATABASE_URL", None)
        for turn in range(rounds + 1):
            for name, words in _commands().items():
                wall, cpu = _timed(words, told)
                if turn:  # the first reads files that the others find in memory
                    took[name].wall.append(wall)
                    took[name].cpu.append(cpu)
    return _table(took, rounds)


def _commands() -> dict[str, Sequence[str]]:
    scripts = Path(sys.executable).parent
    return {
        "python -c pass": (sys.executable, "-c", "pass"),
        "python -c 'import numpy'": (sys.executable, "-c", "import numpy"),
        "python -c 'import sqlalchemy, psycopg'": (
            sys.executable,
            "-c",
            "import sqlalchemy, psycopg",
        ),
        "alembic --help": (str(scripts / "alembic"), "--help"),
        "datasette --version": (str(scripts / "datasette"), "--version"),
        HELP: (str(scripts / "geosites"), "--help"),
        CLOSURE: (str(scripts / "geosites"), "closure", SITE, "--json"),
    }


def _timed(words: Sequence[str], told: Mapping[str, str]) -> tuple[float, float]:
    """Return the wall and the CPU time of a command, in seconds; it has to succeed."""
    began = time.perf_counter()
    process = subprocess.Popen(words, env=told, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return wall, used.ru_utime + used.ru_stime


def _table(took: Mapping[str, Took], rounds: int) -> Table:
    rows = tuple(
        (name, min(one.wall), statistics.median(one.wall), min(one.cpu), statistics.median(one.cpu))
        for name, one in took.items()
    )
    return Table(
        name="start",
        note=f"{rounds} starts of each command, in turns; a private store with the exercise runs",
        columns=("command", "least wall s", "median wall s", "least CPU s", "median CPU s"),
        rows=rows,
        promises=(
            _promise(CLOSURE, took[CLOSURE], CLOSURE_S),
            _promise(HELP, took[HELP], HELP_S),
        ),
    )


def _promise(name: str, took: Took, limit_s: float) -> Promise:
    """Return what is promised of a quiet machine: of the least wall time, then."""
    return Promise(
        what=f"least wall time of `{name}`, in seconds",
        promised=f"at most {limit_s}",
        measured=min(took.wall),
        kept=min(took.wall) <= limit_s,
    )
