"""PMTiles as the base map: read as its own maker reads it, refused by name where it is damaged."""

from __future__ import annotations

import base64
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import mapbox_vector_tile
import pytest
from starlette.testclient import TestClient

from geosites.core.errors import NotFound, Refused
from geosites.db.postgres.connection import Store
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.tiles.basemap_tiles import VECTOR, TileFile
from geosites.web.tiles.pmtiles import tile_number
from stores import signed

DATA = Path(__file__).parents[2] / "data"
BARBES = DATA / "barbes.pmtiles"
"""The street map of `barbes.osm.gz`, turned into PMTiles by the package `pmtiles` 3."""

DOT = base64.b64decode(
    "UE1UaWxlcwN/AAAAAAAAABwAAAAAAAAAmwAAAAAAAAA1AAAAAAAAANAAAAAAAAAAAAAAAAAAAADQAAAAAAAAAEMA"
    "AAAAAAAAAQAAAAAAAAABAAAAAAAAAAEAAAAAAAAAAQIBAgwMAC0xAcAHBx2AuowBwBBEHQzA814BAEoWHR+LCAAA"
    "AAAAAgNjPNS0m5PRmREAbtT8FggAAAAfiwgAAAAAAAIDq1ZKLCkpykwqLcnMz1OyUlCKKTUwSLRUCM7PTc3PS1Wq"
    "BQBpjmZvIQAAAIlQTkcNChoKAAAADUlIRFIAAAABAAAAAQgAAAAAOn6bVQAAAApJREFUeJxjaAAAAIIAgXfNcrYA"
    "AAAASUVORK5CYII="
)
"""One picture over Paris, written by the same package."""

HERE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ((0, 0, 0), 0),
        ((1, 0, 0), 1),
        ((1, 1, 0), 4),
        ((2, 3, 1), 17),
        ((12, 2074, 1409), 19841346),
        ((15, 16594, 11270), 1269846151),
        ((20, 663800, 450800), 1272518235669),
    ],
)
def test_tiles_are_numbered_as_the_maker_numbers_them(
    place: tuple[int, int, int], number: int
) -> None:
    assert tile_number(*place) == number


def test_vector_tiles_are_found_where_they_lie() -> None:
    found = TileFile.open(BARBES)
    assert found.view.vector
    assert (found.view.min_zoom, found.view.max_zoom) == (12, 15)
    assert found.view.credit == "© OpenStreetMap contributors, ODbL 1.0"
    data, media_type = found.tile(15, 16597, 11270)
    assert media_type == VECTOR
    layer = mapbox_vector_tile.decode(gzip.decompress(data))["ground"]
    labels = {one["properties"].get("label") for one in layer["features"]}
    assert "Rue Fénelon" in labels
    for place in ((15, 16500, 11270), (15, -1, 11270), (15, 16597, 40000), (16, 1, 1)):
        with pytest.raises(NotFound):
            found.tile(*place)


def test_pictures_are_taken_as_they_are(tmp_path: Path, small_store: Store) -> None:
    path = tmp_path / "dot.pmtiles"
    path.write_bytes(DOT)
    client = TestClient(
        create_app(small_store, WebConfig(basemap=path)), base_url=HERE, headers=signed.bearer()
    )
    answer = client.get("/tiles/base/12/2074/1409")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "© Someone" in client.get("/sites/forceval").text
    assert client.get("/tiles/base/12/2075/1409").status_code == 404


@pytest.mark.parametrize(
    ("name", "made", "why"),
    [
        ("head.pmtiles", lambda whole: whole[:90], "cut short"),
        ("cut.pmtiles", lambda whole: whole[:-2000], "cut short"),
        ("old.pmtiles", lambda whole: whole[:7] + b"\x02" + whole[8:], "version 2"),
        ("zstd.pmtiles", lambda whole: whole[:97] + b"\x04" + whole[98:], "zstd"),
        ("root.pmtiles", lambda whole: whole[:127] + bytes(79) + whole[206:], "damaged"),
        ("empty.pmtiles", lambda _: b"", "not an MBTiles file"),
        ("foreign.pmtiles", lambda _: b"%PDF-1.7 and so on" * 50, "not an MBTiles file"),
    ],
)
def test_a_damaged_file_is_refused_by_name(
    tmp_path: Path, name: str, made: object, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(made(BARBES.read_bytes()))  # type: ignore[operator]
    with pytest.raises(Refused, match=f"{name}.*{why}"):
        TileFile.open(path)


def test_vector_tiles_that_are_not_compressed_are_taken_too(tmp_path: Path) -> None:
    raw = mapbox_vector_tile.encode(
        [{"name": "water", "features": [{"geometry": "POINT(1 1)", "properties": {}}]}]
    )
    path = tmp_path / "raw.mbtiles"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE metadata (name text, value text)")
        db.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        db.execute("INSERT INTO tiles VALUES (12, 2074, 2686, ?)", (raw,))
        db.commit()
    found = TileFile.open(path)
    assert found.view.vector
    assert found.tile(12, 2074, 1409) == (raw, VECTOR)


ROOT, ABOUT = slice(8, 24), slice(24, 40)
"""Where the head says at which byte the directory and the description lie, and their lengths."""


def changed(path: Path, place: slice, content: bytes) -> Path:
    """Write the picture over Paris with another directory or description at its end."""
    data = bytearray(DOT)
    data[place] = len(DOT).to_bytes(8, "little") + len(content).to_bytes(8, "little")
    path.write_bytes(bytes(data) + content)
    return path


@pytest.mark.parametrize(
    ("place", "content"),
    [
        (ABOUT, gzip.compress(b"[1, 2]", mtime=0)),
        (ABOUT, gzip.compress(b"[" * 100_000, mtime=0)),
        (ABOUT, gzip.compress(bytes(70_000_000), mtime=0)),
        (ROOT, gzip.compress(bytes(70_000_000), mtime=0)),
        (ROOT, gzip.compress(bytes([1, 0, 1, 1, 0]), mtime=0)),
        (ROOT, gzip.compress(bytes([2, 0, 0, 1]), mtime=0)),
        (ROOT, gzip.compress(bytes([1, 0, 0, 5, 1]), mtime=0)),
        (ROOT, gzip.compress(bytes([1, 0, 1, *[255] * 9, 1, 1]), mtime=0)),
        (ROOT, b"no gzip"),
    ],
)
def test_a_directory_or_description_without_sense_is_refused(
    tmp_path: Path, place: slice, content: bytes
) -> None:
    with pytest.raises(Refused, match=r"wrong\.pmtiles: "):
        TileFile.open(changed(tmp_path / "wrong.pmtiles", place, content))
