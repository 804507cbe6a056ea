"""Clients that nobody here wrote read the service as it runs: GDAL, OWSLib, validators, fuzzers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any
from urllib.parse import parse_qs, unquote

import pyogrio
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from openapi_spec_validator import OpenAPIV30SpecValidator
from owslib.ogcapi.features import Features
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from geosites.core.crs import to_metric
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from stores import signed

ALL = ("territories", "sites", "sightings", "operations", "closures", "hotspots", "weeks", "flows")


@dataclass
class Watched:
    """A running service, and every question that it was asked."""

    app: ASGIApp
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked.append(unquote(f"{scope['path']}?{scope['query_string'].decode()}"))
        await self.app(scope, receive, send)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/ogc"


@dataclass(frozen=True)
class Gdal:
    """GDAL as a client of the service."""

    pool: ProcessPoolExecutor
    source: str

    def layers(self) -> Any:
        return self.pool.submit(pyogrio.list_layers, self.source).result()

    def read(self, layer: str, **options: Any) -> Any:
        reading = self.pool.submit(pyogrio.read_dataframe, self.source, layer=layer, **options)
        return reading.result()


@pytest.fixture(scope="module")
def service(ogc_store: Store) -> Iterator[Watched]:
    """Return the service on a port of its own."""
    watched = Watched(create_app(ogc_store))
    server = uvicorn.Server(uvicorn.Config(watched, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    waited = threading.Event()
    while not server.started:
        waited.wait(0.05)
    watched.port = server.servers[0].sockets[0].getsockname()[1]
    yield watched
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def gdal(service: Watched) -> Iterator[Gdal]:
    """Return GDAL, signed in by its configuration, in a process of its own.

    It holds this one still while it reads, and would wait for ever for the service in it.
    """
    options = {
        "GDAL_HTTP_AUTH": "BEARER",
        "GDAL_HTTP_BEARER": signed.token(Role.COORDINATOR),
        "CPL_VSIL_CURL_USE_HEAD": "NO",
    }
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(pyogrio.set_gdal_config_options, options).result()
        yield Gdal(pool, f"OAPIF:{service.address}")


def whole(client: TestClient, name: str) -> set[str]:
    address, found = f"/ogc/collections/{name}/items?limit=10000", set()
    while address:
        document = client.get(address).json()
        found |= {one["id"] for one in document["features"]}
        address = next((one["href"] for one in document["links"] if one["rel"] == "next"), "")
    return found


def test_gdal_lists_the_collections(gdal: Gdal) -> None:
    assert set(gdal.layers()[:, 0]) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_gdal_reads_each_collection_whole(gdal: Gdal, ogc: TestClient, name: str) -> None:
    frame = gdal.read(name, PAGE_SIZE="500")
    assert len(frame) == len(whole(ogc, name)) > 0
    assert frame.geometry.notna().all()


def test_gdal_pushes_its_box_down(service: Watched, gdal: Gdal) -> None:
    service.asked.clear()
    corners = to_metric([2.36, 48.88])[0], to_metric([2.38, 48.89])[0]
    metres = [float(end) for corner in corners for end in corner]
    frame = gdal.read("sightings", bbox=tuple(metres))
    assert 0 < len(frame) < 1320
    asked = [one for one in service.asked if "/sightings/items?" in one and "bbox=" in one]
    told = parse_qs(asked[-1].partition("?")[2])
    assert [float(end) for end in told["bbox"][0].split(",")] == pytest.approx(metres)
    assert told["bbox-crs"] == ["http://www.opengis.net/def/crs/EPSG/0/2154"]


def test_gdal_pushes_its_time_down(service: Watched, gdal: Gdal) -> None:
    service.asked.clear()
    frame = gdal.read("sightings", where="observed_at >= '2022-10-08T00:00:00Z'")
    assert 0 < len(frame) < 1320
    assert any("datetime=2022-10-0" in one or "filter=" in one for one in service.asked)


def test_owslib_reads_features(service: Watched) -> None:
    features = Features(f"{service.address}/", headers=signed.bearer())
    assert set(features.feature_collections()) == set(ALL)
    assert "paths" in features.api()
    assert features.collection("sites")["id"] == "sites"
    assert "headcount" in features.collection_queryables("sightings")["properties"]
    found = features.collection_items(
        "sightings", limit=5, bbox=[2.36, 48.88, 2.38, 48.89], filter="headcount > 20"
    )
    assert found["numberReturned"] == 5
    one = features.collection_item("sightings", found["features"][0]["id"])
    assert one["properties"]["headcount"] > 20


def test_the_api_definition_is_valid_openapi(ogc: TestClient) -> None:
    document = ogc.get("/ogc/api").json()
    assert document["openapi"].startswith("3.0.")
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_every_route_is_in_the_api_definition_and_answers(ogc: TestClient) -> None:
    paths = ogc.get("/ogc/api").json()["paths"]
    assert len([path for path in paths if path.endswith("/items")]) == len(ALL)
    for path in paths:
        if "{" not in path:
            assert ogc.get(f"/ogc{path}".rstrip("/")).status_code == 200, path


def test_whatever_is_asked_the_service_does_not_fail(ogc: TestClient) -> None:
    document = ogc.get("/ogc/api").json()
    slow = ("/flows", "/weeks", "/hotspots")
    document["paths"] = {
        path: told for path, told in document["paths"].items() if not any(s in path for s in slow)
    }
    failed: list[str] = []

    def ask(case: Any) -> None:
        path = f"/ogc{case.formatted_path}".rstrip("/")
        answer = ogc.get(path, params=dict(case.query or {}))
        if answer.status_code >= 500:
            failed.append(f"{path} {case.query}: {answer.text}")

    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        cases = found.ok().as_strategy()
        settings(max_examples=5, suppress_health_check=list(HealthCheck))(given(cases)(ask))()
    assert failed == []
