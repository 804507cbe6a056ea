"""A database that hangs, a disk that fills up: the service says so at once, and goes on after."""

from __future__ import annotations

import json
import random
import re
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from bench.ports import free_port
from bench.served import Served, ask, fill, served, wait_until
from bench.small_disk import CAN_MOUNT
from bench.strikes import fill_up, item, suspended

from geosites.ops.private_postgres.scratch import scratch_cluster

METRICS = "a-token-for-metrics"
REASON = re.compile("the database (does not answer within 0.75 s|cannot be reached: .*timeout)")
"""Said by the look that gives up within a second, and by no other limit."""

DEADLINE_S = 4
"""The next limit that a request meets. No clock is held to less: the machine may be busy."""


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    more = {
        "GEOSITES_DEADLINE_S": str(DEADLINE_S),
        "GEOSITES_METRICS_TOKEN": METRICS,
        "GEOSITES_LANGUAGE": "en",
    }
    with served(workers=1, **more) as running:
        yield running


def timed(service: Served, path: str) -> tuple[int, str, float]:
    """Return status, body and seconds of an answer, asked with the token of the settings."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}", headers={"Authorization": f"Bearer {METRICS}"}
    )
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), time.monotonic() - began
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), time.monotonic() - began


def test_readiness_answers_within_a_second_while_the_database_hangs(service: Served) -> None:
    service.await_ready()
    with suspended(service):
        taken = []
        for _ in range(5):
            status, body, spent = timed(service, "/readyz")
            taken.append(spent)
            assert status == 503
            assert REASON.search(json.loads(body)["detail"])
    assert statistics.median(taken) < DEADLINE_S
    assert max(taken) < DEADLINE_S + 5
    service.await_ready()


def test_requests_under_way_end_by_their_deadline_and_the_pool_recovers(service: Served) -> None:
    rng = random.Random(7)
    assert service.report(item(rng)) == 201
    with suspended(service):
        began = time.monotonic()
        status, headers, _ = service.answer("POST", "/api/sightings", item(rng))
        assert status == 503
        assert "retry-after" in headers
        assert time.monotonic() - began < DEADLINE_S + 5
    assert service.report_until_known(item(rng))[-1] in (200, 201)


def test_metrics_are_told_while_the_database_hangs_or_is_gone(service: Served) -> None:
    status, body, _ = timed(service, "/metrics")
    assert (status, "geosites_database_up 1.0" in body) == (200, True)
    assert "geosites_sightings_today" in body
    with suspended(service):
        status, body, spent = timed(service, "/metrics")
        assert (status, "geosites_database_up 0.0" in body) == (200, True)
        assert spent < DEADLINE_S + 5
        assert 'geosites_disk_free_bytes{folder="home"}' in body
    service.cluster.stop()
    try:
        status, body, _ = timed(service, "/metrics")
        assert (status, "geosites_database_up 0.0" in body) == (200, True)
        assert "geosites_requests_total" in body
    finally:
        service.start_database()
    service.await_ready()


def test_the_log_is_json_alone_and_names_each_request(service: Served) -> None:
    _, headers, body = service.answer("GET", "/api/nothing-here")
    name = headers["x-request-id"]
    assert json.loads(body)["request_id"] == name
    wait_until(lambda: name in (service.home / "service.log").read_text())
    lines = (service.home / "service.log").read_text().splitlines()
    parsed = [json.loads(line) for line in lines]
    (line,) = [line for line in parsed if line.get("request_id") == name]
    assert (line["event"], line["status"]) == ("answered", 404)
    assert all("request_id" in line for line in parsed if line["event"] == "answered")


def test_a_missing_grant_is_not_a_database_that_does_not_answer(service: Served) -> None:
    ask(service.url, "SELECT 1")
    with suppress(Exception):
        ask(service.url, "REVOKE SELECT ON alembic_version FROM geosites_service")
    status, body, _ = timed(service, "/readyz")
    with suppress(Exception):
        ask(service.url, "GRANT SELECT ON alembic_version TO geosites_service")
    assert status == 503
    assert "lacks the right SELECT on TABLE alembic_version" in json.loads(body)["detail"]
    service.await_ready()


if CAN_MOUNT:

    @pytest.fixture
    def small_disk() -> Iterator[Path]:
        disk = Path(tempfile.mkdtemp(prefix="geosites-disk-"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=True)
        yield disk
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        disk.rmdir()

    def test_a_disk_that_is_full_makes_it_unready_until_there_is_room(small_disk: Path) -> None:
        with scratch_cluster() as cluster:
            fill(cluster.url())
            more = {"GEOSITES_METRICS_TOKEN": METRICS, "GEOSITES_JOBS": ""}
            own = Served(cluster, small_disk, workers=1, port=free_port(), more=more)
            try:
                own.start()
                assert timed(own, "/readyz")[0] == 200
                fill_up(small_disk / "ballast")
                status, body, spent = timed(own, "/readyz")
                assert (status, spent < DEADLINE_S) == (503, True)
                assert "home is nearly full: 0 MB" in json.loads(body)["detail"]
                _, told, _ = timed(own, "/metrics")
                assert 'geosites_disk_free_bytes{folder="home"} 0.0' in told
                (small_disk / "ballast").unlink()
                assert timed(own, "/readyz")[0] == 200
            finally:
                own.kill()
