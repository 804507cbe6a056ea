"""The OGC API over three fictional weeks, asked as a client asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed

NOW = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def ogc_store(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with half a year of fictional visits, which no test may change."""
    own = Store(new_database(small_template))
    yield own
    own.close()


@pytest.fixture(scope="session")
def ask_as(ogc_store: Store) -> Iterator[Callable[..., TestClient]]:
    """Return a function that gives a client of the service that shows the token of a role."""
    app = create_app(ogc_store, WebConfig(clock=lambda: NOW))
    with TestClient(app, base_url=HERE):

        def make(role: Role | None) -> TestClient:
            headers = signed.bearer(role) if role else {}
            return TestClient(app, base_url=HERE, headers=headers)

        yield make


@pytest.fixture(scope="session")
def ogc(ask_as: Callable[..., TestClient]) -> TestClient:
    """Return a client of a coordinator."""
    return ask_as(Role.COORDINATOR)
