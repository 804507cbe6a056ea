"""Files of tiles that are not honest base map: refused in a sentence, soon, without an error."""

from __future__ import annotations

import gzip
import json
import resource
import sqlite3
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geosites.core.errors import NotFound, Refused
from geosites.core.vector_tile import decode
from geosites.db.postgres.connection import Store
from geosites.imports.basemap.build import build
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.tiles.basemap_tiles import TileFile
from stores import signed

DATA = Path(__file__).parents[2] / "data"
HERE = "http://127.0.0.1:8000"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
ASKED = [(15, 16597, 11270), (14, 8298, 5635), (13, 4149, 2817), (12, 2074, 1408)]
MOST_S, MOST_MB = 10, 200
"""What one file may take to be refused or read, on a machine that does other work."""

SCHEMA = (
    "CREATE TABLE metadata (name text, value text);"
    "CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob);"
)
ENDLESS = (
    "CREATE TABLE metadata (name text, value text); CREATE VIEW tiles AS WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS zoom_level, i AS tile_column, "
    "i AS tile_row, x'89504e470d0a1a0a' AS tile_data FROM n WHERE i < 0;"
)


@contextmanager
def soon() -> Iterator[None]:
    """Fail where what is done takes long, or much memory."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    assert time.monotonic() - began < MOST_S
    assert grown < MOST_MB


def mbtiles(path: Path, *tiles: bytes, schema: str = SCHEMA, **metadata: str | bytes) -> Path:
    """Write a file with these tiles over Paris, from west to east."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(schema)
        db.executemany("INSERT INTO metadata VALUES (?, ?)", metadata.items())
        rows = [(12, 2074 + n, 2**12 - 1 - 1409, tile) for n, tile in enumerate(tiles)]
        for row in rows:
            db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", row)
        db.commit()
    return path


def pmtiles(path: Path, root: bytes, about: bytes = b"{}", tile: bytes = PNG) -> Path:
    """Write a file of uncompressed parts: directory, description, and one tile behind them."""
    head, ends = 127, [127, 127 + len(root), 127 + len(root) + len(about)]
    places = (head, len(root), ends[1], len(about), head, len(root), ends[2], len(tile))
    packed = struct.pack("<7sB11Q6B4i B2i", b"PMTiles", 3, *places, 1, 1, 1, 1, 1, 1, 2, 12, 12,
                         20_000_000, 480_000_000, 30_000_000, 490_000_000, 12, 0, 0)  # fmt: skip
    path.write_bytes(packed + root + about + tile)
    return path


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def directory(*entries: tuple[int, int, int, int]) -> bytes:
    """Return a directory of entries: step to the tile, how many in a row, length, offset + 1."""
    columns = zip(*entries, strict=True)
    return varint(len(entries)) + b"".join(varint(one) for column in columns for one in column)


PARIS = 19841346
"""The number of tile 12/2074/1409."""

EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.floats(0, 1), st.binary(min_size=1, max_size=12)),
        st.tuples(st.just("cut"), st.floats(0, 1), st.just(b"")),
        st.tuples(st.just("add"), st.floats(0, 1), st.binary(min_size=1, max_size=200)),
        st.tuples(st.just("head"), st.floats(0, 1), st.binary(min_size=1, max_size=9)),
    ),
    min_size=1,
    max_size=6,
)
"""What befalls a file: bytes are overwritten anywhere or near its head, put in, or lost."""


def damaged(whole: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    """Return a file to which some things happened."""
    data = bytearray(whole)
    for what, share, content in edits:
        at = int(share * (min(len(data), 400) if what == "head" else len(data)))
        if what == "cut":
            del data[at:]
        elif what == "add":
            data[at:at] = content
        else:
            data[at : at + len(content)] = content
    return bytes(data)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    path = tmp_path_factory.mktemp("honest") / "barbes.mbtiles"
    build(DATA / "barbes.osm.gz", path, None, None, lambda _done, _of: None)
    return [DATA / "barbes.pmtiles", path]


@settings(max_examples=250, deadline=None)
@given(which=st.integers(0, 1), edits=EDITS)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(
    honest: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
    which: int,
    edits: list[tuple[str, float, bytes]],
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.tiles"
    path.write_bytes(damaged(honest[which].read_bytes(), edits))
    with soon(), suppress(Refused):
        found = TileFile.open(path)
        json.dumps(found.view.tilejson("", "")).encode()
        for place in ASKED:
            with suppress(NotFound, Refused):
                found.tile(*place)


@settings(max_examples=400, deadline=None)
@given(edits=EDITS, which=st.integers(0, 3))
def test_a_damaged_vector_tile_is_read_or_said_to_be_damaged(
    edits: list[tuple[str, float, bytes]], which: int
) -> None:
    whole = gzip.decompress(TileFile.open(DATA / "barbes.pmtiles").tile(*ASKED[which])[0])
    with soon(), suppress(ValueError):
        list(decode(damaged(whole, edits)))


def test_numbers_without_end_are_refused_at_once(tmp_path: Path) -> None:
    with soon(), pytest.raises(Refused, match=r"endless\.mbtiles: holds tiles that are neither"):
        TileFile.open(mbtiles(tmp_path / "endless.mbtiles", b"\x1a" + b"\xff" * 7_000_000))
    with soon(), pytest.raises(ValueError, match="no end"):
        list(decode(b"\x1a" + b"\xff" * 7_000_000))


@pytest.mark.parametrize(
    "root",
    [
        directory((0, 0, 5, 1)),
        directory((0, 0, 16, 1), (PARIS, 0, 16, 1)),
        directory((PARIS, 1, 100_000_000, 1)),
        directory((PARIS, 1, len(PNG), 1 << 60)),
        varint(300_000) + bytes(4 * 300_000),
        varint(1 << 61) + bytes(40),
        b"\xff" * 40,
        b"",
    ],
)
def test_a_directory_that_leads_nowhere_is_refused(tmp_path: Path, root: bytes) -> None:
    """Into itself, to a tile of 100 MB, beyond the file, or through 300,000 entries."""
    path = pmtiles(tmp_path / "loop.pmtiles", root)
    with soon(), pytest.raises(Refused, match=r"loop\.pmtiles: the file is damaged"):
        TileFile.open(path).tile(12, 2074, 1409)


def test_the_same_file_with_an_honest_directory_is_served(tmp_path: Path) -> None:
    path = pmtiles(tmp_path / "good.pmtiles", directory((PARIS, 1, len(PNG), 1)))
    assert TileFile.open(path).tile(12, 2074, 1409) == (PNG, "image/png")


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (ENDLESS, "not an MBTiles file"),
        (ENDLESS.replace("WHERE i < 0", ""), "not an MBTiles file"),
        (SCHEMA.replace("zoom_level int", "zoom int"), "not an MBTiles file"),
    ],
)
def test_a_question_without_end_is_refused(tmp_path: Path, schema: str, why: str) -> None:
    with soon(), pytest.raises(Refused, match=rf"view\.mbtiles: {why}"):
        TileFile.open(mbtiles(tmp_path / "view.mbtiles", schema=schema))


def test_an_honest_view_is_read(tmp_path: Path) -> None:
    """Many writers keep each picture once, and `tiles` is a view of two tables."""
    path = tmp_path / "view.mbtiles"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE metadata (name text, value text);"
            "CREATE TABLE map (zoom_level int, tile_column int, tile_row int, tile_id text);"
            "CREATE TABLE images (tile_id text, tile_data blob); CREATE VIEW tiles AS "
            "SELECT zoom_level, tile_column, tile_row, tile_data FROM map NATURAL JOIN images"
        )
        db.execute("INSERT INTO map VALUES (12, 2074, 2686, 'sea')")
        db.execute("INSERT INTO images VALUES ('sea', ?)", (PNG,))
        db.commit()
    assert TileFile.open(path).tile(12, 2074, 1409) == (PNG, "image/png")


def test_a_tile_of_a_hundred_megabytes_is_not_read(tmp_path: Path, small_store: Store) -> None:
    path = mbtiles(tmp_path / "large.mbtiles", PNG)
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO tiles VALUES (12, 2075, 2686, zeroblob(100000000))")
        db.commit()
    client = served(small_store, path)
    with soon():
        assert 400 <= client.get("/tiles/base/12/2075/1409").status_code < 500
    assert client.get("/tiles/base/12/2074/1409").content == PNG


def served(store: Store, path: Path) -> TestClient:
    app = create_app(store, WebConfig(basemap=path))
    return TestClient(app, base_url=HERE, headers=signed.bearer())


@pytest.mark.parametrize("other", [b"RIFF\x24\x00\x00\x00WAVEfmt ", b"GIF89a", b"\x1a\x00", b""])
def test_a_tile_of_another_sort_than_the_file_is_refused(
    tmp_path: Path, small_store: Store, other: bytes
) -> None:
    client = served(small_store, mbtiles(tmp_path / "mixed.mbtiles", PNG, other))
    answer = client.get("/tiles/base/12/2075/1409")
    assert 400 <= answer.status_code < 500
    assert "neither pictures" in answer.json()["detail"]


def test_a_webp_is_known_by_its_own_name(tmp_path: Path) -> None:
    webp = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00"
    assert TileFile.open(mbtiles(tmp_path / "w.mbtiles", webp)).tile(12, 2074, 1409)[1] == (
        "image/webp"
    )


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({"maxzoom": "9" * 5000}, "a zoom of '9{40}'"),
        ({"minzoom": "14", "maxzoom": "3"}, "the zooms 14 to 3"),
        ({"bounds": "-1e300,-1,1e300,1"}, "lie beyond the world"),
        ({"bounds": "2,48,3," + "9" * 200}, "lie beyond the world"),
        ({"name": b"\xff\xfe".decode("latin-1"), "bounds": b"\xff"}, "are not four degrees"),
    ],
)
def test_metadata_without_sense_are_refused(
    tmp_path: Path, metadata: dict[str, str | bytes], why: str
) -> None:
    with soon(), pytest.raises(Refused, match=rf"told\.mbtiles: .*{why}"):
        TileFile.open(mbtiles(tmp_path / "told.mbtiles", PNG, **metadata))


def test_what_a_file_says_of_itself_cannot_break_a_page(tmp_path: Path, small_store: Store) -> None:
    """Half a letter, endless markup, fields that are numbers, not finite, or nested."""
    about = {
        "attribution": "© \ud800Quelqu’un\x00 " + "<" * 1_000_000,
        "vector_layers": [
            {"id": {"a": [1]}, "fields": {"\udfff": float("nan"), "b": [[]] * 100}},
            {"id": 4, "minzoom": float("inf")},
        ],
    }
    whole = json.dumps(about).encode()
    path = pmtiles(tmp_path / "told.pmtiles", directory((PARIS, 1, 2, 1)), whole, b"\x1a\x00")
    with soon():
        client = served(small_store, path)
        assert client.get("/sites/forceval").status_code == 200
        document = client.get("/tiles/base").json()
    assert document["attribution"].startswith("© Quelqu’un")
    assert len(document["attribution"]) <= 500
    assert [set(one) for one in document["vector_layers"]] == [{"id", "fields"}] * 2


def test_metadata_of_a_million_rows_are_not_all_kept(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "many.mbtiles", PNG)
    with closing(sqlite3.connect(path)) as db:
        db.executemany(
            "INSERT INTO metadata VALUES (?, 'x')", ((f"key {n}",) for n in range(300_000))
        )
        db.commit()
    with soon():
        assert TileFile.open(path).view.max_zoom == 12
