"""WAL archiving of a private cluster to a folder, for point-in-time recovery.

The folder contains `base-…`, copies of the whole cluster, and `wal`, every change since the first.
PostgreSQL hands over a WAL segment when it is full, or after a minute.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from geosites.core.errors import Refused, StoreUnavailable
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.cluster import PrivateCluster
from geosites.ops.private_postgres.configuration import ARCHIVE
from geosites.ops.private_postgres.paths import OWNER, PORT, Place, required

WAL, BASE = "wal", "base-"
STAMP = "%Y%m%dT%H%M%S%fZ"
_PLAIN = re.compile(r"/[\w./ @+~-]*", re.ASCII)  # what neither a shell nor PostgreSQL reads into

_KEEP = (
    'f="{wal}/%f"; if test -f "$f"; then cmp -s "%p" "$f";'
    ' else cp "%p" "$f.part" && sync "$f.part" && mv "$f.part" "$f" && sync "{wal}"; fi'
)
"""Archive command: a segment is accepted once it is on disk, and never replaces another."""

_SETTINGS = """\
archive_mode = on
archive_timeout = 60
archive_command = '{command}'
"""


@dataclass(frozen=True, kw_only=True)
class ArchiveStatus:
    """State of archiving; `folder` is None if it is off."""

    folder: str | None
    archived: int
    last_archived_at: dt.datetime | None
    failed: int
    last_failed_at: dt.datetime | None

    @property
    def failing(self) -> bool:
        """Return whether the last try failed."""
        if self.last_failed_at is None:
            return False
        return self.last_archived_at is None or self.last_failed_at > self.last_archived_at

    def document(self) -> dict[str, object]:
        """Return it as JSON."""
        return {"failing": self.failing, **asdict(self)}


def turn_on(cluster: PrivateCluster, folder: Path) -> Path:
    """Archive the cluster to `folder` from now on; return the base backup taken.

    The server is restarted for that, which ends its sessions, unless it archives there already.
    Raises `Refused` for a folder name with shell metacharacters.
    """
    folder = folder.absolute()
    if not _PLAIN.fullmatch(str(folder)):
        raise Refused("%(folder)s: use letters, digits and . _ @ + ~ - alone", folder=folder)
    cluster.start()
    place = required(cluster.home)
    _make(place, folder)
    wanted = _SETTINGS.format(command=_KEEP.format(wal=folder / WAL))
    if _written(place) != wanted or not _archives(cluster):
        place.account.write(place.data / ARCHIVE, wanted)
        cluster.stop()
        cluster.start()
    return _base(place, folder)


def turn_off(cluster: PrivateCluster) -> None:
    """Stop archiving. A running server is restarted."""
    place = required(cluster.home)
    place.account.must_run(["/bin/rm", "-f", place.data / ARCHIVE])
    if cluster.status().running:
        cluster.stop()
        cluster.start()


def status(cluster: PrivateCluster) -> ArchiveStatus:
    """Return where the changes of a cluster go and whether they arrive; it is started for that."""
    asked = (
        "SELECT archived_count, last_archived_time, failed_count, last_failed_time,"
        " current_setting('archive_command') FROM pg_stat_archiver"
    )
    with psycopg.connect(cluster.start()) as conn:
        row = conn.execute(asked).fetchone()
    if row is None:
        raise StoreUnavailable("PostgreSQL does not report the state of its archive")
    result = re.match(r'f="(.*)/wal/%f"', row[4])
    return ArchiveStatus(
        folder=result[1] if result else None,
        archived=row[0],
        last_archived_at=row[1],
        failed=row[2],
        last_failed_at=row[3],
    )


def _make(place: Place, folder: Path) -> None:
    """Create the folder, accessible to the account of the cluster only."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        result = folder.stat()
        if result.st_uid != place.account.uid:
            if any(folder.iterdir()):
                raise Refused(
                    "%(folder)s is not empty and does not belong to %(name)s",
                    folder=folder,
                    name=place.account.name,
                )
            os.chown(folder, place.account.uid, place.account.gid)
    except OSError as error:
        raise StoreUnavailable(
            "%(folder)s cannot be used: %(error)s", folder=folder, error=error
        ) from error
    place.account.must_run(["/bin/chmod", "700", folder])
    place.account.must_run(["/bin/mkdir", "-p", folder / WAL])


def _written(place: Place) -> str:
    return place.account.run(["/bin/cat", place.data / ARCHIVE]).stdout


def _archives(cluster: PrivateCluster) -> bool:
    with psycopg.connect(cluster.url()) as conn:
        row = conn.execute("SELECT current_setting('archive_mode')").fetchone()
    return row == ("on",)


def _base(place: Place, folder: Path) -> Path:
    """Copy the whole cluster; the copy is named by the first instant it can be taken to."""
    part = folder / "unfinished"
    run = place.account.must_run
    run(["/bin/rm", "-rf", part])
    words = [f"--pgdata={part}", f"--host={place.sockets}", f"--port={PORT}"]
    run(
        [
            binaries(int(place.version)) / "pg_basebackup",
            *words,
            f"--username={OWNER}",
            "--checkpoint=fast",
        ]
    )
    made = folder / f"{BASE}{dt.datetime.now(dt.UTC).strftime(STAMP)}"
    run(["/bin/mv", part, made])
    return made
