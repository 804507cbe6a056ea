"""HEAD answers as GET without a body, and every refusal is a problem document."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from samples.web_samples import sighting

PROBLEM = "application/problem+json"
FROM_HERE = {"origin": "http://127.0.0.1:8000"}


@pytest.mark.parametrize("path", ["/healthz", "/sites", "/layers/territories", "/static/app.css"])
def test_head_answers_as_get_without_a_body(reader: TestClient, path: str) -> None:
    whole, head = reader.get(path), reader.head(path)
    assert head.status_code == whole.status_code == 200
    assert head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_another_host_is_refused_by_a_problem_document(reader: TestClient) -> None:
    answer = reader.get("/sites", headers={"host": "evil.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["status"] == 400
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_by_one_too(client: TestClient, chunked: bool) -> None:
    body = b" " * 20_000_001
    content = iter([body[:10_000_000], body[10_000_000:]]) if chunked else body
    headers = {"content-type": "application/json", **FROM_HERE}
    answer = client.post("/api/sightings", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", ""])
def test_a_body_that_is_not_json_is_told_what_is_taken(client: TestClient, kind: str) -> None:
    headers = {"content-type": kind, **FROM_HERE} if kind else FROM_HERE
    answer = client.post("/api/sightings", content=b"{}", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("instant", ["1665324000", "1665324000.5", "2022-10-09", "20221009T12Z"])
def test_an_instant_is_written_out_and_never_a_number(reader: TestClient, instant: str) -> None:
    answer = reader.get(f"/api/sites/forceval/closure?as_of={instant}")
    assert answer.status_code == 422


def test_a_marked_report_joins_no_real_store(client: TestClient) -> None:
    answer = client.post("/api/sightings", json=sighting(exercise=True))
    assert answer.status_code == 422
    assert "exercise" in answer.json()["detail"]


def test_it_is_not_ready_behind_its_schema_or_without_postgis(
    client: TestClient, store: Store
) -> None:
    with store.begin() as conn:
        newest = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    behind = client.get("/readyz")
    assert (behind.status_code, "migrate" in behind.json()["detail"]) == (503, True)
    with store.begin() as conn:
        conn.execute(
            sa.text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest}
        )
        conn.execute(sa.text("ALTER FUNCTION postgis_lib_version() RENAME TO gone"))
    broken = client.get("/readyz")
    assert (broken.status_code, "PostGIS" in broken.json()["detail"]) == (503, True)
