"""The private cluster: made once, started when needed, found again after any crash."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from geosites.embedded import sessions
from geosites.embedded.binaries import binaries
from geosites.embedded.configuration import write_configuration
from geosites.embedded.place import PORT, SERVICE_LOGIN, Place, recall, settle
from geosites.embedded.processes import end_initdb, end_orphans, end_server, postmaster, processes
from geosites.errors import StoreUnavailable

_START_PATIENCE_S = 300.0  # a server that was killed may have much to replay
_LAUNCH = 'mv -f "$0" "$0.1" 2>/dev/null; "$@" </dev/null >"$0" 2>&1 & echo $!'


@dataclass(frozen=True, kw_only=True)
class ClusterStatus:
    """What `db status` tells. `version` and `owner` are None where there is no cluster yet."""

    running: bool
    data: Path | None
    sockets: Path | None
    version: str | None
    owner: str | None
    pid: int | None


@dataclass(frozen=True)
class PrivateCluster:
    """The PostgreSQL cluster that belongs to a home folder."""

    home: Path

    def start(self, settings: Mapping[str, str] | None = None) -> str:
        """Return the address of a running cluster, made and started first if need be.

        Two commands may race: one starts it, the other waits. `settings` (such as
        `{"fsync": "off"}`) count for this start alone and not for a cluster that runs already.
        Raises `StoreUnavailable` with what PostgreSQL said where it cannot be had.
        """
        place = recall(self.home)
        if place is not None and sessions.are_served(place):
            return place.url()
        _require_power_over(place)
        with self._locked():
            place = settle(self.home, binaries())
            _initialise(place, settings or {})
            _bring_up(place, settings or {})
            sessions.create_database(place)
        return place.url()

    def service_url(self) -> str:
        """Return the address for the running service, whose role owns nothing; start if need be."""
        self.start()
        place = recall(self.home)
        if place is None:
            raise StoreUnavailable("there is no database under %(home)s yet", home=self.home)
        sessions.admit_service(place)
        return place.url(role=SERVICE_LOGIN)

    def stop(self) -> None:
        """End the cluster's sessions and stop it; nothing happens if it does not run."""
        place = recall(self.home)
        if place is None:
            return
        _require_power_over(place)
        with self._locked():
            end_server(place)
            end_orphans(place)
            _require_silence(place)

    def status(self) -> ClusterStatus:
        """Return whether the cluster runs, where it lies and whose it is. Changes nothing."""
        place = recall(self.home)
        if place is None:
            return ClusterStatus(
                running=False, data=None, sockets=None, version=None, owner=None, pid=None
            )
        return ClusterStatus(
            running=sessions.are_served(place),
            data=place.data,
            sockets=place.sockets,
            version=sessions.server_version(place) or _version_of_data(place),
            owner=place.account.name,
            pid=postmaster(place) if _has_power_over(place) else None,
        )

    def url(self) -> str:
        """Return the address, running or not; raises `StoreUnavailable` before the first start."""
        place = recall(self.home)
        if place is None:
            raise StoreUnavailable("there is no database under %(home)s yet", home=self.home)
        return place.url()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW
            handle = os.open(self.home / "cluster.lock", flags, 0o644)
        except OSError as error:
            raise StoreUnavailable(
                "%(home)s cannot be used: %(error)s", home=self.home, error=error
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _has_power_over(place: Place) -> bool:
    return os.geteuid() in (0, place.account.uid)


def _require_power_over(place: Place | None) -> None:
    if place is not None and not _has_power_over(place):
        raise StoreUnavailable(
            "the database in %(folder)s belongs to %(name)s: do this as that user or as root",
            folder=place.folder,
            name=place.account.name,
        )


def _initialise(place: Place, settings: Mapping[str, str]) -> None:
    """Make the data folder: under another name first, so that half of one is never started."""
    if (place.data / "PG_VERSION").exists():
        return
    fresh, run = place.fresh_data, place.account.must_run
    end_initdb(place)
    run(["/bin/rm", "-rf", fresh])
    run(["/bin/mkdir", fresh])
    run(
        [
            binaries() / "initdb",
            f"--pgdata={fresh}",
            "--username=geosites",
            "--encoding=UTF8",
            f"--locale={_locale(place)}",
            "--data-checksums",
            "--auth-local=peer",
            "--auth-host=reject",
            *(["--no-sync"] if settings.get("fsync") == "off" else []),
        ],
        cwd=fresh,
    )
    try:
        fresh.rename(place.data)
    except OSError as error:
        raise StoreUnavailable(
            "%(data)s is no data folder of PostgreSQL: %(error)s", data=place.data, error=error
        ) from error


def _locale(place: Place) -> str:
    known = place.account.run(["/usr/bin/locale", "-a"]).stdout.split()
    return next((name for name in ("C.UTF-8", "C.utf8") if name in known), "C")


def _bring_up(place: Place, settings: Mapping[str, str]) -> None:
    """Wait until the server takes sessions; start it where none runs, once."""
    pid, launched = postmaster(place), False
    deadline = time.monotonic() + _START_PATIENCE_S
    while not sessions.are_taken(place):
        if pid is None or pid not in processes(place):
            if launched:
                raise StoreUnavailable(
                    "PostgreSQL did not start: %(said)s", said=_last_words(place)
                )
            _clear_remains(place)
            pid, launched = _launch(place, settings), True
        if time.monotonic() > deadline:
            raise StoreUnavailable("PostgreSQL does not answer: %(said)s", said=_last_words(place))
        time.sleep(0.03)


def _clear_remains(place: Place) -> None:
    """Remove what a killed server left: its children, and the files that claim it still runs.

    PostgreSQL would believe them if any process now bears the number in them.
    """
    end_orphans(place)
    _require_silence(place)
    claims = [place.data / "postmaster.pid", place.socket, Path(f"{place.socket}.lock")]
    place.account.must_run(["/bin/rm", "-f", *claims])


def _require_silence(place: Place) -> None:
    """Refuse to go on where somebody answers on the socket, though no server is to be seen."""
    if sessions.is_heard(place):
        raise StoreUnavailable(
            "%(data)s is run by a server that cannot be seen from here (in another "
            "container?): stop it there",
            data=place.data,
        )


def _launch(place: Place, settings: Mapping[str, str]) -> int:
    """Start the server, detached from us, and return its process id."""
    programs = binaries(int(_version_file(place)))
    write_configuration(place, PORT)
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    argv: list[str | Path] = [
        "/bin/sh",
        "-c",
        _LAUNCH,
        place.log,
        programs / "postgres",
        "-D",
        place.data,
        *options,
    ]
    return int(place.account.must_run(argv, cwd=place.data))


def _version_of_data(place: Place) -> str | None:
    return _version_file(place) if _has_power_over(place) else None


def _version_file(place: Place) -> str:
    try:
        return (place.data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise StoreUnavailable(
            "%(data)s cannot be read: %(error)s", data=place.data, error=error
        ) from error


def _last_words(place: Place) -> str:
    try:
        return place.log.read_text(errors="replace")[-2000:].strip()
    except OSError as error:
        return f"{place.log} cannot be read: {error}"
