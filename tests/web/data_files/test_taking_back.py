"""Imports are taken back in the background: how far is told, a broken one changes nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.core.deadline import Deadline
from geosites.db.postgres.connection import Store
from geosites.db.schema.accounts import account
from geosites.db.schema.sightings import sighting
from geosites.imports import undo_import, version_batches
from geosites.imports.import_progress import ImportProgress
from geosites.imports.import_results import ImportReference
from geosites.imports.undo_import import ImportWriter
from geosites.permissions.policy import Role
from geosites.web.data_files.import_jobs import ImportJob
from stores import signed
from web.data_files.test_import import confirm, others_at_it, upload

ROWS = 12
FILE = "observed_at,lon,lat,headcount\n" + "".join(
    f"2022-10-05T14:{minute:02},2.3899,48.8998,3\n" for minute in range(ROWS)
)
MOST_S = 120.0


@pytest.fixture
def slow(make_client: Callable[..., TestClient]) -> TestClient:
    """Return a client of a service that waits for no file."""
    client = make_client(import_wait_s=0)
    client.headers["accept-language"] = "en"
    return client


def until(look: Callable[[], str], gone: str) -> str:
    """Look at a page again and again, until something is no longer on it."""
    end = time.monotonic() + MOST_S
    while gone in (page := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return page


def imported(client: TestClient) -> str:
    """Import a file; return the page of its result."""
    address = upload(client, FILE.encode())
    page = until(lambda: client.get(address).text, 'id="under-way"')
    there = confirm(client, page).headers["location"]  # type: ignore[attr-defined]
    until(lambda: client.get(there).text, 'id="under-way"')
    return re.findall(r'href="(/imports/[^"/?]+)"', client.get("/import").text)[0]


def counted(store: Store) -> int:
    now = sa.func.upper_inf(sighting.c.known), sighting.c.verified.is_not(False)
    with store.begin() as conn:
        count = sa.select(sa.func.count()).select_from(sighting).where(*now)
        return int(conn.execute(count).scalar_one())


def test_taking_back_is_followed_and_survives_a_reload(slow: TestClient, store: Store) -> None:
    page = imported(slow)
    for act, typed, label in (("withdraw", {"sure": "1"}, "Let them"), ("restore", {}, "Take it")):
        before = counted(store)
        with others_at_it(store):
            for _ in range(2):
                answer = slow.post(f"{page}/{act}", data=typed, follow_redirects=False)
                assert (answer.status_code, answer.headers["location"]) == (303, page)
                shown = slow.get(page).text
                assert 'id="under-way"' in shown
                assert '<noscript><meta http-equiv="refresh"' in shown
                assert "<form class=" not in shown.partition("<main")[2]
            assert counted(store) == before
        done = until(lambda: slow.get(page).text, 'id="under-way"')
        assert label in done
        assert {before, counted(store)} == {0, ROWS}


def test_both_have_the_time_of_a_request_alone(
    slow: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    page = imported(slow)
    monkeypatch.setattr(Deadline, "extend", lambda _, seconds: given.append(seconds))
    slow.post(f"{page}/withdraw", data={"sure": "1"})
    assert given == []


def test_one_that_was_broken_off_says_so_and_can_be_begun_again(
    slow: TestClient, store: Store
) -> None:
    page = imported(slow)
    key = page.rpartition("/")[2]
    ImportJob.about(signed.login(Role.COORDINATOR), f"withdraw {key}").folder.mkdir()
    told = slow.get(page).text
    assert "This was interrupted; nothing was changed" in told
    assert "/withdraw" in told
    slow.post(f"{page}/withdraw", data={"sure": "1"})
    assert "interrupted" not in until(lambda: slow.get(page).text, 'id="under-way"')
    assert counted(store) == 0


def test_why_it_was_refused_stands_on_the_page(slow: TestClient, store: Store) -> None:
    page = imported(slow)
    with store.begin() as conn:
        held = sa.update(account).where(account.c.login == signed.login(Role.COORDINATOR))
        conn.execute(held.values(scope=["75118"]))
    with others_at_it(store):
        slow.post(f"{page}/withdraw", data={"sure": "1"}, follow_redirects=False)
        assert 'id="under-way"' in slow.get(page).text
    told = until(lambda: slow.get(page).text, 'id="under-way"')
    assert "outside your territories" in told
    assert counted(store) == ROWS


@contextmanager
def pieces_of(rows: int) -> Iterator[None]:
    before, version_batches.PIECE = version_batches.PIECE, rows
    try:
        yield
    finally:
        version_batches.PIECE = before


def test_how_far_it_is_is_told_after_each_piece(slow: TestClient, store: Store) -> None:
    key = UUID(imported(slow).rpartition("/")[2])
    login = signed.login(Role.COORDINATOR)
    writer = ImportWriter(login=login, unit="PP-19", scope=(), inside=lambda _: True)
    reference, told = ImportReference(login=login, key=key), list[ImportProgress]()
    for act in (undo_import.take_back, undo_import.put_back):
        told.clear()
        with pieces_of(5), store.begin() as conn:
            act(conn, reference, writer, told.append)
        assert [(one.written, one.rows) for one in told] == [(n, ROWS) for n in (0, 5, 10, ROWS)]
    assert counted(store) == ROWS
