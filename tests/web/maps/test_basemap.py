"""The base map: raster tiles from a file, served by us, credited as plain text."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest
from starlette.testclient import TestClient

from geosites.core.errors import NotFound, Refused
from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.tiles.basemap_tiles import TileFile
from routes.ogc_schemas import TILEJSON
from stores import signed

HERE = "http://127.0.0.1:8000"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
VECTOR = b"\x1f\x8b\x08\x00mapbox vector tile"
HOSTILE = '<a href="https://example.org">© Someone</a> {{ 7*7 }}<script>alert(1)</script>'
PARIS = (12, 2074, 1409)
"""A tile over Paris, rows counted from the north."""


def mbtiles(path: Path, tile: bytes | None = PNG, **metadata: str) -> Path:
    """Write an MBTiles file with one tile, over Paris."""
    told = {"name": "base", "format": "png", "attribution": HOSTILE, **metadata}
    zoom, column, row = PARIS
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE metadata (name text, value text)")
        db.execute(
            "CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)"
        )
        db.executemany("INSERT INTO metadata VALUES (?, ?)", told.items())
        if tile is not None:
            at = (zoom, column, 2**zoom - 1 - row, tile)
            db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", at)
        db.commit()
    return path


@pytest.fixture(scope="module")
def tiled(small_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    path = mbtiles(tmp_path_factory.mktemp("tiles") / "base map.mbtiles", bounds="2,48.7,2.6,49.1")
    app = create_app(small_store, WebConfig(basemap=path))
    return TestClient(app, base_url=HERE, headers=signed.bearer())


def test_a_tile_is_found_by_the_rows_of_the_web_and_may_be_kept(tiled: TestClient) -> None:
    template = tiled.get("/tiles/base").json()["tiles"][0]
    address = template.replace("{z}/{x}/{y}", "12/2074/1409")
    answer = tiled.get(address)
    assert answer.status_code == 200
    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    held = {"if-none-match": answer.headers["etag"]}
    assert tiled.get(address, headers=held).status_code == 304
    other = tiled.get("/tiles/base/12/2074/1409?v=1")
    assert (other.content, other.headers["cache-control"]) == (PNG, "private, no-cache")


def test_the_base_map_is_described_as_tilejson(small_store: Store, tmp_path: Path) -> None:
    layers = [{"id": "roads", "fields": {"kind": "String"}}, {"id": "water"}]
    path = mbtiles(
        tmp_path / "map.mbtiles",
        b"\x1a\x00",
        bounds="2,48.7,2.6,49.1",
        json=json.dumps({"vector_layers": layers}),
    )
    config = WebConfig(basemap=path, public_url="https://h.example/outil")
    client = TestClient(create_app(small_store, config), base_url=HERE, headers=signed.bearer())
    document = client.get("/outil/tiles/base").json()
    jsonschema.validate(document, TILEJSON)
    assert document["tiles"][0].startswith("https://h.example/outil/tiles/base/{z}/{x}/{y}?v=")
    assert (document["bounds"], document["minzoom"], document["maxzoom"]) == (
        [2, 48.7, 2.6, 49.1],
        12,
        12,
    )
    assert document["attribution"] == "© Someone {{ 7*7 }}alert(1)"
    assert [(one["id"], one["fields"]) for one in document["vector_layers"]] == [
        ("roads", {"kind": "String"}),
        ("water", {}),
    ]


def test_pictures_are_described_without_layers(tiled: TestClient, reader: TestClient) -> None:
    document = tiled.get("/tiles/base").json()
    assert "vector_layers" not in document
    assert document["tiles"][0].startswith(f"{HERE}/tiles/base/{{z}}/{{x}}/{{y}}")
    assert reader.get("/tiles/base").status_code == 404


@pytest.mark.parametrize("place", ["12/2074/1410", "12/2073/1409", "11/1037/704", "13/4148/2818"])
def test_a_tile_that_the_file_has_not_is_not_found(tiled: TestClient, place: str) -> None:
    answer = tiled.get(f"/tiles/base/{place}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("place", ["12/2074/-1", "12/-1/1409", "99999/0/0", "-1/0/0", "12/9/99999"])
def test_a_tile_outside_the_world_is_not_found(tiled: TestClient, place: str) -> None:
    assert tiled.get(f"/tiles/base/{place}").status_code == 404


def test_without_a_base_map_there_is_no_tile_and_no_word_of_one(reader: TestClient) -> None:
    assert reader.get("/tiles/base/12/2074/1409").status_code == 404
    page = reader.get("/sites/forceval").text
    assert "data-tiles" not in page
    assert "map-credit" not in page


def test_every_map_draws_the_tiles_and_credits_them_as_text(tiled: TestClient) -> None:
    for path in ("/", "/maps/hotspots/2022-W40", "/sites/forceval"):
        page = tiled.get(path).text
        assert 'data-tiles="/tiles/base/{z}/{x}/{y}?v=' in page
        assert "[[48.7, 2.0], [49.1, 2.6]]" in page
        assert "© Someone {{ 7*7 }}alert(1)</p>" in page
        assert "example.org" not in page


def test_a_file_says_itself_how_deep_it_goes(tmp_path: Path) -> None:
    told = TileFile.open(mbtiles(tmp_path / "told.mbtiles", minzoom="9", maxzoom="14")).view
    found = TileFile.open(mbtiles(tmp_path / "found.mbtiles")).view
    assert (told.min_zoom, told.max_zoom) == (9, 14)
    assert (found.min_zoom, found.max_zoom) == (12, 12)


def test_what_a_tile_is_shows_from_its_content(tmp_path: Path) -> None:
    jpeg = mbtiles(tmp_path / "j.mbtiles", b"\xff\xd8\xff\xe0", format="png")
    assert TileFile.open(jpeg).tile(*PARIS)[1] == "image/jpeg"
    with pytest.raises(NotFound):
        TileFile.open(jpeg).tile(12, 0, 0)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"tile": VECTOR, "format": "pbf"}, "neither pictures .* nor vector tiles"),
        ({"tile": None}, "holds no tile"),
        ({"maxzoom": "deep"}, "a zoom of 'deep'"),
        ({"maxzoom": "25"}, "a zoom of '25'"),
        ({"bounds": "2,48"}, "are not four degrees"),
        ({"bounds": "3,48,2,49"}, "enclose nothing"),
        ({"bounds": "nan,48,2,49"}, "enclose nothing"),
    ],
)
def test_a_file_that_cannot_be_drawn_is_refused_in_words(
    tmp_path: Path, made: dict[str, str], reason: str
) -> None:
    path = mbtiles(tmp_path / "bad.mbtiles", **made)  # type: ignore[arg-type]
    with pytest.raises(Refused, match=f"bad.mbtiles.*{reason}"):
        TileFile.open(path)


@pytest.mark.parametrize(
    "tile",
    [
        gzip.compress(bytes(50_000_000), mtime=0),
        gzip.compress(b"\x1a\x00" * 100, mtime=0)[:-9],
        b"\x1f\x8bno gzip",
        "a text",
        4,
        b"<html></html>",
    ],
)
def test_a_tile_among_others_that_is_none_is_refused_in_words(
    tmp_path: Path, small_store: Store, tile: object
) -> None:
    path = mbtiles(tmp_path / "some.mbtiles")
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO tiles VALUES (12, 2075, ?, ?)", (2**12 - 1 - 1409, tile))
        db.commit()
    app = create_app(small_store, WebConfig(basemap=path))
    client = TestClient(app, base_url=HERE, headers=signed.bearer())
    answer = client.get("/tiles/base/12/2075/1409")
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/tiles/base/12/2074/1409").content == PNG


def test_a_file_that_is_none_is_refused_when_the_service_starts(
    tmp_path: Path, small_store: Store
) -> None:
    other = tmp_path / "other.mbtiles"
    other.write_text("this is not a database, and long enough to be looked at" * 20)
    empty = tmp_path / "empty.mbtiles"
    empty.touch()
    for path in (other, empty):
        with pytest.raises(Refused, match="not an MBTiles file"):
            create_app(small_store, WebConfig(basemap=path))
    with pytest.raises(Refused, match="there is no such file"):
        create_app(small_store, WebConfig(basemap=tmp_path / "nowhere.mbtiles"))
