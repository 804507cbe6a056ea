"""What partners read through the OGC API: territories by week, as released, and no small count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.analysis.cell_suppression import THRESHOLD
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.permissions import authorized_answers
from geosites.permissions.policy import Permission, Principal, Role, decide
from geosites.permissions.query_context import QueryContext
from ogc.conftest import NOW
from stores import signed

WEEK = "2022-W38"
WEEKS = "/ogc/collections/weeks/items"
ASKED = {"week": WEEK, "limit": "1000"}
COUNTS = ("visits", "places", "heads", "heads_counted")


@pytest.fixture(scope="module")
def partner(ask_as: Callable[..., TestClient]) -> TestClient:
    return ask_as(Role.PARTNER)


@pytest.fixture(scope="module")
def told(partner: TestClient) -> list[dict[str, Any]]:
    return [one["properties"] for one in partner.get(WEEKS, params=ASKED).json()["features"]]


def test_weeks_are_told_as_they_were_released(told: list[dict[str, Any]], ogc_store: Store) -> None:
    principal = Principal(login=signed.login(Role.PARTNER), role=Role.PARTNER, unit="")
    asked = QueryContext(grant=decide(principal, Permission.READ_WEEK), now=NOW)
    with ogc_store.begin() as conn:
        rows = authorized_answers.week(conn, asked, IsoWeek.parse(WEEK))["territories"]
    wanted = {row["code"]: [row[name] for name in COUNTS] for row in rows}
    assert {row["code"]: [row[name] for name in COUNTS] for row in told} == wanted


def test_no_small_count_is_told(told: list[dict[str, Any]]) -> None:
    assert any(row["heads_counted"] is None for row in told)
    for row in told:
        assert row["heads_counted"] is None or not 0 < row["heads_counted"] < THRESHOLD


def test_a_filter_asks_of_what_is_told_and_of_nothing_beneath(
    partner: TestClient, told: list[dict[str, Any]]
) -> None:
    few = f"heads_counted > 0 AND heads_counted < {THRESHOLD:g}"
    assert partner.get(WEEKS, params={**ASKED, "filter": few}).json()["features"] == []
    null = {**ASKED, "filter": "heads_counted IS NULL"}
    hidden = partner.get(WEEKS, params=null).json()["features"]
    assert len(hidden) == sum(row["heads_counted"] is None for row in told)


@pytest.mark.parametrize(
    ("name", "asked"),
    [("sites", {}), ("operations", {}), ("closures", {}), ("hotspots", {"week": WEEK})],
)
def test_places_are_told_by_their_territory(
    partner: TestClient, name: str, asked: dict[str, str]
) -> None:
    areas = partner.get("/ogc/collections/territories/items?limit=10000").json()["features"]
    known = [one["geometry"] for one in areas]
    found = partner.get(f"/ogc/collections/{name}/items", params=asked).json()["features"]
    assert found
    assert all(one["geometry"] in known for one in found)


def test_single_sightings_are_refused_and_weeks_are_listed(partner: TestClient) -> None:
    answer = partner.get("/ogc/collections/sightings/items")
    assert answer.status_code == 403
    listed = {one["id"] for one in partner.get("/ogc/collections").json()["collections"]}
    assert "weeks" in listed
    assert "sightings" not in listed
