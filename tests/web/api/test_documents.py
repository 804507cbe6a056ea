"""What the API answers is what its description says: nothing missing, nothing undeclared."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from starlette.testclient import TestClient

from geosites.analysis.closure import Status
from geosites.core.quarters import Quarter
from geosites.core.records import Operation, OperationKind
from geosites.db.closure import operations
from geosites.db.postgres.connection import Store
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind
from geosites.permissions.policy import Role
from geosites.services.territories import public_tables
from stores import small_exercise
from web.conftest import over

NOW = dt.datetime(2022, 12, 1, tzinfo=dt.UTC)
"""Late enough for partners to be told of the event and of the week."""

OPERATION = UUID("aaaaaaaa-0000-4000-8000-000000000001")
CALL, VISIT, WRONG = (f"bbbbbbbb-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
CLOSURE = "cccccccc-0000-4000-8000-000000000001"
READERS = (Role.COORDINATOR, Role.ANALYST, Role.REPORTER, Role.PARTNER)

ASKED: Mapping[str, tuple[str, ...]] = {
    "/readyz": ("/readyz",),
    "/api/sites/{slug}/closure": ("/api/sites/forceval/closure", "/api/sites/stalingrad/closure"),
    "/api/sites/{slug}/history": ("/api/sites/forceval/history",),
    "/api/closures": ("/api/closures",),
    "/api/hotspots/{week}": ("/api/hotspots/2022-W40", "/api/hotspots/2015-W01"),
    "/api/displacement": (f"/api/displacement?operation={OPERATION}",),
    "/api/territories/{code}": ("/api/territories/75119", "/api/territories/75110"),
    "/api/rounds": ("/api/rounds?days=60",),
    "/api/rounds/plan": ("/api/rounds/plan?crews=2&minutes=60",),
    "/api/detection": ("/api/detection",),
    "/api/open-data/{quarter}": ("/api/open-data/2022-Q3",),
    "/api/changes": ("/api/changes?limit=1000",),
    "/api/duplicates": ("/api/duplicates",),
    "/api/journal": ("/api/journal?most=1000",),
}
"""Every address that answers JSON when it is read, and what is asked there."""

SEEN = {"observed_at": "2022-11-30T14:30+01:00", "lon": 2.38995, "lat": 48.899854, "headcount": 3}
CLOSED = {"id": CLOSURE, "site": "jardins-eole", "closed_from": "2022-11-01T00:00:00+01:00",
          "closed_until": "2022-12-10T00:00:00+01:00"}  # fmt: skip
RECORDED = {"started_at": "2022-11-02T10:00+01:00", "ended_at": "2022-11-02T12:00+01:00",
            "kind": "evacuation", "lon": 2.37, "lat": 48.884, "radius_m": 100}  # fmt: skip
WRITTEN: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("/api/sightings", "/api/sightings", {"id": CALL, **SEEN, "origin": "call"}),
    ("/api/sightings", "/api/sightings", {"id": CALL, **SEEN, "origin": "call"}),
    ("/api/sightings", "/api/sightings", {"id": VISIT, **SEEN, "unit": "unit 1"}),
    ("/api/sightings", "/api/sightings", {"id": WRONG, **SEEN}),
    ("/api/sightings/{sighting}/correct", f"/api/sightings/{WRONG}/correct",
     {"id": WRONG, **SEEN, "headcount": 4}),
    ("/api/sightings/{sighting}/withdraw", f"/api/sightings/{WRONG}/withdraw", {}),
    ("/api/operations", "/api/operations", RECORDED),
    ("/api/closures", "/api/closures", CLOSED),
    ("/api/closures/{closure}/extend", f"/api/closures/{CLOSURE}/extend",
     {"until": "2022-12-20T00:00:00+01:00", "reason": "still_needed"}),
    ("/api/closures/{closure}/lift", f"/api/closures/{CLOSURE}/lift",
     {"until": "2022-11-30T00:00:00+01:00", "reason": "order_ended"}),
    ("/api/closures/{closure}/withdraw", f"/api/closures/{CLOSURE}/withdraw",
     {"reason": "made_in_error"}),
    ("/api/closures/{closure}/restore", f"/api/closures/{CLOSURE}/restore",
     {"reason": "made_in_error"}),
    ("/api/sightings/{sighting}/merge", f"/api/sightings/{CALL}/merge",
     {"into": VISIT, "reason": "same_scene"}),
    ("/api/sightings/{sighting}/part", f"/api/sightings/{CALL}/part", {"reason": "other_group"}),
    ("/api/sightings/{sighting}/merge", f"/api/sightings/{CALL}/merge",
     {"into": VISIT, "reason": "same_scene"}),
)  # fmt: skip
"""What is written, in this order: the path of the description, the address, the body."""

Clients = Mapping[Role, TestClient]
Schema = dict[str, Any]


def fill(store: Store) -> None:
    """Put in half a year of visits, an event whose weeks are over, and two changes with details."""
    small_exercise.fill(store)
    event = Operation(
        id=OPERATION,
        started_at=small_exercise.EVENT_AT,
        ended_at=small_exercise.EVENT_AT + dt.timedelta(hours=2),
        kind=OperationKind.EVACUATION,
        area=small_exercise.STALINGRAD.buffer(200),
        site="stalingrad",
        headcount_dispersed=50,
    )
    state = {"status": Status.PROBABLY_CLOSED.value, "name": "Forceval"}
    spot = {"rank": 1, "quartier": "La Villette"}
    with store.begin() as conn:
        operations.add(conn, event)
        place = {"site": "forceval", "territory": "75119"}
        changes.note(conn, ChangeKind.CLOSURE_STATE, **place, detail=state)
        monday = dt.date(2022, 10, 3)
        changes.note(conn, ChangeKind.HOTSPOT_NEW, monday=monday, territory="75119", detail=spot)
        third, chance = Quarter.parse("2022-Q3"), random.Random(1).randrange
        public_tables.release(conn, third, NOW, epsilon=Fraction(1, 2), below=chance)


@pytest.fixture(scope="module")
def clients(template: str, new_database: Callable[..., str]) -> Iterator[Clients]:
    """Return a client for each role over a store of this module's own, with all written to it."""
    own = Store(new_database(template))
    fill(own)
    with ExitStack() as opened:
        made = {}
        for role in (*READERS, Role.ADMIN):
            one = over(own, role, NOW)
            made[role] = next(one)
            opened.callback(next, one, None)
        yield made
    own.close()


@pytest.fixture(scope="module")
def described(clients: Clients) -> Schema:
    """Return the description of the API."""
    document: Schema = clients[Role.COORDINATOR].get("/openapi.json").json()
    return document


@pytest.fixture(scope="module")
def written(clients: Clients, described: Schema) -> set[str]:
    """Return the paths that were written to, each answer as it is described."""
    done = set()
    for path, address, body in WRITTEN:
        answer = clients[Role.COORDINATOR].post(address, json=dict(body))
        assert answer.status_code in (200, 201), answer.text
        assert wrong(described, "post", path, answer) == []
        done.add(path)
    return done


def answered(described: Schema, path: str, method: str, status: str) -> Schema | None:
    """Return the schema of an answer in JSON, or None where the answer is none."""
    content = described["paths"][path][method]["responses"].get(status, {}).get("content", {})
    schema: Schema | None = content.get("application/json", {}).get("schema")
    return schema


def strict(schema: Any) -> Any:
    """Return a schema in which no object has a property that is not declared."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: strict(one) for name, one in schema.items()}
    closed = "properties" in schema and isinstance(schema["properties"], dict)
    return {**inner, "additionalProperties": False} if closed and "type" in schema else inner


def wrong(described: Schema, method: str, path: str, answer: Any) -> list[str]:
    """Return in what an answer differs from its description."""
    schema = answered(described, path, method, str(answer.status_code))
    assert schema is not None, f"{method} {path}: {answer.status_code} is not described"
    whole = strict({**schema, "components": described["components"]})
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    found = validator.iter_errors(answer.json())
    found = validator.iter_errors(answer.json())
    return [f"{path} {one.json_path}: {one.message[:300]}" for one in found]


def forms(described: Schema, schema: Schema) -> Iterator[Schema]:
    """Yield every form that a schema allows, references followed."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from forms(described, described["components"]["schemas"][name])
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from forms(described, one)
    else:
        yield schema


def test_every_answer_in_json_has_a_schema_with_properties(described: Schema) -> None:
    found = 0
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for status in operation["responses"]:
                schema = answered(described, path, method, status)
                if schema is None or not status.startswith("2"):
                    continue
                found += 1
                told = [one.get("properties") for one in forms(described, schema)]
                assert all(told), (path, status)
    assert found >= 20


def test_no_answer_is_left_without_a_description(described: Schema) -> None:
    """Files and feeds, and refusals too, which are problem documents and nothing of FastAPI's."""
    bodies = {
        (path, method, status, kind): content.get("schema")
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
        for kind, content in response.get("content", {}).items()
    }
    assert len(bodies) > 100
    assert [name for name, schema in bodies.items() if not schema] == []
    assert {name for name in bodies if name[2] >= "4" and name[3] == "application/json"} == set()


def test_every_answer_in_json_is_asked_for_here(described: Schema, written: set[str]) -> None:
    told = {
        (path, method)
        for path, methods in described["paths"].items()
        for method in methods
        if any(answered(described, path, method, status) for status in ("200", "201"))
    }
    read, posted = {(path, "get") for path in ASKED}, {(path, "post") for path in written}
    assert told == read | posted


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("role", [*READERS, Role.ADMIN])
def test_an_answer_is_what_the_description_says(
    clients: Clients, described: Schema, written: set[str], path: str, role: Role
) -> None:
    for address in ASKED[path]:
        answer = clients[role].get(address)
        if answer.status_code == 200:
            assert wrong(described, "get", path, answer) == []
        else:
            assert answer.status_code in (403, 422), answer.text


@pytest.mark.parametrize("path", ASKED)
def test_every_path_answers_somebody(clients: Clients, written: set[str], path: str) -> None:
    statuses = {one.get(ASKED[path][0]).status_code for one in clients.values()}
    assert 200 in statuses


@pytest.mark.parametrize("path", ["/api/hotspots/{week}", "/api/displacement"])
def test_partners_get_a_form_of_their_own(clients: Clients, written: set[str], path: str) -> None:
    answer = clients[Role.PARTNER].get(ASKED[path][0])
    assert answer.status_code == 200
    assert answer.json()["withheld"]["threshold"] > 0


@pytest.mark.parametrize("change", ["missing", "undeclared"])
def test_a_wrong_answer_is_found(clients: Clients, described: Schema, change: str) -> None:
    path = "/api/sites/{slug}/closure"
    answer = clients[Role.COORDINATOR].get(ASKED[path][0])
    content = answer.json()
    if change == "missing":
        del content["evidence"][0]["kind"]
    else:
        content["evidence"][0]["note"] = "x"

    class Changed:
        status_code = 200

        def json(self) -> Any:
            return content

    assert wrong(described, "get", path, Changed()) != []
