"""Services that are asked and do harm: without an end, too large, with a wrong clock, revoked."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.core.errors import Refused, Unanswered
from geosites.db.access import sign_ins
from geosites.db.closure import closures
from geosites.db.postgres.connection import Store
from geosites.db.publication import sharing
from geosites.db.publication.sharing import Peer
from geosites.sharing.pull_job import pull_all
from geosites.sharing.pull_service import BOARD, MOST_BYTES, pull
from geosites.sharing.signature import NONCE, SIGNATURE, signed
from sharing.conftest import KEY, Pair, note, rows
from web.conftest import NOW

Alter = Callable[[dict[str, Any], str], object]


class Teller(TestClient):
    """The service, each of its documents altered and signed as its own."""

    alter: Alter

    def send(self, request: Any, **more: Any) -> Any:
        answer = super().send(request, **{**more, "stream": False})
        target = request.url.raw_path.decode().removeprefix("/outil")
        body = json.dumps(self.alter(answer.json(), target)).encode()
        made = type(answer)(answer.status_code, content=body, request=request)
        made.headers[SIGNATURE] = signed(KEY, request.headers[NONCE], target, body) or ""
        return made


def teller(pair: Pair, alter: Alter) -> Teller:
    own = Teller(pair.service.app, base_url="https://dept.example")
    own.alter = alter
    return own


def told(store: Store) -> list[Any]:
    with store.begin() as conn:
        return sharing.closures(conn)


@pytest.mark.parametrize("days", [-365, 365])
def test_a_clock_that_is_a_year_off_is_refused_and_the_state_before_kept(
    pair: Pair,
    days: int,
) -> None:
    pair.pull()
    before = told(pair.taken)

    def alter(document: dict[str, Any], target: str) -> object:
        if target == BOARD:
            document["as_of"] = (NOW + dt.timedelta(days=days)).isoformat()
            document["sites"] = []
        return document

    with pytest.raises(Unanswered, match="the clock of dept says"):
        pull(pair.taken, "dept", teller(pair, alter), lambda: NOW)
    assert told(pair.taken) == before != []


def test_what_is_told_of_our_own_sites_changes_none_of_them(pair: Pair) -> None:
    def alter(document: dict[str, Any], target: str) -> object:
        if target == BOARD:
            row = document["sites"][0]
            document["sites"] = [{**row, "site": "jardins-eole", "status": "confirmed_closed"}]
        return document

    with pair.taken.begin() as conn:
        before = closures.of_site(conn, "jardins-eole")
    pull(pair.taken, "dept", teller(pair, alter), lambda: NOW)
    assert [item["peer"] for item in told(pair.taken)] == ["dept"]
    with pair.taken.begin() as conn:
        assert closures.of_site(conn, "jardins-eole") == before


def test_a_page_that_is_told_for_ever_ends(
    pair: Pair,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("geosites.sharing.pull_service.MOST_PAGES", 5)
    asked: list[str] = []

    def alter(document: dict[str, Any], target: str) -> object:
        asked.append(target)
        return {**document, "more": True} if target != BOARD else document

    pull(pair.taken, "dept", teller(pair, alter), lambda: NOW)
    assert len(asked) == 6


def test_a_token_that_was_revoked_brings_nothing_more(pair: Pair) -> None:
    pair.pull()
    before = rows(pair.taken)
    note(pair.told, "forceval")
    with pair.told.begin() as conn:
        (token,) = sign_ins.tokens(conn, "commune")
        sign_ins.revoke_token(conn, token.id, NOW)
    with pytest.raises(Unanswered, match="dept answered 401"):
        pair.pull()
    assert rows(pair.taken) == before


class Raw:
    """A server that says some bytes, then the same ones again and again."""

    def __init__(self, first: bytes, again: bytes, pause_s: float = 0.0) -> None:
        self._say = (first, again, pause_s)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        first, again, pause_s = self._say
        while not self._ends.is_set():
            try:
                caller, _ = self._listening.accept()
                with caller:
                    caller.recv(4096)
                    caller.sendall(first)
                    while again and not self._ends.wait(pause_s):
                        caller.sendall(again)
            except OSError:
                continue

    def close(self) -> None:
        self._ends.set()
        self._listening.close()
        self._thread.join(10)


@pytest.fixture
def raw(store: Store, tmp_path: Path) -> Iterator[Callable[..., Raw]]:
    """Return a function that starts such a server, asked as a service of some name."""
    started: list[Raw] = []
    (tmp_path / "token").write_text("geosites_x")

    def go(name: str, *said: Any) -> Raw:
        own = Raw(*said)
        started.append(own)
        peer = Peer(
            name=name,
            address=own.address,
            verifier=str(KEY.verifier),
            token_file=tmp_path / "token",
        )
        with store.begin() as conn:
            sharing.add(conn, peer)
        return own

    yield go
    for one in started:
        one.close()


OK = b"HTTP/1.1 200 OK\r\n"


def test_a_gigabyte_is_not_read_to_its_end(store: Store, raw: Callable[..., Raw]) -> None:
    assert MOST_BYTES < 50_000_000
    raw("large", OK + b"Content-Length: 1000000000\r\n\r\n", b" " * 1_000_000)
    started = time.process_time()
    with pytest.raises(Unanswered, match="answer of large does not end"):
        pull(store, "large")
    assert time.process_time() - started < 2


def test_a_redirect_is_not_followed(store: Store, raw: Callable[..., Raw]) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    raw("moved", moved, b"")
    with pytest.raises(Unanswered, match="moved answered 302 without its signature"):
        pull(store, "moved")


@pytest.mark.parametrize("first", [OK, OK + b"Transfer-Encoding: chunked\r\n\r\n"])
def test_one_that_answers_drop_by_drop_keeps_none_behind_it_waiting(
    store: Store, raw: Callable[..., Raw], first: bytes, tmp_path: Path
) -> None:
    again = b"X: y\r\n" if first == OK else b"1\r\n \r\n"
    raw("a-slow", first, again, 0.2)
    raw("b-moved", b"HTTP/1.1 204 No Content\r\n\r\n", b"")
    (tmp_path / "token").chmod(0o600)
    with store.begin() as conn:
        gone = Peer(
            name="a-token",
            address="http://127.0.0.1:9",
            verifier=str(KEY.verifier),
            token_file=tmp_path / "gone",
        )
        sharing.add(conn, gone)
    started = time.monotonic()
    results = pull_all(store, ["a-slow", "a-token", "b-moved"], longest_s=1.0)
    assert time.monotonic() - started < 10
    assert results.taken == {}
    assert {name: type(error) for name, error in results.failed.items()} == {
        "a-slow": Unanswered,
        "a-token": Refused,
        "b-moved": Unanswered,
    }
