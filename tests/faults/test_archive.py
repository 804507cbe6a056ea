"""Back to any instant: from a folder into which every change of the private cluster went."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from geosites.core.errors import Refused
from geosites.ops.private_postgres import PrivateCluster, archiving, recovery
from stores.private_clusters import ask, place_of, tell, temporary_cluster, wait_until


@dataclass(frozen=True)
class Archived:
    """A folder with changes, and instants between them."""

    cluster: PrivateCluster
    folder: Path
    began: dt.datetime
    between: dt.datetime


def now(cluster: PrivateCluster) -> dt.datetime:
    found: dt.datetime = ask(cluster, "SELECT clock_timestamp()")
    return found


def hand_over(cluster: PrivateCluster, folder: Path) -> None:
    """Have PostgreSQL hand over what has changed up to now, and wait until it lies there."""
    name = ask(cluster, "SELECT pg_walfile_name(pg_current_wal_lsn())")
    tell(cluster, "SELECT pg_switch_wal()")
    wait_until(lambda: (folder / "wal" / name).exists(), limit_s=60)


@pytest.fixture(scope="module")
def archived() -> Iterator[Archived]:
    """Return an archive: a row before `between`, another after it, and the cluster it is of."""
    with temporary_cluster() as cluster:
        cluster.start()
        tell(cluster, "CREATE TABLE seen (n int)")
        began = now(cluster)
        folder = cluster.home.parent / "arch ive"
        archiving.turn_on(cluster, folder)
        tell(cluster, "INSERT INTO seen VALUES (1)")
        between = now(cluster)
        tell(cluster, "INSERT INTO seen VALUES (2)")
        hand_over(cluster, folder)
        yield Archived(cluster, folder, began, between)


@pytest.mark.parametrize(("exact", "rows"), [(True, 1), (False, 2)])
def test_a_cluster_is_recovered_as_it_stood(archived: Archived, exact: bool, rows: int) -> None:
    with temporary_cluster() as other:
        recovery.recover(archived.folder, other, archived.between if exact else None)
        assert ask(other, "SELECT count(*) FROM seen") == rows
        tell(other, "INSERT INTO seen VALUES (3)")
        other.stop()
        other.start()
        assert ask(other, "SELECT count(*) FROM seen") == rows + 1
        assert archiving.status(other).folder is None
    assert ask(archived.cluster, "SELECT count(*) FROM seen") == 2


def test_an_instant_that_the_archive_does_not_reach_is_refused(archived: Archived) -> None:
    late = now(archived.cluster) + dt.timedelta(days=1)
    with temporary_cluster() as other:
        with pytest.raises(Refused, match="does not reach"):
            recovery.recover(archived.folder, other, late)
        assert not place_of(other).data.exists()
        with pytest.raises(Refused, match="begins at"):
            recovery.recover(archived.folder, other, archived.began)
        with pytest.raises(Refused, match="no base backup"):
            recovery.recover(archived.folder / "wal", other, None)


def test_a_base_backup_that_was_changed_is_refused(archived: Archived, tmp_path: Path) -> None:
    (base,) = archived.folder.glob("base-*")
    bent = archived.folder / "bent"
    shutil.copytree(base, bent / base.name)
    (bent / base.name / "PG_VERSION").write_text("7\n")
    for path in (bent, *bent.rglob("*")):
        shutil.chown(path, archived.folder.owner(), archived.folder.group())
    with temporary_cluster() as other, pytest.raises(Refused, match="is incomplete"):
        recovery.recover(bent, other, None)
    shutil.rmtree(bent)


def test_nothing_is_recovered_over_a_database(archived: Archived) -> None:
    with pytest.raises(Refused, match="has a database already"):
        recovery.recover(archived.folder, archived.cluster, None)


def test_the_status_says_where_changes_go_and_when_they_do_not_arrive(archived: Archived) -> None:
    state = archiving.status(archived.cluster)
    assert state.folder == str(archived.folder)
    assert state.archived >= 1
    assert not state.failing
    wal, away = archived.folder / "wal", archived.folder / "away"
    wal.rename(away)
    tell(archived.cluster, "INSERT INTO seen SELECT 2 WHERE false", "SELECT pg_switch_wal()")
    tell(archived.cluster, "CREATE TABLE more ()", "SELECT pg_switch_wal()")
    wait_until(lambda: archiving.status(archived.cluster).failing, limit_s=60)
    away.rename(wal)
    wait_until(lambda: not archiving.status(archived.cluster).failing, limit_s=120)


def test_it_can_be_turned_off_again_and_odd_folders_are_refused(tmp_path: Path) -> None:
    with temporary_cluster() as cluster:
        cluster.start()
        with pytest.raises(Refused, match="letters, digits"):
            archiving.turn_on(cluster, cluster.home / "a'b")
        folder = cluster.home.parent / "kept"
        first = archiving.turn_on(cluster, folder)
        with psycopg.connect(cluster.url()) as conn:
            server = conn.info.backend_pid
            assert archiving.turn_on(cluster, folder) != first
            assert conn.execute("SELECT pg_backend_pid()").fetchone() == (server,)
        archiving.turn_off(cluster)
        assert archiving.status(cluster).folder is None
        assert folder.stat().st_mode & 0o777 == 0o700
