"""What one week costs as sightings, territories and shards grow: CPU seconds and peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.table import Table

VISITS = (500, 2_000, 10_000, 50_000, 200_000)
WEEKS = 4

_ONE = """
import json, resource, sys, time
from bench.backfill import FIRST, ground_of, simulate
from geosites.backfill import ParquetSource, jobs, measure
from pathlib import Path
path, visits, tiles, shards, weeks = Path(sys.argv[1]), *map(int, sys.argv[2:])
ground = ground_of(shards, tiles)
simulate(path, ground, visits * weeks, weeks=weeks)
(job,) = jobs(FIRST, FIRST.shift(weeks - 1), ground, weeks_at_once=weeks)
source = ParquetSource(str(path))
began = time.process_time()
rows = measure(job, source, ground)
spent = (time.process_time() - began) / weeks
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"cpu_s_a_week": round(spent, 3), "rows": len(rows), "peak_mb": peak // 1000}))
"""
"""Run in a process of its own, so that its peak is that of one worker."""


def run() -> Table:
    """Return a row for each size: visits a week, times the city's territories, shards."""
    sizes = [(visits, 1, 8) for visits in VISITS]
    sizes += [(10_000, times, 8 * times) for times in (4, 16)]
    sizes += [(10_000, 1, shards) for shards in (1, 32)]
    rows = [_measured(*size) for size in sizes]
    columns = tuple(rows[0])
    return Table(
        name="scaling",
        note="one week in one worker, read from GeoParquet; territories are 142 times the factor",
        columns=columns,
        rows=tuple(tuple(row[name] for name in columns) for row in rows),
    )


def _measured(visits: int, times: int, shards: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        words = [str(Path(folder) / "v.parquet"), *map(str, (visits, times, shards, WEEKS))]
        ran = subprocess.run(
            [sys.executable, "-c", _ONE, *words], capture_output=True, text=True, check=True
        )
    size = {"visits_a_week": visits, "territories": 142 * times, "shards": shards}
    return {**size, **json.loads(ran.stdout.splitlines()[-1])}
