"""Two stores that share: a department's behind its service, and a commune's that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.db.postgres.connection import Store
from geosites.db.publication import changes, sharing
from geosites.db.publication.changes import ChangeKind
from geosites.db.publication.sharing import Peer
from geosites.db.schema.sharing import share_change
from geosites.journal.signed_notes import LOG, SigningKey
from geosites.permissions.policy import Role
from geosites.sharing.pull_service import pull
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from web.conftest import NOW, as_service

KEY = SigningKey(name="dept.example/share", kind=LOG, seed=bytes(range(32)))
PUBLIC = "https://dept.example/outil"
SCOPE = ("75119",)


class Pair(NamedTuple):
    """A department's store behind its service, and a commune's that asks it."""

    told: Store
    service: TestClient
    taken: Store

    def pull(self) -> Any:
        return pull(self.taken, "dept", self.service, lambda: NOW)


@pytest.fixture
def pair(small_template: str, new_database: Callable[..., str], tmp_path: Path) -> Iterator[Pair]:
    told, taken = (Store(new_database(small_template)) for _ in range(2))
    with told.begin() as conn:
        request = accounts.AccountRequest(
            login="commune", role=Role.PARTNER, unit="commune", scope=SCOPE
        )
        accounts.add(conn, request, NOW)
        acts = ("follow changes", "read closure")
        token = tokens.issue(conn, "commune", NOW, acts=acts).token
    (tmp_path / "dept.token").write_text(token)
    with taken.begin() as conn:
        sharing.add(
            conn,
            Peer(
                name="dept",
                address=PUBLIC,
                verifier=str(KEY.verifier),
                token_file=tmp_path / "dept.token",
            ),
        )
    with as_service(told) as served:
        config = WebConfig(
            clock=lambda: NOW, public_url=PUBLIC, hosts=("dept.example",), share_key=lambda: KEY
        )
        with TestClient(create_app(served, config), base_url="https://dept.example") as service:
            yield Pair(told, service, taken)
    told.close()
    taken.close()


def note(store: Store, site: str, territory: str = SCOPE[0], status: str = "reopened") -> None:
    with store.begin() as conn:
        changes.note(
            conn,
            ChangeKind.CLOSURE_STATE,
            site=site,
            territory=territory,
            detail={"status": status},
        )


def rows(store: Store) -> list[tuple[Any, ...]]:
    with store.begin() as conn:
        columns = (share_change.c.kind, share_change.c.site, share_change.c.territory)
        return [
            tuple(row) for row in conn.execute(sa.select(*columns).order_by(share_change.c.place))
        ]
