"""Whatever is killed while an import is taken back: all its rows count, or none of them."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import psycopg

from geosites.db.postgres.connection import Store
from geosites.imports import import_file, import_results, undo_import
from geosites.imports.import_results import ImportReference
from geosites.imports.undo_import import ImportWriter
from geosites.validation import FileKind

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
ROWS = 15_000
ROW = "2023-07-13T14:30+02:00,2.3605,48.8842,{}\n"
WRITER = ImportWriter(login="coordinator", unit="unit", scope=(), inside=lambda _: True)

TAKER = """
import sys
from uuid import UUID
from geosites.db.postgres.connection import Store
from geosites.imports import undo_import
from geosites.imports.import_results import ImportReference
from geosites.imports.undo_import import ImportWriter

def stand_still(told):
    print(told.written, flush=True)
    sys.stdin.readline()

writer = ImportWriter(login="coordinator", unit="unit", scope=(), inside=lambda _: True)
reference = ImportReference(login="coordinator", key=UUID(sys.argv[2]))
with Store(sys.argv[1]).begin() as conn:
    undo_import.take_back(conn, reference, writer, stand_still)
"""
"""Takes an import back, and waits for a line after each piece."""


def counting(url: str) -> int:
    with psycopg.connect(url) as conn:
        counted = "SELECT count(*) FROM sighting WHERE upper_inf(known) AND verified IS NOT false"
        row = conn.execute(counted).fetchone()
    assert row is not None
    return int(row[0])


def imported(store: Store, folder: Path) -> ImportReference:
    path = folder / "sightings.csv"
    lines = [ROW.format(number) for number in range(ROWS)]
    path.write_text("observed_at,lon,lat,headcount\n" + "".join(lines))
    with store.begin() as conn:
        report = import_file(conn, FileKind.SIGHTINGS, path, now=NOW)
        import_results.keep(conn, report, FileKind.SIGHTINGS, "coordinator", NOW)
    with store.begin() as conn:
        (kept,) = import_results.latest(conn, "coordinator")
    return ImportReference(login="coordinator", key=UUID(kept["key"]))


def test_a_killed_taking_back_changes_nothing_and_the_next_does_all(
    store: Store, tmp_path: Path
) -> None:
    reference = imported(store, tmp_path)
    argv = [sys.executable, "-c", TAKER, store.url, str(reference.key)]
    taker = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert taker.stdin is not None
    assert taker.stdout is not None
    for written in ("0", "5000"):
        assert taker.stdout.readline().strip() == written
        taker.stdin.write("\n")
        taker.stdin.flush()
    assert taker.stdout.readline().strip() == "10000"
    taker.send_signal(signal.SIGKILL)
    taker.communicate()
    assert taker.returncode == -signal.SIGKILL
    assert counting(store.url) == ROWS
    with store.begin() as conn:
        assert not import_results.get(conn, reference).get("taken_back")
        undo_import.take_back(conn, reference, WRITER)
    assert counting(store.url) == 0
