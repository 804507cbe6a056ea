"""The service over a real PostGIS, asked as a client asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.db import privileges
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed

NOW = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
"""Sunday evening of week 40, 22:00 in Paris."""

HERE = "http://127.0.0.1:8000"
Clients = Callable[..., TestClient]


@contextmanager
def as_service(store: Store) -> Iterator[Store]:
    """Yield a store as the running service opens it: by a role that owns nothing."""
    own = Store(store.url, role=privileges.SERVICE)
    yield own
    own.close()


def over(
    store: Store,
    role: Role | None = Role.COORDINATOR,
    now: dt.datetime = NOW,
    clock: Callable[[], dt.datetime] | None = None,
    import_wait_s: float = 600,
) -> Iterator[TestClient]:
    """Yield a client of the service over `store` that shows the token of a role.

    `clock`: in the place of one that stands at `now`.
    """
    headers = signed.bearer(role) if role else {}
    with as_service(store) as served:
        config = WebConfig(clock=clock or (lambda: now), import_wait_s=import_wait_s)
        app = create_app(served, config)
        with TestClient(app, base_url=HERE, headers=headers) as client:
            yield client


@pytest.fixture
def make_client(store: Store) -> Iterator[Clients]:
    """Return a function that makes a client of the service, at 22:00 on 9 October 2022.

    It shows the token of a role, by default of a coordinator; with None it is nobody's.
    """
    open_clients = []
    served = Store(store.url, role=privileges.SERVICE)

    def make(role: Role | None = Role.COORDINATOR, **options: Any) -> TestClient:
        app = create_app(
            served, WebConfig(**{"clock": lambda: NOW, "import_wait_s": 600, **options})
        )
        client = TestClient(app, base_url=HERE, raise_server_exceptions=False)
        client.headers.update(signed.bearer(role) if role else {})
        open_clients.append(client)
        return client.__enter__()

    yield make
    for client in open_clients:
        client.__exit__(None, None, None)
    served.close()


@pytest.fixture
def client(make_client: Clients) -> TestClient:
    """Return a client of the service."""
    return make_client()


@pytest.fixture(scope="session")
def small_store(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with three fictional weeks in it, which no test may change."""
    own = Store(new_database(small_template))
    yield own
    own.close()


@pytest.fixture(scope="session")
def hostile_store(hostile_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return the three weeks with a site for every hostile text; no test may change it."""
    own = Store(new_database(hostile_template))
    yield own
    own.close()


@pytest.fixture(scope="session")
def reader(small_store: Store) -> Iterator[TestClient]:
    """Return a client of the service over the three fictional weeks."""
    yield from over(small_store)


@pytest.fixture
def as_role(reader: TestClient) -> Iterator[Callable[[Role], TestClient]]:
    """Return a function that makes the reader's client show the token of a role."""
    kept = dict(reader.headers)

    def become(role: Role) -> TestClient:
        reader.headers.update(signed.bearer(role))
        return reader

    yield become
    reader.headers.update(kept)


@pytest.fixture(scope="session")
def hostile(hostile_store: Store) -> Iterator[TestClient]:
    """Return a client of the service whose sites have hostile names."""
    yield from over(hostile_store)


@pytest.fixture(scope="session")
def empty_store(template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with territories and sites, into which nothing may get."""
    own = Store(new_database(template))
    yield own
    own.close()


@pytest.fixture(scope="session")
def empty(empty_store: Store) -> Iterator[TestClient]:
    """Return a client of the service over a store without sightings."""
    yield from over(empty_store)
