"""Ten years of weeks in 142 territories from GeoParquet: this process beside two of Dask's."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import distributed
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely import affinity

from bench.table import Promise, Table
from geosites.backfill import (
    DaskEngine,
    LocalEngine,
    ParquetSource,
    ShardedTerritories,
    backfill,
    jobs,
)
from geosites.core import city
from geosites.core.crs import to_geographic
from geosites.core.weeks import IsoWeek
from geosites.reference_data.territories import read_territories

FIRST, WEEKS = IsoWeek(2013, 1), 520
VISITS = 1_000_000
PLACES_EACH = 10
MOST_OF_LOCAL = 0.65
SHORT = 26


def run() -> Table:
    """Return the wall time of each, and of fewer weeks, to say where Dask begins to pay."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visits.parquet"
        ground = ground_of()
        simulate(path, ground, VISITS)
        source = ParquetSource(str(path))
        with _cluster() as (address, start_s):
            dask = DaskEngine(scheduler=address)
            rows = [_beside(source, ground, dask, weeks) for weeks in (SHORT, WEEKS // 4, WEEKS)]
    whole = rows[-1]
    share = whole["dask_s"] / whole["local_s"]
    columns = tuple(whole)
    return Table(
        name="backfill",
        note=f"{VISITS} visits, 520 weeks x 142 territories; cluster start {start_s:.1f} s",
        columns=columns,
        rows=tuple(tuple(row[name] for name in columns) for row in rows),
        promises=(
            Promise(
                what="two workers over one process, cluster start apart",
                promised=f"<= {MOST_OF_LOCAL}",
                measured=share,
                kept=share <= MOST_OF_LOCAL,
            ),
            Promise(
                what="rows that differ by a byte",
                promised="0",
                measured=float(whole["differ"]),
                kept=whole["differ"] == 0,
            ),
            Promise(
                what="weeks from which on a cluster of one's own pays",
                promised="said",
                measured=_crossing(rows, start_s),
                kept=True,
            ),
        ),
    )


def _beside(
    source: ParquetSource, ground: ShardedTerritories, dask: DaskEngine, weeks: int
) -> dict[str, float]:
    todo = jobs(FIRST, FIRST.shift(weeks - 1), ground)
    began = time.perf_counter()
    alone = backfill(todo, source, ground, LocalEngine())
    between = time.perf_counter()
    spread = backfill(todo, source, ground, dask)
    ended = time.perf_counter()
    local_s, dask_s = between - began, ended - between
    return {
        "weeks": weeks,
        "rows": len(alone),
        "local_s": round(local_s, 2),
        "dask_s": round(dask_s, 2),
        "dask_over_local": round(dask_s / local_s, 2),
        "differ": int(alone.tobytes() != spread.tobytes()),
    }


def _crossing(rows: list[dict[str, float]], start_s: float) -> float:
    """Return how many weeks make up for the start of a cluster."""
    whole = rows[-1]
    won_a_week = (whole["local_s"] - whole["dask_s"]) / whole["weeks"]
    return start_s / won_a_week if won_a_week > 0 else float("inf")


@contextmanager
def _cluster() -> Iterator[tuple[str, float]]:
    """Return the address of two workers, and how long it took until they answered."""
    began = time.perf_counter()
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        client.run(lambda: __import__("geosites.backfill"))
        yield cluster.scheduler_address, time.perf_counter() - began


def ground_of(shards: int = 8, times: int = 1) -> ShardedTerritories:
    """Return the arrondissements and communes of the project, as a store would give them.

    `times`: so many copies of them side by side, to stand for a larger country.
    """
    known = [
        one for one in read_territories(Path("data/geo")) if one.level in city.current().tiling
    ]
    west, _, east, _ = shapely.total_bounds([one.area for one in known])
    copies = [
        (f"{one.code}-{copy}" if copy else one.code, affinity.translate(one.area, copy * step))
        for step in [east - west + 10_000]
        for copy in range(times)
        for one in known
    ]
    codes, areas = zip(*copies, strict=True)
    frame = gpd.GeoDataFrame({"code": codes}, geometry=list(areas), crs=city.metric())
    return ShardedTerritories.of(frame.sort_values("code"), shards)


def simulate(
    path: Path, ground: ShardedTerritories, visits: int, group: int = 200_000, weeks: int = WEEKS
) -> None:
    """Write so many visits in order of time, a row group at a time."""
    rng = np.random.default_rng(20221005)
    xy, mean = _places(ground, rng)
    writer: pq.ParquetWriter | None = None
    start = np.datetime64(FIRST.start.replace(tzinfo=None), "us")
    length_us = weeks * 7 * 86_400_000_000
    try:
        for first in range(0, visits, group):
            count = min(group, visits - first)
            span = np.array([first, first + count]) / visits * length_us
            at = start + np.sort(rng.integers(*span.astype(np.int64), count)).astype("m8[us]")
            table = _table(rng, xy, mean, at)
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _places(
    ground: ShardedTerritories, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    areas = np.concatenate([shard.areas for shard in ground])
    centres = shapely.get_coordinates(shapely.point_on_surface(areas))
    size = np.sqrt(shapely.area(areas))[:, None, None]
    spread = rng.uniform(-0.25, 0.25, (len(areas), PLACES_EACH, 2)) * size
    return (centres[:, None, :] + spread).reshape(-1, 2), rng.gamma(
        1.5, 8.0, len(areas) * PLACES_EACH
    )


def _table(
    rng: np.random.Generator,
    xy: npt.NDArray[np.float64],
    mean: npt.NDArray[np.float64],
    at: npt.NDArray[np.datetime64],
) -> pa.Table:
    place = rng.integers(0, len(xy), len(at))
    lonlat = to_geographic(xy[place] + rng.uniform(-20, 20, (len(at), 2)))
    heads = rng.poisson(mean[place]) * (rng.random(len(at)) < 0.6)
    return pa.table(
        {
            "observed_at": pa.array(at, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
            "headcount": pa.array(heads.astype(np.int32)),
            "origin": pa.array(np.full(len(at), "patrol")).dictionary_encode(),
            "geometry": pa.array(shapely.to_wkb(shapely.points(lonlat)), pa.binary()),
        }
    )


def many(visits: int, path: Path) -> dict[str, float]:
    """Pass so many visits through two workers; return rates and the most memory any one took."""
    ground = ground_of()
    began = time.perf_counter()
    if not path.exists():
        simulate(path, ground, visits, 1_000_000)
    written_s = time.perf_counter() - began
    watch = _Memory()
    began = time.perf_counter()
    with watch:
        todo = jobs(FIRST, FIRST.shift(WEEKS - 1), ground, weeks_at_once=1)
        rows = backfill(todo, ParquetSource(str(path)), ground, DaskEngine(workers=2))
    spent = time.perf_counter() - began
    return {
        "visits": visits,
        "file_mb": round(path.stat().st_size / 1e6),
        "written_s": round(written_s),
        "backfill_s": round(spent),
        "visits_per_s": round(visits / spent),
        "rows": len(rows),
        "most_worker_mb": round(watch.most / 1e6),
        "own_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
    }


class _Memory:
    """Watches the largest resident size of any child process."""

    def __init__(self) -> None:
        self.most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._done.wait(0.5):
            for child in own.children(recursive=True):
                try:
                    self.most = max(self.most, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue


def main() -> None:
    """Run the large pass: `python -m bench.backfill --visits 100000000 --file F.parquet`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=100_000_000)
    parser.add_argument("--file", type=Path, required=True)
    asked = parser.parse_args()
    said = many(asked.visits, asked.file) | {"date": dt.date.today().isoformat()}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
