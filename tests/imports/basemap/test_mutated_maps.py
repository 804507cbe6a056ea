"""Map files to which something happened on the way, or which were made to do harm."""

from __future__ import annotations

import gzip
import json
import sqlite3
import time
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.imports.basemap.build import build, names

DATA = Path(__file__).parents[2] / "data"
MOST_S = 20
"""What one file may take, on a machine that does other work."""

HARM = st.lists(
    st.tuples(
        st.sampled_from(("over", "add", "lose", "end")),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=40),
    ),
    min_size=1,
    max_size=5,
)


def harmed(whole: bytes, harm: list[tuple[str, float, bytes]]) -> bytes:
    """Return a file with bytes overwritten, put in, taken out, or without its end."""
    data = bytearray(whole)
    for what, share, content in harm:
        at = int(share * len(data))
        if what == "over":
            data[at : at + len(content)] = content
        elif what == "add":
            data[at:at] = content
        elif what == "lose":
            del data[at : at + len(content)]
        else:
            del data[at:]
    return bytes(data)


def taken(source: Path) -> None:
    """Build a file as the command does, soon; raises `Refused`, and then no map is there."""
    began = time.monotonic()
    out = source.with_name("out.mbtiles")
    try:
        build(source, out, None, None, lambda _done, _of: None)
        names(source, None, None)
    finally:
        for left in source.parent.glob("out.mbtiles*"):
            left.unlink()
    assert time.monotonic() - began < MOST_S


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wholes")
    plain = folder / "b.osm"
    plain.write_bytes(gzip.decompress((DATA / "barbes.osm.gz").read_bytes()))
    shape = [shapely.LineString([(2.35, 48.88), (2.36 + n / 1e3, 48.885)]) for n in range(40)]
    lines = gpd.GeoDataFrame({"nom": [f"Rue {n}" for n in range(40)]}, geometry=shape, crs=4326)
    lines.to_file(folder / "l.gpkg", layer="troncon_de_route", driver="GPKG")
    lines.to_file(folder / "l.fgb", driver="FlatGeobuf")
    lines.to_file(folder / "l.geojson", driver="GeoJSON")
    return {
        "m.osm.pbf": DATA / "monaco.osm.pbf",
        "b.osm.gz": DATA / "barbes.osm.gz",
        "b.osm": plain,
        **{f"l.{end}": folder / f"l.{end}" for end in ("gpkg", "fgb", "geojson")},
    }


@pytest.mark.parametrize("name", ["m.osm.pbf", "b.osm.gz", "b.osm", "l.gpkg", "l.fgb", "l.geojson"])
@settings(max_examples=25, deadline=None)
@given(harm=HARM)
def test_a_harmed_map_is_built_or_refused_by_name(
    wholes: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    harm: list[tuple[str, float, bytes]],
) -> None:
    folder = tmp_path_factory.getbasetemp() / "harmed"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(harmed(wholes[name].read_bytes(), harm))
    began = time.monotonic()
    try:
        taken(path)
    except Refused as refused:
        told = str(refused)
    else:
        told = name
    assert name in told
    assert time.monotonic() - began < MOST_S


def test_a_field_whose_name_is_no_utf_8_is_refused(wholes: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "l.geojson"
    path.write_bytes(wholes["l.geojson"].read_bytes().replace(b'"nom"', b'"n\xf6m"'))
    with pytest.raises(Refused, match=r"l\.geojson: is damaged"):
        taken(path)


VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="roads"><SrcDataSource>{0}</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>"
)
SECRET = {"type": "FeatureCollection", "features": [{
    "type": "Feature", "properties": {"nom": "Rue Secrète"},
    "geometry": {"type": "LineString", "coordinates": [[2.35, 48.88], [2.36, 48.88]]},
}]}  # fmt: skip


@pytest.mark.parametrize("name", ["m.vrt", "m.geojson", "m.gml", "m.json.gz", "m.zip"])
def test_a_file_that_has_others_read_is_refused(tmp_path: Path, name: str) -> None:
    """Its content alone makes GDAL open what it names: a file here, or an address."""
    secret = tmp_path / "secret.geojson"
    secret.write_text(json.dumps(SECRET))
    text = "\ufeff\n" + VRT.format(secret)
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("m.geojson", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    with pytest.raises(Refused, match=rf"{name}: names other files or addresses to read"):
        taken(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline read /etc/hosts"}',
        '{"type": "FeatureCollection", "crs": {"type": "link", "properties": '
        '{"href": "http://127.0.0.1:9/crs"}}, "features": []}',
        "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>",
        "<kml><NetworkLink><Link><href>http://127.0.0.1:9/</href></Link></NetworkLink></kml>",
    ],
)
def test_what_names_an_address_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ask.geojson"
    path.write_text(text)
    with pytest.raises(Refused, match=r"ask\.geojson: names other files or addresses"):
        taken(path)


def test_an_honest_extract_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.osm.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(b"<osm>")
        for _ in range(400):
            file.write(b" " * (1 << 20))
        file.write(b"</osm>")
    with pytest.raises(Refused, match=r"bomb\.osm\.gz: unpacks to more than 200 times its size"):
        taken(path)


def test_words_that_stand_for_others_without_end_are_refused(tmp_path: Path) -> None:
    """Entities of entities: a kilobyte that would be gigabytes."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    text = (
        f'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY e0 "haha">{entities}]><osm version="0.6">'
        '<node id="1" lat="48.88" lon="2.35"><tag k="name" v="&e11;"/></node></osm>'
    )
    path = tmp_path / "laughs.osm"
    path.write_text(text)
    with pytest.raises(Refused, match=r"laughs\.osm: is damaged"):
        taken(path)


def test_a_layer_that_asks_without_end_is_refused(tmp_path: Path, wholes: dict[str, Path]) -> None:
    path = tmp_path / "view.gpkg"
    path.write_bytes(wholes["l.gpkg"].read_bytes())
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE VIEW more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT i AS fid FROM n;"
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('more', 'attributes', 'more');"
        )
    with pytest.raises(Refused, match=r"view\.gpkg: the GeoPackage asks more than a file does"):
        taken(path)


def test_a_header_of_numbers_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "numbers.osm.pbf"
    path.write_bytes((60_000).to_bytes(4, "big") + b"\xff" * 60_000)
    with pytest.raises(Refused, match=r"numbers\.osm\.pbf: is not an OpenStreetMap extract"):
        taken(path)
