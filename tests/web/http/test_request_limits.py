"""One request harms nobody: deadlines, clients that go, an account's share, releases in turn."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import uuid4

import pytest
import shapely
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from geosites.core.records import Sighting
from geosites.db import privileges
from geosites.db.postgres.connection import Store
from geosites.db.publication import partner_releases
from geosites.db.reports import sightings
from geosites.permissions.policy import Permission, Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.request_context import RequestContext, requires
from stores import signed
from web.conftest import HERE, NOW

LATE = Sighting(
    id=uuid4(),
    observed_at=dt.datetime(2022, 9, 21, 9, 0, tzinfo=dt.UTC),
    point=shapely.Point(650_000, 6_862_100),
    headcount=300,
    territory="75109",
)
"""A report of week 38 that came late."""
WEEKS = "/ogc/collections/weeks/items"
HELD = 20_230_713
"""The lock for which a route of these tests waits until a test lets go of it."""

WAITERS = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND objid = :held AND database = (SELECT oid FROM pg_database"
    " WHERE datname = current_database())"
).bindparams(held=HELD)
SLEEPERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
)


@contextmanager
def application(store: Store, *, pool_size: int = 4, **options: Any) -> Iterator[FastAPI]:
    """Yield the service with a route that sleeps in the database, in so many statements."""
    served = Store(store.url, role=privileges.SERVICE, pool_size=pool_size)
    app = create_app(served, WebConfig(clock=lambda: NOW, **options))

    def sleep(
        context: Annotated[RequestContext, requires(Permission.READ_HELP)],
        seconds: float,
        times: int = 1,
    ) -> str:
        with context.begin() as conn:
            for _ in range(times):
                conn.execute(sa.select(sa.func.pg_sleep(seconds)))
        return "slept"

    def wait(context: Annotated[RequestContext, requires(Permission.READ_HELP)]) -> str:
        with context.begin() as conn:
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(HELD)))
        return "waited"

    app.add_api_route("/sleep", sleep)
    app.add_api_route("/wait", wait)
    yield app
    served.close()


def client_of(app: FastAPI, role: Role = Role.COORDINATOR) -> TestClient:
    return TestClient(app, base_url=HERE, headers=signed.bearer(role))


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """Yield the port of a real server of the application."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def sleepers(store: Store) -> int:
    with store.begin() as conn:
        return int(conn.execute(SLEEPERS).scalar_one())


@contextmanager
def held_up(store: Store) -> Iterator[None]:
    """Hold up whoever asks for `/wait`, within the block."""
    with store.begin() as conn:
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(HELD)))
        yield


def waiters(store: Store) -> int:
    with store.begin() as conn:
        return int(conn.execute(WAITERS).scalar_one())


def eventually(holds: Callable[[], bool], within_s: float = 60.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("seconds", "times"), [(20, 1), (0.2, 100)])
def test_a_request_ends_at_its_deadline_however_many_statements_it_is(
    store: Store, seconds: float, times: int
) -> None:
    with application(store, deadline_s=0.7) as app, client_of(app) as client:
        began = time.monotonic()
        answer = client.get("/sleep", params={"seconds": seconds, "times": times})
        assert time.monotonic() - began < 10
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems#took-too-long"
        assert client.get("/sleep", params={"seconds": 0}).status_code == 200
    assert sleepers(store) == 0


def test_what_a_client_does_not_wait_for_is_not_worked_out(store: Store) -> None:
    with application(store) as app, listening(app) as port:
        with socket.create_connection(("127.0.0.1", port)) as line:
            shown = "".join(f"{name}: {value}\r\n" for name, value in signed.bearer().items())
            asked = f"GET /sleep?seconds=60 HTTP/1.1\r\nHost: 127.0.0.1\r\n{shown}\r\n"
            line.sendall(asked.encode())
            assert eventually(lambda: sleepers(store) == 1)
        assert eventually(lambda: sleepers(store) == 0)


def test_an_account_that_asks_a_lot_holds_up_nobody_else(store: Store) -> None:
    with (
        application(store, pool_size=2) as app,
        client_of(app) as busy,
        ThreadPoolExecutor(6) as do,
    ):
        with held_up(store):
            under_way = [do.submit(busy.get, "/wait") for _ in range(5)]
            assert eventually(lambda: waiters(store) == 1)
            other = TestClient(app, base_url=HERE, headers=signed.bearer(Role.REPORTER))
            assert other.get("/sleep?seconds=0").status_code == 200
            assert [item.done() for item in under_way] == [False] * 5
        assert [item.result().status_code for item in under_way] == [200] * 5


def test_a_request_that_comes_once_the_account_is_known_waits_for_the_first(store: Store) -> None:
    with (
        application(store, pool_size=2) as app,
        client_of(app) as busy,
        ThreadPoolExecutor(2) as do,
    ):
        with held_up(store):
            first = do.submit(busy.get, "/wait")
            assert eventually(lambda: waiters(store) == 1)  # signed in, and known by now
            second = do.submit(busy.get, "/wait")
            other = TestClient(app, base_url=HERE, headers=signed.bearer(Role.REPORTER))
            assert [other.get("/sleep?seconds=0").status_code for _ in range(5)] == [200] * 5
            assert waiters(store) == 1
            assert not second.done()
        assert (first.result().status_code, second.result().status_code) == (200, 200)


SHOWN_ANOTHER_WAY: dict[str, Callable[[int], dict[str, str]]] = {
    "cookies beside the session": lambda number: {
        "Cookie": f"odd{number}=1; geosites={signed.session(Role.COORDINATOR)}; x={number}"
    },
    "another session before it": lambda number: {
        "Cookie": f"geosites={number}; geosites={signed.session(Role.COORDINATOR)}"
    },
    "the session of https": lambda number: {
        "Cookie": f"__Host-geosites={number}; geosites={signed.session(Role.COORDINATOR)}"
    },
    "a cookie beside a token": lambda number: {**signed.bearer(), "Cookie": f"geosites={number}"},
    "spaces and capitals": lambda number: {
        "Authorization": f"{'bearer' if number % 2 else 'BEARER'} {' ' * number}"
        f"{signed.token(Role.COORDINATOR)}{' ' * (number % 3)}"
    },
}


@pytest.mark.parametrize("way", SHOWN_ANOTHER_WAY)
def test_however_an_account_shows_itself_it_has_one_share(store: Store, way: str) -> None:
    """Each request shows the same session or token with something else beside it."""
    shown = SHOWN_ANOTHER_WAY[way]
    with (
        application(store, pool_size=4) as app,
        TestClient(app, base_url=HERE) as asking,
        ThreadPoolExecutor(8) as do,
    ):
        assert asking.get("/sleep?seconds=0", headers=shown(0)).status_code == 200
        with held_up(store):
            under_way = [
                do.submit(asking.get, "/wait", headers=shown(number)) for number in range(1, 9)
            ]
            assert eventually(lambda: waiters(store) == 2)
            assert not eventually(lambda: waiters(store) > 2, within_s=1.5)
        assert {item.result().status_code for item in under_way} == {200}


def test_further_requests_of_an_account_are_refused_and_told_when_to_come_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geosites.web.middleware.request_limits.MOST_WAITING", 1)
    with (
        application(store, pool_size=2) as app,
        client_of(app) as busy,
        ThreadPoolExecutor(6) as do,
    ):
        with held_up(store):
            under_way = [do.submit(busy.get, "/wait") for _ in range(6)]
            assert eventually(lambda: [item.done() for item in under_way].count(True) == 4)
        answers = [item.result() for item in under_way]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 4
    assert all(answer.headers["retry-after"] for answer in refused)
    assert {answer.status_code for answer in answers} == {200, 429}


def pages(client: TestClient, path: str, most: int = 200) -> list[dict[str, Any]]:
    """Return every page of a collection by its `next` links."""
    found = []
    while path and len(found) < most:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        path = next((item["href"] for item in found[-1]["links"] if item["rel"] == "next"), "")
    return found


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.PARTNER, f"{WEEKS}?heads=987654"),
        (Role.REPORTER, "/ogc/collections/hotspots/items?rank=9999"),
        (Role.COORDINATOR, "/ogc/collections/flows/items?number=987654"),
    ],
)
def test_a_computed_collection_looks_at_so_many_pieces_and_leads_on(
    small: Store, role: Role, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geosites.web.ogc.computed.MOST_PIECES", 1)
    with application(small) as app, client_of(app, role) as client:
        found = pages(client, path)
    assert sum(page["numberReturned"] for page in found) == 0
    assert len(found) > 1
    assert all("numberMatched" not in page for page in found[:-1])


def test_a_page_that_took_long_ends_with_the_piece_it_is_at(small: Store) -> None:
    with application(small, page_s=0) as app, client_of(app, Role.PARTNER) as client:
        in_pieces = pages(client, f"{WEEKS}?limit=1000")
    with application(small, page_s=600) as app, client_of(app, Role.PARTNER) as client:
        (whole,) = pages(client, f"{WEEKS}?limit=1000")
    assert len(in_pieces) > 10
    assert [item for page in in_pieces for item in page["features"]] == whole["features"]


def test_a_release_under_way_is_waited_for_by_nobody_who_can_be_told_the_last(
    small: Store,
) -> None:
    path = "/api/hotspots/2022-W38"
    with application(small) as app, client_of(app, Role.PARTNER) as client:
        first = client.get(path)
        assert first.status_code == 200
        with small.begin() as conn:
            sightings.add(conn, LATE)
        with small.begin() as other:
            partner_releases.lock(other)
            began = time.monotonic()
            assert client.get(path).json()["visits"] == first.json()["visits"]
            assert time.monotonic() - began < 15
        assert client.get(path).json()["visits"] > first.json()["visits"]
