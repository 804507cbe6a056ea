"""Boundary files made to be misread: each fault is named with its feature, and all at once."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geosites.core.errors import Refused
from geosites.imports.city.folder import Understood, understood
from geosites.imports.city.found_files import Choices

Shape = shapely.Geometry | None
SAID = Choices(as_proposed=True, zone="Europe/Zurich")
ENDINGS = ("geojson", "gpkg", "shp", "parquet")


def square(x: float, y: float, side: float = 0.01) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


A, B = square(8.5, 47.3), square(8.51, 47.3)
BESIDE = shapely.box(8.52, 47.3, 8.53, 47.31)


def frame(shapes: list[Shape], names: list[object] | None = None, crs: object = 4326):
    named = names or [f"Quarter {letter}" for letter in "ABCDEFGH"[: len(shapes)]]
    return gpd.GeoDataFrame({"name": named}, geometry=shapes, crs=crs)


def city(folder: Path, given: gpd.GeoDataFrame, ending: str = "geojson") -> Understood:
    path = folder / f"a.{ending}"
    with warnings.catch_warnings(action="ignore"):  # of a file without a reference
        if ending == "parquet":
            given.to_parquet(path)
        else:
            given.to_file(path)
    return understood(folder, SAID)


LEVEL = [A, B]
FAULTS: dict[str, tuple[list[Shape], list[object] | None, str]] = {
    "no geometry": ([A, None, B], None, "feature 2: has no geometry"),
    "a line": (
        [A, shapely.LineString([(8.5, 47.3), (8.6, 47.4)])],
        None,
        "feature 2: is a LineString and no polygon",
    ),
    "no name": ([A, B], ["Enge", None], "feature 2: name holds no name"),
    "a long name": ([A, B], ["Enge", "a" * 250], "feature 2: name holds 250 characters"),
    "a name that is no line": ([A, B], ["Enge", "a\x07b"], "feature 2: the name in name is not"),
    "an overlap": ([A, shapely.box(8.505, 47.3, 8.52, 47.31)], None, "overlap by 42"),
    "one area twice": ([A, A, B], None, "overlap by 84"),
    "no ground": (
        [A, shapely.box(8.7, 47.3, 8.7 + 1e-9, 47.4)],
        None,
        "feature 2: .* holds no ground",
    ),
    "a spike": (
        [A, shapely.Polygon([(8.51, 47.3), (8.52, 47.3), (60, 47.305), (8.52, 47.31)])],
        None,
        "feature 2: reaches from 8.51, 47.3 to 60.0",
    ),
    "far apart": ([A, B, square(-70.0, -30.0)], None, "feature 3: reaches from -70.0"),
    "both sides of 180": ([square(179.99, -17.0), square(-180.0, -17.0)], None, "180th meridian"),
    "beyond 180": ([shapely.box(179.5, -17, 180.5, -16)], None, "feature 1: at 180.5, -16"),
    "at the pole": ([shapely.box(10, 89.9, 20, 89.99)], None, "feature 1: at 20.0, 89.99"),
    "metres as degrees": ([square(2.6e6, 1.2e6, 1e3)], None, "outside of longitudes"),
}


NEVER = {("a line", "shp"), ("a hole outside", "shp")}
"""What a shapefile cannot say."""


def each(given: Iterable[str]) -> pytest.MarkDecorator:
    pairs = [(name, ending) for name in given for ending in ENDINGS]
    return pytest.mark.parametrize(("name", "ending"), [it for it in pairs if it not in NEVER])


@each(FAULTS)
def test_a_fault_is_named_with_its_feature(tmp_path: Path, name: str, ending: str) -> None:
    shapes, names, why = FAULTS[name]
    with pytest.raises(Refused, match=why):
        city(tmp_path, frame(shapes, names), ending)
    assert [path for path in tmp_path.iterdir() if path.name == "city.toml"] == []


CUT = shapely.Polygon([(8.51, 47.3), (8.52, 47.3), (8.52, 47.31), (8.51, 47.31), (8.51, 47.3051)])
TOLD: dict[str, tuple[list[Shape], list[object] | None, int, str]] = {
    "borders not noded": ([A, CUT], None, 2, "were noded"),
    "a sliver covered twice": ([A, shapely.box(8.50995, 47.3, 8.52, 47.31)], None, 2, "noded"),
    "a sliver that none covers": ([A, shapely.box(8.51005, 47.3, 8.52, 47.31)], None, 2, "none"),
    "a bow tie": (
        [shapely.Polygon([(8.5, 47.3), (8.51, 47.31), (8.51, 47.3), (8.5, 47.31)]), BESIDE],
        None,
        2,
        "Self-intersection",
    ),
    "a hole outside": (
        [shapely.Polygon(A.exterior.coords, [square(8.6, 47.4, 0.001).exterior.coords]), BESIDE],
        None,
        2,
        "Hole lies outside shell",
    ),
    "one name twice": ([A, BESIDE], ["Enge", "Enge"], 1, "parts of one territory: 1"),
}


@each(TOLD)
def test_what_is_repaired_is_told(tmp_path: Path, name: str, ending: str) -> None:
    shapes, names, count, what = TOLD[name]
    found = city(tmp_path, frame(shapes, names), ending)
    assert len(found.territories) == count
    assert what in "; ".join(found.warnings)
    assert all(item.area.is_valid and item.area.area > 1 for item in found.territories)


@pytest.mark.parametrize("ending", ENDINGS)
def test_heights_and_the_name_of_the_column_change_nothing(tmp_path: Path, ending: str) -> None:
    high = frame([shapely.force_3d(shape, 400.0) for shape in LEVEL]).rename_geometry("wo")
    plain, other = tmp_path / "plain", tmp_path / "high"
    plain.mkdir()
    other.mkdir()
    one, two = city(plain, frame(LEVEL), ending), city(other, high, ending)
    for first, second in zip(one.territories, two.territories, strict=True):
        assert first.area.equals_exact(second.area, 0.001)
        assert not second.area.has_z


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_reference_of_elsewhere_is_told(tmp_path: Path, ending: str) -> None:
    wrong = frame(LEVEL, crs=4326).set_crs(2056, allow_override=True)
    with pytest.raises(Refused, match=r"a\.\w+: at .* far from where CH1903\+"):
        city(tmp_path, wrong, ending)


@pytest.mark.parametrize("ending", ["gpkg", "shp", "parquet"])
def test_no_reference_is_told(tmp_path: Path, ending: str) -> None:
    with pytest.raises(Refused, match="does not say in which reference system"):
        city(tmp_path, frame(LEVEL, crs=None), ending)


def text(*features: str, more: str = "") -> str:
    return f'{{{more}"type":"FeatureCollection","features":[{",".join(features)}]}}'


def feature(name: str, coordinates: object, kind: str = "Polygon") -> str:
    geometry = {"type": kind, "coordinates": coordinates}
    return json.dumps({"type": "Feature", "properties": {"name": name}, "geometry": geometry})


RING = [[8.5, 47.3], [8.51, 47.3], [8.51, 47.31], [8.5, 47.3]]
OPEN = [[8.52, 47.3], [8.53, 47.3], [8.53, 47.31]]
SOUND = feature("a", [RING])
NESTED = '{"type":"GeometryCollection","geometries":[' * 10_000
STRANGE = '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::999999"}},'
WRITTEN: dict[str, tuple[str, str | bytes, str]] = {
    "a ring of two": (
        "a.geojson",
        text(SOUND, feature("b", [RING[:2]])),
        "feature 2: B holds no ground",
    ),
    "a null": ("a.geojson", text(SOUND, "null"), "feature 2 is none: null"),
    "a name twice": (
        "a.geojson",
        text(SOUND.replace('"name": "a"', '"name": "a", "name": "b"')),
        "feature 1 says name twice",
    ),
    "nothing drawn": ("a.geojson", text(SOUND, feature("b", [])), "feature 2: has no geometry"),
    "collections": ("a.geojson", text('{"type":"Feature","geometry":' + NESTED), "cannot be read"),
    "no UTF-8": ("a.geojson", text(SOUND).replace('"a"', '"é"').encode("latin-1"), "not UTF-8"),
    "cut": ("a.geojson", text(SOUND, SOUND)[:-60], "cannot be read"),
    "a strange reference": ("a.geojson", text(SOUND, more=STRANGE), "999999"),
    "empty": ("a.geojson", "", "a.geojson: the file is empty"),
    "another content": ("a.geojson", "name,wkt\n", "a.geojson: the file is not GeoJSON"),
    "GeoJSON as a package": ("a.gpkg", text(SOUND), "a.gpkg: the file is not a GeoPackage"),
    "GeoJSON as shapes": ("a.shp", text(SOUND), "a.shp: the file is not a shapefile"),
    "GeoJSON as Parquet": ("a.parquet", text(SOUND), "a.parquet: cannot be read"),
    "no archive": ("a.zip", b"PK\x03\x04garbage", "a.zip: the file is not a zip archive"),
    "a file that names others": ("a.geojson", "<OGRVRTDataSource/>", "not GeoJSON"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_was_written_by_hand_is_told(tmp_path: Path, name: str) -> None:
    called, content, why = WRITTEN[name]
    whole = content if isinstance(content, bytes) else content.encode()
    (tmp_path / called).write_bytes(whole)
    with pytest.raises(Refused, match=why):
        understood(tmp_path, SAID)


def test_an_open_ring_is_closed_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(text(SOUND, feature("b", [OPEN])), encoding="utf-8")
    found = understood(tmp_path, SAID)
    assert len(found.territories) == 2
    assert "a.geojson, feature 2: a ring was not closed; closed" in found.warnings


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text("", encoding="utf-8")
    (tmp_path / "b.gpkg").write_bytes(b"no")
    (tmp_path / "c.geojson").write_text(text(SOUND, feature("b", [])), encoding="utf-8")
    with pytest.raises(Refused) as told:
        understood(tmp_path, SAID)
    said = str(told.value)
    assert "a.geojson: the file is empty" in said
    assert "b.gpkg: the file is not a GeoPackage" in said
    assert "c.geojson, feature 2: has no geometry" in said


@pytest.mark.parametrize("ending", ENDINGS)
def test_more_than_a_city_has_is_refused(tmp_path: Path, ending: str) -> None:
    many = [square(8 + n % 400 * 0.001, 47 + n // 400 * 0.001, 0.001) for n in range(20_001)]
    with pytest.raises(Refused, match="holds 20001 features, and a city has at most 20000"):
        city(tmp_path, frame(many, [f"n{n}" for n in range(len(many))]), ending)


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("parquet", "1000000 vertices, and at most 900000 are read"),
        ("gpkg", "a.gpkg: the GeoPackage holds a value of more than 10 MB"),
    ],
)
def test_a_border_without_an_end_is_refused(tmp_path: Path, ending: str, why: str) -> None:
    turn = np.linspace(0, 2 * np.pi, 1_000_000)
    ring = np.column_stack([8.5 + 0.01 * np.cos(turn), 47.3 + 0.01 * np.sin(turn)])
    with pytest.raises(Refused, match=why):
        city(tmp_path, frame([shapely.Polygon(ring)]), ending)


def test_of_two_layers_one_is_to_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a b.gpkg"
    frame(LEVEL).to_file(path, layer="quarters")
    frame(LEVEL).to_file(path, layer="old quarters")
    with pytest.raises(Refused, match="has the layers quarters, old quarters"):
        understood(tmp_path, SAID)


def zigzag(corners: int) -> shapely.Polygon:
    """Return a ring that crosses itself at nearly every edge."""
    at = np.arange(corners)
    return shapely.Polygon(
        np.column_stack([8 + at * 7919 % corners / corners, 47 + at * 104729 % corners / corners])
    )


def comb(turned: bool, teeth: int = 300) -> shapely.Polygon:
    """Return a sound area whose teeth each cross all of those of the one that is turned."""
    ring = [(x, y) for n in range(teeth) for x, y in ((n, 0), (n, 1), (n + 0.4, 1), (n + 0.4, -1))]
    corners = np.array([*ring, (teeth, -2), (0, -2)]) / (teeth, 1)
    return shapely.Polygon((corners[:, ::-1] if turned else corners) / 10 + (8, 47))


@pytest.mark.parametrize(
    ("areas", "number"),
    [
        ([square(9, 47), zigzag(400)], "2"),
        ([comb(turned=False), comb(turned=True)], "1"),
        ([square(8, 47, 0.5) for _ in range(400)], r"\d+"),
    ],
    ids=["itself", "another", "the same area again"],
)
def test_borders_that_cross_everywhere_are_refused(
    tmp_path: Path, areas: list[shapely.Polygon], number: str
) -> None:
    """Repairing them would not end; the feature is named instead."""
    told = f"feature {number}: its border crosses or meets itself or others all over"
    with pytest.raises(Refused, match=told):
        city(tmp_path, frame(areas, [f"n{n}" for n in range(len(areas))]), "geojson")


def test_a_border_that_crosses_itself_here_and_there_is_repaired(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    jagged = np.column_stack([8.5 + 0.01 * np.cos(turn), 47.3 + 0.01 * np.sin(turn)])
    jagged[1::4] = jagged[[(n + 2) % 200 for n in range(1, 200, 4)]]
    jagged[3::4] += 0.0004
    area = shapely.Polygon(jagged)
    assert not area.is_valid
    found = city(tmp_path, frame([area, square(8.6, 47.3, 0.01)], ["a", "b"]), "geojson")
    assert len(found.territories) == 2
