"""A built street map under maps on paper and in files of their own."""

from __future__ import annotations

import gzip
from itertools import pairwise
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from matplotlib.figure import Figure

from geosites.core.crs import geometry_to_geographic
from geosites.core.documents.geojson import Layer
from geosites.core.ground import Ground
from geosites.core.vector_tile import decode
from geosites.db.geography import ground, street_tiles
from geosites.imports.basemap import build, tiles
from geosites.imports.basemap.source import OSM_CREDIT
from geosites.maps import embedded_basemap, map_data
from geosites.maps.geojson import collection
from geosites.maps.printed.print_map import draw_map, drawing, plain_axes
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language

DATA = Path(__file__).parents[1] / "data"
MONACO = shapely.box(7.415, 43.73, 7.43, 43.745)
PARIS = shapely.box(2.37, 48.885, 2.39, 48.895)


def untold(_done: int, _of: int) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def monaco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("monaco") / "m.mbtiles"
    return build.build(DATA / "monaco.osm.pbf", out, None, None, untold).path


@pytest.fixture
def loaded(conn: sa.Connection, monaco: Path) -> sa.Connection:
    assert build.put_tiles(conn, monaco, "1", OSM_CREDIT) > 10
    build.put_names(conn, build.names(DATA / "monaco.osm.pbf", None, None))
    return conn


def labels(layer: Layer, kind: str) -> set[str]:
    return {
        item["properties"].get("label", "")
        for item in layer["features"]
        if item["properties"]["kind"] == kind
    }


def test_the_sea_is_on_paper(loaded: sa.Connection) -> None:
    features = map_data.streets(loaded, view=MONACO)["features"]
    waters = [one for one in features if one["properties"]["kind"] == "water"]
    areas = [shapely.geometry.shape(one["geometry"]) for one in waters]
    harbour, rock = shapely.Point(7.4253, 43.7352), shapely.Point(7.4197, 43.7311)
    assert any(area.contains(harbour) for area in areas)
    assert not any(area.contains(rock) for area in areas)


def test_a_map_that_leaves_the_service_shows_the_built_streets(loaded: sa.Connection) -> None:
    layer = map_data.streets(loaded, view=MONACO)
    assert {"Boulevard des Moulins", "Avenue Princesse Grace"} <= labels(layer, "road")
    assert labels(layer, "rail")
    assert "Monaco - Monte Carlo" in labels(layer, "station")
    assert OSM_CREDIT in layer["credit"]
    # What screens ask for holds no second copy of the tiles that they draw themselves.
    assert "Boulevard des Moulins" not in labels(map_data.streets(loaded), "road")


def test_it_lies_where_the_file_says(loaded: sa.Connection) -> None:
    layer = map_data.streets(loaded, view=MONACO)
    drawn = shapely.union_all(
        [
            shapely.geometry.shape(item["geometry"])
            for item in layer["features"]
            if item["properties"].get("label") == "Boulevard des Moulins"
        ]
    )
    streets = build.names(DATA / "monaco.osm.pbf", None, None).network
    segments, piece = streets.segments(3)
    number = streets.names.index("Boulevard des Moulins")
    of_file = shapely.multilinestrings(shapely.linestrings(segments[streets.name[piece] == number]))
    assert geometry_to_geographic(of_file).hausdorff_distance(drawn) < 1e-4


def test_without_any_ground_of_its_own_a_city_has_streets_on_paper(
    loaded: sa.Connection,
) -> None:
    loaded.execute(sa.delete(ground.table))
    loaded.execute(sa.delete(ground.loaded))
    assert ground.get(loaded) == Ground()
    assert "Boulevard des Moulins" in labels(map_data.streets(loaded, view=MONACO), "road")


def test_elsewhere_the_ground_stays_as_it_is(loaded: sa.Connection) -> None:
    assert map_data.streets(loaded, view=PARIS) == map_data.streets(loaded)


def test_ground_goes_only_where_the_built_map_lies(loaded: sa.Connection) -> None:
    before = map_data.streets(loaded)
    after = map_data.streets(loaded, view=shapely.box(2.37, 43.7, 7.5, 48.9))
    assert labels(before, "road") <= labels(after, "road")


def test_a_wide_view_takes_the_zoom_that_is_small_enough(loaded: sa.Connection) -> None:
    before = map_data.streets(loaded)
    shown = [
        labels(embedded_basemap.over(loaded, before, MONACO, most), "road")
        for most in (1_000_000, 100_000, 30_000, 10_000, 0)
    ]
    assert "Boulevard des Moulins" in shown[0]
    assert len(shown[0]) > len(shown[-1])
    assert shown[-1] == labels(before, "road")
    assert all(len(more) >= len(less) for more, less in pairwise(shown))


def test_building_again_replaces_the_tiles(loaded: sa.Connection, monaco: Path) -> None:
    count = sa.select(sa.func.count()).select_from(street_tiles.table)
    first = loaded.execute(count).scalar_one()
    assert (
        build.put_tiles(loaded, monaco, "1", OSM_CREDIT)
        == first
        == loaded.execute(count).scalar_one()
    )


def test_tiles_are_read_as_another_reader_reads_them(monaco: Path) -> None:
    for tile in tiles.written(monaco, (14,)):
        data = gzip.decompress(tile.data)
        if not data:
            continue
        other = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})["ground"]
        ours = [shape.length for (shape, _), _ in decode(data)]
        theirs = [
            shapely.make_valid(shape).length
            for item in other["features"]
            for shape in [shapely.geometry.shape(item["geometry"])]
            if shape.geom_type != "Point"
        ]
        assert np.allclose(sorted(ours), sorted(theirs))


def test_a_tile_that_is_cut_short_is_told(monaco: Path) -> None:
    data = gzip.decompress(max(tiles.written(monaco, (14,)), key=lambda tile: len(tile.data)).data)
    with pytest.raises(ValueError, match="cut short"):
        list(decode(data[: len(data) // 2]))


def test_it_is_drawn_with_names_and_its_credit(loaded: sa.Connection) -> None:
    layer = map_data.streets(loaded, view=MONACO)
    assert {shapely.geometry.shape(item["geometry"]).geom_type for item in layer["features"]} <= {
        "Point",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
    }
    look: Layer = {**collection([]), "bbox": list(MONACO.bounds)}
    with drawing():
        axes = plain_axes(Figure(figsize=(8, 8)), (0.2, 0.2, 7.6, 7.6))
        draw_map(axes, Words(Language.FRENCH), {"streets": layer, "look": look})
        written = {text.get_text() for text in axes.texts}
    assert {"Boulevard des Moulins", "Avenue d'Ostende"} & written
    assert any("OpenStreetMap" in text for text in written)
