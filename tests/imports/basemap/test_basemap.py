"""A street map built from real extracts of OpenStreetMap, and what is refused of other files."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import mapbox_vector_tile
import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.core.errors import Refused
from geosites.db.postgres.connection import Store
from geosites.imports.basemap import mapping, tiles
from geosites.imports.basemap.build import Built, area_of, build
from geosites.imports.basemap.source import OSM_CREDIT
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from geosites.web.tiles.basemap_tiles import TileFile
from stores import signed

DATA = Path(__file__).parents[2] / "data"
BARBES, MONACO = DATA / "barbes.osm.gz", DATA / "monaco.osm.pbf"
HERE = "http://127.0.0.1:8000"


def untold(_done: int, _of: int) -> None:
    """Tell nobody."""


def stored(path: Path) -> dict[tuple[int, int, int], bytes]:
    with closing(sqlite3.connect(path)) as db:
        return {row[:3]: row[3] for row in db.execute("SELECT * FROM tiles")}


@pytest.fixture(scope="module")
def barbes(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(BARBES, tmp_path_factory.mktemp("barbes") / "b.mbtiles", None, None, untold)


def labels(path: Path, zoom: int) -> set[str]:
    found: set[str] = set()
    for (at, _, _), data in stored(path).items():
        if at == zoom and (raw := gzip.decompress(data)):
            features = mapbox_vector_tile.decode(raw)["ground"]["features"]
            found |= {one["properties"].get("label", "") for one in features}
    return found - {""}


def test_streets_of_a_real_extract_are_found_by_name(barbes: Built) -> None:
    assert barbes.features > 900
    assert {"Rue de Dunkerque", "Rue du Faubourg Poissonnière", "Rue de Maubeuge"} <= labels(
        barbes.path, 15
    )


def test_a_tile_is_read_by_others_and_lies_where_it_should(barbes: Built) -> None:
    """`mapbox_vector_tile` reads what was written; a street comes back within two metres."""
    roads = [part.of("road") for part in mapping.read(BARBES, None)]
    street = shapely.union_all(
        [shape for road in roads for shape in road.shape[road.label == "Rue Rodier"]]
    )
    back = []
    for (zoom, column, row), data in stored(barbes.path).items():
        if zoom != 15:
            continue
        side = 360 / 2**15
        layer = mapbox_vector_tile.decode(gzip.decompress(data)).get("ground")
        for one in layer["features"] if layer else []:
            if one["properties"].get("label") == "Rue Rodier":
                line = shapely.geometry.shape(one["geometry"])
                back += shapely.get_coordinates(line)[:, 0].tolist()
                west = column * side - 180
                lon = west + shapely.get_coordinates(line)[:, 0] / 4096 * side
                bounds = shapely.bounds(street)
                assert bounds[0] - 3e-5 <= lon.min()
                assert lon.max() <= bounds[2] + 3e-5
        assert row
    assert back


def test_buildings_come_at_zoom_15_and_streets_before_paths(barbes: Built) -> None:
    kinds: dict[int, set[tuple[str, str]]] = {}
    for (zoom, _, _), data in stored(barbes.path).items():
        layer = mapbox_vector_tile.decode(gzip.decompress(data)).get("ground")
        for one in layer["features"] if layer else []:
            told = one["properties"]
            kinds.setdefault(zoom, set()).add((told["kind"], told.get("level", "")))
    assert ("building", "") in kinds[15]
    assert ("building", "") not in kinds[14]
    assert ("road", "street") in kinds[13]
    assert ("road", "street") not in kinds[12]
    assert ("road", "path") in kinds[15]


def test_places_are_points_with_their_names(tmp_path: Path) -> None:
    source = tmp_path / "place.osm"
    source.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="48.8812" lon="2.3571">'
        '<tag k="place" v="suburb"/><tag k="name" v="La Chapelle"/></node></osm>'
    )
    result = build(source, tmp_path / "p.mbtiles", None, None, untold)
    ((column, data),) = [(at[1], data) for at, data in stored(result.path).items() if at[0] == 15]
    (one,) = mapbox_vector_tile.decode(gzip.decompress(data))["ground"]["features"]
    assert one["properties"] == {"kind": "place", "level": "district", "label": "La Chapelle"}
    east, _ = one["geometry"]["coordinates"]
    assert (column + east / 4096) / 2**15 * 360 - 180 == pytest.approx(2.3571, abs=1e-5)
    assert labels(result.path, 12) == set()
    assert labels(result.path, 13) == {"La Chapelle"}


def test_a_build_that_was_interrupted_goes_on_and_ends_the_same(
    tmp_path: Path, barbes: Built
) -> None:
    out = tmp_path / "map.mbtiles"
    calls = []

    def stop(done: int, of: int) -> None:
        calls.append((done, of))
        if 0 < done < of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(BARBES, out, None, None, stop)
    assert not out.exists()
    assert (tmp_path / "map.mbtiles.part").exists()
    begun: list[int] = []
    build(BARBES, out, None, None, lambda done, _of: begun.append(done))
    assert stored(out) == stored(barbes.path)
    assert not (tmp_path / "map.mbtiles.part").exists()
    assert not (tmp_path / "map.mbtiles.read").exists()
    assert calls[-1][0] <= begun[0]


def test_a_build_of_another_area_does_not_go_on_with_this_one(tmp_path: Path) -> None:
    out = tmp_path / "map.mbtiles"

    def stop(done: int, of: int) -> None:
        if 0 < done < of:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(BARBES, out, None, None, stop)
    half = shapely.box(2.3430, 48.8772, 2.3480, 48.8812)
    begun: list[int] = []
    result = build(BARBES, out, half, None, lambda done, _of: begun.append(done))
    assert result.features < 700
    assert result.tiles == len(stored(out))


def test_what_lies_outside_the_territories_is_left_out(conn: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"monaco\.osm\.pbf: shows no street"):
        build(MONACO, tmp_path / "m.mbtiles", area_of(conn), None, untold)
    assert build(BARBES, tmp_path / "b.mbtiles", area_of(conn), None, untold).features > 900


def test_a_compact_extract_is_read_as_well(tmp_path: Path) -> None:
    result = build(MONACO, tmp_path / "m.mbtiles", None, None, untold)
    assert result.features > 5_000
    assert result.size_bytes < 300_000
    assert "Boulevard du Larvotto" in labels(result.path, 15)


def whole(source: Path) -> bytes:
    return source.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("cut.osm.pbf", lambda: whole(MONACO)[:300_000], "cut short"),
        ("cut.osm.gz", lambda: whole(BARBES)[:100_000], "cut short"),
        ("cut.osm", lambda: gzip.decompress(whole(BARBES))[:50_000], "cut short"),
        ("empty.osm.pbf", lambda: b"", "is empty"),
        ("empty.osm.gz", lambda: b"", "is empty"),
        ("foreign.osm.pbf", lambda: b"%PDF-1.7 and so on" * 100, "is not an OpenStreetMap extract"),
        ("foreign.osm.gz", lambda: b"PK\x03\x04 and so on" * 100, "not compressed by gzip"),
        ("foreign.osm", lambda: b"<html></html>", "is not an OpenStreetMap extract"),
        ("foreign.gpkg", lambda: b"SQLite format 3\x00 not really", "GDAL finds no map"),
        ("foreign.txt", lambda: b"a,b\n1,2\n", "GDAL finds no map|shows no street"),
    ],
)
def test_a_file_that_is_no_whole_street_map_is_refused_by_name(
    tmp_path: Path, name: str, content: object, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content())  # type: ignore[operator]
    with pytest.raises(Refused, match=f"{name}: .*({why})"):
        build(path, tmp_path / "out.mbtiles", None, None, untold)
    assert not list(tmp_path.glob("out.mbtiles*"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no such file"):
        build(tmp_path / "none.osm.pbf", tmp_path / "out.mbtiles", None, None, untold)


def test_other_lines_are_streets(tmp_path: Path) -> None:
    path = tmp_path / "lines.geojson"
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"NOM_VOIE":"Rue A"'
        '},"geometry":{"type":"LineString","coordinates":[[2.35,48.88],[2.36,48.885]]}}]}'
    )
    result = build(path, tmp_path / "l.mbtiles", None, "© IGN", untold)
    assert labels(result.path, 14) == {"Rue A"}
    assert TileFile.open(result.path).view.credit == "© IGN"


def test_the_service_serves_what_was_built(store: Store, barbes: Built) -> None:
    app = create_app(store, WebConfig(basemap=barbes.path))
    client = TestClient(app, base_url=HERE, headers=signed.bearer())
    view = TileFile.open(barbes.path).view
    assert view.vector
    assert view.credit == OSM_CREDIT
    zoom, column, row = max(stored(barbes.path))
    answer = client.get(f"/tiles/base/{zoom}/{column}/{2**zoom - 1 - row}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert answer.content == gzip.decompress(stored(barbes.path)[zoom, column, row])
    held = {"if-none-match": answer.headers["etag"]}
    assert client.get(answer.url.path, headers=held).status_code == 304
    page = client.get("/sites/forceval").text
    assert "data-vector=" in page
    assert "vector_tiles.js" in page


def test_zooms_end_where_the_screen_goes_on() -> None:
    assert list(tiles.ZOOMS) == [12, 13, 14, 15]
