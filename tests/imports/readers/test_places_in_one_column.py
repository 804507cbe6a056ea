"""Places as people write them in one column: pairs, degrees and minutes, points in WKT."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geosites.core.errors import Refused
from geosites.db.schema.sightings import sighting
from geosites.imports.mapping import ColumnMapping
from geosites.validation import COLUMNS, FileKind
from geosites.validation.positions.point_notations import (
    Angle,
    Degrees,
    angle_of,
    pair_of,
    point_of,
)
from geosites.validation.table_columns.column_synonyms import likely
from imports.conftest import Load

LON, LAT = 2.3868, 48.8975
TOP = "observed_at;coord;headcount\n"
SEEN = "2023-07-13T14:30;{};3\n"
HEXADECIMAL = shapely.to_wkb(
    shapely.set_srid(shapely.Point(LON, LAT), 4326), hex=True, include_srid=True
)
Points = Callable[[], list[tuple[float, float]]]


@pytest.fixture
def points(conn: sa.Connection) -> Points:
    """Return a function that tells where the sightings lie, in degrees to a metre or so."""

    def stored() -> list[tuple[float, float]]:
        place = sa.func.ST_Transform(sighting.c.point, 4326)
        found = conn.execute(sa.select(sa.func.ST_X(place), sa.func.ST_Y(place)))
        return [(round(x, 5), round(y, 5)) for x, y in found]

    return stored


def lambert() -> str:
    x, y = Transformer.from_crs(4326, 2154, always_xy=True).transform(LON, LAT)
    return f"SRID=2154;POINT({x} {y})"


@pytest.mark.parametrize(
    ("ours", "text"),
    [
        ("lat_lon", "48.8975, 2.3868"),
        ("lat_lon", "(48.8975, 2.3868)"),
        ("lat_lon", "48,8975 2,3868"),
        ("lon_lat", "[2.3868,48.8975]"),
        ("lat_lon", "48°53'51\"N 2°23'12.48\"E"),
        ("lon_lat", "48° 53′ 51″ N, 2° 23′ 12.48″ E"),
        ("lat_lon", '{"lon": 2.3868, "lat": 48.8975}'),
        ("lon_lat", "{'latitude': '48.8975', 'longitude': '2.3868', 'human_address': ''}"),
        ("lat_lon", '{"type": "Point", "coordinates": [2.3868, 48.8975]}'),
        ("wkt", "POINT (2.3868 48.8975)"),
        ("wkt", "SRID=4326;POINT(2.3868 48.8975)"),
        ("wkt", lambert()),
        ("wkt", HEXADECIMAL),
    ],
)
def test_a_place_in_one_column_is_read(load: Load, points: Points, ours: str, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    content = TOP + SEEN.format(quoted)
    assert load("sightings", content, columns={ours: "coord"}).added == 1
    assert points() == [(LON, LAT)]


def test_degrees_minutes_and_seconds_stand_in_columns_of_their_own(
    load: Load, points: Points
) -> None:
    content = "observed_at;lat;lon;headcount\n2023-07-13T14:30;48°53'51\"N;E 2°23'12.48\";3\n"
    assert load("sightings", content.replace('"', "″")).added == 1
    assert points() == [(LON, LAT)]


def test_which_number_comes_first_is_proposed_and_not_guessed(load: Load) -> None:
    content = TOP + SEEN.format("48.8975, 2.3868")
    with pytest.raises(Refused, match=r"--column lat_lon=coord, or --column lon_lat=coord"):
        load("sightings", content)
    (bad,) = load("sightings", content, columns={"lon_lat": "coord"}).refused
    assert bad.reason.startswith("lon and lat are swapped")


def test_a_column_that_says_its_order_needs_no_word(load: Load, points: Points) -> None:
    assert load("sightings", (TOP + SEEN.format("48.8975,2.3868")).replace("coord", "LAT_LON"))
    assert points() == [(LON, LAT)]


@pytest.mark.parametrize(
    ("ours", "text", "reason"),
    [
        ("lat_lon", "Stalingrad", "is not a latitude and a longitude"),
        ("lat_lon", "{'lat': 48.8975}", "is not a latitude and a longitude"),
        ("lat_lon", "48.8975", "is not a latitude and a longitude"),
        ("lat_lon", "48.8975 2.3868 35", "is not a latitude and a longitude"),
        ("lat_lon", "48.8975N 2.3868N", "is not a latitude and a longitude"),
        ("lat_lon", "48.8975N 2.3868O", "O may mean west"),
        ("lat_lon", "", "is missing"),
        ("wkt", "LINESTRING (0 0, 1 1)", "is not a point in WKT"),
        ("wkt", "POINT EMPTY", "is not a point in WKT"),
        ("wkt", "SRID=999999;POINT(1 2)", "has a reference system that is not known"),
        ("wkt", "(" * 5000, "is not a point in WKT"),
    ],
)
def test_what_is_no_place_is_told_with_its_text(
    load: Load, ours: str, text: str, reason: str
) -> None:
    report = load("sightings", TOP + SEEN.format(f'"{text}"'), columns={ours: "coord"})
    (bad,) = report.refused
    assert (bad.line, bad.value) == (2, text[:120])
    assert reason in bad.reason


def test_a_letter_that_names_the_other_axis_is_told(load: Load) -> None:
    content = "observed_at,lat,lon,headcount\n2023-07-13T14:30,2.3868E,48.8975N,3\n"
    (bad,) = load("sightings", content).refused
    assert bad.reason == "is a latitude, by its letter; a longitude ends in E or W"


def test_a_site_stands_for_a_place_that_is_not_said(load: Load) -> None:
    content = "observed_at;coord;headcount;site\n2023-07-13T14:30;;3;forceval\n"
    assert load("sightings", content, columns={"lat_lon": "coord"}).at_site == 1


def test_two_columns_that_say_the_place_are_refused(load: Load) -> None:
    content = "observed_at;lat_lon;lon;lat;headcount\n2023-07-13T14:30;48.8,2.3;2.3;48.8;3\n"
    with pytest.raises(Refused, match="all say the place; ignore all but one"):
        load("sightings", content)


def test_an_operation_has_its_centre_in_one_column(load: Load) -> None:
    content = (
        "started_at;ended_at;kind;centre;radius_m\n"
        "2023-07-13T14:30;2023-07-13T16:30;dispersal;48.8975, 2.3868;100\n"
    )
    assert load("operations", content, columns={"lat_lon": "centre"}).added == 1
    with pytest.raises(Refused, match="missing column 'radius_m'"):
        load("operations", content, columns={"lat_lon": "centre"}, ignore=["radius_m"])


def test_a_saved_mapping_reads_places_in_one_column(load: Load, points: Points) -> None:
    mapping = ColumnMapping(columns={"lat_lon": ("coord",)}, rest=True)
    assert load("sightings", TOP + SEEN.format("48.8975, 2.3868"), mapping=mapping).added == 1
    assert points() == [(LON, LAT)]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["geo_point_2d"], {"lat_lon": ("geo_point_2d",)}),
        (["lat,lon"], {"lat_lon": ("lat,lon",)}),
        (["Lon/Lat"], {"lon_lat": ("Lon/Lat",)}),
        (["Coordonnées GPS"], {"lat_lon": ("Coordonnées GPS",)}),
        (["the_geom"], {"wkt": ("the_geom",)}),
        (["coord", "geom"], {"lat_lon": ("coord",)}),
        (["coord", "lon", "lat"], {}),
        (["coord", "Longitude", "Latitude"], {"lon": ("Longitude",), "lat": ("Latitude",)}),
        (["coord", "x", "y"], {}),
    ],
)
def test_a_place_in_one_column_is_proposed_where_no_other_says_it(
    header: list[str], found: dict[str, tuple[str, ...]]
) -> None:
    assert likely(COLUMNS[FileKind.SIGHTINGS], header) == found


DEGREES = st.integers(-89_999_999, 89_999_999).map(lambda number: number / 1e6)
GAPS = st.sampled_from([", ", ",", ";", " ; ", " ", "\t", " / "])
AROUND = st.sampled_from(["{}", "({})", "[{}]", " {} ", "( {} )"])


@given(lat=DEGREES, lon=DEGREES, gap=GAPS, around=AROUND)
def test_any_pair_is_read_in_the_order_of_its_column(
    lat: float, lon: float, gap: str, around: str
) -> None:
    text = around.format(f"{lat:.6f}{gap}{lon:.6f}")
    assert pair_of(text, "lat_lon") == Degrees(repr(lon), repr(lat))
    assert pair_of(text, "lon_lat") == Degrees(repr(lat), repr(lon))


@given(
    degrees=st.integers(0, 89),
    minutes=st.integers(0, 59),
    hundredths=st.integers(0, 5999),
    letter=st.sampled_from("NSEW"),
    marks=st.sampled_from([("°", "'", '"'), ("° ", "′ ", "″ "), ("º", "’", "''")]),
)
def test_degrees_minutes_and_seconds_are_the_angle_they_say(
    degrees: int, minutes: int, hundredths: int, letter: str, marks: tuple[str, str, str]
) -> None:
    seconds = hundredths / 100
    text = f"{degrees}{marks[0]}{minutes}{marks[1]}{seconds:.2f}{marks[2]}{letter}"
    value = degrees + minutes / 60 + seconds / 3600
    angle = angle_of(text)
    assert isinstance(angle, Angle)
    assert angle.name == ("lat" if letter in "NS" else "lon")
    assert angle.degrees == pytest.approx(-value if letter in "SW" else value, abs=2e-9)
    assert angle_of(f"{letter} {text[:-1]}") == angle


@given(st.text(max_size=60))
def test_any_text_is_a_place_or_has_a_reason(text: str) -> None:
    for found in (pair_of(text, "lat_lon"), point_of(text)):
        assert bool(found.reason) != (found.lon is not None and found.lat is not None)
