"""What the service tells Prometheus: counts by route, and nothing that a reader typed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from geosites.db.maintenance.store_metrics import vitals
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from stores import signed
from web.conftest import NOW

ADMIN = signed.bearer(Role.ADMIN)
LABELS = {"method", "route", "status", "study", "le", "folder", "job_name"}
REPORT = {"observed_at": NOW.isoformat(), "lon": 2.3605, "lat": 48.8842, "headcount": 3}

WORKER = """
import asyncio, os, sys
from geosites.db.postgres.connection import Store
from geosites.web.monitoring.metrics import Measures

async def serve(how):
    store = Store(sys.argv[1])
    measures = Measures(store)
    measures.began()
    if how == "killed":
        os.kill(os.getpid(), 9)
    measures.ended("GET", "/sites/{slug}", 200, 0.02)
    store.close()

asyncio.run(serve(sys.argv[2]))
"""


def told(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every value that the service tells, by its name and its labels."""
    text = client.get("/metrics", headers=ADMIN).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(route: str, status: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    labels = {"method": "GET", "route": route, "status": str(status)}
    return "geosites_requests_total", tuple(sorted(labels.items()))


def test_measures_count_routes_and_not_addresses(client: TestClient) -> None:
    client.get("/sites/forceval")
    client.get("/sites/jardins-eole")
    client.get("/wp-login.php")
    text = client.get("/metrics", headers=ADMIN)
    assert "wp-login" not in text.text
    assert "forceval" not in text.text
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = told(client)
    assert found[requests("/sites/{slug}", 200)] == 2
    assert found[requests("other", 404)] == 1
    assert found["geosites_requests_in_flight", ()] == 1
    assert found["geosites_request_seconds_count", (("route", "/sites/{slug}"),)] == 2


def test_no_label_is_anything_but_what_we_chose(client: TestClient) -> None:
    client.request("BREW", "/sites/x", headers={"X-Motive": "secret"})
    client.get("/sites/secret?x=secret")
    text = client.get("/metrics", headers=ADMIN).text
    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]
    assert {label for sample in samples for label in sample.labels} <= LABELS
    assert "secret" not in text
    assert "BREW" not in text


def test_sightings_of_the_day_and_entries_of_the_journal_come_from_the_store(
    client: TestClient,
) -> None:
    before = told(client)
    assert client.post("/api/sightings", json=REPORT).status_code == 201
    after = told(client)
    grown = {name[0]: after[name] - before[name] for name in after if name in before}
    assert grown["geosites_sightings_today"] == 1
    assert grown["geosites_journal_entries"] >= 1
    assert after["geosites_database_bytes", ()] > 1_000_000


def test_closures_are_counted_by_their_status(reader: TestClient) -> None:
    found = told(reader)
    counted = {dict(labels)["status"]: n for (name, labels), n in found.items()
               if name == "geosites_closures"}  # fmt: skip
    assert set(counted) >= {"confirmed_closed", "unverified", "never_closed"}
    assert sum(counted.values()) == len(reader.get("/api/closures").json()["sites"])


def test_studies_are_timed_when_they_are_made(reader: TestClient) -> None:
    name = "geosites_study_seconds_count", (("study", "week"),)
    assert reader.get("/api/hotspots/2022-W40").status_code == 200
    assert told(reader)[name] >= 1


def test_only_administrators_may_look(as_role: Callable[[Role], TestClient]) -> None:
    for role in set(Role) - {Role.ADMIN}:
        assert as_role(role).get("/metrics").status_code == 403


def test_several_workers_are_told_together_and_a_dead_one_has_nothing_under_way(
    shared_store: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for end in ("killed", "stopped", "stopped"):
        subprocess.run([sys.executable, "-c", WORKER, shared_store.url, end], check=False)
    script = """
import sys
from geosites.db.postgres.connection import Store
from geosites.db.maintenance.store_metrics import Vitals
from geosites.web.monitoring.metrics import Measures, StoreMetrics
none = StoreMetrics(vitals=Vitals(sightings=0, entries=0, size_bytes=0), statuses=())
store = Store(sys.argv[1])
sys.stdout.write(Measures(store).text(none).decode())
store.close()
"""
    argv = [sys.executable, "-c", script, shared_store.url]
    text = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert 'route="/sites/{slug}",status="200"} 2.0' in text
    assert "geosites_requests_in_flight 0.0" in text


def test_the_numbers_of_the_store_are_found_without_reading_it_all(shared_store: Store) -> None:
    with shared_store.begin() as conn:
        found = vitals(conn, NOW)
    assert found.sightings == 0
    assert found.size_bytes > 0
