"""OGC API - Tiles: which tile holds what, and what is said about it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import jsonschema
import pyogrio
import pytest
import shapely
from starlette.testclient import TestClient

from geosites.core.crs import to_metric
from geosites.core.records import Origin, Sighting
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from ogc.test_core import ALL, BAD
from routes.ogc_schemas import TILEJSON
from stores import signed

NOW = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
HERE = "http://127.0.0.1:8000"
PARIS = 2.366215, 48.887513
QUAD = "/ogc/collections/{}/tiles/WebMercatorQuad/{}/{}/{}"


def place(zoom: int) -> tuple[int, int, int]:
    """Return the zoom, row and column of the tile over the garden."""
    turned = math.asinh(math.tan(math.radians(PARIS[1])))
    column, row = (PARIS[0] + 180) / 360, (1 - turned / math.pi) / 2
    return zoom, int(row * 2**zoom), int(column * 2**zoom)


@pytest.fixture
def held(ogc: TestClient, tmp_path: Path) -> Callable[..., pyogrio.geopandas.gp.GeoDataFrame]:
    """Return a function that reads a tile as GDAL does, in units of the tile."""

    def read(collection: str, zoom: int, query: str = "") -> pyogrio.geopandas.gp.GeoDataFrame:
        answer = ogc.get(QUAD.format(collection, *place(zoom)) + query)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        path = tmp_path / "tile.mvt"
        path.write_bytes(answer.content)
        return pyogrio.read_dataframe(f"MVT:{path}", layer=collection)

    return read


def test_a_close_tile_holds_each_sighting(held: Callable[..., object], ogc: TestClient) -> None:
    tile = held("sightings", 14)
    assert {"id", "headcount", "observed_at"} <= set(tile.columns)
    rows = ogc.get("/ogc/collections/sightings/items?limit=10000").json()["features"]
    assert 0 < len(tile) < len(rows)
    assert set(tile.id) <= {one["id"] for one in rows}


def test_a_far_tile_holds_sums_that_add_up(held: Callable[..., object], ogc: TestClient) -> None:
    rows = ogc.get("/ogc/collections/sightings/items?limit=10000").json()["features"]
    sums, single = held("sightings", 9), held("sightings", 9, "?detail=each")
    assert len(sums) < len(single) == len(rows)
    assert sums["count"].sum() == len(rows)
    heads = sum(one["properties"]["headcount"] for one in rows)
    assert sums.headcount.sum() == single.headcount.sum() == heads


def seen(heads: int, verified: bool | None = None, unit: str | None = None) -> Sighting:
    """Return a sighting in the garden."""
    return Sighting(
        id=uuid4(),
        observed_at=NOW - dt.timedelta(days=2),
        point=shapely.Point(to_metric([PARIS])[0]),
        headcount=heads,
        origin=Origin.PATROL,
        territory="75119",
        verified=verified,
        unit=unit,
    )


def test_what_was_rejected_is_shown_and_in_no_sum(store: Store, tmp_path: Path) -> None:
    with store.begin() as conn:
        for heads, verified in ((7, None), (300, False)):
            sightings.add(conn, seen(heads, verified))
    app = create_app(store, WebConfig(clock=lambda: NOW))
    found = {}
    with TestClient(app, base_url=HERE, headers=signed.bearer(Role.COORDINATOR)) as client:
        for detail in ("cells", "each"):
            path = tmp_path / f"{detail}.mvt"
            address = QUAD.format("sightings", *place(9)) + f"?detail={detail}"
            path.write_bytes(client.get(address).content)
            found[detail] = pyogrio.read_dataframe(f"MVT:{path}", layer="sightings")
    assert found["cells"].headcount.tolist() == [7]
    assert sorted(found["each"].headcount) == [7, 300]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.ANALYST])
@pytest.mark.parametrize("zoom", [9, 12, 14])
def test_a_tile_holds_what_came_in_since_it_was_asked(
    store: Store, tmp_path: Path, role: Role, zoom: int
) -> None:
    app = create_app(store, WebConfig(clock=lambda: NOW))
    told = []
    with TestClient(app, base_url=HERE, headers=signed.bearer(role)) as client:
        for heads in (7, 8, 9):
            with store.begin() as conn:
                sightings.add(
                    conn, seen(heads, unit=signed.unit(Role.ANALYST) if heads == 8 else "")
                )
            for _ in range(2):
                path = tmp_path / "tile.mvt"
                path.write_bytes(client.get(QUAD.format("sightings", *place(zoom))).content)
                tile = pyogrio.read_dataframe(f"MVT:{path}", layer="sightings")
                told.append(int(tile.headcount.sum()))
    assert told == [7, 7, 15, 15, 24, 24]


def test_sums_by_cell_are_where_the_cells_are(
    ask_as: Callable[..., TestClient], tmp_path: Path
) -> None:
    """Who sees positions by cell gets the same heads, each no farther off than cells are wide."""
    found = {}
    for role in (Role.COORDINATOR, Role.ANALYST):
        path = tmp_path / f"{role}.mvt"
        path.write_bytes(ask_as(role).get(QUAD.format("sightings", *place(13))).content)
        found[role] = pyogrio.read_dataframe(f"MVT:{path}", layer="sightings")
    exact, rough = found.values()
    assert rough["count"].sum() == pytest.approx(exact["count"].sum(), rel=0.05)
    assert rough.headcount.sum() == pytest.approx(exact.headcount.sum(), rel=0.05)
    width = 4096 / 64
    near = shapely.STRtree(exact.geometry).query(rough.geometry, "dwithin", 2.2 * width)
    assert set(near[0]) == set(range(len(rough)))


def test_a_point_lies_where_the_tile_says(held: Callable[..., object], ogc: TestClient) -> None:
    zoom, row, column = place(14)
    tile = held("sightings", 14)
    one = tile.iloc[0]
    feature = ogc.get(
        f"/ogc/collections/sightings/items/{one.id}",
        params={"crs": "http://www.opengis.net/def/crs/EPSG/0/3857"},
    ).json()
    size = 2 * 20037508.342789244 / 2**zoom
    x = one.geometry.x / 4096 * size + column * size - size * 2**zoom / 2
    y = size * 2**zoom / 2 - row * size - (1 - one.geometry.y / 4096) * size
    there = shapely.Point(feature["geometry"]["coordinates"])
    assert shapely.distance(shapely.Point(x, y), there) < size / 4096


def test_far_outlines_have_fewer_points(held: Callable[..., object]) -> None:
    near, far = held("territories", 12), held("territories", 9)
    assert len(far) >= len(near) > 0
    assert shapely.get_num_coordinates(far.geometry.to_numpy()).mean() < 60


@pytest.mark.parametrize("name", ["sites", "operations", "closures", "hotspots", "weeks", "flows"])
def test_every_collection_has_tiles(held: Callable[..., object], name: str) -> None:
    assert len(held(name, 9)) > 0


def test_a_tile_takes_the_same_questions_as_features(held: Callable[..., object]) -> None:
    found = held("sightings", 9, "?detail=each&territory=75118&filter=headcount>20")
    assert set(found.territory) == {"75118"}
    assert found.headcount.min() > 20


def test_a_tile_without_anything_is_empty(ogc: TestClient) -> None:
    for at in ((0, 0), (3, 7, 7)[1:]):
        answer = ogc.get(QUAD.format("sightings", 3, *at))
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "at", ["3/8/0", "3/0/8", "23/0/0", "-1/0/0", "a/0/0", "1/0.5/0", "03/1/1", "3/1/99999999999"]
)
def test_a_tile_that_does_not_exist_is_not_found(ogc: TestClient, at: str) -> None:
    answer = ogc.get(f"/ogc/collections/sightings/tiles/WebMercatorQuad/{at}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems#not-found"


def test_rows_come_before_columns(ogc: TestClient) -> None:
    zoom, row, column = place(12)
    assert ogc.get(QUAD.format("territories", zoom, row, column)).content
    assert not ogc.get(QUAD.format("territories", zoom, column, row)).content


def test_a_tile_that_is_held_is_not_sent_again(ogc: TestClient) -> None:
    address = QUAD.format("sightings", *place(14))
    first = ogc.get(address)
    again = ogc.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


REFUSED = {
    **{asked: said for asked, said in BAD.items() if not asked.startswith(("limit", "after"))},
    "limit=3": "no parameter 'limit'",
    "after=x": "no parameter 'after'",
    "crs=x": "no parameter 'crs'",
    "detail=all": "detail",
    "f=json": "f: 'json' is none of mvt",
    "filter=S_INTERSECTS(geometry,BBOX(2.4,48.8,2.3,48.9))": "corner",
}


@pytest.mark.parametrize("asked", REFUSED)
@pytest.mark.parametrize("name", ["sightings", "weeks"])
def test_a_tile_refuses_what_features_refuse(ogc: TestClient, name: str, asked: str) -> None:
    if name == "weeks" and asked.startswith(("headcount", "verified", "territory")):
        asked = asked.partition("=")[0]  # no property of weeks
    answer = ogc.get(f"{QUAD.format(name, *place(9))}?{asked}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert REFUSED.get(asked, "no parameter") in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/tileMatrixSets",
        "/tileMatrixSets/WebMercatorQuad",
        "/collections/sites/queryables",
        "/collections/sites/tiles",
        "/collections/sites/tiles/WebMercatorQuad",
    ],
)
def test_a_form_that_there_is_not_is_refused(ogc: TestClient, path: str) -> None:
    assert ogc.get(f"/ogc{path}?f=json").status_code == 200
    for form in ("html", "xml", "mvt", ""):
        assert ogc.get(f"/ogc{path}?f={form}").status_code == 400, form


@pytest.mark.parametrize("name", ALL)
def test_tilejson_says_where_the_tiles_are_and_what_they_hold(ogc: TestClient, name: str) -> None:
    listed = ogc.get(f"/ogc/collections/{name}/tiles/WebMercatorQuad").json()["links"]
    (link,) = [one for one in listed if one["type"] == "application/vnd.mapbox.tilejson+json"]
    answer = ogc.get(link["href"])
    assert answer.headers["content-type"] == link["type"]
    document = answer.json()
    jsonschema.validate(document, TILEJSON)
    west, south, east, north = document["bounds"]
    assert west < PARIS[0] < east
    assert south < PARIS[1] < north
    assert "© Ville de Paris, ODbL" in document["attribution"]
    (template,) = document["tiles"]
    zoom, row, column = place(9)
    address = template.format(z=zoom, x=column, y=row)
    assert ogc.get(address).content == ogc.get(QUAD.format(name, zoom, row, column)).content
    (layer,) = document["vector_layers"]
    assert layer["id"] == name
    queryables = ogc.get(f"/ogc/collections/{name}/queryables").json()["properties"]
    assert set(layer["fields"]) == {"id", *queryables} - {"geometry"}


def test_the_set_of_tiles_is_described(ogc: TestClient) -> None:
    listed = ogc.get("/ogc/collections/sites/tiles").json()["tilesets"]
    (told,) = listed
    link = next(one for one in told["links"] if one["rel"] == "item")
    assert link["templated"] is True
    assert link["href"].endswith("/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}")
    alone = ogc.get("/ogc/collections/sites/tiles/WebMercatorQuad").json()
    assert alone["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
    assert alone["layers"][0]["id"] == "sites"


def test_the_cut_is_that_of_the_standard(ogc: TestClient) -> None:
    (listed,) = ogc.get("/ogc/tileMatrixSets").json()["tileMatrixSets"]
    cut = ogc.get("/ogc/tileMatrixSets/WebMercatorQuad").json()
    assert listed["uri"] == cut["uri"]
    first = cut["tileMatrices"][0]
    assert first["scaleDenominator"] == pytest.approx(559082264.028717)
    assert first["cellSize"] == pytest.approx(156543.033928041)
    assert [one["matrixWidth"] for one in cut["tileMatrices"][:4]] == [1, 2, 4, 8]


def test_tiles_say_no_more_than_features(ask_as: Callable[..., TestClient], tmp_path: Path) -> None:
    address = QUAD.format("sightings", *place(14))
    assert ask_as(Role.PARTNER).get(address).status_code == 403
    assert ask_as(Role.ADMIN).get(address).status_code == 403
    path = tmp_path / "tile.mvt"
    path.write_bytes(ask_as(Role.ANALYST).get(address).content)
    tile = pyogrio.read_dataframe(f"MVT:{path}", layer="sightings")
    places = {(point.x, point.y) for point in tile.geometry}
    assert len(places) < 20 < len(tile)
    assert set(tile.accuracy_m) == {71.0}
    assert signed.unit(Role.ANALYST) not in set(tile.get("unit", []))
