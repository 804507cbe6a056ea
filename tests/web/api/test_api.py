"""Reports in, answers out, on a real PostGIS."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.db.closure import closures
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from samples.web_samples import sighting


def test_a_sighting_is_new_then_known_then_contradicted(client: TestClient, store: Store) -> None:
    first = client.post("/api/sightings", json=sighting())
    assert first.status_code == 201
    assert first.json() == {"id": sighting()["id"], "added": True}
    again = client.post("/api/sightings", json=sighting())
    assert again.status_code == 200
    assert again.json() == {"id": sighting()["id"], "added": False}
    other = client.post("/api/sightings", json=sighting(headcount=5))
    assert other.status_code == 409
    assert other.json()["type"] == "/problems#conflict"
    with store.begin() as conn:
        assert sightings.count(conn) == 1


def test_without_an_id_the_same_content_is_the_same_sighting(client: TestClient) -> None:
    report = {key: value for key, value in sighting().items() if key != "id"}
    first = client.post("/api/sightings", json=report)
    again = client.post("/api/sightings", json=report)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"headcount": -1}, "headcount"),
        ({"headcount": 1.5}, "headcount"),
        ({"headcount": None}, "headcount"),
        ({"lon": 48.9, "lat": 2.39}, "swapped"),
        ({"lon": 652000, "lat": 6862000}, "metres"),
        ({"lon": 2.0, "lat": 43.0}, "territory"),
        ({"observed_at": "1999-12-31T23:59:59+01:00"}, "2000"),
        ({"observed_at": "2022-10-30T02:30"}, "02:30"),
        ({"observed_at": "2031-01-01T00:00Z"}, "future"),
        ({"observed_at": "yesterday"}, "observed_at"),
        ({"site": "nowhere"}, "nowhere"),
        ({"origin": "rumour"}, "rumour"),
        ({"id": "not-an-id"}, "not-an-id"),
        ({"suspect": "a name"}, "suspect"),
    ],
)
def test_bad_sightings_are_refused_with_what_and_where(
    empty: TestClient, empty_store: Store, changes: dict[str, Any], word: str
) -> None:
    answer = empty.post("/api/sightings", json=sighting(**changes))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.text
    with empty_store.begin() as conn:
        assert sightings.count(conn) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"'])
def test_a_body_that_is_no_object_is_refused(empty: TestClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = empty.post("/api/sightings", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_without_its_type_is_refused(empty: TestClient) -> None:
    answer = empty.post("/api/sightings", content=b'{"headcount": 1}')
    assert answer.status_code == 415


def test_a_body_over_the_limit_is_refused_while_it_is_read(make_client: Any) -> None:
    client = make_client(upload_limit_bytes=1000)
    read = []

    def endless() -> Iterator[bytes]:
        for chunk in range(100):
            read.append(chunk)
            yield b" " * 500

    answer = client.post(
        "/api/sightings", content=endless(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_announces_too_much_is_refused(make_client: Any) -> None:
    client = make_client(upload_limit_bytes=1000)
    answer = client.post("/api/sightings", json=sighting(unit="x" * 2000))
    assert answer.status_code == 413


def test_an_operation_and_a_closure_are_recorded(client: TestClient, store: Store) -> None:
    operation = {
        "started_at": "2022-10-05T06:00:00+02:00",
        "ended_at": "2022-10-05T09:00:00+02:00",
        "kind": "evacuation",
        "lon": 2.38995,
        "lat": 48.899854,
        "radius_m": 200,
        "site": "forceval",
    }
    assert client.post("/api/operations", json=operation).status_code == 201
    assert client.post("/api/operations", json=operation).status_code == 200
    closure = {"site": "forceval", "closed_from": "2022-10-05T06:30:00+02:00"}
    assert client.post("/api/closures", json=closure).status_code == 201
    later = {"site": "forceval", "closed_from": "2022-10-06T06:30:00+02:00"}
    answer = client.post("/api/closures", json=later)
    assert answer.status_code == 409
    assert "overlaps" in answer.json()["detail"]
    with store.begin() as conn:
        assert len(closures.of_site(conn, "forceval")) == 1


def test_a_closure_is_confirmed_by_visits_that_found_nobody(client: TestClient) -> None:
    closure = {"site": "forceval", "closed_from": "2022-10-01T06:30:00+02:00", "legal_ref": "A1"}
    client.post("/api/closures", json=closure)
    for day in range(1, 11):
        seen_at = f"2022-09-{day + 19:02d}T{(day % 4) * 6 + 3:02d}:00:00+02:00"
        seen = sighting(id=None, headcount=9, observed_at=seen_at, verified=True)
        assert client.post("/api/sightings", json=seen).status_code == 201
    for day, hour in ((5, 1), (5, 9), (6, 15), (6, 21), (7, 1), (7, 9), (8, 15), (8, 21)):
        seen_at = f"2022-10-{day:02d}T{hour:02d}:00:00+02:00"
        report = sighting(id=None, headcount=0, observed_at=seen_at)
        assert client.post("/api/sightings", json=report).status_code == 201
    asked = {"as_of": "2022-10-09T12:00:00 02:00"}
    answer = client.get("/api/sites/forceval/closure", params=asked).json()
    assert answer["status"] == "confirmed_closed"
    assert answer["p_clear"] >= 0.95
    assert answer["legal_ref"] == "A1"
    assert answer["negative_visits"] == len(answer["evidence"]) == 8
    assert dt.datetime.fromisoformat(answer["as_of"]) == dt.datetime(2022, 10, 9, 10, tzinfo=dt.UTC)
    before = client.get(
        "/api/sites/forceval/closure", params={"as_of": "2022-09-01T12:00:00Z"}
    ).json()
    assert before["status"] == "never_closed"


def test_a_displacement_without_data_says_what_is_missing(empty: TestClient) -> None:
    asked = {"site": "forceval", "at": "2022-10-05T04:30:00Z"}
    answer = empty.get("/api/displacement", params=asked)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems#not-enough-data"


@pytest.mark.parametrize(
    "asked",
    [{}, {"site": "forceval"}, {"at": "2022-10-05T04:30:00Z"}, {"before_weeks": "0"}],
)
def test_an_unclear_displacement_question_is_refused(
    empty: TestClient, asked: dict[str, str]
) -> None:
    assert empty.get("/api/displacement", params=asked).status_code == 422


def test_many_clients_at_once_neither_deadlock_nor_lose_a_report(
    make_client: Any, store: Store
) -> None:
    client = make_client()
    statuses: list[int] = []

    def send(number: int) -> None:
        report = sighting(id=f"00000000-0000-4000-8000-{number:012d}")
        statuses.append(client.post("/api/sightings", json=report).status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 50
    with store.begin() as conn:
        assert sightings.count(conn) == 50
