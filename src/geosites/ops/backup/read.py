"""Read a backup: is it one, is it complete, and what does its manifest say."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from geosites.core.errors import Refused, os_reason
from geosites.db import migrate
from geosites.ops.backup.create import ABOUT, DUMP, Progress
from geosites.ops.backup.manifest import BackupManifest, parse
from geosites.ops.backup.pg_dump_and_restore import CHUNK, loading


def read_about(file: Path) -> BackupManifest:
    """Return the manifest of a backup after checking every byte.

    Raises `Refused` if it is not a backup, truncated, changed, or of a newer schema.
    """
    with _opened(file) as packed:
        about = parse(packed.read(ABOUT))
        with packed.open(DUMP) as dump:
            result = _digest(dump)
    if result != about.sha256:
        raise Refused(
            "%(file)s was changed since it was made: its dump has another digest", file=file
        )
    if about.schema not in migrate.revisions():
        raise Refused(
            "%(file)s has schema %(schema)s, which this geosites does not know yet",
            file=file,
            schema=about.schema,
        )
    return about


def pour(file: Path, about: BackupManifest, url: str, progress: Progress | None = None) -> None:
    """Put the dump of a backup into an empty database; raises `StoreUnavailable`."""
    done = 0
    with _opened(file) as packed, packed.open(DUMP) as dump, loading(url) as target:
        while chunk := dump.read(CHUNK):
            target.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, about.dump_bytes)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as packed:
            yield packed
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise Refused(
            "%(file)s is not a whole backup of geosites: %(error)s", file=file, error=error
        ) from error
    except FileNotFoundError:
        raise Refused("there is no file %(file)s", file=file) from None
    except OSError as error:
        raise Refused(
            "%(file)s cannot be read: %(reason)s", file=file, reason=os_reason(error)
        ) from error


def _digest(dump: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := dump.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
