"""Probes of every route by every role and scope: nothing breaks, and nobody is told too much.

`GEOSITES_PROBES=5000` asks so many of each store instead of those that fit beside the other tests.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from geosites.auth import accounts, tokens
from geosites.core.crs import to_metric
from geosites.core.records import Sighting
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.probes import ELSEWHERE, IN, SCOPES, Probe, sample
from stores import signed, small_exercise
from web.conftest import HERE, as_service

NOW = dt.datetime(2022, 10, 20, 9, 0, tzinfo=dt.UTC)
COUNT = int(os.environ.get("GEOSITES_PROBES", "520"))
UNIT = "CANARY-UNIT"
"""Who made a sighting in `ELSEWHERE`, and nothing else."""
SPOT = (2.355_137, 48.855_931)
"""Where it was, by degrees to the decimetre."""
CANARY = UUID("c0ffee00-1234-4abc-8def-0123456789ab")
OUTSIDERS = (None, Role.PARTNER, Role.ADMIN)
Shown = dict[tuple[Role, tuple[str, ...]], str]
Fill = Callable[[Store], None]


def lone(store: Store, year: int = 2022) -> None:
    """Put in one visit that saw three, and nothing else."""
    seen = Sighting(
        id=uuid4(),
        observed_at=dt.datetime(year, 9, 21, 9, 0, tzinfo=dt.UTC),
        point=shapely.Point(small_exercise.FORCEVAL),
        headcount=3,
        territory="75119",
    )
    with store.begin() as conn:
        sightings.add(conn, seen)


def with_canary(store: Store) -> None:
    """Put in half a year, and a sighting that part of the accounts may not learn of."""
    small_exercise.fill(store)
    seen = Sighting(
        id=CANARY,
        observed_at=dt.datetime(2022, 10, 5, 9, 0, tzinfo=dt.UTC),
        point=shapely.Point(*to_metric([SPOT])[0]),
        headcount=87,
        territory=ELSEWHERE,
        unit=UNIT,
    )
    with store.begin() as conn:
        sightings.add(conn, seen)


def learned(probe: Probe, text: str) -> list[str]:
    """Return what of that sighting an answer tells to an account that may not learn it.

    Whoever has another scope, and partners, learn nothing of it; who sees by cell, not the spot.
    """
    if probe.role is Role.COORDINATOR and probe.scope != (IN,):
        return []
    spot = ["2.35513", "48.85593"]
    told = [UNIT, *spot] if probe.role in OUTSIDERS or probe.scope == (IN,) else spot
    if probe.role is not Role.ADMIN:  # the journal names rows
        told += [str(CANARY)] if len(told) > len(spot) else []
    return [mark for mark in told if mark in text]


FILLED: dict[str, Fill] = {
    "without sightings": lambda _: None,
    "with one visit": lone,
    "with one visit of 1990": lambda store: lone(store, 1990),
    "with half a year": with_canary,
}


@contextmanager
def served(store: Store) -> Iterator[tuple[FastAPI, Shown]]:
    """Yield the service over a store, and the token of an account for each role and scope."""
    with store.begin() as conn:
        shown = {(role, scope): _token(conn, role, scope) for role in Role for scope in SCOPES}
    with as_service(store) as own:
        yield create_app(own, WebConfig(clock=lambda: NOW, page_s=600, deadline_s=600)), shown


def _token(conn: sa.Connection, role: Role, scope: tuple[str, ...]) -> str:
    login = f"probe-{role.value}-{'-'.join(scope) or 'everywhere'}"
    asked = accounts.AccountRequest(login=login, role=role, unit="probes", scope=scope)
    accounts.add(conn, asked, signed.BEGAN, password="not asked for", hasher=signed.CHEAP)
    return tokens.issue(conn, login, NOW).token


def ask(client: TestClient, shown: Shown, probe: Probe) -> Any:
    headers = {"accept": "*/*" if probe.path.startswith("/ogc") else "text/html, */*"}
    if probe.role is not None:
        headers["authorization"] = f"Bearer {shown[probe.role, probe.scope]}"
    return client.get(probe.path, params=probe.query, headers=headers, follow_redirects=False)


@pytest.mark.parametrize("filled", FILLED)
def test_no_probe_breaks_anything_and_the_policy_holds_for_each(store: Store, filled: str) -> None:
    FILLED[filled](store)
    with served(store) as (app, shown):
        client = TestClient(app, base_url=HERE, raise_server_exceptions=False)
        wrong = []
        for probe in sample(app, COUNT):
            answer = ask(client, shown, probe)
            refused = answer.status_code in (303, 401, 403, 404)
            leaked = learned(probe, answer.content.decode(errors="replace"))
            if answer.status_code >= 500 or leaked or not (probe.allowed or refused):
                wrong.append((answer.status_code, leaked, str(probe)))
    assert wrong == []


def _asked_at_an_instant(app: FastAPI) -> list[str]:
    """Return every address of the API that answers as of an instant."""
    found = [
        path.format(slug="forceval", site="forceval", week="2022-W40", code="75118")
        for path, methods in app.openapi()["paths"].items()
        if any(one["name"] == "as_of" for one in methods.get("get", {}).get("parameters", ()))
    ]
    assert len(found) >= 5
    return found


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_instants_or_refused(
    store: Store, role: Role, at: str
) -> None:
    with served(store) as (app, shown):
        client = TestClient(app, base_url=HERE)
        for path in _asked_at_an_instant(app):
            client.headers["authorization"] = f"Bearer {shown[role, ()]}"
            answer = client.get(path, params={"as_of": at, "motive": "a probe"})
            assert answer.status_code < 500, path
