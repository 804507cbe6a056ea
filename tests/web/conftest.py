"""The service over a real PostGIS, asked as a client asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.store.connection import Store
from geosites.web import create_app

NOW = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
"""Sunday evening of week 40, 22:00 in Paris."""

Clients = Callable[..., TestClient]


@pytest.fixture
def make_client(store: Store) -> Iterator[Clients]:
    """Return a function that makes a client of the service, at 22:00 on 9 October 2022."""
    open_clients = []

    def make(**options: Any) -> TestClient:
        app = create_app(store, **{"clock": lambda: NOW, **options})
        client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
        open_clients.append(client)
        return client.__enter__()

    yield make
    for client in open_clients:
        client.__exit__(None, None, None)


@pytest.fixture
def client(make_client: Clients) -> TestClient:
    """Return a client of the service."""
    return make_client()
