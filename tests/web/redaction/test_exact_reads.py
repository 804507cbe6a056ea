"""Every exact read asks the motive and leaves an entry in the journal, by every channel."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.core.crs import to_geographic, to_metric
from geosites.core.precision import cell_middles
from geosites.db import journal_entries
from geosites.db.journal_entries import Entry
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from samples import web_samples
from web.conftest import Clients

WHY = {"X-Motive": "a complaint"}
SEEN = web_samples.sighting(id=None)


def entries(store: Store, what: str) -> list[Entry]:
    with store.begin() as conn:
        return [entry for entry in journal_entries.latest(conn) if what in entry.what]


def report(client: TestClient, **changes: Any) -> str:
    return str(
        client.post("/api/sightings", json={**SEEN, **changes}).raise_for_status().json()["id"]
    )


def test_the_receipt_of_another_unit_is_journaled_with_the_reason(
    make_client: Clients, store: Store
) -> None:
    seen = report(make_client(Role.REPORTER))
    coordinator = make_client(Role.COORDINATOR)
    assert coordinator.get(f"/report/{seen}").status_code == 404
    assert coordinator.get(f"/report/{seen}", headers=WHY).status_code == 200
    (entry,) = entries(store, "read sightings: receipt")
    assert (entry.actor, entry.motive, seen in entry.refs) == (
        "test-coordinator",
        "a complaint",
        True,
    )


@pytest.mark.parametrize("path", ["/layers/today", "/report"])
def test_what_was_reported_today_is_not_read_without_a_trace(
    make_client: Clients, store: Store, path: str
) -> None:
    assert make_client(Role.REPORTER).get(path).status_code == 200
    assert [entry.actor for entry in entries(store, "read sightings: today")] == ["test-reporter"]


def test_pairs_lie_in_their_cells_for_who_does_not_say_why(
    client: TestClient, store: Store
) -> None:
    report(client, unit="BST 19", headcount=5)
    report(client, origin="call", headcount=9, observed_at="2022-10-08T09:20+02:00")
    (exact,) = client.get("/api/duplicates", headers=WHY).json()["pairs"]
    (rough,) = client.get("/api/duplicates").json()["pairs"]
    at = [exact["sighting"]["lon"], exact["sighting"]["lat"]]
    assert at == pytest.approx([SEEN["lon"], SEEN["lat"]], abs=2e-6)
    middle = to_geographic(cell_middles(to_metric([at])))[0]
    assert [rough["sighting"]["lon"], rough["sighting"]["lat"]] == pytest.approx(middle, abs=2e-6)
    assert rough["sighting"]["accuracy_m"] >= 71
    assert [entry.motive for entry in entries(store, "judge duplicates")] == [
        None,
        "a complaint",
    ]


def test_no_answer_leaves_its_file_behind(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    report(client)
    for header in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=99999999-"}, {"Range": "x=y"}):
        status = client.get("/api/export/sightings.csv", headers={**WHY, **header}).status_code
        assert status in (200, 206, 400, 416)
        assert list(tmp_path.iterdir()) == []
