"""How fast, and in how much memory, a million sightings go out; and gone on with after a kill -9.

Each export runs in a process of its own, whose peak of memory is told. The one that is killed is
killed once it has read half of the rows; what goes on reads the other half.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.imports import ROWS, _import, _write, a_store
from bench.table import Promise, Table
from geosites.db.postgres.connection import Store
from geosites.exports import ExportKind, export_file

ENDINGS = ("parquet", "gpkg", "fgb", "csv.gz", "geojson")
FLAT = ENDINGS[:2]
"""Those whose memory does not grow with the rows: FlatGeobuf is sorted by its index in memory."""

MOST_MB = 500
_UNIT = 1e6 if sys.platform == "darwin" else 1e3
_EXPORT = "import sys; from bench.exports import export; export(*sys.argv[1:])"


def run(rows: int = ROWS) -> Table:
    """Return a row an export, and the promises about memory and about going on."""
    folder = Path(tempfile.mkdtemp(prefix="geosites-bench-"))
    folder.chmod(0o755)
    try:
        return _measure(folder, rows)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, rows: int) -> Table:
    with a_store(folder) as url:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            pool.apply(_import, (url, _write(folder / "sightings.csv", rows)))
        whole = [_whole(url, folder, ending) for ending in ENDINGS]
        broken = [_broken(url, folder, ending, rows) for ending in FLAT]
    measured = whole + broken
    peak = max(row["peak_mb"] for row in measured if row["what"].startswith(FLAT))
    read = max(row["rows_read"] for row in broken) / rows
    promises = (
        Promise(
            what="most memory of a GeoParquet or GeoPackage, MB",
            promised=f"below {MOST_MB}",
            measured=peak,
            kept=peak < MOST_MB,
        ),
        Promise(
            what="share of the rows that was read again after a kill -9",
            promised="below 0.6, and the file whole",
            measured=read,
            kept=read < 0.6 and all(row["rows"] == rows for row in broken),
        ),
    )
    table = Table.of("exports", __doc__ or "", measured)
    return replace(table, promises=promises)


def _whole(url: str, folder: Path, ending: str) -> dict[str, Any]:
    path = folder / f"whole.{ending}"
    told = json.loads(subprocess.check_output(_words(url, path), text=True))
    return _row(f"{ending}, at one go", told, path)


def _broken(url: str, folder: Path, ending: str, rows: int) -> dict[str, Any]:
    """Kill an export when half is read, ask for it again, and return what the second one did."""
    path = folder / f"broken.{ending}"
    checkpoint = folder / f"broken.{ending}.part" / "checkpoint.json"
    with subprocess.Popen(_words(url, path), stdout=subprocess.DEVNULL) as running:
        while not checkpoint.exists() or json.loads(checkpoint.read_text())["rows"] < rows / 2:
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)
    before = json.loads(checkpoint.read_text())["rows"]
    told = json.loads(subprocess.check_output(_words(url, path), text=True))
    row = _row(f"{ending}, gone on with after kill -9", told, path)
    return {**row, "rows_read": told["rows"] - before}


def _row(what: str, told: dict[str, Any], path: Path) -> dict[str, Any]:
    return {
        "what": what,
        "rows": told["rows"],
        "rows_read": told["rows"],
        "seconds": round(told["seconds"], 1),
        "rows_per_s": round(told["rows"] / told["seconds"]),
        "peak_mb": round(told["peak_mb"]),
        "file_mb": round(path.stat().st_size / 1e6, 1),
    }


def _words(url: str, path: Path) -> list[str]:
    return [sys.executable, "-c", _EXPORT, url, str(path)]


def export(url: str, path: str) -> None:
    """Export all sightings, and print how long that took and how much memory."""
    store, started = Store(url), time.perf_counter()
    with store.begin() as conn:
        report = export_file(conn, ExportKind.SIGHTINGS, Path(path))
    seconds = time.perf_counter() - started
    store.close()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNIT
    print(json.dumps({"rows": report.rows, "seconds": seconds, "peak_mb": peak_mb}))
