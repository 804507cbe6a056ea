"""The memory of a worker after mixed traffic over a year of weeks, as the machine counts it (PSS).

Two workers serve the exercise. Every week of a year is asked for as page, layer, document, features
and tile; closures, displacement, territories, exports, files of maps, a draft of a bulletin and
round sheets as PDF are among them. Answers that are no success are faults, so that nothing is
passed over. Pages shared between processes count by their share, so that workers add up: workers
are forked from a process that has read every library, which has a row of its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.served import Served, served
from bench.table import Promise, Table
from geosites import exercise
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.ops.memory_release import LOOKS_S

WEEKS = 52
LAST = IsoWeek(2023, 39)
AT_MOST_MB = 200.0
EACH = (
    "/maps/hotspots/{week}",
    "/layers/weeks/{week}",
    "/api/hotspots/{week}",
    "/ogc/collections/weeks/items?filter=week%20%3D%20'{week}'",
    "/ogc/collections/weeks/tiles/WebMercatorQuad/8/88/129?week={week}",
)
BETWEEN = (
    "/",
    "/sites",
    "/rounds",
    "/territories",
    "/api/closures",
    "/sites/stalingrad",
    "/api/sites/forceval/closure",
    "/api/territories/75119?weeks=26",
    "/maps/displacement",
    "/api/displacement?site=forceval&at=2022-09-29T06:30:00%2B02:00",
    "/ogc/collections/sightings/items?limit=1000",
    "/ogc/collections/sightings/tiles/WebMercatorQuad/14/5633/8300",
    "/search?q=stalingrad",
)
FILES = (
    "/maps/hotspots/2022-W40.png",
    "/maps/hotspots/2022-W40.svg",
    "/api/export/sightings.csv?motive=bench",
    "/api/export/sightings.xlsx?motive=bench",
    "/api/export/closures.geojson?motive=bench",
    "/rounds.pdf",
    "/bulletins/2022-W39",
)


def run() -> Table:
    """Return the PSS of the workers fresh, after the weeks, and after files too."""
    with served(workers=2) as service:
        service.stop()
        store = Store(service.url)
        with store.begin() as conn:
            exercise.load(conn)
        store.close()
        service.start()
        rows = [("started", *_measured(service))]
        answers = _ask(service, _mixed())
        rows.append((f"{WEEKS} weeks, mixed", *_measured(service)))
        answers += _ask(service, FILES * 2)
        rows.append(("and files", *_measured(service)))
        shared = proportional_mb(service.forking_pids()[0])
        rows.append(("the process they are forked from", shared, shared, shared))
    wrong = sum(not 200 <= status < 400 for status in answers)
    most = max(row[2] for row in rows)  # the process that forks among them
    return Table(
        name="memory",
        note=f"the exercise, two workers, {len(answers)} requests",
        columns=("after", "MB a worker, mean", "MB a worker, most", "MB both"),
        rows=tuple(rows),
        promises=(
            Promise(
                what="MB of a worker",
                promised=f"at most {AT_MOST_MB:g}",
                measured=most,
                kept=most <= AT_MOST_MB,
            ),
            Promise(what="faults", promised="none", measured=float(wrong), kept=wrong == 0),
        ),
    )


def _mixed() -> Iterator[str]:
    for number in range(WEEKS):
        week = LAST.shift(-number)
        yield from (path.format(week=week) for path in EACH)
        yield BETWEEN[number % len(BETWEEN)]


def _ask(service: Served, paths: Iterator[str] | tuple[str, ...]) -> list[int]:
    statuses = []
    for path in paths:
        statuses.append(service.answer("GET", path)[0])
        if not 200 <= statuses[-1] < 400:
            print(statuses[-1], path, file=sys.stderr, flush=True)
    return statuses


def _measured(service: Served) -> tuple[float, float, float]:
    """Return the mean and the largest PSS of the workers at rest, and their sum, in MB."""
    time.sleep(2 * LOOKS_S)  # by then they have let go of what they no longer use
    each = [proportional_mb(pid) for pid in service.worker_pids()]
    return sum(each) / len(each), max(each), sum(each)


def proportional_mb(pid: int) -> float:
    """Return the proportional set size of a process in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
