"""Two stores that share: what one lets the other see, signed, journaled on both sides, once."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geosites.core.errors import Conflict, NotFound, Refused, Unanswered
from geosites.core.records import Closure
from geosites.db import journal_entries
from geosites.db.closure import closures
from geosites.db.journal_entries import Entry
from geosites.db.postgres.connection import Store
from geosites.db.publication import sharing
from geosites.db.schema.sharing import share_change, share_closure
from geosites.journal import chain
from geosites.journal.signed_notes import LOG, SigningKey
from geosites.permissions.policy import Role
from geosites.sharing.pull_service import pull, read_token, require_address
from geosites.sharing.signature import NONCE, SIGNATURE, holds, new_nonce, signed
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from sharing.conftest import KEY, Pair, note, rows
from stores import signed as accounts_of_tests
from web.conftest import NOW, as_service

MARK = 777
"""A count of heads that is told to nobody beyond the store that holds it."""


def test_closures_of_the_scope_come_with_their_status_and_nothing_else(pair: Pair) -> None:
    note(pair.told, "forceval")
    note(pair.told, "elsewhere", "75104")
    counts = pair.pull()
    assert ("closure.state", "forceval", "75119") in rows(pair.taken)
    assert {territory for _, _, territory in rows(pair.taken)} == {"75119"}
    with pair.taken.begin() as conn:
        told = sharing.closures(conn)
    headers = {"Authorization": f"Bearer {_token(pair)}"}
    board = pair.service.get("/outil/api/closures", headers=headers).json()["sites"]
    assert {item["site"]: item["status"] for item in told} == {
        item["site"]: item["status"] for item in board
    }
    assert counts.closures == len(told) > 0
    assert set(told[0]) == {
        "peer", "site", "name", "status", "closed_since", "closed_until", "told_at",
    }  # fmt: skip


def _token(pair: Pair) -> str:
    with pair.taken.begin() as conn:
        return read_token(sharing.get(conn, "dept").token_file)


def test_no_visit_count_or_id_of_the_other_reaches_the_store_even_of_too_wide_an_account(
    pair: Pair, tmp_path: Path
) -> None:
    """A token of a coordinator sees ids, places and counts; none of it is kept."""
    sighting = {"observed_at": "2022-10-08T14:30+02:00", "lon": 2.38995, "lat": 48.899854}
    answer = pair.service.post(
        "/outil/api/sightings",
        json={**sighting, "headcount": MARK, "confirmed": ["heads"]},
        headers=accounts_of_tests.bearer(),
    )
    assert answer.status_code == 201
    (tmp_path / "dept.token").write_text(accounts_of_tests.token(Role.COORDINATOR))
    pair.pull()
    with pair.told.begin() as conn:
        ids = {str(one) for one in conn.execute(sa.text("SELECT id FROM sighting")).scalars()}
    with pair.taken.begin() as conn:
        kept = [
            str(value)
            for table in (share_change, share_closure)
            for row in conn.execute(sa.select(table))
            for value in row
        ]
    assert kept
    assert not ids & set(kept)
    assert str(MARK) not in kept
    assert {kind.partition(".")[0] for kind, _, _ in rows(pair.taken)} == {"closure"}


def test_what_was_taken_is_not_taken_again_and_what_is_new_is(pair: Pair) -> None:
    note(pair.told, "a")
    pair.pull()
    before = rows(pair.taken)
    assert pair.pull().changes == 0
    assert rows(pair.taken) == before
    note(pair.told, "b")
    assert pair.pull().changes == 1
    assert [site for _, site, _ in rows(pair.taken)[len(before) :]] == ["b"]


def test_pulls_at_once_take_each_change_once(pair: Pair) -> None:
    for number in range(30):
        note(pair.told, f"s{number}")
    with ThreadPoolExecutor(4) as crew:
        for hand in [crew.submit(pair.pull) for _ in range(4)]:
            hand.result()
    states = [site for kind, site, _ in rows(pair.taken) if kind == "closure.state"]
    assert sorted(states) == sorted(f"s{number}" for number in range(30))


def test_the_journal_of_both_sides_tells_of_it(pair: Pair) -> None:
    note(pair.told, "forceval")
    pair.pull()
    with pair.told.begin() as conn:
        given_out = [one for one in journal_entries.latest(conn) if one.actor == "commune"]
    assert {one.what for one in given_out} >= {
        "follow changes: /api/changes",
        "read closure: /api/closures",
    }
    assert any("forceval" in str(one.refs) for one in _entries(pair.taken))
    for store in (pair.told, pair.taken):
        with store.begin() as conn:
            journal_entries.hold_still(conn)
            assert [
                fault for fault in chain.judge(conn, ()).faults if fault.chain is not None
            ] == []


def _entries(store: Store) -> list[Entry]:
    with store.begin() as conn:
        return [one for one in journal_entries.latest(conn) if one.actor == "service:dept"]


def test_an_answer_that_is_changed_old_or_of_another_is_refused_and_nothing_kept(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(pair.told, "a")
    kept: dict[str, Any] = {}

    class Altered(TestClient):
        do = "change"

        def send(self, request: Any, **more: Any) -> Any:
            answer = super().send(request, **{**more, "stream": False})
            body, shown = answer.content, answer.headers[SIGNATURE]
            if self.do == "change":
                body = body.replace(b"75119", b"75118")
            if self.do == "replay":
                body, shown = kept.setdefault("answer", (body, shown))
            if self.do == "strip":
                shown = ""
            altered = type(answer)(answer.status_code, content=body, request=request)
            altered.headers[SIGNATURE] = shown
            return altered

    proxy = Altered(pair.service.app, base_url="https://dept.example")
    for do in ("change", "strip"):
        proxy.do = do
        with pytest.raises(Unanswered, match="without its signature"):
            pull(pair.taken, "dept", proxy, lambda: NOW)
    proxy.do = "replay"
    kept["answer"] = (b"{}", "x")
    with pytest.raises(Unanswered, match="without its signature"):
        pull(pair.taken, "dept", proxy, lambda: NOW)
    assert rows(pair.taken) == []
    proxy.do = ""
    assert pull(pair.taken, "dept", proxy, lambda: NOW).changes > 0


def test_after_a_restore_elsewhere_all_is_told_once_more_and_stands_there_once(pair: Pair) -> None:
    note(pair.told, "a")
    pair.pull()
    before = rows(pair.taken)
    with pair.taken.begin() as conn:
        since = sharing.get(conn, "dept").since or ""
        elsewhere = "0123456789abcdef" + since[since.index("-") :]
        conn.execute(sa.text("UPDATE share_peer SET since = :since"), {"since": elsewhere})
    result = pair.pull()
    assert result.restarted
    assert rows(pair.taken) == before


def test_a_closure_that_is_lifted_or_leaves_the_scope_is_not_kept(pair: Pair) -> None:
    with pair.told.begin() as conn:
        closures.add(
            conn,
            Closure(id=uuid4(), site="jardins-eole", closed_from=NOW - dt.timedelta(days=3)),
        )
    pair.pull()
    with pair.taken.begin() as conn:
        there = {item["site"] for item in sharing.closures(conn)}
    with pair.told.begin() as conn:
        conn.execute(sa.text("UPDATE account SET scope = '{75104}' WHERE login = 'commune'"))
    pair.pull()
    with pair.taken.begin() as conn:
        left = {item["site"] for item in sharing.closures(conn)}
    assert there
    assert left < there


def test_readers_of_the_page_see_the_status_and_partners_do_not(pair: Pair) -> None:
    pair.pull()
    with as_service(pair.taken) as served:
        app = create_app(served, WebConfig(clock=lambda: NOW))
        for role, seen in ((Role.REPORTER, True), (Role.COORDINATOR, True), (Role.PARTNER, False)):
            client = TestClient(
                app, base_url="http://127.0.0.1:8000", headers=accounts_of_tests.bearer(role)
            )
            page = client.get("/sites?lang=en", headers={"Accept": "text/html"}).text
            assert ("Sites of other services" in page) is seen, role
            assert ("dept" in page) is seen, role


def test_answers_are_signed_only_where_services_ask(pair: Pair) -> None:
    headers = {**accounts_of_tests.bearer(), NONCE: new_nonce()}
    for path in ("/outil/api/sites/forceval/closure", "/outil/ogc"):
        assert SIGNATURE not in pair.service.get(path, headers=headers).headers
    assert SIGNATURE in pair.service.get("/outil/api/changes", headers=headers).headers
    refused = pair.service.get("/outil/api/changes?since=x", headers=headers)
    assert refused.status_code == 422
    shown = refused.headers[SIGNATURE]
    assert holds(KEY.verifier, shown, headers[NONCE], "/api/changes?since=x", refused.content)


def test_a_name_is_taken_once_and_forgotten_whole(pair: Pair) -> None:
    note(pair.told, "a")
    pair.pull()
    with pair.taken.begin() as conn:
        peer = sharing.get(conn, "dept")
        with pytest.raises(Conflict, match="is taken"):
            sharing.add(conn, peer)
        sharing.remove(conn, "dept")
        assert (sharing.names(conn), sharing.closures(conn)) == ([], [])
        with pytest.raises(NotFound):
            sharing.get(conn, "dept")
    assert rows(pair.taken) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://dept.example",
        "ftp://dept.example",
        "dept.example",
        "https://",
        "https://me@dept.example",
        "https://dept.example/?a=b",
        "https://dept.example/#a",
    ],
)
def test_an_address_is_encrypted_and_whole(address: str) -> None:
    with pytest.raises(Refused, match="not an https:// address"):
        require_address(address)


def test_an_address_may_have_a_path() -> None:
    assert require_address("https://dept.example/outil/") == "https://dept.example/outil"
    assert require_address("http://127.0.0.1:8000") == "http://127.0.0.1:8000"


STRANGE = [
    [],
    {"changes": 3, "next": "x"},
    {"changes": [3], "next": "x"},
    {"changes": []},
    {"changes": [], "next": 7},
    {"changes": [{"kind": "closure.state", "site": "a\x00b"}], "next": "x"},
    {"changes": [{"kind": "closure.state", "site": "a" * 400}], "next": "x"},
]


@pytest.mark.parametrize("document", STRANGE, ids=range(len(STRANGE)))
def test_what_has_another_form_is_refused_though_it_is_signed(pair: Pair, document: object) -> None:
    class Strange(TestClient):
        def send(self, request: Any, **more: Any) -> Any:
            answer = super().send(request, **{**more, "stream": False})
            body = json.dumps(document).encode()
            target = request.url.raw_path.decode().removeprefix("/outil")
            made = type(answer)(200, content=body, request=request)
            made.headers[SIGNATURE] = signed(KEY, request.headers[NONCE], target, body) or ""
            return made

    proxy = Strange(pair.service.app, base_url="https://dept.example")
    with pytest.raises(Unanswered):
        pull(pair.taken, "dept", proxy, lambda: NOW)
    assert rows(pair.taken) == []


texts = st.text(max_size=40)


@given(texts, st.binary(max_size=60), texts, st.binary(max_size=60))
def test_a_signature_holds_for_one_question_and_one_answer(
    target: str, body: bytes, other: str, another: bytes
) -> None:
    nonce = secrets.token_urlsafe(24)
    shown = signed(KEY, nonce, target, body)
    assert shown is not None
    assert holds(KEY.verifier, shown, nonce, target, body)
    assert not holds(KEY.verifier, shown, secrets.token_urlsafe(24), target, body)
    assert holds(KEY.verifier, shown, nonce, other, body) == (other == target)
    assert holds(KEY.verifier, shown, nonce, target, another) == (another == body)
    stranger = SigningKey(name=KEY.name, kind=LOG, seed=bytes(32))
    assert not holds(stranger.verifier, shown, nonce, target, body)


@given(texts.filter(lambda text: len(text) < 22))
def test_a_number_that_is_none_is_not_signed(nonce: str) -> None:
    assert signed(KEY, nonce, "/api/changes", b"") is None
