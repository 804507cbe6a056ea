"""A disk that is full: nothing is acknowledged that is not there, and work goes on with room.

A disk of its own can be had by root alone, who may not always mount one either.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator

import pytest
from bench.held import Outcome, look
from bench.served import COMMAND, SMALL, Served, ask, served
from bench.small_disk import CAN_MOUNT, small_disk
from bench.strikes import fill_up, item

ROWS = 20_000


@pytest.fixture
def service() -> Iterator[Served]:
    """Return a service whose database lies on a small disk."""
    with small_disk() as disk, served(1, disk, SMALL) as running:
        yield running


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
        service.start_database()
        for one in while_full:
            assert service.report_until_known(one)[-1] in (200, 201)
        outcome = Outcome()
        look(service.url, [*sent, *while_full], outcome)
        assert outcome.sound, outcome
        assert ask(service.url, "SELECT count(*) FROM sighting")[0][0] == 10
