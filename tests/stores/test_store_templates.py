"""Templates are made once a machine, and again where anything that goes into them differs."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import geography as geo
from geosites.ops.private_postgres import PrivateCluster
from stores import store_templates
from stores.private_clusters import ask, tell
from stores.store_templates import (
    MOST,
    OLDEST_S,
    Recipe,
    Templates,
    cache_folder,
    digest_of,
    inputs,
    scratch_folder,
)

RECIPES = {"one": Recipe(None, lambda store: write(store)), "two": Recipe("one", lambda _: None)}
BESIDE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
"""The environment of a program that imports what lies beside this file."""
RACER = """
import sys
from pathlib import Path
from stores.test_store_templates import RECIPES, identity, started
from stores.store_templates import Templates
print("ready", flush=True)
sys.stdin.readline()
with started(Templates(RECIPES, Path(sys.argv[1]), "a key"), "two") as cluster:
    print(identity(cluster))
"""
"""A worker that starts when it is told to."""
LOADED = """
import sys
from stores import store_templates
for name, module in sys.modules.items():
    if name.split(".")[0] == "geosites":
        print(module.__file__)
"""
"""What is imported to make the templates."""


def write(store: Store) -> None:
    with store.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE kept AS SELECT 7 AS n")


@contextmanager
def started(templates: Templates, *wanted: str) -> Iterator[PrivateCluster]:
    """Yield a cluster that holds the templates wanted, and remove it."""
    with scratch_folder() as home:
        cluster = templates.start(home, wanted)
        try:
            yield cluster
        finally:
            cluster.stop()


def identity(cluster: PrivateCluster) -> int:
    """Return the number that initdb gave to a cluster: copies of it have the same."""
    return int(ask(cluster, "SELECT system_identifier FROM pg_control_system()"))


def databases(cluster: PrivateCluster) -> set[str]:
    return set(ask(cluster, "SELECT array_agg(datname) FROM pg_database")) & RECIPES.keys()


def made(templates: Templates, *wanted: str) -> int:
    """Return the identity of a cluster that was started and is gone."""
    with started(templates, *wanted) as cluster:
        assert databases(cluster) >= set(wanted)
        return identity(cluster)


def archive_of(templates: Templates) -> Path:
    assert templates.archive is not None
    return templates.archive


@dataclass(frozen=True)
class Archived:
    """An archive with the template `one`, and the identity of the cluster in it."""

    content: bytes
    identity: int


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Archived:
    templates = Templates(RECIPES, tmp_path_factory.mktemp("archived"), "a key")
    identity = made(templates, "one")
    return Archived(archive_of(templates).read_bytes(), identity)


@pytest.fixture
def kept(archived: Archived, tmp_path: Path) -> Templates:
    """Return templates of which `one` is kept."""
    templates = Templates(RECIPES, tmp_path / "cache", "a key")
    archive_of(templates).parent.mkdir()
    archive_of(templates).write_bytes(archived.content)
    return templates


def test_a_second_run_starts_on_the_archive_of_the_first(
    kept: Templates, archived: Archived
) -> None:
    with started(kept, "one") as cluster:
        assert identity(cluster) == archived.identity
        tell(cluster, "CREATE DATABASE copy TEMPLATE one")
        url = cluster.url().replace("/geosites?", "/copy?")
        store = Store(url)
        with store.begin() as conn:
            assert conn.exec_driver_sql("SELECT n FROM kept").scalar_one() == 7
        store.close()
        assert ask(cluster, "SHOW fsync") == "off"
    assert archive_of(kept).read_bytes() == archived.content


def test_what_is_missing_is_added_to_what_is_kept(kept: Templates, archived: Archived) -> None:
    assert made(kept, "two") == archived.identity
    with started(kept, "two") as cluster:
        assert databases(cluster) == {"one", "two"}


def test_two_workers_at_once_make_one_archive(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=BESIDE,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    said = [racer.communicate("go\n")[0].strip() for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert len(set(said)) == 1
    assert said[0].isdigit()
    assert {path.name for path in tmp_path.iterdir()} == {"a key.tar.gz", "lock"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1000] + bytes(1000),
        lambda whole: whole[:5000] + bytes(16) + whole[5016:],
    ],
    ids=["empty", "cut off", "bad end", "bad middle"],
)
def test_of_a_corrupt_archive_nothing_is_taken(
    kept: Templates, archived: Archived, spoil: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert kept.unpack(home) == {"one"}
    archive_of(kept).write_bytes(spoil(archived.content))
    assert kept.unpack(home) == set()
    assert list(home.iterdir()) == []


def test_a_corrupt_archive_is_made_again(kept: Templates, archived: Archived) -> None:
    archive_of(kept).write_bytes(archived.content[:-1000])
    again = made(kept, "one")
    assert again != archived.identity
    assert made(kept, "one") == again


def test_of_one_that_is_too_old_or_has_another_key_nothing_is_taken(
    kept: Templates, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert dataclasses.replace(kept, key="another key").unpack(home) == set()
    assert kept.unpack(home) == {"one"}
    long_ago = time.time() - OLDEST_S - 60
    os.utime(archive_of(kept), (time.time(), long_ago))
    assert kept.unpack(home) == set()


def test_where_nothing_can_be_kept_they_are_made_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    environment = {"GEOSITES_TEST_CACHE": str(tmp_path / "file" / "cache")}
    assert cache_folder(environment) is None
    assert made(Templates(RECIPES, None, "a key"), "two") > 0


def test_the_cache_lies_where_it_is_named(tmp_path: Path) -> None:
    named, user = tmp_path / "named", tmp_path / "user"
    assert cache_folder({"GEOSITES_TEST_CACHE": str(named)}) == named
    assert named.stat().st_mode & 0o777 == 0o700
    assert cache_folder({"XDG_CACHE_HOME": str(user)}) == user / "geosites" / "test-stores"
    home = {"HOME": str(tmp_path)}
    assert cache_folder(home) == tmp_path / ".cache" / "geosites" / "test-stores"


def test_stale_archives_are_removed_and_the_last_used_stay(tmp_path: Path) -> None:
    now = time.time()
    for number in range(MOST + 3):
        path = tmp_path / f"{number}.tar.gz"
        path.touch()
        os.utime(path, (now - number, now - 60))
    (tmp_path / "old.tar.gz").touch()
    os.utime(tmp_path / "old.tar.gz", (now, now - OLDEST_S - 60))
    (tmp_path / "half.new").touch()
    keep = tmp_path / f"{MOST + 2}.tar.gz"
    store_templates.remove_stale(tmp_path, keep=keep)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {keep.name, *(f"{number}.tar.gz" for number in range(MOST - 1))}


def test_being_used_makes_an_archive_no_younger(kept: Templates, tmp_path: Path) -> None:
    archive, then = archive_of(kept), time.time() - 3600
    os.utime(archive, (then, then))
    (tmp_path / "home").mkdir()
    kept.unpack(tmp_path / "home")
    assert archive.stat().st_mtime == pytest.approx(then)
    assert archive.stat().st_atime > then + 60


def test_the_key_follows_the_content_and_the_names(tmp_path: Path) -> None:
    one, two = tmp_path / "a.py", tmp_path / "b.py"
    one.write_text("1")
    two.write_text("2")
    first = digest_of([one, two], ["PostgreSQL 15"])
    assert digest_of([two, one], ["PostgreSQL 15"]) == first
    assert digest_of([one, two], ["PostgreSQL 16"]) != first
    assert digest_of([one]) != digest_of([one, two])
    one.write_text("2")
    two.write_text("1")
    assert digest_of([one, two], ["PostgreSQL 15"]) != first


def test_schema_and_geography_go_into_the_key() -> None:
    files = inputs()
    assert files >= set(geo.folder().glob("*.geojson"))
    assert files >= set(Path(migrate.__file__).parent.glob("migrations/versions/*.py"))


def test_every_module_that_makes_them_goes_into_the_key() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], env=BESIDE, stdout=subprocess.PIPE, text=True, check=True
    )
    assert "migrate.py" in done.stdout
    assert set(map(Path, done.stdout.splitlines())) <= inputs()
