"""Streets under the data: as a layer, on paper, and in a file."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from matplotlib.figure import Figure
from PIL import Image

from geosites.core.ground import Ground, GroundFeature, GroundKind
from geosites.core.street_network import NOTHING
from geosites.db.geography import ground, street_map
from geosites.db.geography.street_map import Address
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.maps import geojson, map_data
from geosites.maps.geojson import bbox
from geosites.maps.layers.ground_layer import ground_layer, within
from geosites.maps.printed import print_ground
from geosites.maps.printed.print_map import drawing, plain_axes
from stores import small_exercise

ROAD = GroundFeature(
    kind=GroundKind.ROAD,
    shape=shapely.LineString([(651_000, 6_862_000), (653_000, 6_862_400)]),
    name="Rue d'Essai",
    grade="main",
)
STOP = GroundFeature(
    kind=GroundKind.STATION, shape=shapely.Point(652_000, 6_862_600), name="Essai", modes=("tram",)
)


def test_a_layer_says_class_mode_and_name() -> None:
    layer = ground_layer(Ground(features=(ROAD, STOP), credit="© Essai"))
    road, stop = (item["properties"] for item in layer["features"])
    assert road == {"kind": "road", "level": "main", "label": "Rue d'Essai"}
    assert stop == {"kind": "station", "level": "tram", "label": "Essai"}
    assert layer["credit"] == "© Essai"


def test_loading_keeps_every_feature_and_replaces_the_whole(conn: sa.Connection) -> None:
    assert len(ground.get(conn).features) > 800
    assert ground.put(conn, Ground(features=(ROAD, STOP), credit="© Essai")) == 2
    assert ground.put(conn, Ground(features=(ROAD, STOP), credit="© Essai")) == 0
    assert ground.put(conn, Ground()) == 0
    kept = ground.get(conn)
    assert kept.credit == "© Essai"
    assert [item.name for item in kept.features] == ["Rue d'Essai", "Essai"]
    assert kept.features[0].shape.equals(ROAD.shape)


def test_new_streets_change_the_fingerprint_of_answers(small: Store) -> None:
    from geosites.db.fingerprint import fingerprint

    with small.begin() as conn:
        before = fingerprint(conn)
    with small.begin() as conn:
        ground.put(conn, Ground(features=(ROAD,), credit="© Essai"))
    with small.begin() as conn:
        assert fingerprint(conn) != before
        geography.load(conn)


def test_maps_drawn_before_and_after_new_streets_each_show_their_own(conn: sa.Connection) -> None:
    before = map_data.streets(conn)
    assert map_data.streets(conn) == before == map_data.streets(conn, "")
    assert ground.put(conn, Ground(features=(ROAD, STOP), credit="© Essai")) == 2
    names = [item["properties"]["label"] for item in map_data.streets(conn)["features"]]
    assert names == ["Rue d'Essai", "Essai"]
    moved = replace(ROAD, shape=shapely.affinity.translate(ROAD.shape, 100))
    assert ground.put(conn, Ground(features=(moved, STOP), credit="© Essai")) == 2
    road, _ = map_data.streets(conn)["features"]
    assert road == ground_layer(Ground(features=(moved,)))["features"][0]


def test_what_is_sent_is_small(conn: sa.Connection) -> None:
    assert len(gzip.compress(geojson.dump(map_data.streets(conn)))) < 50_000


def test_whoever_names_streets_and_houses_is_credited_once(conn: sa.Connection) -> None:
    own = map_data.streets(conn)["credit"]
    street_map.put_network(conn, replace(NOTHING, credit="© OpenStreetMap"))
    house = Address(key="rue riquet", house=1, suffix="", street="Rue Riquet", city="", x=0, y=0)
    street_map.put_addresses(conn, [house], "BAN")
    told = map_data.streets(conn, "© OpenStreetMap", "")["credit"]
    assert told == f"{own}; © OpenStreetMap; BAN"


def test_only_what_a_picture_shows_is_kept() -> None:
    layer = ground_layer(Ground(features=(ROAD, STOP)))
    around = shapely.box(*bbox(STOP.shape.buffer(50)))
    assert [item["properties"]["label"] for item in within(layer, around)["features"]] == ["Essai"]


def test_a_long_line_is_cut_to_the_picture() -> None:
    layer = ground_layer(Ground(features=(ROAD,)))
    around = shapely.box(*bbox(shapely.Point(652_000, 6_862_200).buffer(200)))
    (cut,) = within(layer, around)["features"]
    line = shapely.geometry.shape(cut["geometry"])
    assert around.buffer(2e-5).covers(line)
    assert line.length < shapely.geometry.shape(layer["features"][0]["geometry"]).length / 3


def drawn(features: tuple[GroundFeature, ...]) -> tuple[list[str], np.ndarray]:
    """Draw features on a square map of two kilometres; return the names written, and pixels."""
    with drawing():
        figure = Figure(figsize=(5, 5))
        axes = plain_axes(figure, (0, 0, 5, 5))
        axes.set_xlim(651_000, 653_000)
        axes.set_ylim(6_861_500, 6_863_500)
        print_ground.draw(axes, ground_layer(Ground(features=features)))
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=100)
    return [text.get_text() for text in axes.texts], np.asarray(Image.open(out).convert("L"))


def test_paper_names_streets_along_and_stations_beside() -> None:
    names, pixels = drawn((ROAD, STOP))
    assert sorted(names) == ["Essai", "Rue d'Essai"]
    assert pixels.min() < 200


@pytest.mark.parametrize("apart_m", [0, 20])
def test_names_on_paper_do_not_cover_one_another(apart_m: float) -> None:
    second = GroundFeature(
        kind=GroundKind.STATION,
        shape=shapely.Point(652_000 + apart_m, 6_862_600),
        name="Autre",
        modes=("metro",),
    )
    names, _ = drawn((STOP, second, second, second))
    assert "Autre" in names
    assert len(names) <= 2


def test_the_small_exercise_has_its_streets(conn: sa.Connection) -> None:
    near = map_data.streets(conn)
    around = shapely.box(*bbox(small_exercise.FORCEVAL.buffer(800)))
    labels = {item["properties"].get("label") for item in within(near, around)["features"]}
    assert {"Porte de la Villette", "Boulevard Macdonald", "Canal Saint-Denis"} <= labels
