"""Names of streets, crossings, places and houses from real extracts of OpenStreetMap."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.analysis.street_index import CORNER_M, StreetIndex, network_index
from geosites.analysis.street_routing import StreetRouter, WayKind
from geosites.core.crs import to_metric
from geosites.core.errors import Refused
from geosites.core.street_network import STOOD_ON, WALKED, decoded
from geosites.db.geography import street_map
from geosites.db.postgres.connection import Store
from geosites.imports.basemap import build
from geosites.imports.basemap.addresses import CREDIT, read_addresses
from geosites.imports.basemap.source import OSM_CREDIT
from geosites.imports.basemap.streets import Streets, read_streets
from geosites.services.places import place_names, place_search
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed

DATA = Path(__file__).parents[2] / "data"
BARBES, MONACO = DATA / "barbes.osm.gz", DATA / "monaco.osm.pbf"
HERE = "http://127.0.0.1:8000"

TRUTH = [
    ("barbes", 2.34606, 48.87940, "Rue Marguerite de Rochechouart", "Rue Turgot", 14),
    ("barbes", 2.34383, 48.88043, "Rue Rodier", "Rue Condorcet", 28),
    ("barbes", 2.34627, 48.87832, "Square de Maubeuge", "Rue de Maubeuge", 53),
    ("barbes", 2.35356, 48.87915, "Boulevard de Magenta", "Rue de Belzunce", 19),
    ("barbes", 2.34999, 48.88054, "Rue du Faubourg Poissonnière", "Rue Pétrelle", 11),
    ("barbes", 2.35035, 48.87772, "Rue La Fayette", "Place Franz Liszt", 62),
    ("barbes", 2.35121, 48.87957, "Rue de Belzunce", "Rue de Rocroy", 28),
    ("barbes", 2.35227, 48.87915, "Rue Bossuet", "Rue de Belzunce", 18),
    ("barbes", 2.35082, 48.88058, "Rue de Rocroy", "Rue de Dunkerque", 30),
    ("barbes", 2.35077, 48.88072, "Rue de Dunkerque", "Rue de Rocroy", 25),
    ("monaco", 7.42695, 43.74135, "Avenue de la Madone", "Avenue de Grande-Bretagne", 80),
    ("monaco", 7.42976, 43.74460, "Avenue de Grande-Bretagne", "Square Winston Churchill", 294),
    ("monaco", 7.41270, 43.73638, "Rue Victor Hugo", "Rue de Castillon", 84),
    ("monaco", 7.42505, 43.73833, "Avenue de l'Hermitage", "Avenue de la Costa", 58),
    ("monaco", 7.41231, 43.73190, "Rampe des Revoirs", "Moyenne Corniche", 29),
    ("monaco", 7.41703, 43.73188, "Promenade Honoré II", None, None),
    ("monaco", 7.42494, 43.74020, "Galeries du Parc Palace", "Impasse de la Fontaine", 48),
    ("monaco", 7.42858, 43.74540, "Boulevard du Général Leclerc", "Chemin de la Noix", 53),
    ("monaco", 7.42067, 43.73099, "Ruelle Sainte-Barbe", None, None),
    ("monaco", 7.41550, 43.72917, "Avenue Albert II", "Rue de la Lüjerneta", 63),
]
"""Street, nearest crossing on it and metres to it along the straight line.

Worked out from the raw files by another way: pyosmium reads ways by the numbers of their nodes, two
streets cross where a way of each has the same node, distances are those of a plane at the mean
latitude. Of points drawn at random those were left out that lie within 3 m of being on another
street, or within 4 m of being at another crossing.
"""

BAN = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat\n"
    "75110_2976_00018;;18;;Rue de Dunkerque;75010;75110;Paris;;;2.352800;48.880400\n"
    "75110_2976_00018_bis;;18;bis;Rue de Dunkerque;75010;75110;Paris;;;2.352700;48.880420\n"
    "93066_0001_00018;;18;;Rue de Dunkerque;93200;93066;Saint-Denis;;;2.360000;48.930000\n"
    "75110_2976_09999;;9999;;Rue de Dunkerque;75010;75110;Paris;;;2.352700;48.880420\n"
    "75119_8148_00012;;12;;Rue Riquet;75019;75119;Paris;;;2.373500;48.889000\n"
    "75119_8148_00014;;14;;Rue Riquet;75019;75119;Paris;;;;\n"
)


@pytest.fixture(scope="module")
def streets() -> dict[str, Streets]:
    return {
        path.name.split(".")[0]: read_streets(path, None, OSM_CREDIT) for path in (BARBES, MONACO)
    }


@pytest.fixture(scope="module")
def indexes(streets: dict[str, Streets]) -> dict[str, StreetIndex]:
    return {name: network_index(one.network, []) for name, one in streets.items()}


@pytest.mark.parametrize(("where", "lon", "lat", "street", "crossing", "away"), TRUTH)
def test_street_and_crossing_are_those_of_the_raw_data(
    indexes: dict[str, StreetIndex],
    where: str,
    lon: float,
    lat: float,
    street: str,
    crossing: str | None,
    away: float | None,
) -> None:
    (place,) = indexes[where].nearest(to_metric([lon, lat]))
    assert place is not None
    names = (street, crossing)
    if crossing is not None and away is not None and away < CORNER_M:
        names = tuple(sorted((street, crossing)))
    assert (place.street, place.crossing) == names
    assert away is None or place.crossing_m == pytest.approx(away, abs=2)


def test_a_network_comes_back_as_it_was_kept(streets: dict[str, Streets]) -> None:
    known = streets["monaco"].network
    again = decoded(known.encoded())
    assert again.names == known.names
    assert again.places == known.places
    assert again.credit == OSM_CREDIT
    assert np.array_equal(again.ends, known.ends)
    assert np.abs(again.xy - known.xy).max() < 0.006
    assert len(known.encoded()) < 130_000


def test_tunnels_and_fast_roads_name_no_position(streets: dict[str, Streets]) -> None:
    known = streets["monaco"].network
    named = known.name >= 0
    stood = {known.names[n] for n in known.name[named & ((known.use & STOOD_ON) > 0)]}
    walked = {known.names[n] for n in known.name[named & ((known.use & WALKED) > 0)]}
    assert "Boulevard du Larvotto" in stood
    assert not {"Tunnel Rocher Antoine 1er", "Tunnel Aureglia"} & (stood | walked)
    assert "Galerie Sainte-Dévote" in walked - stood


def test_places_and_stations_are_named(streets: dict[str, Streets]) -> None:
    found = {(place.name, place.kind) for place in streets["monaco"].network.places}
    assert {("Fontvieille", "place"), ("Larvotto", "place")} <= found
    assert ("Monaco - Monte Carlo", "station") in found


def test_houses_have_the_street_of_their_relation(streets: dict[str, Streets]) -> None:
    houses = streets["barbes"].houses
    known = dict.fromkeys(zip(houses.number, houses.street, strict=True))
    assert ("20", "Rue de Dunkerque") in known
    assert ("88", "Rue de Maubeuge") in known
    assert len(houses) > 800


@pytest.fixture
def mapped(store: Store, streets: dict[str, Streets]) -> Store:
    with store.begin() as conn:
        build.put_names(conn, streets["barbes"])
    return store


def found(store: Store, text: str) -> list[tuple[str, str, str | None]]:
    with store.begin() as conn:
        return [(place.kind, place.name, place.within) for place in place_search.find(conn, text)]


@pytest.mark.parametrize(
    ("typed", "street"),
    [
        ("bd rochechouart", "Boulevard de Rochechouart"),
        ("r marguerite rochechouart", "Rue Marguerite de Rochechouart"),
        ("r du fg poissonniere", "Rue du Faubourg Poissonnière"),
        ("dunkerque", "Rue de Dunkerque"),
        ("bd macdonald", "Boulevard Macdonald"),
    ],
)
def test_streets_are_searched_as_people_type_them(mapped: Store, typed: str, street: str) -> None:
    assert street in [name for kind, name, _ in found(mapped, typed) if kind == "street"]


def test_a_house_of_the_street_map_comes_before_its_street(mapped: Store) -> None:
    (first, second, *_) = found(mapped, "rue de dunkerque 20")
    assert first == ("address", "20 Rue de Dunkerque", None)
    assert second[:2] == ("street", "Rue de Dunkerque")
    assert found(mapped, "34 ter rue de dunkerque")[0][1] == "34 ter Rue de Dunkerque"
    assert found(mapped, "rue de dunkerque 18")[0][:2] == ("street", "Rue de Dunkerque")


@pytest.mark.parametrize("name", ["adresses-75.csv", "adresses-75.csv.gz"])
def test_a_house_of_the_ban_is_found_in_the_street_that_is_meant(
    mapped: Store, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(BAN.encode()) if name.endswith(".gz") else BAN.encode())
    with mapped.begin() as conn:
        assert street_map.put_addresses(conn, read_addresses(path), CREDIT) == 4
    assert found(mapped, "rue de dunkerque 18")[0] == ("address", "18 Rue de Dunkerque", "Paris")
    assert found(mapped, "18b r dunkerque")[0][1] == "18 bis Rue de Dunkerque"
    assert found(mapped, "12 rue riquet")[0] == ("address", "12 Rue Riquet", "Paris")
    towns = {within for _, name, within in found(mapped, "rue de dunkerque") if "Dunk" in name}
    assert "Saint-Denis" in towns


def test_house_numbers_of_the_ban_outlive_a_street_map(
    mapped: Store, tmp_path: Path, streets: dict[str, Streets]
) -> None:
    path = tmp_path / "adresses-75.csv"
    path.write_text(BAN)
    with mapped.begin() as conn:
        street_map.put_addresses(conn, read_addresses(path), CREDIT)
        build.put_names(conn, streets["barbes"])
    assert found(mapped, "rue de dunkerque 18")[0][0] == "address"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.csv", None, "there is no such file"),
        ("empty.csv.gz", b"", "is empty"),
        ("cut.csv.gz", gzip.compress(BAN.encode() * 500, mtime=0)[:-40], "cut short"),
        ("foreign.csv.gz", b"PK\x03\x04 and so on" * 20, "no table of addresses"),
        ("foreign.csv", b"a;b\n1;2\n", "the column numero is missing"),
        ("foreign.pdf", b"%PDF-1.7\n\xff\xfe\x00" * 30, "no table of addresses"),
        ("nothing.csv", BAN.splitlines()[0].encode() + b"\n", "holds no address"),
    ],
)
def test_what_is_no_table_of_addresses_is_refused_by_name(
    conn: sa.Connection, tmp_path: Path, name: str, content: bytes | None, why: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refused, match=f"{name}: .*{why}"):
        street_map.put_addresses(conn, read_addresses(path), CREDIT)


def test_a_position_off_the_street_map_is_named_by_the_streets_of_geosites(mapped: Store) -> None:
    with mapped.begin() as conn:
        inside, outside = place_names.near(
            conn, to_metric([[2.35077, 48.88072], [2.37830, 48.89850]])
        )
    assert inside is not None
    assert outside is not None
    assert (inside["street"], inside["crossing"]) == ("Rue de Dunkerque", "Rue de Rocroy")
    assert outside["street"] == "Boulevard Macdonald"


def test_answers_change_with_the_streets(store: Store, streets: dict[str, Streets]) -> None:
    here = to_metric([2.35082, 48.88058])
    with store.begin() as conn:
        (before,) = place_names.near(conn, here)
        build.put_names(conn, streets["barbes"])
        (after,) = place_names.near(conn, here)
    assert after is not None
    assert before is None or before["street"] != after["street"]
    assert after["street"] == "Rue de Rocroy"


def test_search_over_http_tells_the_city_of_a_house(mapped: Store, tmp_path: Path) -> None:
    path = tmp_path / "adresses-75.csv"
    path.write_text(BAN)
    with mapped.begin() as conn:
        street_map.put_addresses(conn, read_addresses(path), CREDIT)
    client = TestClient(create_app(mapped, WebConfig()), base_url=HERE, headers=signed.bearer())
    (first, *_) = client.get("/search", params={"q": "rue de dunkerque 18"}).json()["found"]
    assert (first["kind"], first["name"], first["within"]) == (
        "address",
        "18 Rue de Dunkerque",
        "Paris",
    )
    west, south, east, north = first["bbox"]
    assert shapely.box(west, south, east, north).contains(shapely.Point(2.3528, 48.8804))


def spent_s(store: Store, typed: str) -> float:
    """Return how long a search takes; on a busy machine it has to be tried more than once."""
    began = time.perf_counter()
    found(store, typed)
    return time.perf_counter() - began


def test_a_search_takes_less_than_twenty_milliseconds(
    mapped: Store,
) -> None:
    found(mapped, "rue")
    for typed in ("rue", "bd rochechouart", "rue de dunkerque 20", "la", "gare du nord"):
        assert any(spent_s(mapped, typed) < 0.02 for _ in range(100))


def test_streets_go_on_across_a_square_that_is_mapped_as_an_area(tmp_path: Path) -> None:
    """Two streets end at the corners of a square; one walks along its edge, and it has a name."""
    corners = [(2.350, 48.880), (2.351, 48.880), (2.351, 48.881), (2.350, 48.881)]
    ends = [(2.345, 48.880), (2.356, 48.881)]
    nodes = "".join(
        f'<node id="{n}" version="1" lat="{lat}" lon="{lon}"/>'
        for n, (lon, lat) in enumerate([*corners, *ends], 1)
    )
    square = (
        '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>'
        '<tag k="highway" v="pedestrian"/><tag k="area" v="yes"/>'
        '<tag k="name" v="Place du Milieu"/></way>'
    )
    street = (
        '<way id="{0}" version="1"><nd ref="{1}"/><nd ref="{2}"/>'
        '<tag k="highway" v="residential"/><tag k="name" v="Rue {0}"/></way>'
    )
    ways = square + street.format(2, 5, 1) + street.format(3, 3, 6)
    path = tmp_path / "square.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{ways}</osm>')
    found = read_streets(path, None, "").network
    start, goal = to_metric(np.array(ends))
    way = StreetRouter(network=found).way(start, goal)
    assert way.kind is WayKind.STREETS
    assert [leg.street for leg in way.legs] == ["Rue 2", "Place du Milieu", "Rue 3"]
    assert "Place du Milieu" in found.names
