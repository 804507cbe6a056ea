"""Every route asked as every role: what the policy says is what happens."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.routing import Mount
from starlette.testclient import TestClient

from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.schema.conventions import metadata
from geosites.permissions.policy import RULES, Permission, Role
from geosites.web import app as web_app
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.routers.access import sign_in
from geosites.web.security.route_permissions import OPEN, Open, UndeclaredRoute, declared
from routes import policy_table
from routes.page_table import fill
from samples import web_samples
from stores import signed, small_exercise
from web.conftest import as_service

As = Callable[[Role], TestClient]
Watched = tuple[TestClient, list[Mapping[str, Any]]]
C = Role.COORDINATOR

CLOSURE = str(uuid4())
BODIES: Mapping[str, dict[str, Any]] = {
    "/api/sightings": {"json": web_samples.sighting()},
    "/api/operations": {
        "json": {
            "started_at": "2022-10-07T08:00:00+02:00",
            "ended_at": "2022-10-07T09:00:00+02:00",
            "kind": "dispersal",
            "lon": 2.3662,
            "lat": 48.8875,
            "radius_m": 100,
        }
    },
    "/api/closures": {"json": {"site": "stalingrad", "closed_from": "2022-10-07T08:00:00+02:00"}},
    "/api/closures/{closure}/extend": {
        "json": {"until": "2023-10-07T08:00:00+02:00", "reason": "still_needed"}
    },
    "/api/closures/{closure}/lift": {
        "json": {"until": "2022-10-07T08:00:00+02:00", "reason": "purpose_met"}
    },
    "/api/sightings/{sighting}/correct": {"json": {**web_samples.sighting(), "id": None}},
    "/api/sightings/{sighting}/withdraw": {"json": {}},
    "/report/{sighting}/withdraw": {"data": {}},
    "/api/sightings/{sighting}/merge": {"json": {"into": CLOSURE, "reason": "same_scene"}},
    "/api/sightings/{sighting}/part": {"json": {"other": CLOSURE, "reason": "other_place"}},
    "/sightings/{sighting}/decision": {"data": {"decision": "verified:on_the_spot"}},
    "/sightings/{sighting}/correction": {"data": {"headcount": "4"}},
    "/sites/{slug}/closures": {"data": {"closed_from": "2022-10-05T06:30"}},
    "/closures/{closure}/extend": {"data": {"closed_until": "2023-10-05T06:30"}},
    "/closures/{closure}/lift": {"data": {"closed_until": "2022-10-05T06:30"}},
    "/api/closures/{closure}/withdraw": {"json": {"reason": "made_in_error"}},
    "/api/closures/{closure}/restore": {"json": {"reason": "made_in_error"}},
    "/closures/{closure}/withdraw": {"data": {"reason": "made_in_error"}},
    "/closures/{closure}/restore": {"data": {}},
    "/new-operation": {"data": {"kind": "dispersal"}},
    "/operations/{operation}": {"data": {"kind": "dispersal"}},
    "/operations/{operation}/withdraw": {"data": {"sure": "1"}},
    "/operations/{operation}/restore": {"data": {}},
    "/new-site": {"data": {"name": "Somewhere"}},
    "/sites/{slug}/edit": {"data": {"name": "Somewhere"}},
    "/sites/{slug}/merge": {"data": {"into": "stalingrad"}},
    "/sites/{slug}/retire": {"data": {"sure": "1"}},
    "/sites/{slug}/restore": {"data": {"sure": "1"}},
    "/accounts": {"data": {"login": "new", "role": "reporter", "unit": "u"}},
    "/accounts/{login}/change": {"data": {"role": "admin"}},
    "/accounts/{login}/reset": {"data": {"sure": "1"}},
    "/accounts/{login}/disable": {"data": {"sure": "1"}},
    "/accounts/{login}/tokens": {"data": {"days": "90"}},
    "/accounts/{login}/tokens/{token}/revoke": {"data": {}},
    "/subscriptions": {"data": {"address": "duty@example.org", "about": "closures"}},
    "/subscriptions/{subscription}/change": {"data": {"about": "closures"}},
    "/subscriptions/{subscription}/test": {"data": {}},
    "/subscriptions/{subscription}/end": {"data": {}},
    "/duplicates": {"data": {"sighting": CLOSURE, "other": str(uuid4()), "reason": "same_scene"}},
    "/bulletins/{week}": {"data": {}},
    "/exercise/reset": {"data": {}},
    "/import": {"files": {"file": ("file.csv", b"observed_at,lon,lat,headcount\n")}},
    "/import/confirm": {"data": {"upload": "x"}},
    "/imports/{key}/withdraw": {"data": {"sure": "1"}},
    "/imports/{key}/restore": {"data": {}},
    "/report": {"data": {"site": "forceval", "headcount": "4"}},
    "/account/password": {"data": {"present": "x", "new": "y", "again": "y"}},
    "/account/second-factor": {"data": {}},
    "/account/second-factor/confirm": {"data": {"code": "000000"}},
    "/account/recovery-codes": {"data": {"code": "000000"}},
    "/account/sessions/end": {"data": {}},
}
"""What a role that may would send to each address that writes; a new one gets its own here."""

EXAMPLES = small_exercise.EXAMPLES


def routes(app: Any, method: str) -> Iterator[tuple[str, Permission]]:
    """Yield every route of a method that takes an account, with its permission."""
    for (one, route), permission in declared(app).items():
        if one == method and not isinstance(permission, Open):
            yield route, permission


def rows(store: Store) -> dict[str, int]:
    """Return how many rows each table of the store has, those of the journal included."""
    with store.begin() as conn:
        return {
            name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def test_the_page_on_privacy_shows_the_table_that_is_in_force(reader: TestClient) -> None:
    assert policy_table.on_the_page() == policy_table.table(reader.app)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", Role)
def test_every_address_answers_a_role_as_the_policy_says(as_role: As, role: Role) -> None:
    client, wrong = as_role(role), []
    for route, permission in routes(client.app, "GET"):
        answer = client.get(fill(route, EXAMPLES), follow_redirects=False)
        refused = answer.status_code in (401, 403)
        if refused is (role in RULES[permission]) or answer.status_code >= 500:
            wrong.append((route, answer.status_code))
    assert wrong == []


def test_nobody_is_told_to_sign_in_wherever_they_knock(reader: TestClient) -> None:
    with TestClient(reader.app, base_url=str(reader.base_url)) as nobody:
        for route, _ in routes(reader.app, "GET"):
            path = fill(route, EXAMPLES)
            assert nobody.get(path).status_code == 401, route
            page = nobody.get(path, headers={"accept": "text/html"}, follow_redirects=False)
            led = page.headers.get("location", "").startswith("/sign-in")
            assert (page.status_code, led) in ((401, False), (303, True)), route


def test_events_are_not_laid_side_by_side_for_partners(as_role: As) -> None:
    chosen = {"event": [small_exercise.EVENT, str(small_exercise.OPERATION)]}
    for role in Role:
        status = as_role(role).get("/maps/displacement", params=chosen).status_code
        assert (status == 200) is (role in (Role.COORDINATOR, Role.ANALYST)), role


@pytest.mark.parametrize("role", [*Role, None])
def test_who_may_not_write_writes_nothing(
    reader: TestClient, small_store: Store, role: Role | None
) -> None:
    before, tried = rows(small_store), 0
    with TestClient(reader.app, base_url=str(reader.base_url)) as client:
        for route, permission in routes(reader.app, "POST"):
            if role in RULES[permission]:
                continue
            shown = signed.bearer(role) if role else {}
            answer = client.post(fill(route, EXAMPLES), headers=shown, **BODIES[route])
            assert answer.status_code == (403 if role else 401), (route, answer.text)
            tried += 1
    assert rows(small_store) == before
    assert tried >= (0 if role is Role.COORDINATOR else 5)


@pytest.fixture
def watched(small_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Return a client of the service whose handlers do nothing but say with what they ran."""
    ran: list[Mapping[str, Any]] = []

    def handler(**values: Any) -> Response:
        ran.append(values)
        return Response()

    async def waiting(**values: Any) -> Response:
        return handler(**values)

    with as_service(small_store) as served:
        app = create_app(served, WebConfig(clock=lambda: small_exercise.LAST))
        for route in iter_route_contexts(app.routes):
            if not isinstance(route.original_route, Mount):
                waits = inspect.iscoroutinefunction(route.dependant.call)
                monkeypatch.setattr(route.dependant, "call", waiting if waits else handler)
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            yield client, ran


@pytest.mark.parametrize("role", [*Role, None])
def test_the_permission_is_decided_before_the_handler_begins(
    watched: Watched, role: Role | None
) -> None:
    client, ran = watched
    client.headers.update(signed.bearer(role) if role else {})
    for method in ("GET", "POST"):
        for route, permission in routes(client.app, method):
            ran.clear()
            sent = BODIES[route] if method == "POST" else {}
            answer = client.request(
                method, fill(route, EXAMPLES), **sent, headers={"x-motive": "a test"}
            )
            may = role in RULES[permission]
            assert answer.status_code == (200 if may else 403 if role else 401), (method, route)
            assert len(ran) == may, (method, route)
            context = ran[0].get("context") if ran else None
            assert context is None or context.grant.permission is permission


def test_a_foreign_page_is_refused_before_the_handler_begins(watched: Watched) -> None:
    client, ran = watched
    foreign = {"origin": "http://evil.example", "cookie": f"geosites={signed.session(C)}"}
    for method, route in declared(client.app):  # type: ignore[arg-type]
        if method == "POST":
            body = BODIES.get(route, {"data": {"login": "x", "password": "y"}})
            answer = client.post(fill(route, EXAMPLES), headers=foreign, **body)
            assert answer.status_code == 403, route
    assert ran == []


def test_a_file_without_a_motive_is_refused_before_the_handler_begins(watched: Watched) -> None:
    client, ran = watched
    client.headers.update(signed.bearer(C))
    assert client.get("/api/export/sightings.csv").status_code == 422
    assert ran == []
    assert client.get("/api/export/sightings.csv?motive=figures").status_code == 200
    assert ran[0]["context"].grant.exact


def test_an_open_route_that_writes_has_to_refuse_foreign_pages(
    small_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()
    router.add_api_route("/sign-out", lambda: "left", methods=["POST"])
    monkeypatch.setattr(sign_in, "router", router)
    monkeypatch.setattr(
        web_app, "shared_routes", web_app.shared_routes.__wrapped__
    )  # not those kept before
    with pytest.raises(UndeclaredRoute, match="POST /sign-out"):
        create_app(small_store)


def test_every_address_that_writes_has_a_body_here(reader: TestClient) -> None:
    assert {route for route, _ in routes(reader.app, "POST")} == set(BODIES)


def test_no_method_is_served_that_the_two_tests_do_not_ask(reader: TestClient) -> None:
    methods = {method for method, _ in declared(reader.app)}  # type: ignore[arg-type]
    assert methods <= {"GET", "POST", "MOUNT"}
    assert {path for method, path in OPEN if method == "POST"} == {
        "/sign-in",
        "/sign-out",
        "/witness/add-checkpoint",
    }


ABOUT_THE_SERVICE = frozenset({"/metrics", "/service", "/journal", "/api/journal"})
"""What an administrator reads that changes with what is recorded: rows by their names, no more."""


def seen_by_admin(store: Store) -> dict[str, str]:
    """Return everything an administrator can read, by address, but for the nonce of each page."""
    app = create_app(store, WebConfig(clock=lambda: small_exercise.LAST))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        client.headers.update(signed.bearer(Role.ADMIN) | {"accept": "text/html, */*"})
        found = {
            route: client.get(fill(route, EXAMPLES)).text
            for route, permission in routes(app, "GET")
            if Role.ADMIN in RULES[permission]
        }
    return {route: re.sub(r'nonce="[^"]+"', "", text) for route, text in found.items()}


def test_an_administrator_sees_nothing_of_what_is_recorded(store: Store) -> None:
    with store.begin() as conn:
        store_flags.put(conn, store_flags.EXERCISE, "small")
        names = [site.name for site in sites.list_all(conn)]
    before = seen_by_admin(store)
    small_exercise.fill(store)
    after = seen_by_admin(store)
    changed = {route for route in before if before[route] != after[route]}
    assert changed <= ABOUT_THE_SERVICE
    assert [name for name in names for text in after.values() if name in text] == []
    for route in ABOUT_THE_SERVICE:
        assert "headcount" not in after[route]
        assert not re.search(r"\b75119\b", after[route])
