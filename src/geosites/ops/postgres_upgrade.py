"""Upgrade the private cluster to another major version of PostgreSQL.

The store is backed up from the old server and restored into a new cluster beside it, where every
table must have the row count and digest that were saved. Only then are the data folders swapped;
until then, and after any failure, the old one is unchanged.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.db.postgres.connection import Store
from geosites.ops import backup as backups
from geosites.ops.private_postgres import PrivateCluster, binaries
from geosites.ops.private_postgres.binaries import major_of
from geosites.ops.private_postgres.paths import Place, required

_BESIDE = "upgrade"
_OWN_SETTINGS = "local.conf"
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class UpgradedCluster:
    """Result of an upgrade: major versions, contents, path of the old folder."""

    before: int
    after: int
    about: backups.BackupManifest
    kept: Path


def upgrade_postgres(cluster: PrivateCluster, progress: Progress | None = None) -> UpgradedCluster:
    """Move the store to the newest PostgreSQL of this machine; nobody may use it meanwhile.

    Raises `Refused` where it is there already or somebody is connected, `StoreUnavailable` where
    either version is missing.
    """
    before = int(required(cluster.home).version)
    binaries(before)  # the old server has to run once more
    if major_of(binaries()) <= before:
        raise Refused(
            "the database is one of PostgreSQL %(major)s, and no newer version with PostGIS is "
            "installed here",
            major=before,
        )
    return move(cluster, progress)


def move(cluster: PrivateCluster, progress: Progress | None = None) -> UpgradedCluster:
    """Move the store into a new cluster of the newest PostgreSQL, whichever made the old one."""
    place = required(cluster.home)
    before = int(place.version)
    kept = place.folder / f"data-{before}"
    if kept.exists():
        raise Refused("%(folder)s is in the way: remove or move it", folder=kept)
    beside = cluster.home / _BESIDE
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o711)
    if os.geteuid() == 0:
        os.chown(beside, place.account.uid, place.account.gid)
    try:
        about = _saved(cluster, beside / "before.geosites", progress)
        fresh = _restored(PrivateCluster(beside), beside / "before.geosites", progress)
        _bring_settings(place, fresh)
        after = int(fresh.version)
        cluster.stop()
        place.data.rename(kept)
        fresh.data.rename(place.data)
    finally:
        PrivateCluster(beside).stop()
        shutil.rmtree(beside, ignore_errors=True)
    cluster.start()
    cluster.service_url()
    return UpgradedCluster(before=before, after=after, about=about, kept=kept)


def _saved(
    cluster: PrivateCluster, file: Path, progress: Progress | None
) -> backups.BackupManifest:
    store = Store(cluster.start(), pool_size=2)
    try:
        with store.begin() as conn:
            others = int(conn.execute(sa.text(_OTHERS)).scalar_one())
        if others:
            raise Refused("the database is in use: stop the service and other programs first")
        return backups.back_up(store, file, progress)
    finally:
        store.close()


def _restored(fresh: PrivateCluster, file: Path, progress: Progress | None) -> Place:
    """Return a new, stopped cluster, verified against the manifest table by table."""
    store = Store(fresh.start(), pool_size=2)
    try:
        backups.restore(store, file, progress=progress)
    finally:
        store.close()
    fresh.stop()
    return required(fresh.home)


def _bring_settings(old: Place, fresh: Place) -> None:
    """Take the operator's own settings along."""
    own = old.data / _OWN_SETTINGS
    if own.exists():
        fresh.account.write(fresh.data / _OWN_SETTINGS, own.read_text(errors="replace"))
