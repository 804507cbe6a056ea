"""The journal's log over HTTP: tiles that make up the signed root; a witness without accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosites.db import journal
from geosites.db.postgres.connection import Store
from geosites.journal import merkle
from geosites.journal.log import JournalLog
from geosites.journal.signed_notes import parse_checkpoint
from geosites.journal.witnesses import Witness
from geosites.permissions.policy import Role
from samples.journal_samples import WHO
from web.conftest import Clients

BASE = "/journal/log"


@pytest.fixture
def log(tmp_path: Path) -> JournalLog:
    return JournalLog(tmp_path / "log", "geosites.example/journal/log")


def note(store: Store, count: int) -> None:
    for number in range(count):
        with store.begin() as conn:
            journal.act_as(conn, WHO, "api", "round")
            journal.consulted(conn, "read week", [str(number)])


def bundled(body: bytes) -> list[bytes]:
    """Return the entries of a bundle: each behind its length in two bytes."""
    leaves, start = [], 0
    while start < len(body):
        end = start + 2 + int.from_bytes(body[start : start + 2], "big")
        leaves.append(body[start + 2 : end])
        start = end
    return leaves


def test_an_auditor_follows_the_log_from_what_is_served(
    store: Store, log: JournalLog, make_client: Clients
) -> None:
    """Checkpoint, tiles and entries agree, and the root is computed from entries alone."""
    note(store, 300)
    log.extend(store)
    keeper = make_client(Role.ADMIN, journal_log=log)
    answer = keeper.get(f"{BASE}/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    signed = parse_checkpoint(answer.text)
    assert signed.signed_by(log.key.verifier)
    leaves = []
    for index in range(-(-signed.size // 256)):
        held = min(256, signed.size - index * 256)
        name = f"{index:03}" + ("" if held == 256 else f".p/{held}")
        bundle = keeper.get(f"{BASE}/tile/entries/{name}")
        tile = keeper.get(f"{BASE}/tile/0/{name}")
        assert bundle.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        hashes = [merkle.leaf_hash(leaf) for leaf in bundled(bundle.content)]
        assert tile.content == b"".join(hashes)
        leaves += bundled(bundle.content)
    assert len(leaves) == signed.size > 256

    class Told:
        def node(self, height: int, index: int) -> bytes:
            if height == 0:
                return merkle.leaf_hash(leaves[index])
            halves = self.node(height - 1, 2 * index), self.node(height - 1, 2 * index + 1)
            return merkle.node_hash(*halves)

    assert merkle.root(Told(), signed.size) == signed.root


def test_what_is_no_tile_is_not_found_and_a_partial_one_is_found_at_its_width_only(
    store: Store, log: JournalLog, make_client: Clients
) -> None:
    keeper = make_client(Role.ADMIN, journal_log=log)
    assert keeper.get(f"{BASE}/checkpoint").status_code == 404
    size = log.extend(store).size
    index, held = divmod(size, 256)
    for path in (
        "0/x", "64/000", "00/000", "-1/000", "0/999", f"0/{index:03}", f"0/{index:03}.p/{held + 1}",
        "entries/999", "entries/..", "entries/000.p/256", "1/..%2f..%2flog.key", "²/000",
    ):  # fmt: skip
        assert keeper.get(f"{BASE}/tile/{path}").status_code == 404, path
    assert keeper.get(f"{BASE}/tile/0/{index:03}.p/{held}").status_code == 200
    assert make_client(Role.ADMIN).get(f"{BASE}/checkpoint").status_code == 404
    for role in (Role.COORDINATOR, Role.ANALYST, Role.PARTNER, Role.REPORTER):
        assert make_client(role, journal_log=log).get(f"{BASE}/checkpoint").status_code == 403
    assert make_client(None, journal_log=log).get(f"{BASE}/tile/0/000").status_code == 401


def test_a_witness_needs_no_account_and_serves_no_foreign_page(
    store: Store, log: JournalLog, make_client: Clients, tmp_path: Path
) -> None:
    signed = log.extend(store)
    witness = Witness(tmp_path / "witness", {log.key.name: log.key.verifier}, "w.example/witness")
    client = make_client(None, witness=witness)
    body = f"old 0\n\n{signed.note}".encode()
    address = "/witness/add-checkpoint"
    answer = client.post(address, content=body)
    assert answer.status_code == 200
    assert parse_checkpoint(signed.note + answer.text).signed_by(witness.key.verifier)
    again = client.post(address, content=body)
    assert (again.status_code, again.headers["content-type"]) == (409, "text/x.tlog.size")
    assert client.post(address, content=b"\xff").status_code == 400
    assert client.post(address, content=b"x" * 70_000).status_code == 413
    assert (
        client.post(address, content=body, headers={"origin": "https://x.example"}).status_code
        == 403
    )
    assert make_client(None).post(address, content=body).status_code == 404
