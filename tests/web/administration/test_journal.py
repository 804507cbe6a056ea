"""The journal is for whoever keeps the accounts, page by page."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from geosites.core.alarm_messages import AlarmKind, Channel, Message, MessageState, Subscription
from geosites.db import journal
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.permissions.policy import Role
from samples.journal_samples import WHO
from web.conftest import over


@pytest.fixture
def keeper(store: Store) -> Iterator[TestClient]:
    for number in range(130):
        with store.begin() as conn:
            journal.act_as(conn, WHO, "page", "tournée" if number % 2 else None)
            journal.consulted(conn, "read closure", [f"site-{number}", "a", "b", "c"])
    with store.begin() as conn:
        store_flags.put(conn, "<b>", "x")
        journal.communicated(conn, "export", ["2022-W39"], "ars-idf")
    yield from over(store, Role.ADMIN)


def test_the_newest_come_first_and_the_next_page_goes_on(keeper: TestClient) -> None:
    first = keeper.get("/api/journal", params={"most": 50, "kind": "consultation"}).json()
    second = keeper.get(
        "/api/journal", params={"most": 50, "kind": "consultation", "before": first["next"]}
    ).json()
    seen = [entry["refs"][0] for page in (first, second) for entry in page["entries"]]
    sites = [name for name in seen if name.startswith("site-")]
    assert sites[:3] == ["site-129", "site-128", "site-127"]
    assert len(sites) == len(set(sites)) >= 99
    assert first["entries"][-1]["actor"] == "bac-19"


def test_the_last_page_says_that_nothing_follows(keeper: TestClient) -> None:
    assert keeper.get("/api/journal", params={"before": "2000-01-01T00:00:00Z"}).json() == {
        "entries": [],
        "next": None,
    }


def test_the_page_shows_who_what_why_and_for_whom(keeper: TestClient) -> None:
    page = keeper.get("/journal", params={"lang": "fr"}).text
    for text in ("bac-19", "PP-DSPAP-19", "tournée", "→ ars-idf", "site-129, a, b + 1"):
        assert text in page
    assert "&lt;b&gt;" in page
    assert "Entrées plus anciennes" in page
    assert "Le journal est vide." in keeper.get("/journal?lang=fr&kind=erasure").text


def test_a_message_about_no_place_is_shown_like_any_other(keeper: TestClient, store: Store) -> None:
    """A test message names a subscription alone; it broke the page once it was delivered."""
    now = dt.datetime(2030, 1, 7, 8, tzinfo=dt.UTC)
    wish = Subscription(id=uuid4(), channel=Channel.EMAIL, address="duty@example.org")
    trial = Message(
        id=uuid4(), subscription=wish, site=None, kind=AlarmKind.TEST, changed_at=now, content={},
        due_at=now,
    )  # fmt: skip
    with store.begin() as conn:
        alarm_outbox.subscribe(conn, wish, now)
        alarm_outbox.queue(conn, trial, now)
        alarm_outbox.settle(conn, dataclasses.replace(trial, state=MessageState.DELIVERED), now)
    sent = {"kind": "communication"}
    references = [
        entry["refs"] for entry in keeper.get("/api/journal", params=sent).json()["entries"]
    ]
    assert all(isinstance(name, str) for names in references for name in names)
    assert keeper.get("/journal", params=sent).status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_reads_it(store: Store, role: Role) -> None:
    for client in over(store, role):
        assert client.get("/api/journal").status_code == 403
        assert client.get("/journal", headers={"accept": "text/html"}).status_code == 403


def test_without_a_token_it_is_not_shown(store: Store) -> None:
    for client in over(store, None):
        assert client.get("/api/journal").status_code == 401
