"""Locate the PostgreSQL programs on this machine."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from geosites.core.errors import Phrase, StoreUnavailable, phrase
from geosites.ops.private_postgres.os_user import account_of

OLDEST_MAJOR = 15
_PATTERNS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # Red Hat
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
)
_MAJOR = re.compile(r"(?:postgresql[/@]|pgsql-)(\d+)/bin$")


def binaries(major: int | None = None) -> Path:
    """Return the folder with `postgres` and `initdb`, or raise `StoreUnavailable`.

    The newest version with PostGIS is used; `major` restricts it to the version that an existing
    data folder needs.
    """
    fit = []
    for folder in _folders():
        if major_of(folder) < OLDEST_MAJOR or major not in (None, major_of(folder)):
            continue
        if major is not None and _has_postgis(folder):
            return folder
        fit.append(folder)
    if not fit:
        raise StoreUnavailable(_missing(major))
    return max(fit, key=lambda folder: (_has_postgis(folder), major_of(folder)))


@cache
def major_of(folder: Path) -> int:
    """Return the major version of PostgreSQL in a folder, by its name or its `postgres`, or 0."""
    if named := _MAJOR.search(str(folder)):
        return int(named[1])
    done = account_of(os.geteuid()).run([folder / "postgres", "--version"])
    version = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(version[1]) if version else 0


def _folders() -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from filter(_complete, Path("/").glob(pattern))
    config = shutil.which("pg_config")
    if config is not None:
        folder = Path(account_of(os.geteuid()).run([config, "--bindir"]).stdout.strip())
        if _complete(folder):
            yield folder


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb", "pg_ctl"))


def _has_postgis(folder: Path) -> bool:
    libraries, config = folder.parent / "lib", folder / "pg_config"
    if config.exists() and not any(libraries.glob("postgis-3.*")):
        libraries = Path(account_of(os.geteuid()).run([config, "--pkglibdir"]).stdout.strip())
    return any(libraries.glob("postgis-3.*"))


def _missing(major: int | None) -> Phrase:
    if major is None:
        what = phrase(
            "no PostgreSQL %(oldest)s or newer was found on this machine", oldest=OLDEST_MAJOR
        )
    else:
        what = phrase(
            "the data folder was made by PostgreSQL %(major)s, which was not found here",
            major=major,
        )
    return phrase(
        "%(what)s; install it: `apt-get install postgresql postgresql-%(major)s-postgis-3` on "
        "Debian or Ubuntu, `brew install postgresql@%(brew)s postgis` on macOS",
        what=what,
        major=major or OLDEST_MAJOR,
        brew=major or 17,
    )
