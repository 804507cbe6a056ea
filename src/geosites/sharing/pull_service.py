"""Pull from another service: its changes after the last cursor, then all closure statuses.

A response with an invalid signature is discarded. Of any other response only the fields listed here
are stored, whatever else the other service lets our account see.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from geosites import __version__
from geosites.analysis.closure.status_table import Status
from geosites.core.documents.sharing import SharedChange
from geosites.core.errors import Refused, Unanswered, os_reason
from geosites.db import journal
from geosites.db.postgres.connection import Store
from geosites.db.publication import sharing
from geosites.db.publication.sharing import Peer
from geosites.journal.signed_notes import VerifierKey
from geosites.sharing.signature import NONCE, SIGNATURE, holds, new_nonce
from geosites.sharing.status_age import require_clock

CHANGES, BOARD = "/api/changes", "/api/closures"
KINDS = ("closure.declared", "closure.changed", "closure.state")
STATUSES = frozenset(Status)
TIMEOUT_S = 20.0
MOST_BYTES = 20_000_000
MOST_PAGES = 10_000
PAGE = 1000
LONGEST = 300
_LOCAL = ("127.0.0.1", "localhost", "::1")
_RESTORED = 409


class RestoredElsewhere(Exception):
    """The other service was restored elsewhere, so that its changes are numbered anew."""


@dataclass(frozen=True, kw_only=True)
class PullCounts:
    """Result of a pull: number of changes, number of closure states, restarted or not."""

    changes: int = 0
    closures: int | None = None
    restarted: bool = False


def require_address(address: str) -> str:
    """Return the URL of a service; raises `Refused` for an invalid or unencrypted one."""
    parts = urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in _LOCAL
    plain = not (parts.query or parts.fragment or parts.username)
    if not (parts.scheme == "https" or local) or not parts.hostname or not plain:
        raise Refused("%(address)r is not an https:// address of a service", address=address[:200])
    return address.rstrip("/")


def read_token(file: Path) -> str:
    """Return the token that a file holds; raises `Refused`."""
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "not ASCII"
        raise Refused(
            "the token in %(file)s cannot be read: %(reason)s", file=file, reason=reason
        ) from error
    if not token.isprintable() or not token:
        raise Refused("the file %(file)s holds no token", file=file)
    return token


def utc_now() -> dt.datetime:
    """Return the instant it is."""
    return dt.datetime.now(dt.UTC)


def pull(
    store: Store,
    name: str,
    http: httpx2.Client | None = None,
    clock: Callable[[], dt.datetime] = utc_now,
) -> PullCounts:
    """Pull everything available from a service; raises `Unanswered` if it is interrupted.

    What was stored before that is kept, and the next pull continues from there.
    """
    with _as_peer(store, name) as conn:
        peer = sharing.get(conn, name)
    with _Asking(peer, http) as asking:
        try:
            return _pulled(store, asking, peer, clock)
        except RestoredElsewhere:
            with _as_peer(store, name) as conn:
                peer = sharing.restart(conn, peer)
            result = _pulled(store, asking, peer, clock)
            return PullCounts(changes=result.changes, closures=result.closures, restarted=True)


def _pulled(
    store: Store, asking: _Asking, peer: Peer, clock: Callable[[], dt.datetime]
) -> PullCounts:
    taken = 0
    for _ in range(MOST_PAGES):
        page = asking.ask(CHANGES, since=peer.since, limit=PAGE)
        changes, following = _changes(page), _text(page, "next")
        with _as_peer(store, peer.name) as conn:
            moved = sharing.take(conn, peer, changes, following)
            peer = moved or sharing.get(conn, peer.name)
        taken += len(changes) if moved else 0
        if moved and page.get("more") is not True:
            break
    with _as_peer(store, peer.name) as conn:
        question = sharing.number_question(conn, peer)
    board = asking.ask(BOARD)
    told_at, rows = _instant(board, "as_of"), _closures(board)
    require_clock(peer, told_at, clock())
    with _as_peer(store, peer.name) as conn:
        kept = sharing.keep(conn, peer, question, told_at, rows)
    return PullCounts(changes=taken, closures=len(rows) if kept else None)


@contextmanager
def _as_peer(store: Store, name: str) -> Iterator[Any]:
    """Open a transaction that is journaled in the name of the other service."""
    with store.begin() as conn:
        journal.act_as(conn, journal.Operator(login=f"service:{name}"), "share")
        yield conn


class _Asking:
    """Questions to one service, each signed for in its answer."""

    def __init__(self, peer: Peer, http: httpx2.Client | None = None) -> None:
        self._peer, self._key = peer, VerifierKey.parse(peer.verifier)
        self._token = read_token(peer.token_file)
        self._own = http is None
        self._http = http or httpx2.Client(timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> _Asking:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._http.close()

    def ask(self, path: str, **asked: object) -> Mapping[str, object]:
        """Return a document of the service; raises `Unanswered` or `RestoredElsewhere`."""
        given = {name: str(value) for name, value in asked.items() if value is not None}
        target = f"{path}?{urlencode(given)}" if given else path
        nonce = new_nonce()
        status, shown, body = self._answer(target, nonce)
        if not holds(self._key, shown, nonce, target, body):
            raise Unanswered(
                "%(name)s answered %(status)s without its signature",
                name=self._peer.name,
                status=status,
            )
        if status == _RESTORED:
            raise RestoredElsewhere
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        if status != 200 or not isinstance(document, dict):
            raise Unanswered("%(name)s answered %(status)s", name=self._peer.name, status=status)
        return document

    def _answer(self, target: str, nonce: str) -> tuple[int, str, bytes]:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "User-Agent": f"geosites/{__version__}",
            NONCE: nonce,
        }
        try:
            with self._http.stream("GET", self._peer.address + target, headers=headers) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise Unanswered(
                            "the answer of %(name)s does not end", name=self._peer.name
                        )
                return answer.status_code, answer.headers.get(SIGNATURE, ""), bytes(body)
        except httpx2.HTTPError as error:
            raise Unanswered(
                "%(name)s does not answer: %(error)s",
                name=self._peer.name,
                error=type(error).__name__,
            ) from error


def _changes(page: Mapping[str, object]) -> list[SharedChange]:
    """Return the changes of closures in a page, each with the fields that are taken."""
    return [
        {
            "kind": _text(item, "kind"),
            "site": _maybe(item, "site"),
            "territory": _maybe(item, "territory"),
            "status": _maybe(item, "status"),
        }
        for item in _rows(page, "changes")
        if item.get("kind") in KINDS
    ]


def _closures(board: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the state of each closure, with the fields that are taken."""
    by_site = {
        _text(item, "site"): {
            "site": _text(item, "site"),
            "name": _text(item, "name"),
            "status": _status(item),
            "closed_since": _instant(item, "closed_since", needed=False),
            "closed_until": _instant(item, "closed_until", needed=False),
        }
        for item in _rows(board, "sites")
    }
    return list(by_site.values())


def _rows(document: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    found = document.get(name)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise _strange(name)
    return found


def _status(item: Mapping[str, object]) -> str:
    status = _text(item, "status")
    if status not in STATUSES:
        raise _strange("status")
    return status


def _text(item: Mapping[str, object], name: str) -> str:
    text = _maybe(item, name)
    if text is None:
        raise _strange(name)
    return text


def _maybe(item: Mapping[str, object], name: str) -> str | None:
    text = item.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or not text.isprintable():
        raise _strange(name)
    return text


def _instant(item: Mapping[str, object], name: str, *, needed: bool = True) -> dt.datetime | None:
    text = _maybe(item, name)
    if text is None and not needed:
        return None
    try:
        result = dt.datetime.fromisoformat(text or "")
    except ValueError:
        raise _strange(name) from None
    if result.tzinfo is None:
        raise _strange(name)
    return result


def _strange(name: str) -> Unanswered:
    return Unanswered("the other service tells %(name)r in a form that is not known", name=name)
