"""What files of hostile size cost: processor time and memory until they are refused, or read.

Each file is imported by a dry run, in a process of its own in which every library is loaded. Memory
is the most that the process held beyond what it held before it opened the file. Times are those of
the processor, so that a busy machine does not count; the database's own are not in them.
`HOSTILE=REGEX` measures some files anew and keeps what is known of the others.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import multiprocessing
import os
import re
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from bench import hostile_borders, hostile_others
from bench.hostile_books import ODS, XLS
from bench.hostile_json import GEOJSON, JSON, KML
from bench.hostile_layers import GPKG, PARQUET, SHAPEFILE
from bench.hostile_tables import CSV, PACKED, TSV, XLSM, XLSX, Make, lying, overlapping
from bench.imports import a_store
from bench.table import Promise, Table
from geosites.core.errors import GeositesError
from geosites.db.postgres.connection import Store
from geosites.imports import import_file
from geosites.imports.readers import excel_files
from geosites.imports.source_options import SourceOptions
from geosites.validation import FileKind

RESULTS = Path(__file__).parent / "results" / "hostile.json"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
AT_MOST_S, AT_MOST_MB = 2.0, 300.0
AT_MOST_S_A_ROW, MANY = 4e-5, 10_000
WHOLE = re.compile(r"read: (\d+) rows, 0 bad")
"""Said of a table in which nothing is wrong: however large, it is read to its end."""
LIMIT_S, LIMIT_WALL_S = 30, 1200.0
"""After so long on the processor a file has no end; nothing is waited for longer than that."""
LONGEST = 20_000
"""A sentence is not longer: 200 columns that are unknown are named, each twice."""
FILES: Mapping[str, Mapping[str, Make]] = {
    "csv": {**CSV, **hostile_others.CSV},
    "csv.gz": PACKED,
    "tsv": {**TSV, **hostile_others.TSV},
    "xlsx": {**XLSX, **hostile_others.XLSX},
    "xlsm": XLSM,
    "xls": {**XLS, **hostile_others.PAGE, **hostile_others.HARMED},
    "ods": {**ODS, **hostile_others.ODS},
    "zip": {
        "overlapping parts": overlapping,
        "a size that lies, 10 bytes": lying(10),
        "a size that lies, 4 GB": lying(2**32 - 2),
        **SHAPEFILE,
        **hostile_others.ZIP,
    },
    "geojson": GEOJSON,
    "json": {**JSON, **hostile_others.JSON},
    "gpkg": {**GPKG, **hostile_others.GPKG},
    "parquet": {**PARQUET, **hostile_others.PARQUET},
    "kml": {**KML, **hostile_others.KML},
    "gpx": hostile_others.GPX,
    "city geojson": hostile_borders.BORDERS,
    "city gpkg": hostile_borders.PACKAGES,
}
CITY = "city "
"""Files of boundaries, each alone in a folder that is read as that of a city."""
LOADED = excel_files
"""A reader that is imported when it is first needed: here before anything is measured."""


class Cost(NamedTuple):
    """What one file cost, and what was said of it."""

    processor_s: float
    wall_s: float
    megabytes: float
    said: str


def run() -> Table:
    """Return a row a file; raises nothing where one is read without end, but tells it."""
    folder = Path(tempfile.mkdtemp(prefix="geosites-bench-"))
    folder.chmod(0o755)
    chosen = os.environ.get("HOSTILE", "")
    try:
        with a_store(folder) as url:
            anew = list(_rows(folder, url, chosen))
    finally:
        shutil.rmtree(folder)
    rows = [*anew, *(_kept(anew) if chosen else ())]
    rows.sort(key=lambda row: (row[0], -row[3]))
    whole = {row: int(found[1]) for row in rows if (found := WHOLE.match(row[6]))}
    slow = max(row[3] for row in rows if row not in whole)
    of_rows = max((row[3] / many for row, many in whole.items() if many >= MANY), default=0.0)
    large = max(row[5] for row in rows)
    silent = sum(not row[6] or row[6].startswith("!") for row in rows)
    return Table(
        name="hostile",
        note=f"{len(rows)} files, each imported by a dry run in a process of its own"
        + (f"; {len(anew)} of them measured anew, the others before" if chosen else ""),
        columns=("format", "file", "MB", "processor s", "wall s", "MB held", "what is said"),
        rows=tuple(rows),
        promises=(
            _promise("seconds of processor of the slowest that is refused", AT_MOST_S, slow),
            _promise(
                "seconds of processor for 100,000 rows of a table without fault",
                AT_MOST_S_A_ROW * 1e5,
                of_rows * 1e5,
            ),
            _promise("MB held for the largest", AT_MOST_MB, large),
            _promise("files of which nothing is said, or that end the process", 0, silent),
        ),
    )


def _kept(anew: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows kept from before of the files that are still made and were not measured."""
    measured_now = {row[:2] for row in anew}
    for row in json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else ():
        if (row[0], row[1]) not in measured_now and row[1] in FILES.get(row[0], {}):
            yield tuple(row)


def _promise(what: str, most: float, measured: float) -> Promise:
    return Promise(
        what=what, promised=f"at most {most:g}", measured=float(measured), kept=measured <= most
    )


def _rows(folder: Path, url: str, chosen: str) -> Iterator[tuple[Any, ...]]:
    for ending, files in FILES.items():
        for name, make in files.items():
            if chosen and not re.search(chosen, f"{ending}: {name}"):
                continue
            place = folder / "city" if ending.startswith(CITY) else folder
            place.mkdir(exist_ok=True)
            path = place / f"file.{ending.removeprefix(CITY)}"
            _apart(make, path)
            size = path.stat().st_size / 1e6
            cost = measured(url, path)
            row = (ending, name, round(size, 1), round(cost.processor_s, 2),
                   round(cost.wall_s, 1), round(cost.megabytes), cost.said)  # fmt: skip
            print(*row, sep=" | ", flush=True)
            yield row
            path.unlink()


def _apart(make: Make, path: Path) -> None:
    """Make a file in a process of its own, whose memory is gone when it is measured."""
    process = multiprocessing.get_context("fork").Process(target=make, args=(path,))
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{path.name} could not be made")


def measured(url: str, path: Path) -> Cost:
    """Return what it costs to import a file by a dry run, in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_import, args=(theirs, url, path), daemon=True)
    started = time.monotonic()
    process.start()
    theirs.close()
    try:
        if not ours.poll(LIMIT_WALL_S):
            return Cost(LIMIT_S, LIMIT_WALL_S, 0.0, "! no end")
        return Cost(*ours.recv())
    except EOFError:
        process.join()
        told = f"! ended by signal {-(process.exitcode or 0)}"
        return Cost(LIMIT_S, time.monotonic() - started, 0.0, told)
    finally:
        process.kill()
        process.join()


def _import(line: Connection, url: str, path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    store = Store(url)
    with store.begin() as conn:
        before, cpu, wall = _resting(), time.process_time(), time.monotonic()
        said = _said(conn, path) if path.parent.name != "city" else _told(path.parent)
        line.send(
            (time.process_time() - cpu, time.monotonic() - wall, _held("VmHWM") - before, said)
        )
        conn.rollback()
    store.close()


def _said(conn: Any, path: Path) -> str:
    options = SourceOptions(confirmed=True)
    try:
        report = import_file(conn, FileKind.SIGHTINGS, path, now=NOW, options=options, dry_run=True)
    except GeositesError as error:
        said = str(error)
        if len(said) > LONGEST:
            return f"! a refusal of {len(said)} characters: {said[:80]}"
        return f"refused: {said}"[:160]
    except BaseException as error:
        return f"! {type(error).__name__}: {error}"[:160]
    bad = [
        f"line {row.line}: {row.column} {row.reason}" for row in itertools.islice(report.refused, 1)
    ]
    told = f"read: {report.rows} rows, {report.refused_total} bad. {' '.join(bad)}"
    return told[:160]


def _told(folder: Path) -> str:
    try:
        return hostile_borders.read(folder)
    except GeositesError as error:
        return f"refused: {error}"[:160]
    except BaseException as error:
        return f"! {type(error).__name__}: {error}"[:160]


def _resting() -> float:
    """Return the memory held now, from which the most is counted anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _held("VmRSS")


def _held(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in lines if row.startswith(name)) / 1024
