"""Point-in-time recovery: a private cluster from an archive, in a separate home."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import psycopg

from geosites.core.errors import Refused, StoreUnavailable
from geosites.ops.private_postgres.archiving import BASE, STAMP, WAL
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.cluster import PrivateCluster
from geosites.ops.private_postgres.configuration import ARCHIVE
from geosites.ops.private_postgres.paths import Place, settle

_TOO_EARLY = "recovery ended before configured recovery target was reached"


def recover(folder: Path, cluster: PrivateCluster, until: dt.datetime | None) -> None:
    """Recover the archived cluster into `cluster`, as of `until` or to the end of the archive.

    It is running afterwards, without archiving. Raises `Refused` if the home has a database, or the
    archive does not reach the instant; the home is then unchanged.
    """
    folder = folder.absolute()
    base = _base(folder, until)
    if cluster.status().data is not None:
        raise Refused(
            "%(home)s has a database already: recover into another home", home=cluster.home
        )
    cluster.home.mkdir(parents=True, exist_ok=True)
    place = settle(cluster.home)
    _require_whole(place, base)
    try:
        _lay_out(place, base)
        cluster.start(_target(folder, until))
        _require_open(cluster)
    except StoreUnavailable as error:
        _take_back(cluster, place)
        if _TOO_EARLY in str(error):
            raise Refused(
                "%(folder)s does not reach %(until)s: leave --until out for all that it holds",
                folder=folder,
                until=until,
            ) from error
        raise


def _base(folder: Path, until: dt.datetime | None) -> Path:
    """Return the last base backup that was whole at an instant."""
    try:
        bases = sorted(folder.glob(f"{BASE}*"))
    except OSError as error:
        raise Refused("%(folder)s cannot be read: %(error)s", folder=folder, error=error) from error
    fit = [base for base in bases if until is None or _taken_at(base) <= until]
    if fit:
        return fit[-1]
    if bases:
        raise Refused(
            "%(folder)s begins at %(taken_at)s",
            folder=folder,
            taken_at=_taken_at(bases[0]),
        )
    raise Refused(
        "%(folder)s holds no base backup: is it a folder of `db archive on`?", folder=folder
    )


def _taken_at(base: Path) -> dt.datetime:
    try:
        return dt.datetime.strptime(base.name.removeprefix(BASE), STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        raise Refused("%(base)s does not say when it was taken", base=base) from None


def _require_whole(place: Place, base: Path) -> None:
    done = place.account.run([binaries() / "pg_verifybackup", base])
    if done.returncode != 0:
        raise Refused(
            "%(base)s is incomplete: %(said)s", base=base, said=done.stderr.strip()[-1000:]
        )


def _lay_out(place: Place, base: Path) -> None:
    """Copy a base backup to the path of the cluster, and request its recovery."""
    run = place.account.must_run
    run(["/bin/rm", "-rf", place.fresh_data])
    run(["/bin/cp", "-Rp", base, place.fresh_data])
    run(["/bin/rm", "-f", place.fresh_data / ARCHIVE])
    place.account.write(place.fresh_data / "recovery.signal", "")
    run(["/bin/mv", place.fresh_data, place.data])


def _target(folder: Path, until: dt.datetime | None) -> dict[str, str]:
    wanted = {
        "restore_command": f'cp "{folder / WAL}/%f" "%p"',
        "recovery_target_action": "promote",
        "hot_standby": "off",
    }
    return wanted if until is None else wanted | {"recovery_target_time": until.isoformat()}


def _require_open(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url()) as conn:
        if conn.execute("SELECT pg_is_in_recovery()").fetchone() != (False,):
            raise StoreUnavailable("the recovery did not finish")


def _take_back(cluster: PrivateCluster, place: Place) -> None:
    cluster.stop()
    for folder in (place.fresh_data, place.data):
        place.account.must_run(["/bin/rm", "-rf", folder])
