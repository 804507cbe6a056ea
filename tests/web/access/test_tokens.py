"""Tokens of scripts, and that every route says who may."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from geosites.auth import tokens
from geosites.db.access import sign_ins
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Permission, Role
from geosites.web import app
from geosites.web.app import create_app
from geosites.web.routers import pages
from geosites.web.security.route_permissions import OPEN, Open, UndeclaredRoute, declared
from stores import signed
from web.conftest import NOW

ASKED = "/api/closures"


@pytest.fixture
def script(make_client: Any) -> TestClient:
    """Return a client that shows nothing yet."""
    client: TestClient = make_client(role=None)
    return client


def answered(client: TestClient, token: str, path: str = ASKED) -> int:
    return int(client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code)


def issue(store: Store, role: Role = Role.COORDINATOR, **more: Any) -> tokens.IssuedToken:
    with store.begin() as conn:
        return tokens.issue(conn, signed.login(role), NOW, **more)


def test_a_token_holds_until_its_day(make_client: Any, store: Store) -> None:
    issued = issue(store, days=1)
    assert answered(make_client(role=None), issued.token) == 200
    later = make_client(role=None, clock=lambda: NOW + dt.timedelta(days=1))
    assert answered(later, issued.token) == 401


def test_a_revoked_token_is_over_at_once(script: TestClient, store: Store) -> None:
    issued = issue(store)
    assert answered(script, issued.token) == 200
    with store.begin() as conn:
        sign_ins.revoke_token(conn, issued.id, NOW)
    assert answered(script, issued.token) == 401


def test_a_token_does_what_it_is_for_and_nothing_else(script: TestClient, store: Store) -> None:
    issued = issue(store, acts=["read week"])
    assert answered(script, issued.token, "/api/hotspots/2022-W40") in (200, 422)
    refused = script.get(ASKED, headers={"Authorization": f"Bearer {issued.token}"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems#forbidden")


def test_a_token_of_another_role_may_what_that_role_may(script: TestClient) -> None:
    assert answered(script, signed.token(Role.ADMIN)) == 403
    assert answered(script, signed.token(Role.ADMIN), "/metrics") == 200
    assert answered(script, signed.token(Role.COORDINATOR), "/metrics") == 403


def test_guessed_tokens_are_nobody(script: TestClient, store: Store) -> None:
    issued = issue(store)
    guesses = [tokens.PREFIX + secrets.token_urlsafe(32) for _ in range(100)]
    near = [issued.token[:-1], issued.token + "x", issued.token.upper(), str(issued.id), "x" * 9000]
    assert {answered(script, guess) for guess in [*guesses, *near]} == {401}


@pytest.mark.parametrize("header", ["Basic dGVzdDp0ZXN0", "Bearer", "bearer  ", "Token x", "x"])
def test_another_way_of_showing_is_not_taken(script: TestClient, header: str) -> None:
    answer = script.get(ASKED, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_that_does_not_hold_is_not_made_good_by_a_session(script: TestClient) -> None:
    script.cookies.set("geosites", signed.session(Role.COORDINATOR))
    assert script.get(ASKED).status_code == 200
    assert answered(script, "x") == 401


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "password"])
def test_a_secret_in_an_address_is_refused_with_advice(script: TestClient, name: str) -> None:
    answer = script.get(ASKED, params={name: signed.token(Role.COORDINATOR)})
    assert answer.status_code == 422
    assert "Authorization: Bearer" in answer.json()["detail"]
    assert signed.token(Role.COORDINATOR) not in answer.text


def test_its_use_is_written_down(script: TestClient, store: Store) -> None:
    issued = issue(store)
    answered(script, issued.token)
    with store.begin() as conn:
        (seen,) = [one for one in sign_ins.tokens(conn) if one.id == issued.id]
    assert seen.seen_at == NOW


# every route ---------------------------------------------------------------------------------


def test_every_route_has_declared_a_permission_or_is_open(store: Store) -> None:
    found = declared(create_app(store))
    assert {name for name, one in found.items() if one is Open.OPEN} <= OPEN
    assert found["GET", "/"] is Permission.READ_WEEK
    assert found["POST", "/api/sightings"] is Permission.REPORT_SIGHTING


def test_a_route_without_a_permission_is_not_served(store: Store, monkeypatch: Any) -> None:
    router = APIRouter()
    router.add_api_route("/secret", lambda: "everything", methods=["GET"])
    monkeypatch.setattr(pages, "router", router)
    monkeypatch.setattr(
        app, "shared_routes", app.shared_routes.__wrapped__
    )  # as a process that starts
    with pytest.raises(UndeclaredRoute, match="GET /secret"):
        create_app(store)


def test_nobody_gets_anything_but_what_is_open(script: TestClient, store: Store) -> None:
    for (method, path), permission in declared(create_app(store)).items():
        if permission is Open.OPEN:
            continue
        filled = path.replace(":path}", "}").format_map(Anything())
        answer = script.request(method, filled, json={}, follow_redirects=False)
        assert answer.status_code in (401, 422, 415), (method, filled)
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"


class Anything(dict[str, str]):
    """Something for every part of an address."""

    def __missing__(self, name: str) -> str:
        return PARTS.get(name, "2022-W40")


ID = "3f1c2f9e-8f0e-4a52-9f0a-2f6c6f3f5b01"
PARTS = {
    "name": "sightings.csv",
    **dict.fromkeys(("closure", "operation", "identifier", "sighting"), ID),
    **dict.fromkeys(("zoom", "column", "row"), "0"),
}
