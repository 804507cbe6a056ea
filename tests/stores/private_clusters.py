"""Private clusters for tests: homes that are cleaned up, and sharp looks at what runs there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.paths import Place, recall
from geosites.ops.private_postgres.processes import processes
from stores.store_templates import scratch_folder

FAST = {"fsync": "off", "shared_buffers": "16MB"}
IS_ROOT = os.geteuid() == 0
_START = (
    "import sys; from pathlib import Path; "
    "from geosites.ops.private_postgres import PrivateCluster; "
    f"print(PrivateCluster(Path(sys.argv[1])).start({FAST!r}))"
)


@contextmanager
def temporary_cluster(name: str = "home", mode: int = 0o755) -> Iterator[PrivateCluster]:
    """Yield a cluster, not made yet, whose home lies `name` deep in a new folder."""
    with scratch_folder() as top:
        home = top / name
        home.mkdir(parents=True)
        home.chmod(mode)
        cluster = PrivateCluster(home)
        try:
            yield cluster
        finally:
            cluster.stop()
            place = recall(home)
            for folder in (place.folder, place.sockets) if place else ():
                shutil.rmtree(folder, ignore_errors=True)


def place_of(cluster: PrivateCluster) -> Place:
    """Return where a started cluster lies."""
    place = recall(cluster.home)
    assert place is not None
    return place


def ask(cluster: PrivateCluster, question: str) -> Any:
    """Return the first value that the cluster answers."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def tell(cluster: PrivateCluster, *statements: str) -> None:
    """Have the cluster do something."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def servers(cluster: PrivateCluster) -> set[int]:
    """Return the processes in the data folder that are not children of a server.

    A child calls itself one only a moment after it is made, so they are looked at twice.
    """
    looks = []
    for _ in range(2):
        found = processes(place_of(cluster))
        looks.append({pid for pid, title in found.items() if not title.startswith("postgres: ")})
        time.sleep(0.1)
    return looks[0] & looks[1]


def kill_server(cluster: PrivateCluster, *, wait: bool = True) -> None:
    """End the server without a word; wait until it is seen no more."""
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    if wait:
        wait_until(lambda: pid not in processes(place_of(cluster)))


def start_elsewhere(cluster: PrivateCluster) -> subprocess.Popen[str]:
    """Start the cluster from another process, and do not wait for it."""
    argv = [sys.executable, "-c", _START, str(cluster.home)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


def bystander(
    place: Place, cwd: Path, argv: Sequence[str | Path] = ("/bin/cat",)
) -> subprocess.Popen[bytes]:
    """Run a process of the cluster's own account; a harmless one ends when its input does."""
    other = os.geteuid() != place.account.uid
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=cwd,
        user=place.account.uid if other else None,
        group=place.account.gid if other else None,
        extra_groups=() if other else None,
    )


def wait_until(holds: Callable[[], object], limit_s: float = 120) -> None:
    """Return as soon as something holds; fail if it never does."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
