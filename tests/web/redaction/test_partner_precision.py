"""Partners are told no minute of a visit, and no place finer than a territory."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pytest
import shapely
from starlette.testclient import TestClient

from geosites.core import city
from geosites.db.geography import territories
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from web.conftest import Clients, over

SITE = "forceval"


@pytest.fixture(scope="module")
def partner(small_store: Store) -> Iterator[TestClient]:
    yield from over(small_store, Role.PARTNER)


def instants(document: Any) -> Iterator[dt.datetime]:
    """Yield every instant in a document."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name not in ("closed_since", "closed_until"):  # as they were published
                yield from instants(value)
    elif isinstance(document, list):
        for item in document:
            yield from instants(item)
    elif isinstance(document, str) and "T" in document and document[:2] == "20":
        yield dt.datetime.fromisoformat(document)


@pytest.mark.parametrize(
    "path",
    [
        f"/api/sites/{SITE}/closure",
        f"/api/sites/{SITE}/closure?as_of=2022-10-05T13:37:11Z",
        f"/api/sites/{SITE}/history?start=2022-09-01T00:00:00%2B02:00",
        "/api/closures",
        "/api/closures?as_of=2022-10-05T13:37:11Z",
    ],
)
def test_no_instant_is_finer_than_a_day(partner: TestClient, path: str) -> None:
    found = list(instants(partner.get(path).raise_for_status().json()))
    assert found
    clocks = {at.astimezone(city.zone()).strftime("%H:%M:%S") for at in found}
    assert clocks == {"00:00:00"}


def test_an_answer_is_the_same_for_every_minute_of_a_day(partner: TestClient) -> None:
    path = f"/api/sites/{SITE}/closure"
    told = {
        partner.get(path, params={"as_of": f"2022-10-05T{hour:02}:59:00Z"}).text
        for hour in range(0, 21, 5)
    }
    assert len(told) == 1


def test_a_site_is_its_territory_by_every_channel(partner: TestClient, small_store: Store) -> None:
    with small_store.begin() as conn:
        frame = territories.frame(conn).to_crs(4326)
    area = dict(zip(frame.code, frame.geometry, strict=True))["75119"]
    file = partner.get("/api/export/sites.geojson?motive=map").raise_for_status()
    rows = gpd.read_file(io.BytesIO(file.content))
    (given,) = rows[rows["slug"] == SITE].geometry
    layer = partner.get(f"/layers/sites/{SITE}").raise_for_status().json()
    shapes = [shapely.geometry.shape(one["geometry"]) for one in layer["features"]]
    collection = partner.get(f"/ogc/collections/sites/items/{SITE}").json()
    for shape in (given, shapely.geometry.shape(collection["geometry"]), *shapes):
        point = shape.geom_type == "Point"
        assert point or shapely.hausdorff_distance(shape, area) < 1e-4
    assert SITE in json.dumps(layer)


def test_changes_are_told_by_their_day(make_client: Clients, store: Store) -> None:
    coordinator = make_client()
    body = {"site": SITE, "closed_from": "2022-10-07T08:00:00+02:00"}
    coordinator.post("/api/closures", json=body).raise_for_status()
    told = make_client(Role.PARTNER).get("/api/changes").raise_for_status().json()["changes"]
    dated = [one["at"] for one in told if "at" in one]
    assert dated
    assert {dt.datetime.fromisoformat(at).astimezone(city.zone()).time() for at in dated} == {
        dt.time()
    }
