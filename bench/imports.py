"""How fast a file comes in, beside a bare COPY of the same rows into the same indexed table.

A bare COPY checks nothing, finds no territory and names no row: it is what the database alone
takes. The usual way with geopandas checks nothing either. Each import runs in a process of its own,
whose peak of memory is told.
"""

from __future__ import annotations

import csv
import datetime as dt
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import psycopg
import sqlalchemy as sa

from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import geography, import_file
from geosites.ops.private_postgres import PrivateCluster
from geosites.validation import FileKind

SEED = 20221005
ROWS = 1_000_000
PEER_ROWS = 100_000
XLSX_ROWS = 200_000
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WRITTEN = 50_000


def run(rows: int = ROWS, peer_rows: int = PEER_ROWS) -> list[dict[str, Any]]:
    """Return the rows of the table, each with its share of the rate of a bare COPY."""
    folder = Path(tempfile.mkdtemp(prefix="geosites-bench-"))
    folder.chmod(0o755)
    try:
        return _measure(folder, rows, peer_rows)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, rows: int, peer_rows: int) -> list[dict[str, Any]]:
    file = _write(folder / "sightings.csv", rows)
    with a_store(folder) as url:
        measured = [_alone("import, every row checked", _import, url, file)]
        copied = _dump(url, folder / "rows.copy")
        measured.append(_alone("the same file again", _import, url, file))
        bare = _alone("bare COPY, nothing checked", _copy, url, copied)
        book = _workbook(file, folder / "sightings.xlsx", min(rows, XLSX_ROWS))
        with a_store(folder / "books") as other:
            measured.append(_alone("XLSX, every row checked", _import, other, book))
        few = _write(folder / "few.csv", peer_rows)
        measured += [bare, _alone("geopandas to_postgis, nothing checked", _geopandas, url, few)]
    for row in measured:
        row["share_of_copy"] = round(row["rows_per_s"] / bare["rows_per_s"], 2)
    return measured


def _alone(what: str, task: Callable[[str, Path], int], url: str, file: Path) -> dict[str, Any]:
    """Run a task in a process of its own, and return its row of the table."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        rows, seconds, peak_mb = pool.apply(_timed, (task, url, file))
    return {
        "what": what,
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows_per_s": round(rows / seconds),
        "peak_mb": round(peak_mb),
    }


def _timed(task: Callable[[str, Path], int], url: str, file: Path) -> tuple[int, float, float]:
    started = time.perf_counter()
    rows = task(url, file)
    seconds = time.perf_counter() - started
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _import(url: str, file: Path) -> int:
    store = Store(url)
    with store.begin() as conn:
        report = import_file(conn, FileKind.SIGHTINGS, file, now=NOW).require_accepted()
    store.close()
    return report.rows


def _copy(url: str, file: Path) -> int:
    with psycopg.connect(url) as conn, conn.cursor() as cursor, file.open("rb") as source:
        with cursor.copy("COPY bare FROM STDIN (FORMAT binary)") as copy:
            while data := source.read(1 << 20):
                copy.write(data)
        return cursor.rowcount


def _geopandas(url: str, file: Path) -> int:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    rows = pd.read_csv(file, parse_dates=["observed_at"])
    points = gpd.points_from_xy(rows.pop("lon"), rows.pop("lat"), crs=4326)
    frame = gpd.GeoDataFrame(rows, geometry=points).to_crs(2154)
    frame.to_postgis("by_geopandas", engine, if_exists="replace", chunksize=10_000)
    engine.dispose()
    return len(frame)


def _dump(url: str, file: Path) -> Path:
    """Write the sightings of the store as COPY takes them, and make a table like theirs."""
    with psycopg.connect(url) as conn, conn.cursor() as cursor, file.open("wb") as target:
        cursor.execute("CREATE TABLE bare (LIKE sighting INCLUDING ALL)")
        cursor.execute("ALTER TABLE bare ADD FOREIGN KEY (site) REFERENCES site_slug")
        cursor.execute("ALTER TABLE bare ADD FOREIGN KEY (territory) REFERENCES territory_code")
        with cursor.copy("COPY sighting TO STDOUT (FORMAT binary)") as copy:
            for data in copy:
                target.write(data)
    return file


@contextmanager
def a_store(folder: Path) -> Iterator[str]:
    """Yield the address of an empty store with the geography, in a folder."""
    cluster = PrivateCluster(folder / "home")
    cluster.start()
    store = Store(cluster.url())
    with store.begin() as conn:
        migrate.upgrade(conn)
        geography.load(conn)
    store.close()
    try:
        yield cluster.url()
    finally:
        cluster.stop()


def _workbook(source: Path, file: Path, rows: int) -> Path:
    """Write the first rows of a file as a workbook: numbers as such, times as text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    for number, row in enumerate(csv.reader(source.open(encoding="utf-8"))):
        if number > rows:
            break
        sheet.append(row if number == 0 else [_typed(cell) for cell in row])
    book.save(file)
    return file


def _typed(cell: str) -> object:
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell


def _write(file: Path, rows: int) -> Path:
    """Write a file of sightings all over Paris."""
    rng = np.random.default_rng(SEED)
    for start in range(0, rows, WRITTEN):
        _sightings(rng, min(WRITTEN, rows - start)).to_csv(
            file, mode="a", index=False, header=start == 0
        )
    return file


def _sightings(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    seconds = rng.integers(0, 94_000_000, rows).astype("timedelta64[s]")
    instants = pd.DatetimeIndex(np.datetime64("2021-01-01T00:00:00") + seconds, tz="UTC")
    return pd.DataFrame(
        {
            "observed_at": instants.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lon": rng.uniform(2.27, 2.40, rows).round(6),
            "lat": rng.uniform(48.83, 48.89, rows).round(6),
            "headcount": rng.poisson(8, rows),
            "duration_min": rng.integers(1, 60, rows),
            "origin": rng.choice(["patrol", "call", "survey"], rows),
            "activity": rng.choice(["consumption", "gathering"], rows),
            "unit": rng.choice(["BAC 18", "BAC 19", "DPSP"], rows),
        }
    )
