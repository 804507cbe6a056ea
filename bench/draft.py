"""What a draft of a bulletin takes: the first of a process, one at a later instant, the same again.

Each turn is a process of its own that has imported what a worker of the service shares and has
analysed nothing; `after home` has computed the first page before, as a worker does when it starts.
Seconds are those on a processor, user and system, of the process alone: the database's are not
counted, nor those of the map of the page, which another process draws. The exercise in a private
store.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.table import Promise, Table
from geosites import exercise
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.ops.private_postgres.scratch import scratch_cluster

ROUNDS = int(os.environ.get("GEOSITES_BENCH_ROUNDS", "5"))
WEEKS = ("2022-W40", "2022-W45", "2023-W51")
FIRST_S, LATER_S = 1.5, 1.0
SETTINGS = {"fsync": "off"}

_TURN = """
import datetime as dt, json, sys, time
import geosites.cli.server.preloaded
from geosites import bulletins, services
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store

store, week, home = Store(sys.argv[1]), IsoWeek.parse(sys.argv[2]), sys.argv[3] == "home"
then = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)

def took(work):
    began = time.process_time()
    with store.begin() as conn:
        work(conn)
    return time.process_time() - began

if home:
    took(lambda conn: services.home(conn, then))
at = [then, then + dt.timedelta(hours=1), then + dt.timedelta(hours=1)]
print(json.dumps([took(lambda conn: bulletins.draft(conn, week, each)) for each in at]))
"""


def run(rounds: int = ROUNDS) -> Table:
    """Return a row for each week and state of the process."""
    rows = []
    with scratch_cluster(SETTINGS) as cluster:
        store = Store(cluster.url())
        with store.begin() as conn:
            migrate.upgrade(conn)
            exercise.load(conn)
        store.close()
        for week in WEEKS:
            for state in ("nothing", "home"):
                turns = [_turn(cluster.url(), week, state) for _ in range(rounds)]
                middle = [statistics.median(column) for column in zip(*turns, strict=True)]
                most = max(first for first, _, _ in turns)
                rows.append((week, state, len(turns), middle[0], most, *middle[1:]))
    return _table(rows)


def _turn(url: str, week: str, state: str) -> list[float]:
    """Return the seconds of the first draft, of one an hour later, and of the same again."""
    words = [sys.executable, "-c", _TURN, url, week, state]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=Path.cwd())
    return [float(each) for each in json.loads(done.stdout)]


def _table(rows: list[tuple[str, str, int, float, float, float, float]]) -> Table:
    first, later = max(row[3] for row in rows), max(row[5] for row in rows)
    return Table(
        name="draft",
        note="processor time of a draft, each turn in a process of its own; the exercise",
        columns=(
            "week", "analysed before", "turns", "first s (median)", "first s (most)",
            "an hour later s", "again s",
        ),
        rows=tuple(rows),
        promises=(
            _promise("first draft of a process", first, FIRST_S),
            _promise("draft at a later instant", later, LATER_S),
        ),
    )  # fmt: skip


def _promise(what: str, measured: float, limit_s: float) -> Promise:
    return Promise(
        what=f"median seconds on a processor, worst week: {what}",
        promised=f"<= {limit_s:g}",
        measured=measured,
        kept=measured <= limit_s,
    )
