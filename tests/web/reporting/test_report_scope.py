"""Who may say of a report that it was checked, and where who may report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Permission, Role
from samples.web_samples import sighting as report
from stores import signed
from web.conftest import NOW, Clients

INSIDE = "75119"
THERE = {"lon": 2.366215, "lat": 48.887513, "site": "jardins-eole"}
"""A place in another territory."""

As = Callable[..., TestClient]


@pytest.fixture
def scoped(make_client: Clients, store: Store) -> As:
    """Return a function that makes a client of an account of one territory."""

    def make(role: Role, acts: tuple[str, ...] = (), scope: str = INSIDE) -> TestClient:
        login = f"local-{role.value}-{len(acts)}-{scope}"
        asked = accounts.AccountRequest(login=login, role=role, unit="19e", scope=(scope,))
        with store.begin() as conn:
            accounts.add(conn, asked, NOW, password="not asked for", hasher=signed.CHEAP)
            token = tokens.issue(conn, login, NOW, acts=acts).token
        client = make_client(role=None)
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    return make


def post(client: TestClient, **changes: Any) -> tuple[int, str]:
    identifier = str(uuid4())
    answer = client.post("/api/sightings", json=report(id=identifier, **changes))
    return answer.status_code, identifier


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("role", [Role.REPORTER, Role.COORDINATOR])
def test_only_a_coordinator_says_that_a_report_was_checked(
    make_client: Clients, store: Store, role: Role, verified: bool
) -> None:
    status, identifier = post(make_client(role), verified=verified)
    may = role is Role.COORDINATOR
    assert status == (201 if may else 403)
    with store.begin() as conn:
        assert sightings.is_recorded(conn, UUID(identifier)) is may


def test_a_token_that_is_for_reporting_alone_verifies_nothing(scoped: As) -> None:
    client = scoped(Role.COORDINATOR, (Permission.REPORT_SIGHTING.value,))
    assert post(client, verified=True)[0] == 403
    assert post(client)[0] == 201


@pytest.mark.parametrize("role", [Role.REPORTER, Role.COORDINATOR])
def test_a_report_lies_in_the_scope_of_its_account(scoped: As, role: Role) -> None:
    client = scoped(role)
    assert post(client, **THERE)[0] == 403
    assert post(client, **THERE, verified=True)[0] == 403
    assert post(client)[0] == 201


def test_the_form_says_so_beside_the_place_and_keeps_what_was_typed(scoped: As) -> None:
    client = scoped(Role.REPORTER)
    typed = {"lon": "2,366215", "lat": "48,887513", "headcount": "7"}
    answer = client.post("/report", data=typed)
    assert answer.status_code == 422
    assert "hors de vos territoires" in answer.text
    assert 'value="2,366215"' in answer.text
    assert 'value="7"' in answer.text


def test_a_report_is_not_moved_out_of_scope_by_a_correction(scoped: As) -> None:
    client = scoped(Role.COORDINATOR)
    _, identifier = post(client)
    for body in (report(id=identifier, **THERE), report(id=identifier, **THERE, verified=True)):
        answer = client.post(f"/api/sightings/{identifier}/correct", json=body)
        assert answer.status_code == 403
    form = {"corrects": identifier, "lon": "2.366215", "lat": "48.887513", "headcount": "4"}
    assert client.post("/report", data=form).status_code == 422


@pytest.mark.parametrize("role", [Role.REPORTER, Role.COORDINATOR])
def test_what_a_reporter_changes_has_to_be_verified_again(
    make_client: Clients, store: Store, role: Role
) -> None:
    client = make_client(role)
    _, identifier = post(client)
    with store.begin() as conn:
        there = sightings.get(conn, UUID(identifier))
        sightings.correct(conn, dataclasses.replace(there, verified=True))
    body = report(id=identifier, headcount=40)
    assert client.post(f"/api/sightings/{identifier}/correct", json=body).status_code == 200
    with store.begin() as conn:
        kept = sightings.get(conn, UUID(identifier)).verified
    assert kept is (None if role is Role.REPORTER else True)


def test_an_operation_lies_in_scope_whole(scoped: As) -> None:
    client = scoped(Role.COORDINATOR)
    body = {
        "started_at": "2022-10-07T08:00:00+02:00",
        "ended_at": "2022-10-07T09:00:00+02:00",
        "kind": "dispersal",
        "lon": 2.38995,
        "lat": 48.899854,
        "radius_m": 100,
    }
    assert client.post("/api/operations", json=body).status_code == 201
    across = {**body, "radius_m": 1000}
    answer = client.post("/api/operations", json=across)
    assert answer.status_code == 403
    assert "in part" in answer.json()["detail"]
