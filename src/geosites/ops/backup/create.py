"""Create a backup: a dump and its manifest from one snapshot, written atomically."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from geosites import __version__
from geosites.core.errors import Refused, os_reason
from geosites.db import journal, journal_entries, migrate
from geosites.db.maintenance import store_flags
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store
from geosites.ops.backup.manifest import BackupManifest, Head
from geosites.ops.backup.pg_dump_and_restore import CHUNK, dumping

DUMP, ABOUT = "store.dump", "about.json"
Progress = Callable[[int, int], None]


def back_up(store: Store, file: Path, progress: Progress | None = None) -> BackupManifest:
    """Write one snapshot of the whole store to `file`, and return its manifest.

    The store stays in use meanwhile. The file appears under its name once it is complete and on
    disk, readable by its owner only; until then an existing file stays. Raises `Refused` if it
    cannot be written. The backup is recorded in the journal.
    """
    with _whole(file) as unfinished, store.begin() as conn:
        journal_entries.hold_still(conn)
        if migrate.current(conn) is None:
            raise Refused("this is not a database of geosites: there is nothing to back up")
        snapshot = conn.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        about = describe(conn)
        about = _write(unfinished, store.url, snapshot, about, _size(conn), progress)
    with store.begin() as conn:
        if about.heads:
            journal.communicated(conn, "backup", (f"sha256 {about.sha256}",), file.name)
    return about


def describe(conn: sa.Connection) -> BackupManifest:
    """Return what the store holds, as a transaction that holds still sees it."""
    tables = table_digests.contents(conn)
    journaled = "journal.head" in tables
    heads = journal_entries.heads(conn) if journaled else []
    return BackupManifest(
        made_at=dt.datetime.now(dt.UTC).replace(microsecond=0),
        geosites=__version__,
        schema=migrate.current(conn) or "",
        postgresql=int(conn.exec_driver_sql("SHOW server_version_num").scalar_one()),
        exercise=store_flags.is_exercise(conn),
        tables=tables,
        anchor=journal_entries.anchor(conn) if journaled else None,
        heads=tuple(Head(chain=item.chain, seq=item.seq, hash=item.hash.hex()) for item in heads),
        dump_bytes=0,
        sha256="",
    )


@dataclass
class _Counted:
    """What flows by: how much, and its digest."""

    target: IO[bytes]
    expected: int
    progress: Progress | None
    count: int = 0

    def take(self, source: IO[bytes]) -> str:
        """Copy everything; return its SHA-256."""
        digest = hashlib.sha256()
        while chunk := source.read(CHUNK):
            self.target.write(chunk)
            digest.update(chunk)
            self.count += len(chunk)
            if self.progress is not None:
                self.progress(self.count, max(self.expected, self.count))
        return digest.hexdigest()


def _write(
    target: IO[bytes],
    url: str,
    snapshot: str,
    about: BackupManifest,
    expected: int,
    progress: Progress | None,
) -> BackupManifest:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        with packed.open(DUMP, "w", force_zip64=True) as member, dumping(url, snapshot) as dump:
            counted = _Counted(member, expected, progress)
            digest = counted.take(dump)
        whole = replace(about, dump_bytes=counted.count, sha256=digest)
        packed.writestr(ABOUT, whole.text())
    return whole


@contextmanager
def _whole(file: Path) -> Iterator[IO[bytes]]:
    """Yield a private file that is synced and renamed to `file` at the end of the block."""
    folder = file.absolute().parent
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{file.name}-")
        try:
            with os.fdopen(handle, "w+b") as unfinished:
                yield unfinished
                unfinished.flush()
                os.fsync(unfinished.fileno())
            Path(name).replace(file)
            _on_disk(folder)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise Refused(
            "%(file)s cannot be written: %(reason)s", file=file, reason=os_reason(error)
        ) from error


def _on_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(conn: sa.Connection) -> int:
    """Return about how long the dump will be: it is packed, and has no indexes."""
    whole = sa.text("SELECT pg_database_size(current_database())")
    return int(conn.execute(whole).scalar_one()) // 8
