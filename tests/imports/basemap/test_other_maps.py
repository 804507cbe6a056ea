"""Street maps of other makers: BD TOPO in the form in which IGN publishes it, and bare lines.

Layers, columns and values are those of the description of BD TOPO 3; the ground is made up.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.core.street_network import STOOD_ON, WALKED
from geosites.imports.basemap.build import area_of, build
from geosites.imports.basemap.mapping import MapFeatures, read
from geosites.imports.basemap.streets import Streets, read_streets
from geosites.imports.basemap.tiles import Progress
from geosites.imports.basemap.written_names import readable

EAST, NORTH = 652_400.0, 6_865_000.0
"""Near the canal Saint-Denis, Lambert-93."""

ROADS: list[tuple[str, str, str | None, str | None, str, str]] = [
    ("Route à 1 chaussée", "5", "R DE L EVANGILE", None, "0", "En service"),
    ("Route à 2 chaussées", "2", "BD MACDONALD", "Boulevard Macdonald", "0", "En service"),
    ("Type autoroutier", "1", "BD PERIPHERIQUE", None, "0", "En service"),
    ("Escalier", "6", None, None, "0", "En service"),
    ("Route à 1 chaussée", "4", "SOUT ROSA PARKS", None, "-1", "En service"),
    ("Route à 1 chaussée", "5", "R PROJETEE", None, "0", "En projet"),
    ("Bac ou liaison maritime", "5", "NAVETTE", None, "0", "En service"),
]
SHORT = {
    "nom_collaboratif_gauche": "NOM_COLL_G", "nom_voie_ban_gauche": "NOM_BAN_G",
    "position_par_rapport_au_sol": "POS_SOL", "etat_de_l_objet": "ETAT",
}  # fmt: skip


def untold(_done: int, _of: int) -> None:
    """Tell nobody."""


TELL: Progress = untold


def line(row: int) -> shapely.LineString:
    """Return a line with heights, as BD TOPO has them; each crosses the next at its end."""
    start = EAST + 100.0 * row
    return shapely.LineString(
        [(start, NORTH, 40.2), (start + 50, NORTH + 10, 40.4), (start + 100, NORTH, -1000.0)]
    )


def frame(columns: dict[str, Any], shapes: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=2154)


def roads() -> gpd.GeoDataFrame:
    names = (
        "nature", "importance", "nom_collaboratif_gauche", "nom_voie_ban_gauche",
        "position_par_rapport_au_sol", "etat_de_l_objet",
    )  # fmt: skip
    columns = {name: [row[n] for row in ROADS] for n, name in enumerate(names)}
    return frame(columns, [line(row) for row in range(len(ROADS))])


def geopackage(path: Path) -> Path:
    square = shapely.box(EAST, NORTH + 50, EAST + 40, NORTH + 90)
    spot = shapely.Point(EAST + 20, NORTH + 70)
    layers = {
        "troncon_de_route": roads(),
        "route_numerotee_ou_nommee": frame({"numero": ["D20"]}, [line(0)]),
        "troncon_de_voie_ferree": frame({"nature": ["Tramway", "Voie ferrée principale"]}, [
            line(1), line(2)
        ]),
        "surface_hydrographique": frame({"nature": ["Canal"]}, [square]),
        "troncon_hydrographique": frame({"fictif": [True, False]}, [line(3), line(4)]),
        "batiment": frame({"nature": ["Indifférenciée"]}, [square]),
        "zone_d_habitation": frame({"toponyme": ["Pont de Flandre"]}, [square]),
        "equipement_de_transport": frame(
            {"nature": ["Station de métro", "Parking"], "toponyme": ["Corentin Cariou", "P2"]},
            [spot, spot],
        ),
        "noeud_hydrographique": frame({"toponyme": ["x"]}, [spot]),
    }  # fmt: skip
    for name, content in layers.items():
        content.to_file(path, layer=name, driver="GPKG")
    gpd.GeoDataFrame({"f_table_name": ["troncon_de_route"]}).to_file(path, layer="layer_styles")
    return path


def shapefiles(folder: Path) -> Path:
    folder.mkdir()
    short = roads().rename(columns=SHORT | {"nature": "NATURE", "importance": "IMPORTANCE"})
    short.to_file(folder / "TRONCON_DE_ROUTE.shp", encoding="ISO-8859-1")
    return folder


@pytest.fixture(params=["gpkg", "folder", "shp"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "gpkg":
        return geopackage(tmp_path / "BDT_3-5_GPKG_LAMB93_D075.gpkg")
    folder = shapefiles(tmp_path / "TRANSPORT")
    return folder if request.param == "folder" else folder / "TRONCON_DE_ROUTE.shp"


def known(found: Streets) -> set[str]:
    return {str(found.network.names[n]) for n in found.network.name if n >= 0}


def test_names_are_spoken_and_what_is_not_there_is_left_out(
    source: Path, conn: sa.Connection
) -> None:
    found = read_streets(source, area_of(conn), "© IGN")
    assert known(found) == {"Rue de l'Evangile", "Boulevard Macdonald"}
    assert len(found.network) == 3
    assert set(found.network.use) == {WALKED | STOOD_ON}


def test_roads_are_drawn_by_their_nature(source: Path, conn: sa.Connection) -> None:
    shown = drawn(source, area_of(conn))
    roads = shown.of("road")
    assert sorted(roads.level) == ["main", "motorway", "path", "street", "street"]
    box = shapely.total_bounds(shown.shape)
    assert 2.33 < box[0] < box[2] < 2.38
    assert 48.87 < box[1] < box[3] < 48.90


def drawn(source: Path, area: shapely.Geometry | None) -> MapFeatures:
    parts = list(read(source, area))
    return MapFeatures(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("kind", "level", "label", "shape")
        )
    )


def test_every_layer_of_a_geopackage_is_what_it_is_called(
    tmp_path: Path, conn: sa.Connection
) -> None:
    source = geopackage(tmp_path / "d075.gpkg")
    shown = drawn(source, area_of(conn))
    count = {kind: len(shown.of(kind)) for kind in set(shown.kind)}
    assert count == {"road": 5, "rail": 2, "water": 2, "building": 1, "place": 1}
    assert sorted(shown.of("rail").level) == ["train", "tram"]
    places = read_streets(source, area_of(conn), "© IGN").network.places
    assert {(one.name, one.kind) for one in places} == {
        ("Pont de Flandre", "place"),
        ("Corentin Cariou", "station"),
    }
    result = build(source, tmp_path / "map.mbtiles", area_of(conn), "© IGN", TELL)
    assert (result.features, result.tiles > 3) == (11, True)


def test_a_layer_without_coordinates_it_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.shp"
    frame({"NOM": ["RUE A"]}, [line(0)]).to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(Refused, match=r"nowhere\.shp: does not say in which coordinates"):
        build(path, tmp_path / "map.mbtiles", None, None, TELL)
    assert not (tmp_path / "map.mbtiles").exists()


def test_a_layer_without_rows_shows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "none.gpkg"
    roads()[:0].to_file(path, layer="troncon_de_route", driver="GPKG")
    with pytest.raises(Refused, match=r"none\.gpkg: shows no street"):
        build(path, tmp_path / "map.mbtiles", None, None, TELL)
    assert not (tmp_path / "map.mbtiles").exists()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("R JEAN MONNET", "Rue Jean Monnet"),
        ("R DU CLOITRE NOTRE-DAME", "Rue du Cloitre Notre-Dame"),
        ("AV DU GAL LECLERC", "Avenue du Général Leclerc"),
        ("R D'ALESIA", "Rue d'Alesia"),
        ("BD DE L HOPITAL", "Boulevard de l'Hopital"),
        ("IMP LOUIS XIV", "Impasse Louis XIV"),
        ("PL DU 8 MAI 1945", "Place du 8 Mai 1945"),
        ("L'ALLEE VERTE", "L'Allee Verte"),
        ("Rue Riquet", "Rue Riquet"),
        ("D20", "D20"),
        ("  ", ""),
    ],
)
def test_names_in_capitals_become_names_to_read(written: str, spoken: str) -> None:
    assert readable(written) == spoken


def shapes(folder: Path, name: str = "troncon_de_route") -> list[Path]:
    """Write a road as a shapefile; return its files."""
    roads = frame({"nature": ["Route"], "NOM_BAN_G": ["BD NEY"]}, [line(0)])
    roads.to_file(folder / f"{name}.shp")
    return sorted(folder.glob(f"{name}.*"))


def packed(path: Path, files: list[Path], *folders: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for folder in folders:
            for file in files:
                archive.write(file, f"{folder}{file.name}")
        archive.writestr("__MACOSX/troncon_de_route.shp", "")
    return path


@pytest.mark.parametrize("folder", ["", "BDT 3-3 (75)/TRANSPORT/"])
def test_a_shapefile_in_an_archive_is_read_where_it_lies(tmp_path: Path, folder: str) -> None:
    path = packed(tmp_path / "roads.zip", shapes(tmp_path), folder)
    assert build(path, tmp_path / "out.mbtiles", None, "IGN", TELL).features == 1
    assert read_streets(path, None, "IGN").network.names == ("Boulevard Ney",)


def test_an_archive_of_several_maps_or_none_or_cut_short_is_refused(tmp_path: Path) -> None:
    files = shapes(tmp_path)
    two = packed(tmp_path / "two.zip", files, "north/", "south/")
    none = packed(tmp_path / "none.zip", [], "")
    short = tmp_path / "short.zip"
    short.write_bytes(two.read_bytes()[:-50])
    for path, why in ((two, "2 maps"), (none, "0 maps"), (short, "truncated")):
        with pytest.raises(Refused, match=rf"{path.name}: .*{why}"):
            build(path, tmp_path / "out.mbtiles", None, "IGN", TELL)


def test_a_shapefile_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = shapes(tmp_path)[-2]
    assert path.suffix == ".shp"
    path.write_bytes(path.read_bytes()[:-20])
    for source in (path, tmp_path):
        with pytest.raises(Refused, match=r"\.shp: the file is cut short"):
            build(source, tmp_path / "out.mbtiles", None, "IGN", TELL)


@pytest.mark.parametrize(
    "column", ["RUE", "FULLNAME", "Straßenname", "naam", "L_VOIE", "Street_Name", "nombre"]
)
def test_the_column_of_names_of_other_cities_is_known(tmp_path: Path, column: str) -> None:
    path = tmp_path / "streets.gpkg"
    frame({column: ["Kerkstraat"], "id": [7]}, [line(0)]).to_file(path)
    assert read_streets(path, None, "").network.names == ("Kerkstraat",)


def test_rails_and_waters_of_other_files_are_no_streets(tmp_path: Path) -> None:
    for name in ("gis_osm_roads", "gis_osm_railways", "gis_osm_waterways"):
        frame({"name": [name]}, [line(0)]).to_file(tmp_path / f"{name}.shp")
    kinds = {str(kind) for part in read(tmp_path, None) for kind in part.kind}
    assert kinds == {"road", "rail", "water"}
    assert read_streets(tmp_path, None, "").network.names == ("gis_osm_roads",)
