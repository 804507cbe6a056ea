"""The journal is for whoever keeps the accounts, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from geosites.db import journal, store_flags
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from journal_samples import WHO
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


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_reads_it(store: Store, role: Role) -> None:
    for client in over(store, role):
        assert client.get("/api/journal").status_code == 403
        assert client.get("/journal", headers={"accept": "text/html"}).status_code == 403


def test_without_a_token_it_is_not_shown(store: Store) -> None:
    for client in over(store, None):
        assert client.get("/api/journal").status_code == 401
