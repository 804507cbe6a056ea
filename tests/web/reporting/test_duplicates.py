"""Possible duplicates over HTTP: listed, merged, parted, counted once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from geosites.permissions.policy import Role
from samples.web_samples import sighting
from stores import signed

Clients = Callable[..., TestClient]
SPAN = {"start": "2022-10-01T00:00Z", "end": "2022-10-09T20:00Z"}


def send(client: TestClient, **changes: Any) -> str:
    report = sighting(id=str(uuid4()), **changes)
    assert client.post("/api/sightings", json=report).status_code == 201
    return str(report["id"])


@pytest.fixture
def pair(client: TestClient) -> tuple[str, str]:
    """Return the ids of a patrol's report and of a call a little earlier, close by."""
    visit = send(client, unit="BST 19", headcount=5)
    call = send(client, origin="call", headcount=9, observed_at="2022-10-08T09:20+02:00")
    return visit, call


def listed(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/duplicates", params=SPAN)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def test_a_pair_is_listed_the_visit_as_what_counts(
    client: TestClient, pair: tuple[str, str]
) -> None:
    document = listed(client)
    assert document["total"] == 1
    (found,) = document["pairs"]
    assert (found["into"]["id"], found["sighting"]["id"]) == pair
    assert found["distance_m"] == 0.0
    assert found["into"]["unit"] == "BST 19"


def test_a_merged_report_counts_once_and_again_when_parted(
    client: TestClient, pair: tuple[str, str]
) -> None:
    visit, call = pair
    before = heads(client)
    merged = client.post(f"/api/sightings/{call}/merge", json=body(visit))
    assert merged.json() == {"id": call, "into": visit}
    assert heads(client) == before - 9
    (line,) = listed(client)["merged"]
    assert (line["reason"], line["login"]) == ("same_scene", signed.login(Role.COORDINATOR))
    parted = client.post(f"/api/sightings/{call}/part", json={"reason": "other_group"})
    assert parted.json() == {"id": call, "other": visit, "parted": True}
    assert heads(client) == before
    assert listed(client)["total"] == 0, "what was parted is not proposed again"


def heads(client: TestClient) -> int:
    return int(client.get("/api/hotspots/2022-W40").json()["heads_counted"])


def body(into: str, reason: str = "same_scene") -> dict[str, str]:
    return {"into": into, "reason": reason}


@pytest.mark.parametrize(
    ("action", "content", "status"),
    [
        ("merge", {"reason": "same_scene"}, 422),
        ("merge", {"into": "x", "reason": "same_scene"}, 422),
        ("merge", {"reason": "other_place"}, 422),
        ("merge", {"reason": "because of somebody"}, 422),
        ("part", {"reason": "same_scene"}, 409),
        ("part", {"reason": "other_place"}, 409),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    client: TestClient, pair: tuple[str, str], action: str, content: dict[str, str], status: int
) -> None:
    visit, call = pair
    given = {"into": visit, **content} if content.get("reason") == "other_place" else content
    if action == "part":
        given = content
    assert client.post(f"/api/sightings/{call}/{action}", json=given).status_code == status


def test_a_visit_is_not_merged_into_a_call(client: TestClient, pair: tuple[str, str]) -> None:
    visit, call = pair
    answer = client.post(f"/api/sightings/{visit}/merge", json=body(call))
    assert answer.status_code == 422
    assert "visit" in answer.json()["detail"]


def test_an_unknown_sighting_is_not_found(client: TestClient, pair: tuple[str, str]) -> None:
    answer = client.post(f"/api/sightings/{uuid4()}/merge", json=body(pair[0]))
    assert answer.status_code == 404


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ANALYST, Role.PARTNER, Role.ADMIN])
def test_only_coordinators_judge(make_client: Clients, role: Role) -> None:
    other = make_client(role)
    assert other.get("/duplicates").status_code == 403
    assert other.get("/api/duplicates").status_code == 403
    content = body(str(uuid4()))
    assert other.post(f"/api/sightings/{uuid4()}/merge", json=content).status_code == 403


def test_the_page_merges_and_parts(client: TestClient, pair: tuple[str, str]) -> None:
    visit, call = pair
    page = client.get("/duplicates").text
    assert f'value="{call}"' in page
    form = {"sighting": call, "other": visit, "reason": "sent_twice", "days": "7"}
    answer = client.post("/duplicates", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/duplicates?days=7")
    page = client.get("/duplicates?days=7").text
    assert "un signalement, envoyé deux fois" in page
    assert signed.login(Role.COORDINATOR) in page
    again = client.post("/duplicates", data={**form, "reason": "made_in_error"})
    assert again.status_code == 200
    assert len(listed(client)["merged"]) == 0


def test_the_receipt_says_which_report_counts(client: TestClient, pair: tuple[str, str]) -> None:
    visit, call = pair
    client.post(f"/api/sightings/{call}/merge", json=body(visit))
    assert f'href="/report/{visit}"' in client.get(f"/report/{call}").text


def test_a_span_runs_forward(client: TestClient) -> None:
    backwards = {"start": SPAN["end"], "end": SPAN["start"]}
    assert client.get("/api/duplicates", params=backwards).status_code == 422
