"""A clock that is set forward and back: nobody is let in for longer, no answer changes for good."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from bench.strikes import item
from starlette.testclient import TestClient

from geosites.auth.generated_secrets import hashed
from geosites.db import journal_entries
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import Token
from geosites.db.postgres.connection import Store
from geosites.journal.chain import judge
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed

NOON = dt.datetime(2022, 10, 9, 12, 0, tzinfo=dt.UTC)
OBSERVED_AT = "2022-09-28T22:00:00+02:00"
"""Before every hour to which the clock is set."""

HOUR, YEAR = dt.timedelta(hours=1), dt.timedelta(days=365)


@dataclass
class Clock:
    """A clock that can be set."""

    now: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(store: Store, clock: Clock) -> Iterator[TestClient]:
    app = create_app(store, WebConfig(clock=clock))
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=signed.bearer()) as own:
        yield own


def test_a_report_is_known_whatever_the_clock_says(
    client: TestClient, clock: Clock, store: Store
) -> None:
    rng = random.Random(7)
    statuses = []
    for step in (YEAR, -YEAR / 100, HOUR, -HOUR, YEAR * 10):
        clock.now = NOON + step
        one = {**item(rng), "observed_at": OBSERVED_AT}
        statuses += [client.post("/api/sightings", json=one).status_code]
        clock.now = NOON
        statuses += [client.post("/api/sightings", json=one).status_code]
    assert statuses == [201, 200] * 5
    with store.begin() as conn:
        journal_entries.hold_still(conn)
        assert judge(conn, []).sound


def test_an_answer_as_of_an_instant_does_not_depend_on_the_clock(
    client: TestClient, clock: Clock
) -> None:
    client.post(
        "/api/sightings",
        json={**item(random.Random(8)), "observed_at": OBSERVED_AT, "site": "forceval"},
    )
    asked = {"as_of": NOON.isoformat()}
    found = []
    for step in (HOUR, YEAR, -HOUR):
        clock.now = NOON + step
        found.append(client.get("/api/sites/forceval/closure", params=asked).json())
    assert found[0] == found[1] == found[2]


def test_a_token_ends_by_the_clock_and_no_step_makes_another_of_it(
    client: TestClient, clock: Clock, store: Store
) -> None:
    own = Token(
        id=uuid.uuid4(),
        login=signed.login(Role.ANALYST),
        acts=(),
        created_at=NOON - HOUR,
        expires_at=NOON + HOUR,
    )
    with store.begin() as conn:
        sign_ins.add_token(conn, own, hashed("geosites_short"))
    shown = {"Authorization": "Bearer geosites_short"}
    statuses = []
    for step in (HOUR * 0, HOUR * 2, HOUR / 2):
        clock.now = NOON + step
        statuses.append(client.get("/api/sites/forceval/closure", headers=shown).status_code)
    assert statuses == [200, 401, 200]


def test_a_session_that_ended_stays_ended(client: TestClient, clock: Clock, store: Store) -> None:
    with store.begin() as conn:
        login = signed.login(Role.ANALYST)
        sign_ins.add_session(conn, hashed("short"), login, NOON, NOON + HOUR)
    client.headers.pop("Authorization")
    cookie = {"Cookie": "geosites=short"}
    statuses = []
    for step in (HOUR * 0, HOUR * 2):
        clock.now = NOON + step
        statuses.append(client.get("/api/sites/forceval/closure", headers=cookie).status_code)
    assert statuses == [200, 401]
