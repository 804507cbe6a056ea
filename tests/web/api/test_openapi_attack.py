"""What the description of the API allows, and what it does not, sent as every role by schemathesis.

Schemathesis makes the requests out of the two OpenAPI documents of the service; they are sent by
the client of the other tests. Whatever is sent, nothing of the inside comes out.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from stores import signed, small_exercise
from web.conftest import over

EXAMPLES = 2
"""Requests of each kind that are made for each address and role."""

SQL = (
    "'",
    "\\' OR '1'='1' --",
    "1; DROP TABLE sighting; --",
    "') UNION SELECT login, password_hash FROM account --",
    "%00%27",
    "$$; SELECT pg_sleep(9); $$",
    "{1,2}::regclass",
    '"',
)
INSIDE = (
    "Traceback",
    "psycopg",
    "sqlalchemy",
    'File "',
    "$argon2",
    "postgresql://",
    "syntax error at",
    "pg_catalog",
    "site-packages",
)
"""What stands in an answer that tells of the inside."""

STATUSES = frozenset({200, 201, 204, 303, 304, 307, 400, 401, 403, 404, 405, 406, 409, 411, 413,
                      415, 422, 429})  # fmt: skip

CLOSURE = str(uuid4())
Operation = Any
Request = dict[str, Any]
"""A generated request, as a client is told to send it."""


@pytest.fixture(scope="module")
def written(small_template: str, new_database: Callable[..., str]) -> Iterator[TestClient]:
    """Return a client over a store of this module's own, into which anything may be written."""
    own = Store(new_database(small_template))
    yield from over(own)
    own.close()


def operations(client: TestClient) -> list[Operation]:
    """Return every operation that the service describes, of both its documents."""
    shown = signed.bearer(Role.COORDINATOR)
    documents = [client.get(path, headers=shown).json() for path in ("/openapi.json", "/ogc/api")]
    return [
        one.ok()
        for document in documents
        for one in schemathesis.openapi.from_dict(document).get_all_operations()
    ]


def wrong_with(answer: Any, secrets: tuple[str, ...]) -> list[str]:
    """Return what is wrong with an answer, whatever was asked."""
    text = answer.text
    told = [word for word in (*INSIDE, *secrets) if word in text]
    return told if answer.status_code in STATUSES else [str(answer.status_code), *told]


def send(client: TestClient, said: Request, role: Role) -> Any:
    """Send a generated request with the token of a role."""
    headers = {
        name: value
        for name, value in said["headers"].items()
        if name.lower() not in ("authorization", "user-agent", "host")
    }
    sent = {"content": said.get("data"), "json": said.get("json"), "params": said.get("params")}
    given_ = {name: value for name, value in sent.items() if value is not None}
    return client.request(
        said["method"],
        said["url"],
        headers={**latin(headers), **signed.bearer(role)},
        follow_redirects=False,
        **given_,
    )


def latin(headers: dict[str, str]) -> dict[str, str]:
    """Return headers without what no client can put into one."""
    return {name: value for name, value in headers.items() if value.isprintable()}


def made_for(operation: Operation, mode: GenerationMode) -> list[Request]:
    """Return requests that are made for one operation: the same ones each time."""
    found: list[Request] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        found.append(case.as_transport_kwargs(base_url="http://127.0.0.1:8000"))

    with suppress(Unsatisfiable):  # an operation without anything that could be wrong
        ask()
    return found


@pytest.fixture(scope="module")
def requests(written: TestClient) -> Callable[[GenerationMode], dict[str, list[Request]]]:
    """Return a function that makes the requests of every operation, once for all roles."""

    @cache
    def made(mode: GenerationMode) -> dict[str, list[Request]]:
        found = operations(written)
        return {f"{one.method} {one.path}": made_for(one, mode) for one in found}

    return made


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_is_sent_nothing_of_the_inside_comes_out(
    written: TestClient,
    requests: Callable[[GenerationMode], dict[str, list[Request]]],
    role: Role,
    mode: GenerationMode,
) -> None:
    secrets = tuple(signed.password(one) for one in Role)
    found = requests(mode)
    assert len(found) >= 60
    wrong = [
        f"{operation}: {one}"
        for operation, made in found.items()
        for said in made
        for one in wrong_with(send(written, said, role), secrets)
    ]
    assert wrong == []


PATHS = {**small_exercise.EXAMPLES, "featureId": "forceval", "closure": CLOSURE}


def attacks(client: TestClient) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield method, path and query with a hostile text in one parameter, for each in turn."""
    texts = itertools.cycle(SQL)
    for operation in operations(client):
        inside = [one.name for one in operation.path_parameters]
        for name in inside:
            yield operation.method, filled(operation.path, {name: quote(next(texts), "")}), {}
        for one in operation.query:
            text = next(texts)
            yield operation.method, filled(operation.path, {}), {one.name: text}


def filled(path: str, instead: dict[str, str]) -> str:
    """Return a path with an example for each of its parameters but those given."""
    return re.sub(r"{(\w+)}", lambda found: instead.get(found[1], PATHS.get(found[1], "0")), path)


@pytest.mark.parametrize("role", Role)
def test_sql_in_every_parameter_is_text(written: TestClient, role: Role) -> None:
    secrets = tuple(signed.password(one) for one in Role)
    sent = list(attacks(written))
    assert len(sent) >= 200
    wrong = []
    for method, path, query in sent:
        answer = written.request(method, path, params=query, headers=signed.bearer(role), json={})
        wrong += [f"{method} {path} {query}: {one}" for one in wrong_with(answer, secrets)]
    assert wrong == []
