"""What the journal keeps of an address: what was read, and nothing that somebody wrote into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.probes import Probe, probes
from stores import signed
from web.conftest import HERE, NOW, as_service

PERSON = "Jean Dupont 06 12 34 56 78"
TELLING = ("Jean", "Dupont", "06 12 34 56 78", "0612345678")
KEPT = sa.text("SELECT coalesce(string_agg(entry::text, ' '), '') FROM journal.entry AS entry")


@pytest.fixture
def asked(small: Store) -> Iterator[TestClient]:
    with as_service(small) as served:
        app = create_app(served, WebConfig(clock=lambda: NOW, page_s=600, deadline_s=600))
        yield TestClient(app, base_url=HERE, raise_server_exceptions=False)


def journal(store: Store) -> str:
    with store.begin() as conn:
        return str(conn.execute(KEPT).scalar_one())


def one_of_each(app: FastAPI) -> list[Probe]:
    """Return one question of every parameter of every route, and one of each route without."""
    found: dict[tuple[str, tuple[str, ...]], Probe] = {}
    for probe in probes(app):
        if probe.role in (Role.COORDINATOR, Role.ADMIN) and not probe.scope and probe.allowed:
            found.setdefault((probe.route, tuple(sorted(probe.query))), probe)
    return list(found.values())


def test_nothing_that_somebody_writes_into_an_address_is_kept(
    asked: TestClient, small: Store
) -> None:
    app = asked.app
    assert isinstance(app, FastAPI)
    for probe in one_of_each(app):
        assert probe.role is not None
        headers = {**signed.bearer(probe.role), "accept": "text/html, */*"}
        names = [name for name in probe.query if name != "motive"]
        query = {**probe.query, **dict.fromkeys(names, PERSON)}
        for one in (query, {**probe.query, "nom": PERSON, PERSON: "x"}):
            assert asked.get(probe.path, params=one, headers=headers).status_code < 500
    asked.get("/api/closures", params={"motive": PERSON}, headers=signed.bearer())
    kept = journal(small)
    assert "read week" in kept
    assert [word for word in TELLING if word in kept] == []


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/api/sites/forceval/closure?as_of=2022-10-09T12:00:00%2B02:00", "as_of=2022-10-09T12:00"),
        ("/ogc/collections/weeks/items?filter=week%20%3D%20%272022-W38%27", "week = '2022-W38'"),
        ("/api/hotspots/2022-W38", "week=2022-W38"),
    ],
)
def test_what_was_read_is_kept_as_it_was_asked(
    asked: TestClient, small: Store, path: str, kept: str
) -> None:
    assert asked.get(path, headers=signed.bearer()).status_code == 200
    assert kept in journal(small)
