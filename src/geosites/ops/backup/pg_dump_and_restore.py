"""`pg_dump` and `pg_restore` of the server's version, without secrets in process arguments."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres import binaries

CHUNK = 1 << 20

_OF_POSTGIS = "public.spatial_ref_sys"
"""References of PostGIS, which come with it, and which only an administrator may write."""


@contextmanager
def dumping(url: str, snapshot: str) -> Iterator[IO[bytes]]:
    """Yield the dump of a database as one snapshot sees it; raises `StoreUnavailable`."""
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    words.append(f"--exclude-table-data={_OF_POSTGIS}")
    with _running("pg_dump", url, words) as running:
        if running.stdout is None:
            raise StoreUnavailable("pg_dump has no output")
        yield running.stdout


@contextmanager
def loading(url: str) -> Iterator[IO[bytes]]:
    """Yield what takes a dump and puts it into an empty database; raises `StoreUnavailable`."""
    words = ["--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]
    with _running("pg_restore", url, words) as running:
        if running.stdin is None:
            raise StoreUnavailable("pg_restore has no input")
        yield running.stdin


@contextmanager
def _running(name: str, url: str, words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    given = {"PGPASSWORD": parts.pop("password")} if "password" in parts else {}
    argv = [str(_program(name, url)), f"--dbname={make_conninfo('', **parts)}", *words]
    with tempfile.TemporaryFile() as message:
        running = subprocess.Popen(  # noqa: S603
            argv,
            stdin=subprocess.PIPE if name == "pg_restore" else subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "pg_dump" else subprocess.DEVNULL,
            stderr=message,
            env={**os.environ, **given, "LC_ALL": "C"},
        )
        try:
            with running:
                yield running
        except BrokenPipeError:
            running.wait()
        except BaseException:
            running.kill()
            raise
        if running.returncode != 0:
            message.seek(0)
            why = message.read().decode(errors="replace").strip()[-2000:]
            raise StoreUnavailable("%(name)s failed: %(why)s", name=name, why=why)


def _program(name: str, url: str) -> Path:
    """Return a program of the server's version, or else of the newest there is."""
    try:
        with psycopg.connect(url) as conn:
            major = conn.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise StoreUnavailable("the database cannot be reached: %(error)s", error=error) from error
    try:
        program = binaries(major) / name
    except StoreUnavailable:
        program = binaries() / name
    if not os.access(program, os.X_OK):
        raise StoreUnavailable(
            "%(program)s is missing: install the client programs of PostgreSQL", program=program
        )
    return program
