"""Whatever is killed during an import: all of the file is there or nothing; the next one works."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import ImportReport, geography, import_file
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.processes import processes
from geosites.validation import FileKind
from stores.private_clusters import FAST, place_of, temporary_cluster, wait_until

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
ROWS = 60_000
ROW = "2023-07-13T14:30+02:00,2.3605,48.8842,{}\n"

IMPORTER = """
import datetime as dt, sys
from pathlib import Path
from geosites.imports import import_file
from geosites.validation import FileKind
from geosites.db.postgres.connection import Store

def stand_still(told):
    print(told.bytes_read, flush=True)
    sys.stdin.readline()

with Store(sys.argv[1]).begin() as conn:
    now = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
    path = Path(sys.argv[2])
    import_file(conn, FileKind.SIGHTINGS, path, now=now, progress=stand_still)
"""
"""Imports a file, and waits for a line after each block that it has read."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("import") / "sightings.csv"
    lines = [ROW.format(number) for number in range(ROWS)]
    path.write_text("observed_at,lon,lat,headcount\n" + "".join(lines))
    return path


@pytest.fixture
def begin(file: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Return a function that starts an import and leaves it standing after some blocks."""
    started = []

    def go(url: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", IMPORTER, url, str(file)]
        importer = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(importer)
        assert importer.stdin is not None
        assert importer.stdout is not None
        for _ in range(2):
            assert importer.stdout.readline().strip().isdigit()
            importer.stdin.write("\n")
            importer.stdin.flush()
        return importer

    yield go
    for importer in started:
        importer.kill()
        importer.communicate()


def held(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT count(*) FROM sighting").fetchone()
    assert row is not None
    return int(row[0])


def import_all(url: str, file: Path) -> ImportReport:
    store = Store(url)
    with store.begin() as conn:
        report = import_file(conn, FileKind.SIGHTINGS, file, now=NOW)
    store.close()
    return report


def test_a_killed_import_leaves_nothing_and_the_next_adds_all(
    store_url: str, file: Path, begin: Callable[[str], subprocess.Popen[str]]
) -> None:
    importer = begin(store_url)
    importer.send_signal(signal.SIGKILL)
    assert importer.wait() == -signal.SIGKILL
    assert held(store_url) == 0
    assert import_all(store_url, file).added == ROWS
    assert import_all(store_url, file).already_there == ROWS


def test_a_server_killed_during_an_import_keeps_nothing_of_it(
    file: Path, begin: Callable[[str], subprocess.Popen[str]]
) -> None:
    with temporary_cluster() as cluster:
        cluster.start(FAST)
        prepare(cluster)
        importer = begin(cluster.url())
        kill_server(cluster)
        _, remarks = importer.communicate("\n" * 100)
        assert importer.returncode == 1
        assert "StoreUnavailable" in remarks
        cluster.start(FAST)
        assert held(cluster.url()) == 0
        assert import_all(cluster.url(), file).added == ROWS


def prepare(cluster: PrivateCluster) -> None:
    store = Store(cluster.url())
    with store.begin() as conn:
        migrate.upgrade(conn)
        geography.load(conn)
    store.close()


def kill_server(cluster: PrivateCluster) -> None:
    pid = cluster.status().pid
    assert pid is not None
    for one in processes(place_of(cluster)):
        os.kill(one, signal.SIGKILL)
    wait_until(lambda: not processes(place_of(cluster)))
