"""Paths of a cluster: folder, socket and account, recorded in a small file in the home."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.os_user import OsUser, account_for, account_of, owner_of

SYSTEM_FOLDER = Path("/var/lib/geosites")
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - what is made there is checked to be ours
PORT = 5432
OWNER = "geosites"
"""The role that owns the database and everything in it."""
SERVICE_LOGIN = "geosites_web"
"""The role that the running service signs in as."""
_SOCKET_NAME = f".s.PGSQL.{PORT}"
_SOCKET_BYTES = 103 if sys.platform == "darwin" else 107
_PLAIN = re.compile(r"[\w./ @+~-]+", re.ASCII)  # libpq reads a comma as a list of hosts
_REMEMBERED = "cluster.json"
_INSIDE = "postgres"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """The folders of one cluster, and the account they belong to."""

    folder: Path
    sockets: Path
    account: OsUser

    @property
    def data(self) -> Path:
        """The data directory of PostgreSQL."""
        return self.folder / "data"

    @property
    def fresh_data(self) -> Path:
        """Where a data directory is made, to be moved to its place when it is whole."""
        return self.folder / "data.new"

    @property
    def lock_file(self) -> Path:
        """Where PostgreSQL writes that it runs; a killed one leaves it behind."""
        return self.data / "postmaster.pid"

    @property
    def state(self) -> str:
        """Status of the server, such as `ready`, from the last line of its lock file."""
        try:
            return self.lock_file.read_text().splitlines()[-1].strip()
        except (OSError, IndexError):
            return ""

    @property
    def version(self) -> str:
        """The major version that made the data folder."""
        try:
            return (self.data / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise StoreUnavailable(
                "%(data)s cannot be read: %(error)s", data=self.data, error=error
            ) from error

    @property
    def log(self) -> Path:
        """What PostgreSQL wrote since its last start."""
        return self.folder / "postgres.log"

    @property
    def socket(self) -> Path:
        """The socket itself."""
        return self.sockets / _SOCKET_NAME

    def url(self, database: str = "geosites", role: str = OWNER) -> str:
        """Return the address of a database for a role, as libpq reads it."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}&port={PORT}"


def recall(home: Path) -> Place | None:
    """Return the paths of a home's cluster, or None if it has none yet."""
    home = home.absolute()
    try:
        known = json.loads((home / _REMEMBERED).read_text())
        folder = home / known["folder"]
        return Place(folder, home / known["sockets"], account_of(folder.stat().st_uid))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        raise StoreUnavailable(
            "%(home)s cannot be read: %(error)s", home=home / _REMEMBERED, error=error
        ) from error


def required(home: Path) -> Place:
    """Return the paths of a home's cluster; raises `StoreUnavailable` if it has none yet."""
    place = recall(home)
    if place is None:
        raise StoreUnavailable("there is no database under %(home)s yet", home=home)
    return place


def settle(home: Path) -> Place:
    """Return the paths of a home's cluster; choose, create and record them first if necessary."""
    home = home.absolute()
    known = recall(home)
    account = known.account if known else owner_of(home / _INSIDE) or account_for(home, binaries())
    folder = known.folder if known else _folder(home, account)
    _own(folder, account)
    sockets = _sockets(folder, known)
    _own(sockets, account)
    place = Place(folder, sockets, account)
    if place != known:
        _remember(home, place)
    return place


def _folder(home: Path, account: OsUser) -> Path:
    if account.enters(home):
        return home / _INSIDE
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = SYSTEM_FOLDER / _digest(home)
    _log.warning("%s cannot reach %s: the database lies in %s", account.name, home, folder)
    return folder


def _sockets(folder: Path, known: Place | None) -> Path:
    sockets = folder / "sockets"
    path = os.fsencode(sockets / _SOCKET_NAME)
    if len(path) <= _SOCKET_BYTES and _PLAIN.fullmatch(str(sockets)):
        return sockets
    short = SHORT_FOLDER / f"geosites-{_digest(folder)}"
    if known is None or known.sockets != short:
        _log.warning("%s does not fit a socket: it lies in %s", sockets, short)
    return short


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _own(folder: Path, account: OsUser) -> None:
    """Create a folder owned by `account` that others may traverse, or refuse an existing one."""
    try:
        folder.mkdir(mode=0o711, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise StoreUnavailable(
            "cannot make %(folder)s: %(error)s", folder=folder, error=error
        ) from error
    try:
        result = os.fstat(handle)
        if result.st_uid not in (account.uid, os.geteuid()) or result.st_mode & stat.S_IWOTH:
            raise StoreUnavailable(
                "%(folder)s belongs to someone else: move it away", folder=folder
            )
        os.fchmod(handle, 0o711)
        if result.st_uid != account.uid:
            os.fchown(handle, account.uid, account.gid)
    finally:
        os.close(handle)


def _remember(home: Path, place: Place) -> None:
    known = {"folder": place.folder, "sockets": place.sockets}
    inside = {
        key: str(path.relative_to(home) if path.is_relative_to(home) else path)
        for key, path in known.items()
    }
    fresh = home / f"{_REMEMBERED}.new"
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(handle, "w") as file:
        file.write(json.dumps(inside) + "\n")
    fresh.replace(home / _REMEMBERED)
