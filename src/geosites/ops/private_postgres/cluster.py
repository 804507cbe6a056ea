"""The private cluster: created once, started when needed, recovered after any crash."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres import server, server_queries
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.lock import exclusive
from geosites.ops.private_postgres.paths import SERVICE_LOGIN, Place, recall, required, settle
from geosites.ops.private_postgres.processes import end_at_once, processes, server_among


@dataclass(frozen=True, kw_only=True)
class ClusterStatus:
    """Values of `db status`. `version` and `owner` are None if there is no cluster yet."""

    running: bool
    data: Path | None = None
    sockets: Path | None = None
    version: str | None = None
    owner: str | None = None
    pid: int | None = None


@dataclass(frozen=True)
class PrivateCluster:
    """The PostgreSQL cluster that belongs to a home folder."""

    home: Path

    def start(self, settings: Mapping[str, str] | None = None) -> str:
        """Return the URL of a running cluster, created and started first if necessary.

        Two commands may race: one starts it, the other waits. `settings` (such as `{"fsync":
        "off"}`) apply to this start only, and not to a running cluster. Raises `StoreUnavailable`
        with PostgreSQL's message if it cannot be started.
        """
        place = recall(self.home)
        if place is not None and server_queries.served_version(place) is not None:
            return place.url()
        _require_power_over(place)
        with exclusive(self.home):
            place = settle(self.home)
            _initialise(place, settings or {})
            if not server.bring_up(place, settings or {}):
                server_queries.create_database(place)
        return place.url()

    def service_url(self) -> str:
        """Return the URL for the running service, whose role owns nothing; start if necessary."""
        self.start()
        place = required(self.home)
        server_queries.admit_service(place)
        return place.url(role=SERVICE_LOGIN)

    def stop(self) -> None:
        """End the cluster's sessions and stop it; nothing happens if it does not run."""
        place = recall(self.home)
        if place is None:
            return
        _require_power_over(place)
        with exclusive(self.home):
            server.take_down(place)

    def status(self) -> ClusterStatus:
        """Return whether the cluster is running, its path and its owner. Changes nothing."""
        place = recall(self.home)
        if place is None:
            return ClusterStatus(running=False)
        served, ours = server_queries.served_version(place), _has_power_over(place)
        return ClusterStatus(
            running=served is not None,
            data=place.data,
            sockets=place.sockets,
            version=served or (place.version if ours else None),
            owner=place.account.name,
            pid=server_among(processes(place)) if ours else None,
        )

    def url(self) -> str:
        """Return the address, running or not; raises `StoreUnavailable` before the first start."""
        return required(self.home).url()


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
    for kept in sorted(place.folder.glob("data-*")):
        raise StoreUnavailable(
            "there is no data folder, but %(left)s: an upgrade was interrupted; rename it to "
            "%(data)s",
            left=kept,
            data=place.data,
        )
    fresh, run, programs = place.fresh_data, place.account.must_run, binaries()
    hasty = ("--no-sync", "-F") if settings.get("fsync") == "off" else ()
    while left := processes(place, fresh):  # a command that was killed may have left it at work
        end_at_once(place, left)
    run(["/bin/rm", "-rf", fresh])
    run(["/bin/mkdir", fresh])
    run(
        [
            programs / "initdb",
            f"--pgdata={fresh}",
            "--username=geosites",
            "--encoding=UTF8",
            f"--locale={_locale(place)}",
            "--data-checksums",
            "--auth-local=peer",
            "--auth-host=reject",
            *hasty[:1],
        ],
        cwd=fresh,
    )
    words = ("--single", *hasty[1:], "-c", "exit_on_error=on", "-D", fresh, "postgres")
    run([programs / "postgres", *words], stdin="CREATE DATABASE geosites", cwd=fresh)
    try:
        fresh.rename(place.data)
    except OSError as error:
        raise StoreUnavailable(
            "%(data)s is not a data folder of PostgreSQL: %(error)s", data=place.data, error=error
        ) from error


def _locale(place: Place) -> str:
    known = place.account.run(["/usr/bin/locale", "-a"]).stdout.split()
    return next((name for name in ("C.UTF-8", "C.utf8") if name in known), "C")
