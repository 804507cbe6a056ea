"""An exercise that lies years back survives that somebody reports in it, and can be reset."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from plain import plain
from samples.web_samples import sighting
from stores import signed
from web.conftest import HERE, as_service

LATER = dt.datetime(2026, 11, 29, 9, 6, tzinfo=dt.UTC)
"""1,147 days after the last sighting of the exercise."""

As = Callable[..., TestClient]


@pytest.fixture
def own_store(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    store = Store(new_database(small_template))
    yield store
    store.close()


@pytest.fixture
def as_role(own_store: Store) -> Iterator[As]:
    """Return a function that makes a client of a role, at an instant."""
    clients = []
    with as_service(own_store) as served:

        def make(role: Role = Role.COORDINATOR, now: dt.datetime = LATER) -> TestClient:
            client = TestClient(create_app(served, WebConfig(clock=lambda: now)), base_url=HERE)
            client.headers.update(signed.bearer(role))
            clients.append(client)
            return client.__enter__()

        yield make
        for client in clients:
            client.__exit__(None, None, None)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", plain(html.unescape(re.sub(r"<[^>]*>", " ", page))))


def report(client: TestClient, **changes: Any) -> dict[str, Any]:
    seen = sighting(id=None, headcount=10, site="forceval", observed_at=LATER.isoformat())
    answer = client.post("/api/sightings", json={**seen, **changes})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def closure(client: TestClient) -> dict[str, Any]:
    return dict(client.get("/api/sites/forceval/closure").json())


def test_a_report_takes_place_on_the_day_after_the_last(as_role: As, own_store: Store) -> None:
    client = as_role()
    before = closure(client)
    assert before["status"] == "confirmed_closed"
    made = report(client)
    with own_store.begin() as conn:
        seen = sightings.get(conn, UUID(made["id"]))
    assert seen.observed_at == dt.datetime(2022, 10, 10, 8, 6, tzinfo=dt.UTC)
    after = closure(client)
    assert after["status"] == "contradicted"
    assert after["last_seen"]["at"] == after["as_of"] == "2022-10-10T08:06:00Z"
    said = text_of(client.get("/").text)
    assert "10 personnes signalées à 10 h 06, non vérifié" in said
    assert not re.search(r"il y a \d{3,}", said)


def test_the_form_lists_what_was_reported_today_and_asks_nothing_of_its_age(as_role: As) -> None:
    client = as_role()
    report(client, confirmed=[])
    form = text_of(client.get("/report").text)
    assert "10 h 06" in form.partition("Déjà signalé")[2]


def test_the_same_report_sent_again_another_day_is_the_same(as_role: As) -> None:
    made = report(as_role())
    again = sighting(id=made["id"], headcount=10, site="forceval", observed_at=LATER.isoformat())
    later = as_role(now=LATER + dt.timedelta(days=9))
    report(later, observed_at=(LATER + dt.timedelta(days=9)).isoformat())
    assert later.post("/api/sightings", json=again).status_code == 200


def test_a_row_of_another_year_does_not_move_the_exercise(own_store: Store, as_role: As) -> None:
    made = report(as_role())
    with own_store.begin() as conn:
        seen = sightings.get(conn, UUID(made["id"]))
        far = dataclasses.replace(seen, id=UUID(int=7), observed_at=LATER, headcount=0)
        sightings.add(conn, far)
    assert closure(as_role())["as_of"] == "2022-10-10T08:06:00Z"
    assert "Semaine 41 (10–16 octobre 2022)" in text_of(as_role().get("/").text)


def test_a_closure_is_declared_and_lifted_on_its_days(as_role: As) -> None:
    client = as_role()
    sent = {"site": "jardins-eole", "closed_from": LATER.isoformat()}
    made = client.post("/api/closures", json=sent).json()
    lifted = client.post(
        f"/api/closures/{made['id']}/lift",
        json={"until": (LATER + dt.timedelta(hours=2)).isoformat(), "reason": "made_in_error"},
    )
    assert lifted.status_code == 200, lifted.text
    assert lifted.json()["closed_from"] == "2022-10-10T08:06:00Z"
    assert lifted.json()["closed_until"] == "2022-10-10T10:06:00Z"


def test_a_reset_puts_back_what_was_loaded(as_role: As, own_store: Store) -> None:
    client = as_role()
    before, first = closure(client), text_of(client.get("/").text)
    made = report(client)
    with own_store.begin() as conn:
        _note_loaded_before(conn)
    assert "Observation 1" in text_of(client.get("/exercise").text)
    answer = client.post("/exercise/reset", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/exercise?done=true")
    assert closure(client) == before
    assert text_of(client.get("/").text) == first
    with own_store.begin() as conn:
        known = sa.text("SELECT count(*) FROM sighting WHERE id = :id AND NOT upper_inf(known)")
        assert conn.execute(known, {"id": made["id"]}).scalar_one() == 1
    assert report(client)["added"]


def _note_loaded_before(conn: sa.Connection) -> None:
    """Let the exercise have been loaded before the last report, as the small one does not say."""
    at = sa.text("SELECT max(lower(known)) - interval '1 microsecond' FROM sighting")
    loaded: dt.datetime = conn.execute(at).scalar_one()
    store_flags.put(conn, store_flags.LOADED, loaded.isoformat())


def test_what_was_corrected_is_known_again_as_it_was(as_role: As, own_store: Store) -> None:
    client = as_role()
    with own_store.begin() as conn:
        first = conn.execute(sa.text("SELECT id, headcount FROM sighting LIMIT 1")).one()
        store_flags.put(conn, store_flags.LOADED, _clock(conn).isoformat())
    assert client.post(f"/api/sightings/{first.id}/withdraw").status_code == 200
    assert "Observation 1" in text_of(client.get("/exercise").text)
    for _ in range(2):
        client.post("/exercise/reset")
        assert "Observation" not in text_of(client.get("/exercise").text)
    with own_store.begin() as conn:
        there = sightings.get(conn, first.id)
    assert (there.headcount, there.verified) == (first.headcount, True)


def _clock(conn: sa.Connection) -> dt.datetime:
    now: dt.datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now


def test_a_reset_is_journaled(as_role: As) -> None:
    as_role().post("/exercise/reset")
    entries = as_role(Role.ADMIN).get("/api/journal").json()["entries"]
    reset = [entry for entry in entries if entry["refs"] == ["exercise reset"]]
    assert reset[0]["actor"] == signed.login(Role.COORDINATOR)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR])
def test_nobody_else_resets(as_role: As, role: Role) -> None:
    assert as_role(role).post("/exercise/reset").status_code == 403
    assert 'href="/exercise"' not in as_role(role).get("/sites").text


def test_what_was_really_seen_is_never_reset(client: TestClient) -> None:
    assert client.post("/exercise/reset").status_code == 409
    assert client.get("/exercise").status_code == 409
