"""A disk that is full: nothing is acknowledged that is not there, and work goes on with room.

A disk of its own can be had by root alone, who may not always mount one either.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from bench.faults import item
from bench.held import Outcome, look
from bench.served import COMMAND, SETTINGS, Served, ask, fill

from geosites.ops.private_postgres import PrivateCluster

TRIAL = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
CAN_MOUNT = (
    os.geteuid() == 0
    and Path("/usr/bin/unshare").exists()
    and subprocess.run(TRIAL, capture_output=True, check=False).returncode == 0
)
SMALL = {**SETTINGS, "max_wal_size": "32MB", "min_wal_size": "32MB"}
ROWS = 20_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    """Return a service whose database lies on a small disk."""
    disk = Path(tempfile.mkdtemp(prefix="geosites-disk-"))
    disk.chmod(0o755)
    options = "size=400m,mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    cluster = PrivateCluster(disk / "home")
    try:
        cluster.start(SMALL)
        fill(cluster.url())
        running = Served(cluster, tmp_path, workers=1)
        running.start()
        yield running
        running.kill()
    finally:
        cluster.stop()
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        disk.rmdir()


def fill_up(ballast: Path) -> None:
    """Write until there is no room for another byte."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * ((file.tell() and 4096) or 1 << 20))


if CAN_MOUNT:

    def test_a_full_disk_is_said_and_costs_nothing_that_was_acknowledged(service: Served) -> None:
        rng, ballast = random.Random(1), service.cluster.home.parent / "ballast"
        sent = [item(rng) for _ in range(5)]
        assert [service.report(one) for one in sent] == [201] * 5
        fill_up(ballast)
        file = service.home / "many.csv"
        lines = (f"2021-03-01T10:{n % 60:02}:00Z,2.36,48.88,{n}\n" for n in range(ROWS))
        file.write_text("observed_at,lon,lat,headcount\n" + "".join(lines))
        words = [*COMMAND, "import", "sightings", str(file)]
        done = subprocess.run(words, env=service.environment, capture_output=True, text=True)
        assert done.returncode == 1
        assert "le disque de la base de données est plein" in done.stderr
        while_full = [item(rng) for _ in range(5)]
        answers = [service.answer("POST", "/api/sightings", one) for one in while_full]
        assert {status for status, _, _ in answers} <= {201, 503}
        assert all("retry-after" in told for status, told, _ in answers if status == 503)
        ballast.unlink()
        service.cluster.start(SMALL)
        for one in while_full:
            assert service.report_until_known(one)[-1] in (200, 201)
        outcome = Outcome()
        look(service.url, [*sent, *while_full], outcome)
        assert outcome.sound, outcome
        assert ask(service.url, "SELECT count(*) FROM sighting")[0][0] == 10
