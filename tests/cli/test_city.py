"""A city from one folder: five of them, set up as a new user would, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod

from cli.conftest import Ran, Run
from conftest import database_name
from geosites.cli import main
from geosites.core import city
from geosites.core.crs import geometry_to_geographic
from geosites.db import migrate
from geosites.db.geography import sites, territories
from geosites.db.postgres.connection import Store
from stores.store_templates import drop_database

DATA = Path(__file__).parents[1] / "data"
GEO = Path(__file__).parents[2] / "data" / "geo"


class Example(NamedTuple):
    """A city: its files, what is said on the command line, and what comes of it."""

    files: tuple[Path, ...]
    said: tuple[str, ...]
    zone: str
    metric: int
    territories: int
    word: str
    inside: tuple[float, float]
    utc_of_noon: str
    """12:00 on 5 July 2023 there."""


CITIES = {
    "zurich": Example(
        (DATA / "cities" / "zurich" / "quartiere.geojson",),
        ("--level", "Quartier", "--metric", "2056"),
        "Europe/Zurich",
        2056,
        19,
        "Quartier",
        (8.5406, 47.3775),
        "2023-07-05T10:00:00+00:00",
    ),
    "frankfurt": Example(
        (DATA / "cities" / "frankfurt" / "frankfurt-main.geojson",),
        ("--level", "Stadtteil", "--zone", "Europe/Berlin"),
        "Europe/Berlin",
        32632,
        46,
        "Stadtteil",
        (8.6690, 50.1075),
        "2023-07-05T10:00:00+00:00",
    ),
    "boston": Example(
        (DATA / "cities" / "boston" / "neighborhoods.geojson",),
        ("--level", "neighborhood", "--zone", "America/New_York", "--metric", "26986"),
        "America/New_York",
        26986,
        17,
        "Neighborhood",
        (-71.0750, 42.3400),
        "2023-07-05T16:00:00+00:00",
    ),
    "tacoma": Example(
        (),
        ("--level", "council district", "--zone", "America/Los_Angeles"),
        "America/Los_Angeles",
        32610,
        5,
        "Council district",
        (-122.4710, 47.2510),
        "2023-07-05T19:00:00+00:00",
    ),
    "monaco": Example(
        (DATA / "monaco.osm.pbf",),
        (),
        "Europe/Monaco",
        32632,
        9,
        "District",
        (7.4260, 43.7400),
        "2023-07-05T10:00:00+00:00",
    ),
}
"""Tacoma's own file may not be passed on: one of its shape is made here."""


def council_districts(folder: Path) -> None:
    """Write five districts that do not share their vertices, with the fields of Tacoma's."""
    features = []
    for number in range(1, 6):
        west = -122.56 + 0.04 * number
        ring = [(west, 47.22), (west + 0.04, 47.22)]
        ring += [
            (west + 0.04 + 2e-6 * (k % 2), 47.22 + 0.01 * k) for k in range(1, 6, number % 2 + 1)
        ]
        ring += [(west + 0.04, 47.28), (west, 47.28), (west, 47.22)]
        features.append(
            {
                "type": "Feature",
                "properties": {"objectid": 17 + number, "dist_id": number, "district": number},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    document = {"type": "FeatureCollection", "features": features}
    (folder / "City_Council_Districts.geojson").write_text(json.dumps(document))


@pytest.fixture(scope="session")
def blank_template(new_database: Callable[..., str]) -> str:
    """Return the name of a database with the schema and nothing in it."""
    url = new_database()
    store = Store(url)
    with store.begin() as conn:
        migrate.upgrade(conn)
    store.close()
    return database_name(url)


@pytest.fixture
def blank(blank_template: str, new_database: Callable[..., str]) -> Iterator[str]:
    """Return the URL of a store without a city; afterwards this process is in none either."""
    url = new_database(blank_template)
    yield url
    city.use(None)
    drop_database(url)


@pytest.fixture
def geosites(
    blank: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Return a function that runs `geosites` on that store."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", blank)
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path / "home"))

    def go(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["geosites", *words])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return go


def folder_of(example: Example, at: Path) -> Path:
    at.mkdir()
    for file in example.files:
        shutil.copy(file, at)
    if not example.files:
        council_districts(at)
    return at


def square(lon: float, lat: float, half: float, **properties: object) -> dict[str, Any]:
    ring = [(lon - half, lat - half), (lon + half, lat - half), (lon + half, lat + half)]
    ring += [(lon - half, lat + half), (lon - half, lat - half)]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(path: Path, *features: dict[str, Any]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


@pytest.mark.parametrize("name", CITIES)
def test_a_city_is_set_up_from_its_files(
    name: str, geosites: Run, blank: str, tmp_path: Path
) -> None:
    example = CITIES[name]
    folder = folder_of(example, tmp_path / name)
    ran = geosites("city", "init", str(folder), *example.said, "--json")
    assert ran.code == 0, ran.err
    told = ran.document
    assert told["city"]["zone"] == example.zone
    assert told["city"]["metric"] == example.metric
    assert len(told["territories"]) == example.territories
    assert "<title>" in Path(told["map"]).read_text()

    file = tmp_path / "one.csv"
    lon, lat = example.inside
    file.write_text(f"observed_at,lon,lat,headcount\n2023-07-05T12:00,{lon},{lat},7\n")
    dry = geosites("import", "sightings", str(file), "--dry-run", "--json")
    assert dry.document["recognised"]["zone"] == example.zone
    assert geosites("import", "sightings", str(file)).code == 0
    store = Store(blank)
    with store.begin() as conn:
        frame = territories.frame(conn)
        assert shapely.coverage_is_valid(np.asarray(frame.geometry))
        assert frame.crs.to_epsg() == example.metric
        at = conn.exec_driver_sql("SELECT observed_at FROM sighting").scalar_one()
        weeks = conn.exec_driver_sql("SELECT monday FROM sighting_week").scalars().all()
    store.close()
    assert at.astimezone(dt.UTC).isoformat() == example.utc_of_noon
    assert [str(week) for week in weeks] == ["2023-07-03"]
    week = geosites("hotspots", "2023-W27", "--json").document
    monday = dt.datetime(2023, 7, 3, tzinfo=city.zone()).astimezone(dt.UTC)
    assert dt.datetime.fromisoformat(week["start"]) == monday
    assert week["heads_counted"] == 7


@pytest.mark.parametrize("name", CITIES)
def test_what_is_written_is_read_again_as_the_same_city(
    name: str, geosites: Run, tmp_path: Path
) -> None:
    example = CITIES[name]
    folder = folder_of(example, tmp_path / name)
    first = geosites("city", "init", str(folder), *example.said, "--json").document
    assert (folder / "city.toml").exists()
    again = geosites("city", "init", str(folder), "--json")
    assert again.code == 0, again.err
    told = again.document
    assert told["city"] == first["city"]
    assert told["territories"] == first["territories"]
    assert told["proposals"] == []


def test_an_option_takes_the_place_of_what_was_proposed_before(
    geosites: Run, tmp_path: Path
) -> None:
    folder = folder_of(CITIES["zurich"], tmp_path / "zurich")
    (folder / "quartiere.geojson").rename(folder / "city.geojson")
    assert geosites("city", "init", str(folder)).code == 0
    again = geosites("city", "init", str(folder), "--level", "Quartier", "--metric", "2056")
    assert again.code == 0, again.err
    assert "--level, --metric" in again.err
    options = ("--level", "Quartier", "--metric", "2056", "--json")
    told = geosites("city", "init", str(folder), *options).document["city"]
    assert [level["id"] for level in told["levels"]] == ["Quartier"]


def test_names_in_another_script_make_codes(geosites: Run, tmp_path: Path) -> None:
    folder = tmp_path / "athens"
    folder.mkdir()
    names = ["Κολωνάκι 1", "Κολωνάκι 2", "Τεχνόπολη", "ภูเก็ต", "東京1", "大阪1"]
    features = [square(23.7 + 0.02 * at, 37.98, 0.01, name=one) for at, one in enumerate(names)]
    geojson(folder / "a.geojson", *features)
    ran = geosites("city", "init", str(folder), "--zone", "Europe/Athens", "--json")
    assert ran.code == 0, ran.err
    codes = {one["name"]: one["code"] for one in ran.document["territories"]}
    assert codes["Κολωνάκι 2"] == "κολωνάκι-2"
    assert codes["ภูเก็ต"] == "ภูเก็ต"
    assert codes["東京1"] != codes["大阪1"]


def test_the_city_that_comes_with_geosites_is_such_a_folder(geosites: Run) -> None:
    ran = geosites("city", "init", str(GEO), "--json")
    assert ran.code == 0, ran.err
    levels = [one["level"] for one in ran.document["territories"]]
    assert {level: levels.count(level) for level in set(levels)} == {
        "arrondissement": 20,
        "commune": 122,
        "quartier": 80,
    }
    assert ran.document["city"]["tiles"] == ["arrondissement", "commune"]
    assert ran.document["sites"] == 8


@pytest.mark.parametrize(
    ("name", "lon", "lat", "metric"),
    [("Cayenne", -52.32, 4.93, 2972), ("Saint-Denis", 55.46, -20.90, 2975)],
)
def test_a_hundred_metres_are_a_hundred_metres_overseas(
    name: str, lon: float, lat: float, metric: int, geosites: Run, blank: str, tmp_path: Path
) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    geojson(folder / "a.geojson", square(lon, lat, 0.02, nom=name, insee="97302"))
    ran = geosites("city", "init", str(folder), "--metric", str(metric), "--json")
    assert ran.code == 0, ran.err
    site = ("--name", "A", "--lon", str(lon), "--lat", str(lat), "--radius-m", "100")
    assert geosites("site", "add", "a", *site).code == 0
    store = Store(blank)
    with store.begin() as conn:
        perimeter = geometry_to_geographic(sites.get(conn, "a").perimeter)
    store.close()
    edge = shapely.get_coordinates(perimeter)
    around = np.full(len(edge), lon), np.full(len(edge), lat)
    _, _, metres = Geod(ellps="WGS84").inv(*around, edge[:, 0], edge[:, 1])
    assert metres == pytest.approx(100.0, abs=0.1)


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".fgb", ".parquet", ".zip"])
@pytest.mark.parametrize("epsg", [4326, 2056, 21781, 3857, 25832])
def test_any_format_and_reference_gives_the_same_city(
    ending: str, epsg: int, geosites: Run, tmp_path: Path
) -> None:
    frame = gpd.read_file(CITIES["zurich"].files[0]).to_crs(epsg)[["name", "geometry"]]
    frame = frame[frame.name.isin(["City", "Lindenhof", "Rathaus", "Enge"])]
    folder = tmp_path / "zurich"
    folder.mkdir()
    if ending == ".parquet":
        frame.to_parquet(folder / "q.parquet")
    elif ending == ".zip":
        frame.to_file(tmp_path / "q.shp")
        parts = [tmp_path / f"q{end}" for end in (".shp", ".shx", ".dbf", ".prj")]
        with zipfile.ZipFile(folder / "q.zip", "w") as archive:
            for part in parts:
                archive.write(part, part.name)
    else:
        frame.to_file(folder / f"q{ending}")
    ran = geosites("city", "init", str(folder), "--metric", "2056", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    areas = {one["name"]: one["area_km2"] for one in ran.document["territories"]}
    there = frame.to_crs(2056)
    assert areas == pytest.approx(dict(zip(there.name, there.area / 1e6, strict=True)), rel=2e-3)


def test_every_fault_is_named_at_once_with_its_feature(geosites: Run, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    point = {"type": "Point", "coordinates": [8.5, 47.4]}
    geojson(
        folder / "a.geojson",
        square(8.50, 47.40, 0.02, name="A", code="1"),
        square(8.51, 47.40, 0.02, name="B", code="2"),
        square(8.60, 47.40, 0.02, name="C", code="1"),
        {"type": "Feature", "properties": {"name": "D", "code": "4"}, "geometry": point},
        {"type": "Feature", "properties": {"name": "E", "code": "5"}, "geometry": None},
        square(8.70, 47.40, 0.02, name=None, code="6"),
    )
    ran = geosites("city", "init", str(folder), "--code", "code", "--name", "name")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    for number in (3, 4, 5, 6):
        assert f"feature {number}" in ran.err or f"entité {number}" in ran.err
    assert "1 and 2 overlap" in ran.err


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (("--metric", "3857"), "100 m"),
        (("--metric", "4326"), "EPSG:4326"),
        (("--metric", "2927"), "EPSG:2927"),
        (("--metric", "1"), "EPSG:1"),
        (("--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("--name", "nothing"), "nothing"),
        (("--code", "nothing"), "nothing"),
    ],
)
def test_what_cannot_be_is_refused(
    said: tuple[str, ...], reason: str, geosites: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    geojson(folder / "a.geojson", square(-122.4, 47.2, 0.02, name="A"))
    zone = () if "--zone" in said else ("--zone", "America/Los_Angeles")
    ran = geosites("city", "init", str(folder), *said, *zone)
    assert ran.code == 1
    assert reason in ran.err
    assert "Traceback" not in ran.err
    assert not (folder / "city.toml").exists()


def test_clocks_that_are_not_said_are_never_guessed_in_silence(
    geosites: Run, tmp_path: Path
) -> None:
    folder = folder_of(CITIES["tacoma"], tmp_path / "tacoma")
    ran = geosites("city", "init", str(folder))
    assert ran.code == 1
    assert "--zone" in ran.err
    confirmed = geosites("city", "init", str(folder), "--as-proposed", "--json")
    assert confirmed.code == 0
    assert any("America/" in one for one in confirmed.document["proposals"])


def test_a_store_with_records_stays_in_its_city(geosites: Run, tmp_path: Path) -> None:
    first = folder_of(CITIES["monaco"], tmp_path / "monaco")
    assert geosites("city", "init", str(first)).code == 0
    file = tmp_path / "one.csv"
    file.write_text("observed_at,lon,lat,headcount\n2023-07-05T12:00,7.426,43.74,7\n")
    assert geosites("import", "sightings", str(file)).code == 0
    other = folder_of(CITIES["boston"], tmp_path / "boston")
    ran = geosites("city", "init", str(other), *CITIES["boston"].said)
    assert ran.code == 1
    assert "monaco" in ran.err
    assert geosites("city", "init", str(first)).code == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"type":"FeatureCollection","features":[]}', b"\x00\xff" * 50],
)
@pytest.mark.parametrize(
    "name", ["a.geojson", "a.gpkg", "a.parquet", "a.zip", "a.osm.pbf", "a.shp"]
)
def test_a_file_that_is_none_is_one_sentence(
    name: str, content: bytes, geosites: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / name).write_bytes(content)
    ran = geosites("city", "init", str(folder), "--zone", "UTC")
    assert ran.code == 1
    assert name in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "TOML"),
        ("view = 3", "view"),
        ('metric = "feet"', "metric"),
        ('[[boundaries]]\nlayer = "x"', "boundaries"),
        ('[[boundaries]]\nfile = "nowhere.geojson"', "nowhere.geojson"),
        ("languages = 3", "languages"),
        ("[[levels]]\ntiles = true", "id"),
        ("classes = [1, 2]", "classes"),
    ],
)
def test_a_faulty_city_file_is_refused_by_name(
    text: str, reason: str, geosites: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    geojson(folder / "a.geojson", square(8.5, 47.4, 0.02, name="A"))
    (folder / "city.toml").write_text(text)
    ran = geosites("city", "init", str(folder))
    assert ran.code == 1
    assert reason in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["zurich", "boston"])
def test_a_site_is_added_in_the_metres_of_the_city_by_a_new_process(
    name: str, geosites: Run, blank: str, tmp_path: Path
) -> None:
    example = CITIES[name]
    said = (*example.said, "--json")
    assert geosites("city", "init", str(folder_of(example, tmp_path / name)), *said).code == 0
    city.use(None)  # as a process that has opened no store yet
    lon, lat = example.inside
    place = ("--lon", str(lon), "--lat", str(lat), "--radius-m", "100")
    ran = geosites("site", "add", "place", "--name", "Place", *place)
    assert ran.code == 0, ran.err
    store = Store(blank)
    with store.begin() as conn:
        perimeter = geometry_to_geographic(sites.get(conn, "place").perimeter)
    store.close()
    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(perimeter.geoms[0])
    assert abs(area) == pytest.approx(np.pi * 100**2, rel=0.02)
    assert perimeter.covers(shapely.Point(lon, lat))
