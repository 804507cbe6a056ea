"""Whatever is killed while a bulletin is made: nothing is half there, and the next run does it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from geosites.bulletins import fill
from stores import small_exercise

WEEK = small_exercise.WEEK

FILLER = """
import sys
from pathlib import Path
from geosites.bulletins import fill

class StandsStill(dict):
    def items(self):
        for name in self:
            yield name, self[name]
            print(name, flush=True)
            sys.stdin.readline()

fill(Path(sys.argv[1]), StandsStill({"a.txt": b"new", "b.txt": b"new"}))
"""
"""Fills a folder, and waits for a line after each file that it has written."""

ISSUER = """
import datetime as dt, sys
from geosites import bulletins
from geosites.db.postgres.connection import Store
from geosites.core.weeks import IsoWeek

with Store(sys.argv[1]).begin() as conn:
    bulletins.issue(conn, IsoWeek.parse(sys.argv[2]), dt.datetime.now(dt.UTC))
    print("issued", flush=True)
    sys.stdin.readline()
"""
"""Issues a bulletin, and waits for a line before it commits."""


WEEKLY = "from geosites.cli import main; main()"


def killed_after(lines: int, *argv: str) -> None:
    """Run a program until it has printed so many lines, and kill it."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", *argv], text=True, **pipes) as standing:
        assert standing.stdin is not None
        assert standing.stdout is not None
        for number in range(lines):
            if number:
                standing.stdin.write("\n")
                standing.stdin.flush()
            assert standing.stdout.readline()
        standing.send_signal(signal.SIGKILL)
        assert standing.wait() == -signal.SIGKILL


@pytest.mark.parametrize("lines", [1, 2])
def test_a_folder_is_the_old_one_until_the_new_one_is_whole(tmp_path: Path, lines: int) -> None:
    folder = tmp_path / WEEK
    fill(folder, {"a.txt": b"old"})
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    killed_after(lines, FILLER, str(folder))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    fill(folder, {"a.txt": b"newer"})
    assert [one.name for one in tmp_path.iterdir()] == [WEEK]
    assert (folder / "a.txt").read_bytes() == b"newer"


def test_a_bulletin_killed_before_it_is_recorded_was_never_issued(
    small_template: str, new_database: Callable[..., str], tmp_path: Path
) -> None:
    url = new_database(small_template)
    killed_after(1, ISSUER, url, WEEK)
    assert issued(url) == []
    environment = {**os.environ, "GEOSITES_DATABASE_URL": url, "GEOSITES_HOME": str(tmp_path)}
    argv = [sys.executable, "-c", WEEKLY, "weekly", "--week", WEEK]
    subprocess.run(argv, env=environment, check=True, capture_output=True)
    assert issued(url) == [1]
    assert (tmp_path / "maps" / WEEK / "SHA256SUMS").is_file()


def issued(url: str) -> list[int]:
    with psycopg.connect(url) as conn:
        return [row[0] for row in conn.execute("SELECT revision FROM bulletin")]
