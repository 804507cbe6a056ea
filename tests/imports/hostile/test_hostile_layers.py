"""Layers, JSON and Parquet of hostile size: refused by name within two seconds."""

from __future__ import annotations

import json
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geosites.core.errors import Refused
from geosites.imports.readers import geopackages
from imports.conftest import Load

RUNAWAY_S = 12.0
"""What takes longer is read to its end, and not refused: no measure of how fast that is."""
SEEN = {"observed_at": "2023-07-13T14:30", "headcount": 3}
OPERATION = {
    "started_at": "2023-07-13T14:30+02:00",
    "ended_at": "2023-07-13T16:30+02:00",
    "kind": "dispersal",
}


def feature(kind: str, coordinates: str, properties: object = SEEN) -> str:
    geometry = f'{{"type":"{kind}","coordinates":{coordinates}}}'
    one = f'{{"type":"Feature","properties":{json.dumps(properties)},"geometry":{geometry}}}'
    return f'{{"type":"FeatureCollection","features":[{one}]}}'


def refused(load: Load, kind: str, content: str | Path, name: str, why: str) -> None:
    started = time.process_time()
    with pytest.raises(Refused, match=why):
        load(kind, content, name)
    assert time.process_time() - started < RUNAWAY_S


RING = "[[2.36,48.88],[2.37,48.88],[2.37,48.89],[2.36,48.88]]"
MANY, BIG = "feature 1 has more than 200000 vertices or lists", "takes more than 20 MB"


def points() -> str:
    return "[" + ",".join(["[2.36,48.88]"] * 1_000_000) + "]"


def rings() -> str:
    return "[" + ",".join([RING] * 200_000) + "]"


LARGE: dict[str, tuple[str, Callable[[], str], str]] = {
    "points": ("sightings", lambda: feature("MultiPoint", points()), MANY),
    "a line": ("sightings", lambda: feature("LineString", points()), MANY),
    "an area": ("operations", lambda: feature("Polygon", f"[{points()}]", OPERATION), MANY),
    "rings": ("operations", lambda: feature("Polygon", rings(), OPERATION), MANY),
    "numbers": (
        "sightings",
        lambda: feature("Point", "[2.36,48.88" + ",1" * 5_000_000 + "]"),
        BIG,
    ),
    "fields": (
        "sightings",
        lambda: feature("Point", "[2.36,48.88]", {f"k{n}": 1 for n in range(300_000)}),
        BIG,
    ),
}
"""Made where they are asked for: every worker reads this module, and one asks for each."""


@pytest.mark.parametrize("name", LARGE)
def test_one_feature_without_an_end_is_refused(load: Load, name: str) -> None:
    kind, text, why = LARGE[name]
    refused(load, kind, text(), "file.geojson", why)


@pytest.mark.parametrize("name", ["file.gpkg", "file.parquet"])
def test_an_area_of_more_vertices_than_any_has_is_refused_by_feature(
    load: Load, tmp_path: Path, name: str
) -> None:
    turn = np.linspace(0, 2 * np.pi, 150_000)
    ring = np.column_stack([2.36 + 0.01 * np.cos(turn), 48.88 + 0.005 * np.sin(turn)])
    area = gpd.GeoSeries([shapely.Polygon(ring)], crs=4326)
    rows = {key: [value] for key, value in OPERATION.items()}
    frame = gpd.GeoDataFrame(rows, geometry=area)
    path = tmp_path / name
    if name.endswith("gpkg"):
        frame.to_file(path)
    else:
        frame.to_parquet(path)
    started = time.process_time()
    (bad,) = load("operations", path).refused
    assert time.process_time() - started < RUNAWAY_S
    assert (bad.line, bad.reason) == (1, "has more vertices than any area does (100000)")


OBJECTS: dict[str, Callable[[], str]] = {
    "empty ones": lambda: "[" + "{}," * 3_000_000 + "{}]",
    "lists": lambda: "[" + "[]," * 3_000_000 + "[]]",
    "lines": lambda: "{}\n" * 3_000_000,
    "never closed": lambda: "[" * 50_000_000,
}


@pytest.mark.parametrize("name", OBJECTS)
def test_more_objects_than_can_be_held_are_refused(load: Load, name: str) -> None:
    refused(load, "sightings", OBJECTS[name](), "file.json", "more than 400000 objects")


def test_a_text_written_once_for_many_rows_is_not_unfolded(load: Load, tmp_path: Path) -> None:
    count = 8000
    once = pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), ["a" * 1_000_000])
    columns = {name: pa.repeat(value, count) for name, value in SEEN.items()}
    pq.write_table(pa.table({**columns, "site": once}), tmp_path / "file.parquet")
    why = "column 'site' holds larger texts than any table does"
    refused(load, "sightings", tmp_path / "file.parquet", "", why)


def test_a_dictionary_larger_than_is_held_is_refused(load: Load, tmp_path: Path) -> None:
    words = pa.array([f"{number:05000d}" for number in range(10_000)])
    column = pa.DictionaryArray.from_arrays(pa.array(range(10_000), pa.int32()), words)
    columns = {name: pa.repeat(value, 10_000) for name, value in SEEN.items()}
    pq.write_table(pa.table({**columns, "site": column}), tmp_path / "file.parquet")
    why = "column 'site' holds larger texts than any table does"
    refused(load, "sightings", tmp_path / "file.parquet", "", why)


def test_groups_of_a_few_rows_are_read_together(load: Load, tmp_path: Path) -> None:
    columns = {name: pa.repeat(value, 5_000) for name, value in SEEN.items()}
    places = {"lon": pa.repeat(2.37, 5_000), "lat": pa.repeat(48.885, 5_000)}
    table = pa.table({**columns, **places})
    pq.write_table(table, tmp_path / "file.parquet", row_group_size=7)
    assert load("sightings", tmp_path / "file.parquet", dry_run=True).rows == 5_000


def test_groups_of_rows_without_an_end_are_refused(load: Load, tmp_path: Path) -> None:
    table = pa.table({**{name: [value] for name, value in SEEN.items()}, "site": ["forceval"]})
    with pq.ParquetWriter(tmp_path / "file.parquet", table.schema) as writer:
        for _ in range(50_000):
            writer.write_table(table)
    refused(load, "sightings", tmp_path / "file.parquet", "", "more columns or groups of rows")


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that makes a GeoPackage of one sighting and changes it by SQL."""

    def go(*statements: str) -> Path:
        path = tmp_path / "file.gpkg"
        points = gpd.points_from_xy([2.3605], [48.8842], crs=4326)
        rows = {name: [value] for name, value in SEEN.items()}
        gpd.GeoDataFrame(rows, geometry=points).to_file(path, layer="seen")
        with closing(sqlite3.connect(path)) as db, db:
            for statement in statements:
                db.execute(statement)
        return path

    return go


def view(question: str) -> tuple[str, ...]:
    """Return statements by which the layer is a view."""
    return (
        "ALTER TABLE seen RENAME TO kept",
        f"CREATE VIEW seen AS {question}",
        "UPDATE gpkg_contents SET table_name = 'seen'",
        "UPDATE gpkg_geometry_columns SET table_name = 'seen'",
    )


def test_a_layer_may_be_a_view(load: Load, package: Callable[..., Path]) -> None:
    assert load("sightings", package(*view("SELECT * FROM kept"))).added == 1


ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"


@pytest.mark.parametrize(
    "statements",
    [
        view(f"{ENDLESS} SELECT kept.* FROM kept, r WHERE r.n < 0"),
        view("SELECT fid, geom, hex(zeroblob(400000000)) AS observed_at, headcount FROM kept"),
        (
            "ALTER TABLE gpkg_contents RENAME TO kept",
            f"CREATE VIEW gpkg_contents AS {ENDLESS} SELECT kept.* FROM kept, r",
        ),
    ],
    ids=["rows", "a value", "layers"],
)
def test_a_view_without_an_end_is_refused(
    load: Load, package: Callable[..., Path], statements: tuple[str, ...]
) -> None:
    refused(load, "sightings", package(*statements), "", "asks more than a file does")


MANY = (
    "DROP TRIGGER IF EXISTS rtree_seen_geom_insert",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 3000)"
    " INSERT INTO seen (geom, observed_at, headcount) SELECT geom, observed_at, 3 FROM seen, r",
)
DEAR = "SELECT 1 AS fid, geom, max(hex(randomblob(1000000))) AS observed_at, 3 AS headcount"


@pytest.mark.parametrize(
    "question",
    [
        "SELECT a.* FROM kept a, kept b, kept c",
        "SELECT a.* FROM kept a, kept b, kept c WHERE a.headcount + b.headcount < c.headcount",
        "SELECT a.* FROM kept a, kept b ORDER BY random()",
        f"{DEAR} FROM (SELECT a.geom FROM kept a, kept b)",
    ],
    ids=["rows", "no row", "sorted", "dear values"],
)
def test_a_view_that_joins_all_with_all_is_refused(
    load: Load, package: Callable[..., Path], question: str
) -> None:
    refused(load, "sightings", package(*MANY, *view(question)), "", "asks more than a file does")


BESIDE = {
    "before": '{{"type":"FeatureCollection","x":[{numbers}],"features":[{feature}]}}',
    "behind": '{{"type":"FeatureCollection","features":[{feature}],"x":[{numbers}]}}',
    "alone": '{{"type":"FeatureCollection","x":[{numbers}]}}',
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_features_is_not_held(load: Load, name: str) -> None:
    one = feature("Point", "[2.36,48.88]").partition("[")[2][:-2]
    numbers = "1," * 20_000_000 + "1"
    text = BESIDE[name].format(numbers=numbers, feature=one)
    refused(load, "sightings", text, "file.geojson", "holds more than 6 MB")


def test_a_little_beside_the_features_is_passed_over(load: Load) -> None:
    one = feature("Point", "[2.36,48.88]").partition("[")[2][:-2]
    for text in BESIDE.values():
        if "features" in text:
            whole = text.format(numbers="1," * 100_000 + "1", feature=one)
            assert load("sightings", whole, "file.geojson").rows == 1


@pytest.mark.parametrize("end", ["", "\n", "x"], ids=["nothing", "a newline", "a letter"])
def test_returns_without_an_end_are_looked_at_once(load: Load, end: str) -> None:
    text = "observed_at,lon,lat,headcount\r2023-07-13,2.37,48.885,1\r" + "\r" * 20_000_000 + end
    started = time.process_time()
    report = load("sightings", text)
    assert time.process_time() - started < RUNAWAY_S
    assert report.rows == (1 if end != "x" else 2)


def test_layers_without_an_end_are_refused(load: Load, package: Callable[..., Path]) -> None:
    many = (
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 20000)"
        " INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
        " SELECT 't' || n, 'features', 't' || n, 4326 FROM r"
    )
    refused(load, "sightings", package(many), "", "more than 1000 layers")


def test_tables_without_an_end_are_refused(
    load: Load, package: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geopackages, "_MOST_TABLES", 60)  # to make 6,000 takes a minute
    tables = (f"CREATE TABLE t{number} (a)" for number in range(60))
    refused(load, "sightings", package(*tables), "", "more than 1000 layers")


def test_after_10_000_bad_rows_reading_ends_and_that_is_told(load: Load) -> None:
    text = "observed_at,lon,lat,headcount\n" + "2023,2.37,48.885,1\n" * 400_000
    report = load("sightings", text)
    assert 10_000 < report.refused_total < 50_000
    assert "more than 10000 bad rows: not read further" in report.warnings


def test_more_blank_rows_than_a_sheet_has_are_refused(load: Load) -> None:
    text = "observed_at,lon,lat,headcount\n2023-07-13,2.37,48.885,1\n" + ",,,\n" * 1_100_000
    refused(load, "sightings", text, "file.csv", "more than 1048576 blank rows")


def test_lines_without_anything_cost_nothing(load: Load) -> None:
    text = "observed_at,lon,lat,headcount\n2023-07-13,2.37,48.885,1\n" + "\n" * 50_000_000
    started = time.process_time()
    assert load("sightings", text + "2023-07-14,2.37,48.885,1\n").added == 2
    assert time.process_time() - started < RUNAWAY_S


@pytest.mark.parametrize("ending", ["xlsx", "ods", "zip"])
def test_an_archive_of_very_many_parts_is_refused_before_they_are_listed(
    load: Load, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"many.{ending}"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(25_000):
            archive.writestr(f"{number}.xml", b"")
    refused(load, "sightings", path, path.name, "the archive holds 25000 files")
