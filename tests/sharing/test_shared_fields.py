"""A field that nobody named for another service is in nothing that it is told or keeps.

The service that tells has results with unknown fields at every level, as in `web/test_allow_list`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geosites.db.postgres.connection import Store
from geosites.db.publication import changes, sharing
from geosites.db.publication.changes import ChangeKind
from geosites.db.schema.sharing import share_change, share_closure
from geosites.permissions.policy import Role
from geosites.sharing.pull_service import read_token
from sharing.conftest import SCOPE, Pair
from stores import signed
from web.redaction.test_allow_list import KEY, VALUE, poison

TOLD = ("/outil/api/closures", "/outil/api/changes?limit=1000")


def note_strange(store: Store) -> None:
    """Note the state of a closure with a detail that nobody named."""
    with store.begin() as conn:
        detail = {"status": "reopened", "name": "Forceval", KEY: VALUE}
        place = {"site": "forceval", "territory": SCOPE[0]}
        changes.note(conn, ChangeKind.CLOSURE_STATE, **place, detail=detail)


def kept(store: Store) -> list[str]:
    """Return every value that the service that asks keeps of the other."""
    with store.begin() as conn:
        return [
            str(value)
            for table in (share_change, share_closure)
            for row in conn.execute(sa.select(table))
            for value in row
        ]


def answers(pair: Pair, token: str) -> list[str]:
    """Return the documents that a pull asks for, as an account gets them."""
    headers = {"Authorization": f"Bearer {token}"}
    found = [pair.service.get(path, headers=headers) for path in TOLD]
    assert [one.status_code for one in found] == [200, 200]
    return [one.text for one in found]


def test_the_service_that_asks_is_told_no_unknown_field(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    poison(monkeypatch, asked)
    note_strange(pair.told)
    with pair.taken.begin() as conn:
        token = read_token(sharing.get(conn, "dept").token_file)
    told = answers(pair, token)
    assert "forceval" in told[0] + told[1]
    assert [one for one in told if VALUE in one or KEY in one] == []
    assert pair.pull().closures
    assert asked >= {"ClosureAnswer"}
    assert "forceval" in kept(pair.taken)
    assert not any(VALUE in value or KEY in value for value in kept(pair.taken))


def test_of_an_account_that_sees_all_nothing_unknown_is_kept(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its documents do hold the unknown fields, so that the test before this one can fail."""
    poison(monkeypatch, set[Any]())
    note_strange(pair.told)
    whole = signed.token(Role.COORDINATOR)
    assert any(VALUE in one for one in answers(pair, whole))
    (tmp_path / "dept.token").write_text(whole)
    assert pair.pull().closures
    assert not any(VALUE in value or KEY in value for value in kept(pair.taken))
