"""Filled databases that tests copy, kept on this machine from one run to the next.

A run starts its server on the data folder of an earlier one, in which the templates lie already.
What an archive of such a folder is called digests all that goes into it: migrations, `data/geo`,
the modules that fill it, packages and PostgreSQL. So another clone has archives of its own.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import grimp
import psycopg
from psycopg import sql

from geosites import __file__ as package_file
from geosites import exercise
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.imports import geography as geo
from geosites.ops.private_postgres import PrivateCluster, binaries
from geosites.ops.private_postgres.os_user import account_for
from samples import hostile
from stores import signed, small_exercise

HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""What is written for tests need not survive a crash."""

OLDEST_S = 7 * 24 * 3600
"""How long an archive is used: rows in it say when they were made, and some tests ask that."""
MOST = 8
"""How many archives are kept."""

ROOM_BYTES = 4 * 2**30
"""How much memory must be free for data folders to lie there."""

_SHARED_MEMORY = Path("/dev/shm")
_ROOT = Path(__file__).parents[2]
_PACKAGE = Path(package_file).parent
_HELPERS = [
    Path(str(file))
    for file in (__file__, *(one.__file__ for one in (hostile, signed, small_exercise)))
]
_INSIDE = "templates.json"


@dataclass(frozen=True)
class Recipe:
    """How a template is made: the one that it is copied from, if any, and what is added."""

    base: str | None
    fill: Callable[[Store], object]


def _geography(store: Store) -> None:
    with store.begin() as conn:
        migrate.upgrade(conn)
        geo.load(conn)
        signed.add_accounts(conn)


def _exercise(store: Store) -> None:
    with store.begin() as conn:
        migrate.upgrade(conn)
        exercise.load(conn)
        signed.add_accounts(conn)


RECIPES: Mapping[str, Recipe] = {
    "template_geography": Recipe(None, _geography),
    "template_small": Recipe("template_geography", small_exercise.fill),
    "template_hostile": Recipe("template_small", small_exercise.add_hostile),
    "template_exercise": Recipe(None, _exercise),
}
"""The schema with territories, sites and test accounts; the small exercise over it, without and
with hostile names; and the whole exercise."""


@dataclass(frozen=True)
class Templates:
    """Templates by name, and the folder where they are kept; with None they are made each time."""

    recipes: Mapping[str, Recipe]
    folder: Path | None
    key: str

    def start(self, home: Path, wanted: Collection[str]) -> PrivateCluster:
        """Start a cluster under `home`, an empty folder, that holds at least those wanted."""
        cluster = PrivateCluster(home)
        if self.folder is None:
            self._make(cluster, wanted)
        elif not self.unpack(home) >= set(wanted):
            with _locked(self.folder):
                if not self.unpack(home) >= set(wanted):
                    self._make(cluster, wanted)
                    self._keep(cluster)
        cluster.start(HASTY)
        return cluster

    @property
    def archive(self) -> Path | None:
        """Where the data folder with the templates is kept."""
        return self.folder / f"{self.key}.tar.gz" if self.folder else None

    def unpack(self, home: Path) -> set[str]:
        """Fill `home` from the archive, if there is a sound one; return what it holds."""
        archive = self.archive
        _empty(home)
        if archive is None or _age_s(archive) > OLDEST_S:
            return set()
        check = ["gzip", "-t", archive]  # tar may stop reading before the checksum, at the end
        unpack = ["tar", "--numeric-owner", "-xpzf", archive, "-C", home]
        for words in (check, unpack):
            if subprocess.run(words, capture_output=True, check=False).returncode != 0:
                _empty(home)
                return set()
        _mark_used(archive)
        return set(json.loads((home / _INSIDE).read_text()))

    def _make(self, cluster: PrivateCluster, wanted: Iterable[str]) -> None:
        """Add the templates that are missing, with those that they are copied from."""
        cluster.start(HASTY)
        with psycopg.connect(cluster.url(), autocommit=True) as conn:
            there = {str(row[0]) for row in conn.execute("SELECT datname FROM pg_database")}
        for name in wanted:
            self._make_one(cluster, name, there)

    def _make_one(self, cluster: PrivateCluster, name: str, there: set[str]) -> None:
        recipe = self.recipes[name]
        if name in there:
            return
        if recipe.base is not None:
            self._make_one(cluster, recipe.base, there)
        store = Store(copy_database(cluster, name, recipe.base or "template1"))
        recipe.fill(store)
        store.close()
        there.add(name)

    def _keep(self, cluster: PrivateCluster) -> None:
        """Stop a cluster and archive it, and remove archives that are stale; or do not keep it."""
        home = cluster.home
        with psycopg.connect(cluster.url(), autocommit=True) as conn:
            names = {str(row[0]) for row in conn.execute("SELECT datname FROM pg_database")}
        data = cluster.status().data
        cluster.stop()
        if self.archive is None or data is None or not data.is_relative_to(home):
            return
        (home / _INSIDE).write_text(json.dumps(sorted(names & self.recipes.keys())))
        fresh = self.archive.with_suffix(".new")
        words = ["tar", "--numeric-owner", "-cf", "-", "-C", home, "."]
        with fresh.open("wb") as file, subprocess.Popen(words, stdout=subprocess.PIPE) as packing:
            packed = subprocess.run(["gzip", "-1"], stdin=packing.stdout, stdout=file, check=False)
        if packing.returncode == packed.returncode == 0:
            fresh.replace(self.archive)
        remove_stale(self.archive.parent, keep=self.archive)


def kept_templates(told: str | None = None) -> Templates:
    """Return the templates of this clone, in the cache folder of this user.

    `told`: their key, where another process has computed it.
    """
    return Templates(RECIPES, cache_folder(), told or key())


def copy_database(cluster: PrivateCluster, name: str, template: str) -> str:
    """Make a database that is a copy of another and return its address.

    Its files are copied: without `fsync` that is more than twice as quick as by the log.
    """
    with psycopg.connect(cluster.url(), autocommit=True) as conn:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        conn.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return cluster.url().replace("/geosites?", f"/{name}?")


def drop_database(url: str) -> None:
    """Remove a database, whoever may be connected to it."""
    name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(url.replace(f"/{name}?", "/geosites?"), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder of archives, ours alone; None where there can be none.

    `GEOSITES_TEST_CACHE` names it; else it lies in the cache folder of the user.
    """
    named = environment.get("GEOSITES_TEST_CACHE")
    caches = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "/")) / ".cache"
    folder = Path(named) if named else Path(caches) / "geosites" / "test-stores"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = folder.stat().st_uid == os.geteuid()
    except OSError:
        return None
    return folder if ours and os.access(folder, os.W_OK) else None


@cache
def key() -> str:
    """Return the digest of everything that may change what the templates hold."""
    return digest_of(inputs(), _surroundings())


def digest_of(files: Iterable[Path], lines: Iterable[str] = ()) -> str:
    """Return the digest of files, each with its place in the project, and of lines."""
    digest = hashlib.sha256()
    for path in sorted(files):
        name = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    for line in lines:
        digest.update(f"{line}\0".encode())
    return digest.hexdigest()[:32]


def inputs() -> set[Path]:
    """Return the files that go into the templates: modules, schema, geography and helpers."""
    graph = grimp.build_graph("geosites", cache_dir=None)
    migrations = set(Path(migrate.__file__).parent.rglob("[0-9]*.py"))
    named = {name for path in (*_HELPERS, *migrations) for name in _imported(path)}
    modules = _loaded(graph, named & graph.modules)
    schema = (path for path in Path(migrate.__file__).parent.rglob("*") if path.suffix != ".pyc")
    files = {*_HELPERS, *schema, *geo.folder().rglob("*")}
    return {path for path in files if path.is_file()}.union(*map(_files_of, modules))


def _loaded(graph: grimp.ImportGraph, modules: set[str]) -> set[str]:
    """Return the modules with all that is imported with them, the packages around each included."""
    grown = modules.union(*(graph.find_upstream_modules(name) for name in modules))
    parts = [name.split(".") for name in grown]
    grown |= {".".join(names[:count]) for names in parts for count in range(1, len(names))}
    return grown if grown == modules else _loaded(graph, grown)


def _imported(path: Path) -> Iterator[str]:
    """Yield what a file imports from elsewhere, and whatever it may be that is imported."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files_of(module: str) -> Iterator[Path]:
    """Yield the file of a module and those of the packages around it."""
    path = _PACKAGE.parent.joinpath(*module.split("."))
    if not path.is_dir():
        yield path.with_suffix(".py")
    for folder in (path, *path.parents):
        if not folder.is_relative_to(_PACKAGE):
            return
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py"


def _surroundings(home: Path = Path("/")) -> Iterator[str]:
    """Yield what is not of the project: who runs PostgreSQL, its version, packages, machine."""
    programs = binaries()
    account = account_for(home, programs)
    yield f"{account.name} {account.uid} {account.gid}"
    yield account.must_run([programs / "postgres", "--version"])
    for library in sorted(programs.parent.glob("lib/postgis-*")):
        yield f"{library.name} {library.stat().st_size} {library.stat().st_mtime_ns}"
    yield platform.platform()
    yield platform.python_version()
    about = (one.metadata for one in metadata.distributions())  # read anew at each look
    yield from sorted(f"{one['Name']} {one['Version']}" for one in about)


def remove_stale(folder: Path, *, keep: Path) -> None:
    """Remove archives that are too old, those beyond the last used, and what is half written."""
    for half in folder.glob("*.new"):
        half.unlink()
    others = {path for path in folder.glob("*.tar.gz") if path != keep}
    old = {path for path in others if _age_s(path) > OLDEST_S}
    by_use = sorted(others - old, key=lambda path: -path.stat().st_atime)
    for path in (*old, *by_use[MOST - 1 :]):
        path.unlink()


def _mark_used(archive: Path) -> None:
    """Note that an archive was used now, as its time of access; that of change stays."""
    with suppress(FileNotFoundError):
        made = archive.stat().st_mtime
        os.utime(archive, (time.time(), made))


def _age_s(archive: Path) -> float:
    """Return how long ago an archive was made, in seconds; infinite where there is none."""
    try:
        return time.time() - archive.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a new folder that others may pass through; it is gone afterwards.

    In memory it lies where there is plenty, which spares most of the time that databases take.
    """
    home = Path(tempfile.mkdtemp(prefix="geosites-test-", dir=_memory()))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home)


def _memory() -> Path | None:
    """Return a folder in memory with room for what several workers write, or None."""
    try:
        found = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return None
    room = min(found.f_bavail * found.f_frsize, _available_bytes())
    return _SHARED_MEMORY if room >= ROOM_BYTES and os.access(_SHARED_MEMORY, os.W_OK) else None


def _available_bytes() -> int:
    """Return how much memory programs may still take, as Linux tells it; 0 where it does not."""
    try:
        told = re.search(
            r"^MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE
        )
    except OSError:
        return 0
    return int(told[1]) * 1024 if told else 0


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time make templates; the others wait for what it makes."""
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
