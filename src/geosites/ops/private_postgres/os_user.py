"""The unprivileged OS account that owns the cluster's files and runs its processes.

PostgreSQL refuses to run as root. When root changes the cluster's files, it does so as this
account, so that a planted symbolic link cannot misdirect it.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from geosites.core.errors import StoreUnavailable

# A fixed environment: PGPORT, PGDATA or a locale of the caller must not affect the server.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}
_SYSTEM_ACCOUNTS = ("postgres", "_postgres", "geosites")
_ROOT = Path("/")


@dataclass(frozen=True)
class OsUser:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    def run(
        self, argv: Sequence[str | Path], *, stdin: str = "", cwd: Path = _ROOT
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, in a session of its own, and return its result."""
        drop = os.geteuid() != self.uid
        try:
            return subprocess.run(  # noqa: S603
                [os.fspath(word) for word in argv],
                input=stdin,
                cwd=cwd,
                env=_ENVIRONMENT,
                umask=0o077,
                text=True,
                errors="replace",
                capture_output=True,
                check=False,
                start_new_session=True,
                user=self.uid if drop else None,
                group=self.gid if drop else None,
                extra_groups=() if drop else None,
            )
        except OSError as error:
            raise StoreUnavailable(
                "cannot run %(program)s as %(name)s: %(error)s",
                program=argv[0],
                name=self.name,
                error=error,
            ) from error

    def must_run(self, argv: Sequence[str | Path], *, stdin: str = "", cwd: Path = _ROOT) -> str:
        """Run a command as this account; return its output, or raise `StoreUnavailable`."""
        done = self.run(argv, stdin=stdin, cwd=cwd)
        if done.returncode != 0:
            message = (done.stderr or done.stdout).strip()[-2000:]
            raise StoreUnavailable(
                "%(program)s failed as %(name)s: %(said)s",
                program=argv[0],
                name=self.name,
                said=message,
            )
        return done.stdout

    def write(self, path: Path, text: str) -> None:
        """Replace a file by `text`, whole or not at all."""
        script = 'cat >"$1.new" && mv -f "$1.new" "$1"'
        self.must_run(["/bin/sh", "-c", script, "sh", path], stdin=text)

    def enters(self, folder: Path) -> bool:
        """Return whether this account can reach `folder`."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0


def account_of(uid: int) -> OsUser:
    """Return the account with a user id, or raise `StoreUnavailable`: PostgreSQL needs a name."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise StoreUnavailable(
            "user id %(uid)s has no name on this machine, and PostgreSQL needs one: "
            "add it to /etc/passwd, or set GEOSITES_DATABASE_URL",
            uid=uid,
        ) from None
    return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def account_for(home: Path, programs: Path) -> OsUser:
    """Return who shall run a new cluster under `home` with the `programs` of PostgreSQL.

    Ourselves; or where we are root: the owner of `home`, else `postgres`, else `geosites`,
    which is added to the system if nobody else can do it.
    """
    if os.geteuid() != 0:
        return account_of(os.geteuid())
    for account in _candidates(home):
        if account.run([programs / "postgres", "--version"]).returncode == 0:
            return account
    return _add_account()


def owner_of(path: Path) -> OsUser | None:
    """Return the owner of a file, or None if it is missing, root's or of an unknown account."""
    try:
        entry = pwd.getpwuid(path.stat().st_uid)
    except (OSError, KeyError):
        return None
    return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid) if entry.pw_uid else None


def _candidates(home: Path) -> Iterator[OsUser]:
    if (owner := owner_of(home)) is not None:
        yield owner
    for name in _SYSTEM_ACCOUNTS:
        with suppress(KeyError):
            yield account_of(pwd.getpwnam(name).pw_uid)


def _add_account() -> OsUser:
    root = account_of(0)
    root.must_run(["/usr/sbin/useradd", "--system", "--shell", "/usr/sbin/nologin", "geosites"])
    return account_of(pwd.getpwnam("geosites").pw_uid)
