"""The private cluster on a calm day: made, reached, kept to itself, stopped."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres import PrivateCluster, binaries
from geosites.ops.private_postgres.os_user import owner_of
from geosites.ops.private_postgres.paths import SYSTEM_FOLDER
from stores.private_clusters import (
    FAST,
    IS_ROOT,
    ask,
    kill_server,
    place_of,
    servers,
    start_elsewhere,
    tell,
    temporary_cluster,
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with temporary_cluster() as private:
        private.start(FAST)
        yield private


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_home_without_a_cluster_has_no_address_and_nothing_to_stop() -> None:
    with temporary_cluster() as private:
        private.stop()
        assert not private.status().running
        assert private.status().data is None
        assert list(private.home.iterdir()) == []
        with pytest.raises(StoreUnavailable, match=str(private.home)):
            private.url()


def test_a_fresh_cluster_takes_postgis(cluster: PrivateCluster) -> None:
    tell(cluster, "CREATE EXTENSION postgis", "CREATE EXTENSION btree_gist")
    assert ask(cluster, "SELECT ST_SRID(ST_Point(652000, 6862000, 2154))") == 2154


def test_its_data_are_checksummed_and_in_unicode(cluster: PrivateCluster) -> None:
    assert ask(cluster, "SHOW data_checksums") == "on"
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SELECT datcollate ~ '^C' FROM pg_database WHERE datname = 'geosites'")


def test_a_second_start_finds_the_first(cluster: PrivateCluster) -> None:
    before = cluster.status()
    assert cluster.start() == cluster.url()
    assert cluster.status() == before


def test_status_says_where_it_lies_and_whose_it_is(cluster: PrivateCluster) -> None:
    status = cluster.status()
    place = place_of(cluster)
    assert status.running
    assert (status.data, status.sockets) == (place.data, place.sockets)
    assert status.version is not None
    assert int(status.version.split(".")[0]) >= 15
    assert status.owner == place.account.name != "root"
    assert status.pid == int((place.data / "postmaster.pid").read_text().splitlines()[0])


def test_it_listens_on_its_socket_and_nowhere_else(cluster: PrivateCluster) -> None:
    assert ask(cluster, "SHOW listen_addresses") == ""
    lines = (place_of(cluster).data / "postmaster.pid").read_text().splitlines()
    assert lines[4] == str(place_of(cluster).sockets)
    assert lines[5] == ""  # the first TCP address


def test_others_may_pass_through_to_the_socket_and_see_no_data(cluster: PrivateCluster) -> None:
    place = place_of(cluster)
    assert mode_of(place.data) == 0o700
    assert mode_of(place.sockets) == 0o711
    assert {path.stat().st_uid for path in (place.data, place.sockets)} == {place.account.uid}


def test_root_and_the_owner_alone_are_let_in(cluster: PrivateCluster) -> None:
    assert ask(cluster, "SELECT current_user") == "geosites"
    names = ask(cluster, "SELECT array_agg(sys_name) FROM pg_ident_file_mappings")
    assert set(names) == {"root", place_of(cluster).account.name}


def test_nobody_is_let_in_under_another_name(cluster: PrivateCluster) -> None:
    tell(cluster, "CREATE ROLE somebody LOGIN SUPERUSER")
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        psycopg.connect(cluster.url().replace("geosites@", "somebody@"))


def test_a_user_of_the_machine_who_is_not_in_the_map_is_refused(cluster: PrivateCluster) -> None:
    if IS_ROOT:
        nobody = pwd.getpwnam("nobody")
        done = subprocess.run(
            [binaries() / "psql", cluster.url(), "-c", "SELECT 1"],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Peer authentication failed" in done.stderr
    else:
        rules = ask(cluster, "SELECT array_agg(auth_method) FROM pg_hba_file_rules")
        assert rules == ["peer"]


def test_the_server_lives_in_a_session_of_its_own(cluster: PrivateCluster) -> None:
    pid = cluster.status().pid
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)


def test_it_is_stopped_though_somebody_is_connected_and_comes_back(
    cluster: PrivateCluster,
) -> None:
    tell(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    with psycopg.connect(cluster.url()) as connection:
        cluster.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert not cluster.status().running
    assert cluster.status().pid is None
    cluster.stop()
    cluster.start(FAST)
    assert ask(cluster, "SELECT n FROM kept") == 7


def test_settings_count_for_one_start_and_local_conf_for_all(cluster: PrivateCluster) -> None:
    place = place_of(cluster)
    place.account.write(place.data / "local.conf", "work_mem = 5MB\n")
    cluster.stop()
    cluster.start({"jit": "on"})
    assert ask(cluster, "SHOW jit") == "on"
    assert ask(cluster, "SHOW work_mem") == "5MB"
    cluster.stop()
    cluster.start()
    assert [ask(cluster, f"SHOW {name}") for name in ("jit", "fsync", "full_page_writes")] == [
        "off",
        "on",
        "on",
    ]
    assert ask(cluster, "SHOW work_mem") == "5MB"


def test_a_setting_may_hold_what_a_shell_would_read(cluster: PrivateCluster) -> None:
    cluster.stop()
    cluster.start({**FAST, "geosites.note": 'it\'s "$HOME" `a` \\ b'})
    assert ask(cluster, "SHOW geosites.note") == 'it\'s "$HOME" `a` \\ b'


def test_a_killed_server_is_started_at_once_every_time(cluster: PrivateCluster) -> None:
    for _ in range(5):
        cluster.start(FAST)
        kill_server(cluster, wait=False)
        assert cluster.start(FAST) == cluster.url()
        assert len(servers(cluster)) == 1
        assert ask(cluster, "SELECT 1") == 1


def test_two_commands_after_a_kill_start_one_server(cluster: PrivateCluster) -> None:
    cluster.start(FAST)
    kill_server(cluster, wait=False)
    racing = [start_elsewhere(cluster) for _ in range(2)]
    assert {runner.communicate()[0].strip() for runner in racing} == {cluster.url()}
    assert {runner.returncode for runner in racing} == {0}
    assert len(servers(cluster)) == 1


def test_a_start_leaves_the_log_before_it_beside_its_own(cluster: PrivateCluster) -> None:
    cluster.stop()
    before = place_of(cluster).log.read_text()
    assert "database system is shut down" in before
    cluster.start(FAST)
    assert place_of(cluster).log.with_name("postgres.log.1").read_text() == before


def test_a_database_that_was_dropped_is_made_again(cluster: PrivateCluster) -> None:
    cluster.start(FAST)
    with psycopg.connect(place_of(cluster).url("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE geosites WITH (FORCE)")
    assert not cluster.status().running
    cluster.start(FAST)
    assert ask(cluster, "SELECT current_database()") == "geosites"


def test_the_environment_of_the_caller_changes_nothing(
    cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.stop()
    for name, value in {"PGPORT": "6543", "PGDATA": "/nowhere", "PGHOST": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    cluster.start(FAST)
    assert ask(cluster, "SHOW port") == "5432"


def test_a_home_may_be_named_from_the_working_folder(
    cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(cluster.home.parent)
    assert PrivateCluster(Path(cluster.home.name)).start(FAST) == cluster.url()


def test_a_home_may_be_moved() -> None:
    with temporary_cluster() as private:
        private.start(FAST)
        tell(private, "CREATE TABLE kept AS SELECT 7 AS n")
        private.stop()
        moved = PrivateCluster(private.home.with_name("moved"))
        private.home.rename(moved.home)
        moved.start(FAST)
        assert ask(moved, "SELECT n FROM kept") == 7
        moved.stop()
        moved.home.rename(private.home)


@pytest.mark.parametrize("name", ["d" * 120, "a, b", "a \"b\" $HOME 'c' `d`"])
def test_where_a_socket_does_not_fit_a_short_folder_serves(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with temporary_cluster(name) as private:
        private.start(FAST)
        place = place_of(private)
        assert place.sockets.parent == Path("/tmp")
        assert str(place.sockets) in caplog.text
        assert place.data.is_relative_to(private.home)
        assert mode_of(place.sockets) == 0o711
        assert ask(private, "SELECT 1") == 1


def test_a_short_folder_that_others_may_write_to_is_refused() -> None:
    with temporary_cluster("d" * 120) as private:
        private.start(FAST)
        private.stop()
        sockets = place_of(private).sockets
        sockets.chmod(0o777)
        with pytest.raises(StoreUnavailable, match=f"{sockets} belongs to someone else"):
            private.start(FAST)


def test_where_root_must_give_up_its_rights_and_cannot_reach_home(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with temporary_cluster(mode=0o700) as private:
        private.start(FAST)
        place = place_of(private)
        if IS_ROOT:
            assert place.folder.parent == SYSTEM_FOLDER
            assert (
                f"cannot reach {private.home}: the database lies in {place.folder}" in caplog.text
            )
        else:
            assert place.folder.parent == private.home
            assert caplog.text == ""
        assert ask(private, "SELECT 1") == 1
        assert PrivateCluster(private.home).url() == private.url()


def test_root_works_as_the_owner_of_the_home() -> None:
    with temporary_cluster() as private:
        if IS_ROOT:
            nobody = pwd.getpwnam("nobody")
            os.chown(private.home, nobody.pw_uid, nobody.pw_gid)
        private.start(FAST)
        assert owner_of(place_of(private).data) == owner_of(private.home)


def test_a_cluster_of_another_major_version_is_left_alone(cluster: PrivateCluster) -> None:
    cluster.stop()
    version = place_of(cluster).data / "PG_VERSION"
    real = version.read_text()
    version.write_text("14\n")
    with pytest.raises(StoreUnavailable, match=r"made by PostgreSQL 14.*postgresql-14-postgis-3"):
        cluster.start(FAST)
    version.write_text(real)
    cluster.start(FAST)


def test_a_version_that_is_not_there_is_named_with_its_packages() -> None:
    with pytest.raises(StoreUnavailable, match=r"postgresql-99-postgis-3.*brew install"):
        binaries(99)


def test_what_postgresql_says_is_passed_on(cluster: PrivateCluster) -> None:
    cluster.stop()
    with pytest.raises(StoreUnavailable, match='unrecognized configuration parameter "colour"'):
        cluster.start({"colour": "blue"})
    cluster.start(FAST)


def test_a_data_folder_that_is_none_is_not_touched() -> None:
    with temporary_cluster() as private:
        data = private.home / "postgres" / "data"
        data.mkdir(parents=True)
        (data / "letter.txt").write_text("mine")
        with pytest.raises(StoreUnavailable, match=f"{data} is not a data folder"):
            private.start(FAST)
        assert (data / "letter.txt").read_text() == "mine"


def test_a_memory_that_cannot_be_read_is_named() -> None:
    with temporary_cluster() as private:
        memory = private.home / "cluster.json"
        memory.write_text("{")
        with pytest.raises(StoreUnavailable, match=str(memory)):
            private.start(FAST)
        memory.unlink()


def test_the_memory_holds_no_path_of_the_home_itself(cluster: PrivateCluster) -> None:
    known = json.loads((cluster.home / "cluster.json").read_text())
    assert known == {"folder": "postgres", "sockets": "postgres/sockets"}
