"""`geosites basemap`: lines as IGN publishes them, house numbers, tiles as they are, refusals."""

from __future__ import annotations

import gzip
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from cli.conftest import Run
from geosites.cli.server.serve import same_on_paper
from geosites.core.errors import Refused
from geosites.db.geography import street_map
from geosites.db.postgres.connection import Store
from geosites.maps import map_data
from geosites.services.places import place_names, place_search
from geosites.settings import Settings
from geosites.web.tiles.basemap_tiles import TileFile

DATA = Path(__file__).parents[1] / "data"
EAST, NORTH = 652_400.0, 6_865_000.0
"""Near the canal Saint-Denis, Lambert-93."""

BAN = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat\n"
    "75119_8148_00012;;12;;Rue Riquet;75019;75119;Paris;;;2.373500;48.889000\n"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("GEOSITES_HOME", str(place))
    return place


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    """Write sections of roads in the columns of BD TOPO, with a name on each side."""
    ways = [
        ("Route à 2 chaussées", "2", "BD MACDONALD", [(0, 0), (200, 0), (400, 0)]),
        ("Route à 1 chaussée", "5", "R DE L EVANGILE", [(200, -200), (200, 0), (200, 200)]),
        ("Type autoroutier", "1", "BD PERIPHERIQUE", [(0, 300), (400, 300)]),
    ]
    lines = [
        shapely.LineString([(EAST + x, NORTH + y, 40.0) for x, y in line]) for *_, line in ways
    ]
    columns = {
        name: [way[at] for way in ways]
        for at, name in enumerate(("nature", "importance", "nom_voie_gauche"))
    }
    path = tmp_path / "BDT_3-5_GPKG_LAMB93_D075.gpkg"
    frame = gpd.GeoDataFrame(
        {**columns, "nom_voie_droite": columns["nom_voie_gauche"]}, geometry=lines, crs=2154
    )
    frame.to_file(path, layer="troncon_de_route", driver="GPKG")
    return path


def test_the_roads_of_ign_name_places_and_are_credited_with_the_ban(
    run: Run, home: Path, roads: Path, store: Store, tmp_path: Path
) -> None:
    built = run("basemap", "build", str(roads), "--credit", "© IGN, BD TOPO 3")
    assert built.code == 0, built.err
    assert TileFile.open(home / "basemap.mbtiles").view.credit == "© IGN, BD TOPO 3"
    table = tmp_path / "adresses-75.csv.gz"
    table.write_bytes(gzip.compress(BAN.encode()))
    assert run("basemap", "addresses", str(table)).code == 0
    here = [[EAST + 150, NORTH + 8]]
    with store.begin() as conn:
        (near,) = place_names.near(conn, here)
        found = [one.name for one in place_search.find(conn, "12 rue riquet")]
        screen = map_data.streets(conn)["credit"]
        x, y = EAST + 150, NORTH
        paper = map_data.streets(conn, view=square_around(x, y))
    assert near is not None
    assert (near["street"], near["crossing"]) == ("Boulevard Macdonald", "Rue de l'Evangile")
    assert near["crossing_m"] == pytest.approx(50, abs=0.5)
    assert found[0] == "12 Rue Riquet"
    for credit in (screen, paper["credit"]):
        assert "© IGN, BD TOPO 3" in credit
        assert "Base Adresse Nationale" in credit
    assert "Boulevard Macdonald" in {one["properties"].get("label") for one in paper["features"]}


def square_around(x: float, y: float) -> shapely.Geometry:
    """Return the square of 600 m around a position, in degrees."""
    square = gpd.GeoSeries([shapely.box(x - 300, y - 300, x + 300, y + 300)], crs=2154)
    return square.to_crs(4326).iloc[0]


def test_a_file_of_tiles_is_taken_as_it_is(run: Run, home: Path, store: Store) -> None:
    taken = run("basemap", "build", str(DATA / "barbes.pmtiles"))
    assert taken.code == 0, taken.err
    assert (home / "basemap.mbtiles").read_bytes() == (DATA / "barbes.pmtiles").read_bytes()
    with store.begin() as conn:
        paper = map_data.streets(conn, view=shapely.box(2.343, 48.877, 2.354, 48.881))
    assert "Rue de Dunkerque" in {one["properties"].get("label") for one in paper["features"]}
    assert "OpenStreetMap" in paper["credit"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.osm.pbf", (DATA / "monaco.osm.pbf").read_bytes()[:-500]),
        ("empty.osm.pbf", b""),
        ("foreign.osm.pbf", b"%PDF-1.7 and so on" * 99),
        ("cut.pmtiles", (DATA / "barbes.pmtiles").read_bytes()[:-500]),
        ("empty.mbtiles", b""),
        ("foreign.mbtiles", b"%PDF-1.7 and so on" * 99),
    ],
)
def test_what_is_no_map_is_refused_in_one_line_and_leaves_nothing(
    run: Run, home: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused = run("basemap", "build", str(path))
    assert refused.code == 1
    assert name in refused.err.replace("\n", "")
    assert "Traceback" not in refused.err
    assert not list(home.glob("basemap*"))


def test_paper_follows_the_file_that_is_served(
    run: Run, home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is built lies on paper; a file that a setting names takes its place at the start."""
    assert run("basemap", "build", str(DATA / "barbes.osm.gz")).code == 0
    view = shapely.box(2.343, 48.877, 2.354, 48.881)
    with store.begin() as conn:
        built = street_map.digest(conn, street_map.TILES)
        street_map.say_loaded(conn, street_map.TILES, "of an earlier file", "Nobody")
    same_on_paper(store, Settings())
    with store.begin() as conn:
        assert street_map.digest(conn, street_map.TILES) == built
        assert "Nobody" not in map_data.streets(conn, view=view)["credit"]
    monkeypatch.setenv("GEOSITES_BASEMAP", str(DATA / "barbes.pmtiles"))
    same_on_paper(store, Settings())
    with store.begin() as conn:
        assert street_map.digest(conn, street_map.TILES) not in (None, built)
        paper = map_data.streets(conn, view=view)
    assert "Rue de Dunkerque" in {one["properties"].get("label") for one in paper["features"]}
    monkeypatch.setenv("GEOSITES_BASEMAP", str(home / "nowhere.pmtiles"))
    with pytest.raises(Refused, match=r"nowhere\.pmtiles: there is no such file"):
        same_on_paper(store, Settings())
