"""The private cluster on a bad day: whatever was killed, the next command works."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator

import psycopg
import pytest

from geosites.core.errors import StoreUnavailable
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.paths import Place
from geosites.ops.private_postgres.processes import processes
from stores.private_clusters import (
    FAST,
    ask,
    bystander,
    kill_server,
    place_of,
    start_elsewhere,
    tell,
    temporary_cluster,
    wait_until,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[PrivateCluster]:
    with temporary_cluster() as private:
        private.start(FAST)
        tell(private, "CREATE TABLE kept AS SELECT 7 AS n")
        yield private


@pytest.fixture
def cluster(shared: PrivateCluster) -> PrivateCluster:
    """A running cluster that every test may break."""
    shared.start(FAST)
    return shared


def assert_it_comes_back(cluster: PrivateCluster) -> None:
    cluster.start(FAST)
    assert ask(cluster, "SELECT n FROM kept") == 7
    assert cluster.status().running


def write_lock_file(place: Place, text: str) -> None:
    place.account.write(place.data / "postmaster.pid", text)


def lock_file_naming(place: Place, pid: int) -> str:
    return f"{pid}\n{place.data}\n1700000000\n5432\n{place.sockets}\n\n  99999999 1\nready\n"


def test_four_commands_that_race_start_one_server() -> None:
    with temporary_cluster() as private:
        racing = [start_elsewhere(private) for _ in range(4)]
        addresses = {runner.communicate()[0].strip() for runner in racing}
        assert {runner.returncode for runner in racing} == {0}
        assert addresses == {private.url()}
        servers = [t for t in processes(place_of(private)).values() if "postgres: " not in t]
        assert len(servers) == 1


def test_the_server_outlives_a_killed_command() -> None:
    with temporary_cluster() as private:
        runner = start_elsewhere(private)
        assert runner.stdout is not None
        runner.stdout.readline()
        runner.kill()
        runner.communicate()
        assert private.status().running


@pytest.mark.parametrize("sign", ["postgres/data.new/base", "postgres/data/postmaster.pid"])
def test_a_start_that_is_killed_half_way_is_made_good_by_the_next(sign: str) -> None:
    with temporary_cluster() as private:
        runner = start_elsewhere(private)
        wait_until(lambda: list(private.home.glob(sign)))
        runner.kill()
        runner.communicate()
        private.start(FAST)
        assert ask(private, "SELECT 1") == 1
        assert list(private.home.glob("postgres/data.new")) == []


def test_a_killed_server_is_started_again(cluster: PrivateCluster) -> None:
    kill_server(cluster)
    assert not cluster.status().running
    assert_it_comes_back(cluster)


def test_all_processes_killed_at_once_are_no_worse(cluster: PrivateCluster) -> None:
    tell(cluster, "INSERT INTO kept VALUES (7)")
    for pid in processes(place_of(cluster)):
        os.kill(pid, signal.SIGKILL)
    assert_it_comes_back(cluster)
    assert ask(cluster, "SELECT count(*) FROM kept") == 2


def test_orphans_that_hold_the_memory_are_ended(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        orphan = connection.info.backend_pid
        os.kill(orphan, signal.SIGSTOP)
        kill_server(cluster)
        assert orphan in processes(place_of(cluster))
        assert_it_comes_back(cluster)
        assert orphan not in processes(place_of(cluster))


def test_orphans_are_ended_by_a_stop_too(cluster: PrivateCluster) -> None:
    with psycopg.connect(cluster.url()) as connection:
        os.kill(connection.info.backend_pid, signal.SIGSTOP)
        kill_server(cluster)
        cluster.stop()
    assert processes(place_of(cluster)) == {}
    assert_it_comes_back(cluster)


def test_a_lock_file_that_names_a_stranger_is_removed_and_the_stranger_lives(
    cluster: PrivateCluster,
) -> None:
    kill_server(cluster)
    place = place_of(cluster)
    with bystander(place, cwd=place.folder) as stranger:
        write_lock_file(place, lock_file_naming(place, stranger.pid))
        assert cluster.status().pid is None
        assert_it_comes_back(cluster)
        cluster.stop()
        assert stranger.poll() is None


def test_somebody_who_stands_in_the_data_folder_is_left_alone(cluster: PrivateCluster) -> None:
    place = place_of(cluster)
    with bystander(place, cwd=place.data) as stranger:
        write_lock_file(place, lock_file_naming(place, stranger.pid))
        kill_server(cluster)
        assert_it_comes_back(cluster)
        cluster.stop()
        assert stranger.poll() is None


def test_a_process_that_is_becoming_another_program_is_seen(cluster: PrivateCluster) -> None:
    place = place_of(cluster)
    place.account.write(place.data / "again.sh", 'exec /bin/sh "$0"')
    with bystander(place, place.data, ["/bin/sh", place.data / "again.sh"]) as restless:
        looks = [restless.pid in processes(place) for _ in range(100)]
        restless.kill()
    assert all(looks)


@pytest.mark.parametrize("text", ["", "rubbish\n", "-1\n"])
def test_a_lock_file_that_says_nothing_is_removed(cluster: PrivateCluster, text: str) -> None:
    kill_server(cluster)
    write_lock_file(place_of(cluster), text)
    assert_it_comes_back(cluster)


def test_a_stop_ends_the_server_whatever_its_lock_file_says(cluster: PrivateCluster) -> None:
    place = place_of(cluster)
    with bystander(place, cwd=place.folder) as stranger:
        write_lock_file(place, lock_file_naming(place, stranger.pid))
        cluster.stop()
        assert processes(place) == {}
        assert stranger.poll() is None
    assert_it_comes_back(cluster)


def test_a_server_that_cannot_be_seen_from_here_is_not_doubled(cluster: PrivateCluster) -> None:
    cluster.stop()
    place = place_of(cluster)
    with socket.socket(socket.AF_UNIX) as unseen:
        unseen.bind(str(place.socket))
        unseen.listen()
        answering = threading.Thread(target=hang_up_on_all, args=(unseen,))
        answering.start()
        with pytest.raises(StoreUnavailable, match="cannot be seen from here"):
            cluster.start(FAST)
        with pytest.raises(StoreUnavailable, match="cannot be seen from here"):
            cluster.stop()
        unseen.shutdown(socket.SHUT_RDWR)
        answering.join()
    place.socket.unlink()
    assert_it_comes_back(cluster)


def hang_up_on_all(listener: socket.socket) -> None:
    while True:
        try:
            listener.accept()[0].close()
        except OSError:
            return


def test_a_socket_folder_that_was_cleared_away_is_made_again() -> None:
    with temporary_cluster("d" * 120) as private:
        private.start(FAST)
        private.stop()
        place_of(private).sockets.rmdir()
        private.start(FAST)
        assert ask(private, "SELECT 1") == 1
