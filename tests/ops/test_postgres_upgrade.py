"""The private store moves into a cluster of the newest PostgreSQL, and nothing is lost.

Where one major version is installed, the way is the same from it to itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geosites.core.errors import Refused, StoreUnavailable
from geosites.db import migrate
from geosites.db.maintenance import job_table
from geosites.db.postgres import table_digests
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.ops import postgres_upgrade
from geosites.ops.private_postgres import PrivateCluster, binaries
from geosites.ops.private_postgres.binaries import major_of
from stores.private_clusters import FAST, ask, place_of, temporary_cluster

MAJOR = major_of(binaries())
IDENTITY = "SELECT system_identifier FROM pg_control_system()"
_CHANGED = {"journal.entry", "journal.head", "job_run"}
"""What a backup and a restore themselves write to."""


@pytest.fixture
def private() -> Iterator[PrivateCluster]:
    with temporary_cluster() as cluster:
        store = Store(cluster.start(FAST))
        with store.begin() as conn:
            migrate.upgrade(conn)
            geography.load(conn)
        store.close()
        yield cluster


def contents(cluster: PrivateCluster) -> dict[str, table_digests.Content]:
    store = Store(cluster.start(FAST))
    with store.begin() as conn:
        found = table_digests.contents(conn)
        job_table.runs(conn)
    store.close()
    return {table: one for table, one in found.items() if table not in _CHANGED}


def test_the_store_moves_whole_and_the_old_folder_is_kept(private: PrivateCluster) -> None:
    before, identity = (
        contents(private),
        ask(private, "SELECT system_identifier FROM pg_control_system()"),
    )
    local = place_of(private).data / "local.conf"
    place_of(private).account.write(local, "work_mem = '17MB'\n")
    done = postgres_upgrade.move(private)
    assert (done.before, done.after) == (MAJOR, MAJOR)
    assert contents(private) == before
    assert ask(private, IDENTITY) != identity
    assert ask(private, "SHOW work_mem") == "17MB"
    assert (done.kept / "PG_VERSION").exists()
    assert not (private.home / "upgrade").exists()
    with Store(private.service_url()).begin() as conn:
        assert migrate.current(conn) == migrate.head()


def test_the_newest_version_already_is_said_so(private: PrivateCluster) -> None:
    with pytest.raises(Refused, match=f"one of PostgreSQL {MAJOR}"):
        postgres_upgrade.upgrade_postgres(private)


def test_a_version_that_is_gone_from_the_machine_is_named(private: PrivateCluster) -> None:
    private.stop()
    version = place_of(private).data / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(StoreUnavailable, match="postgresql-14-postgis-3"):
        postgres_upgrade.upgrade_postgres(private)
    version.write_text(f"{MAJOR}\n")


def test_it_does_not_begin_while_somebody_is_connected(private: PrivateCluster) -> None:
    before, other = contents(private), Store(private.url())
    with other.begin(), pytest.raises(Refused, match="in use"):
        postgres_upgrade.move(private)
    other.close()
    assert contents(private) == before


def test_where_the_copy_differs_the_old_one_stays(
    private: PrivateCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(private)
    restore = postgres_upgrade.backups.restore

    def torn(store: Store, file: Path, **how: object) -> object:
        file.write_bytes(file.read_bytes()[:-2000])
        return restore(store, file)

    monkeypatch.setattr(postgres_upgrade.backups, "restore", torn)
    with pytest.raises(Refused):
        postgres_upgrade.move(private)
    assert contents(private) == before
    assert list(place_of(private).folder.glob("data-*")) == []


def test_a_power_cut_between_the_two_renames_makes_no_empty_store(private: PrivateCluster) -> None:
    place = place_of(private)
    before = contents(private)
    private.stop()
    place.data.rename(place.folder / f"data-{MAJOR}")
    with pytest.raises(StoreUnavailable, match="an upgrade was interrupted"):
        private.start(FAST)
    (place.folder / f"data-{MAJOR}").rename(place.data)
    assert contents(private) == before
