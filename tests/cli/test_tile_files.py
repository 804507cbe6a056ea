"""Vector tiles of other makers: taken as they are, and on paper as on screen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import mapbox_vector_tile
import pytest
import shapely
import sqlalchemy as sa

from geosites.cli.geo.tile_files import onto_paper, take
from geosites.core.errors import Refused
from geosites.maps import map_data
from geosites.web.tiles.basemap_tiles import TileFile

DATA = Path(__file__).parents[1] / "data"
PARIS = shapely.box(2.343, 48.877, 2.354, 48.881)
AT = (14, 8298, 5635)
"""The tile of Barbès."""


def layer(called: str, shape: str, /, **properties: object) -> dict[str, object]:
    return {"name": called, "features": [{"geometry": shape, "properties": properties}]}


def foreign(path: Path, scheme: str, extent: int = 4096) -> Path:
    """Write one tile in the layers of another scheme: a street, a rail, a river, a building."""
    road = f"LINESTRING(0 {extent // 2}, {extent} {extent // 2})"
    area = f"POLYGON((0 0, {extent // 4} 0, {extent // 4} {extent // 4}, 0 0))"
    layers = {
        "openmaptiles": [
            layer("transportation", road, **{"class": "primary"}),
            layer("transportation_name", road, **{"class": "primary", "name": "Rue Lue"}),
            layer("water", area, **{"class": "river"}),
        ],
        "protomaps": [
            layer("roads", road, kind="major_road", name="Rue Lue"),
            layer("water", area, kind="ocean"),
        ],
        "shortbread": [
            layer("streets", road, kind="secondary", name="Rue Lue"),
            layer("ocean", area),
            layer("buildings", area),
        ],
    }[scheme]
    tile = mapbox_vector_tile.encode(layers, default_options={"extents": extent})
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE metadata (name text, value text)")
        db.execute("INSERT INTO metadata VALUES ('attribution', '© Someone')")
        db.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        zoom, column, row = AT
        db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (zoom, column, 2**zoom - 1 - row, tile))
        db.commit()
    return path


@pytest.mark.parametrize("scheme", ["openmaptiles", "protomaps", "shortbread"])
@pytest.mark.parametrize("extent", [4096, 8192])
def test_a_map_of_another_maker_is_under_maps_on_paper(
    conn: sa.Connection, tmp_path: Path, scheme: str, extent: int
) -> None:
    file = TileFile.open(foreign(tmp_path / f"{scheme}.mbtiles", scheme, extent))
    assert onto_paper(conn, file, PARIS) == 1
    shown = map_data.streets(conn, view=PARIS)
    assert "© Someone" in shown["credit"]
    found = {
        (one["properties"]["kind"], one["properties"].get("label"), one["geometry"]["type"])
        for one in shown["features"]
    }
    assert ("road", "Rue Lue", "LineString") in found or (
        "road", "Rue Lue", "MultiLineString"
    ) in found  # fmt: skip
    road = next(one for one in shown["features"] if one["properties"].get("label") == "Rue Lue")
    assert shapely.geometry.shape(road["geometry"]).bounds == pytest.approx(
        (2.329102, 48.871941, 2.351074, 48.871941), abs=2e-5
    )
    waters = [one for one in shown["features"] if one["properties"]["kind"] == "water"]
    assert any("olygon" in one["geometry"]["type"] for one in waters)
    assert onto_paper(conn, file, PARIS) is None


def test_our_own_tiles_as_pmtiles_are_on_paper_as_built(conn: sa.Connection) -> None:
    file = TileFile.open(DATA / "barbes.pmtiles")
    count = onto_paper(conn, file, PARIS)
    assert count is not None
    assert count >= 3
    named = {
        one["properties"].get("label") for one in map_data.streets(conn, view=PARIS)["features"]
    }
    assert {"Rue de Dunkerque", "Rue de Maubeuge"} <= named


def test_pictures_leave_the_ground_of_geosites_on_paper(
    conn: sa.Connection, tmp_path: Path
) -> None:
    assert onto_paper(conn, TileFile.open(DATA / "barbes.pmtiles"), PARIS)
    path = tmp_path / "pictures.mbtiles"
    with closing(sqlite3.connect(foreign(path, "protomaps"))) as db:
        db.execute("UPDATE tiles SET tile_data = x'89504e470d0a1a0a'")
        db.commit()
    assert onto_paper(conn, TileFile.open(path), PARIS) == 0
    credit = map_data.streets(conn, view=PARIS)["credit"]
    assert "© Someone" not in credit


def test_a_file_is_copied_whole_or_refused(tmp_path: Path) -> None:
    out = tmp_path / "home" / "basemap.mbtiles"
    assert take(DATA / "barbes.pmtiles", out).view.vector
    assert out.read_bytes() == (DATA / "barbes.pmtiles").read_bytes()
    broken = tmp_path / "broken.pmtiles"
    broken.write_bytes((DATA / "barbes.pmtiles").read_bytes()[:5000])
    with pytest.raises(Refused, match=r"broken\.pmtiles: the file is cut short"):
        take(broken, out)
    assert take(out, out.with_name("again.mbtiles")).view.vector


def test_a_damaged_tile_is_refused_by_the_name_of_the_file(
    conn: sa.Connection, tmp_path: Path
) -> None:
    path = foreign(tmp_path / "torn.mbtiles", "protomaps")
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE tiles SET tile_data = ?", (b"\x1a\x06\x12\xff\xff\xff\xff\x0f",))
        db.commit()
    with pytest.raises(Refused, match=r"torn\.mbtiles: holds a damaged tile"):
        onto_paper(conn, TileFile.open(path), PARIS)
