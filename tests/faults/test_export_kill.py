"""An export that is broken off goes on where it stopped, and makes the file it would have made."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.db.postgres.connection import Store
from geosites.exports import ExportKind, export_file
from geosites.exports.exporting import PAGE_ROWS
from geosites.imports import import_file
from geosites.validation import FileKind

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
START = "from geosites.cli import main; main()"
ROWS = 2 * PAGE_ROWS + 500


@pytest.fixture(scope="module")
def full(
    template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Return the URL of a store with sightings for three pages; some at the very same instant."""
    url = new_database(template)
    file = tmp_path_factory.mktemp("full") / "seen.csv"
    day = dt.datetime(2022, 1, 1, tzinfo=dt.UTC)
    lines = (
        f"{(day + dt.timedelta(minutes=row // 3)).isoformat()},2.3605,48.8842,{row % 9}\n"
        for row in range(ROWS)
    )
    file.write_text("observed_at,lon,lat,headcount\n" + "".join(lines))
    store = Store(url)
    with store.begin() as conn:
        import_file(conn, FileKind.SIGHTINGS, file, now=NOW).require_accepted()
    store.close()
    return url


@pytest.fixture
def conn(full: str) -> Iterator[sa.Connection]:
    """Return a connection to the full store."""
    store = Store(full)
    with store.begin() as connection:
        yield connection
    store.close()


def break_off(rows: int) -> None:
    if rows >= PAGE_ROWS:
        raise KeyboardInterrupt


@pytest.mark.parametrize("ending", ["parquet", "gpkg", "csv"])
def test_what_was_broken_off_becomes_the_same_file(
    conn: sa.Connection, tmp_path: Path, ending: str
) -> None:
    broken, whole = tmp_path / f"broken.{ending}", tmp_path / f"whole.{ending}"
    with pytest.raises(KeyboardInterrupt):
        export_file(conn, ExportKind.SIGHTINGS, broken, progress=break_off)
    assert not broken.exists()
    assert broken.with_name(broken.name + ".part").is_dir()
    report = export_file(conn, ExportKind.SIGHTINGS, broken)
    export_file(conn, ExportKind.SIGHTINGS, whole, as_known_at=report.as_known_at)
    assert (report.resumed, report.rows) == (True, ROWS)
    assert broken.read_bytes() == whole.read_bytes()
    assert not broken.with_name(broken.name + ".part").exists()


def test_what_comes_in_meanwhile_stays_out(full: str, tmp_path: Path) -> None:
    store, path = Store(full), tmp_path / "out.csv"
    with store.begin() as conn, pytest.raises(KeyboardInterrupt):
        export_file(conn, ExportKind.SIGHTINGS, path, progress=break_off)
    late = tmp_path / "late.csv"
    late.write_text("observed_at,lon,lat,headcount\n2026-01-01T00:00Z,2.3605,48.8842,1\n")
    with store.begin() as conn:
        import_file(conn, FileKind.SIGHTINGS, late, now=NOW).require_accepted()
    with store.begin() as conn:
        assert export_file(conn, ExportKind.SIGHTINGS, path).rows == ROWS
        assert export_file(conn, ExportKind.SIGHTINGS, path).rows == ROWS + 1
    store.close()


def test_another_wish_begins_anew(conn: sa.Connection, tmp_path: Path) -> None:
    path, since = tmp_path / "out.csv", NOW - dt.timedelta(days=3650)
    with pytest.raises(KeyboardInterrupt):
        export_file(conn, ExportKind.SIGHTINGS, path, progress=break_off)
    report = export_file(conn, ExportKind.SIGHTINGS, path, since=since)
    assert (report.resumed, report.rows >= ROWS) == (False, True)


def test_two_exports_of_one_file_do_not_mix(conn: sa.Connection, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"

    def again(_: int) -> None:
        export_file(conn, ExportKind.SIGHTINGS, path)

    with pytest.raises(Refused, match="another export is writing"):
        export_file(conn, ExportKind.SIGHTINGS, path, progress=again)


def test_a_killed_export_goes_on(full: str, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    words = [sys.executable, "-c", START, "export", "sightings", str(path), "--json"]
    env = {**os.environ, "GEOSITES_DATABASE_URL": full}
    checkpoint = tmp_path / "out.parquet.part" / "checkpoint.json"
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None and not checkpoint.exists():
            pass
        running.send_signal(signal.SIGKILL)
    assert not path.exists()
    assert json.loads(checkpoint.read_text())["parts"] >= 1
    done = subprocess.run(words, env=env, capture_output=True, check=True)
    document = json.loads(done.stdout)
    assert (document["resumed"], document["rows"] >= ROWS) == (True, True)
