from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import sqlalchemy as sa

from geosites.core.errors import Refused, WrongReference
from geosites.core.records import TimePrecision
from geosites.db.schema.sightings import sighting
from geosites.imports import ImportReport

Load = Callable[..., ImportReport]

POINT = {"type": "Point", "coordinates": [2.3605, 48.8842]}
SEEN = {"observed_at": "2023-07-13T14:30:00+02:00", "headcount": 3}


def collection(*features: tuple[Any, dict[str, Any]]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "geometry": geometry, "properties": properties}
                for geometry, properties in features
            ],
        }
    )


def frame(crs: int) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy([2.3605], [48.8842], crs=4326)
    return gpd.GeoDataFrame(
        {name: [value] for name, value in SEEN.items()}, geometry=points
    ).to_crs(crs)


def stored(conn: sa.Connection) -> Any:
    return conn.execute(
        sa.select(
            sighting.c.observed_at,
            sighting.c.time_precision,
            sighting.c.headcount,
            sa.func.ST_X(sighting.c.point),
        )
    ).one()


EXPECTED = (
    dt.datetime(2023, 7, 13, 12, 30, tzinfo=dt.UTC),
    TimePrecision.INSTANT,
    3,
    pytest.approx(653102.86, abs=0.002),
)


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes rows as a workbook."""

    def write(*rows: list[Any]) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "file.xlsx")
        return tmp_path / "file.xlsx"

    return write


def test_a_workbook_is_read(load: Load, conn: sa.Connection, sheet: Callable[..., Path]) -> None:
    path = sheet(
        ["observed_at", "lon", "lat", "headcount", None],
        [None, None],
        [dt.datetime(2023, 7, 13, 14, 30), 2.3605, 48.8842, 3],
    )
    assert load("sightings", path).added == 1
    assert stored(conn) == EXPECTED


def test_a_date_cell_is_a_bare_date(
    load: Load, conn: sa.Connection, sheet: Callable[..., Path]
) -> None:
    path = sheet(["observed_at", "lon", "lat", "headcount"], [dt.date(2023, 7, 13), 2.36, 48.88, 3])
    load("sightings", path)
    assert stored(conn).time_precision is TimePrecision.DAY


def test_a_bad_cell_is_named_by_its_row(load: Load, sheet: Callable[..., Path]) -> None:
    header = ["observed_at", "lon", "lat", "headcount"]
    path = sheet(header, ["2023-07-13", 2.36, 48.88, 3], [], ["2023-07-13", 2.36, 48.88, 2.5])
    (bad,) = load("sightings", path).refused
    assert (bad.line, bad.column, bad.value) == (4, "headcount", "2.5")


def test_a_workbook_that_unpacks_over_the_limit_is_refused(
    load: Load, sheet: Callable[..., Path]
) -> None:
    path = sheet(["observed_at"], *[["x" * 100]] * 2000)
    with pytest.raises(Refused, match=r"more than 0\.05 MB"):
        load("sightings", path, limit_bytes=50_000)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"a,b\n1,2\n"])
def test_what_is_no_workbook_is_refused(load: Load, content: bytes) -> None:
    with pytest.raises(Refused, match="not an Excel workbook"):
        load("sightings", content, name="file.xlsx")


def test_a_zip_that_is_no_workbook_is_refused(load: Load, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Refused, match="not an Excel workbook"):
        load("sightings", tmp_path / "file.xlsx")


def test_an_empty_workbook_is_refused(load: Load, sheet: Callable[..., Path]) -> None:
    with pytest.raises(Refused, match="empty"):
        load("sightings", sheet())


def test_geojson_gives_its_points_as_lon_and_lat(load: Load, conn: sa.Connection) -> None:
    report = load("sightings", collection((POINT, SEEN)), name="file.geojson")
    assert report.added == 1
    assert stored(conn) == EXPECTED


def test_times_in_geojson_are_read_as_they_are_written(load: Load) -> None:
    features = [
        (POINT, {**SEEN, "observed_at": text}) for text in ("2023-07-13", "2022-10-30T02:30")
    ]
    (bad,) = load("sightings", collection(*features), name="file.geojson").refused
    assert (bad.line, bad.column) == (2, "observed_at")
    assert "happened twice" in bad.reason


def test_a_feature_of_another_shape_is_refused(load: Load) -> None:
    line = {"type": "LineString", "coordinates": [[2.36, 48.88], [2.37, 48.88]]}
    report = load("sightings", collection((POINT, SEEN), (line, SEEN)), name="file.geojson")
    (bad,) = report.refused
    assert (bad.line, bad.value, bad.reason) == (2, "LineString", "is not a point")


def test_a_feature_without_a_place_is_refused(load: Load) -> None:
    (bad,) = load("sightings", collection((POINT, SEEN), (None, SEEN)), name="file.geojson").refused
    assert (bad.line, bad.column, bad.reason) == (2, "lon", "is missing")


@pytest.mark.parametrize("content", ["", "<OGRVRTDataSource/>", "{}", "[1, 2]", '{"type": "x"'])
def test_what_is_no_geojson_is_refused(load: Load, content: str) -> None:
    with pytest.raises(Refused):
        load("sightings", content, name="file.geojson")


@pytest.mark.parametrize("crs", [4326, 2154])
def test_a_geopackage_is_read_in_degrees_or_metres(
    load: Load, conn: sa.Connection, tmp_path: Path, crs: int
) -> None:
    frame(crs).to_file(tmp_path / "file.gpkg", layer="seen")
    assert load("sightings", tmp_path / "file.gpkg").added == 1
    assert stored(conn) == EXPECTED


@pytest.mark.parametrize("crs", [3857, 27572, 32631])
def test_any_reference_system_that_a_file_names_is_read(
    load: Load, conn: sa.Connection, tmp_path: Path, crs: int
) -> None:
    frame(crs).to_file(tmp_path / "file.gpkg", layer="seen")
    report = load("sightings", tmp_path / "file.gpkg")
    assert report.added == 1
    assert report.facts["reference"]
    assert stored(conn)[3] == pytest.approx(EXPECTED[3].expected, abs=2 if crs == 27572 else 0.01)


def test_a_layer_without_a_reference_system_is_refused(load: Load, tmp_path: Path) -> None:
    nowhere = gpd.GeoDataFrame(
        {name: [value] for name, value in SEEN.items()}, geometry=gpd.points_from_xy([1], [2])
    )
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        nowhere.to_file(tmp_path / "file.gpkg", layer="seen")
    with pytest.raises(WrongReference, match="reference system"):
        load("sightings", tmp_path / "file.gpkg")


def test_a_geopackage_of_two_layers_is_refused(load: Load, tmp_path: Path) -> None:
    for layer in ("one", "two"):
        frame(4326).to_file(tmp_path / "file.gpkg", layer=layer)
    with pytest.raises(Refused, match="2 layers, not one: one, two"):
        load("sightings", tmp_path / "file.gpkg")


def test_what_is_no_geopackage_is_refused(load: Load) -> None:
    with pytest.raises(Refused, match="not a GeoPackage"):
        load("sightings", b"nonsense", name="file.gpkg")


def test_areas_of_a_layer_are_those_of_operations(load: Load, tmp_path: Path) -> None:
    done = {
        "started_at": ["2022-10-05T06:00:00+02:00"],
        "ended_at": ["2022-10-05T09:00:00+02:00"],
        "kind": ["evacuation"],
    }
    area = gpd.GeoDataFrame(done, geometry=[shapely.box(2.38, 48.88, 2.39, 48.89)], crs=4326)
    area.to_crs(2154).to_file(tmp_path / "file.gpkg")
    assert load("operations", tmp_path / "file.gpkg").added == 1


def test_parquet_is_read_with_its_own_types(
    load: Load, conn: sa.Connection, tmp_path: Path
) -> None:
    at = pd.Timestamp("2023-07-13T14:30", tz="Europe/Paris")
    columns = {"observed_at": [at], "lon": [2.3605], "lat": [48.8842], "headcount": [3.0]}
    pd.DataFrame({**columns, "verified": [True]}).to_parquet(tmp_path / "file.parquet")
    assert load("sightings", tmp_path / "file.parquet").added == 1
    assert stored(conn) == EXPECTED


def test_geoparquet_gives_its_points(load: Load, conn: sa.Connection, tmp_path: Path) -> None:
    frame(2154).to_parquet(tmp_path / "file.parquet")
    assert load("sightings", tmp_path / "file.parquet").added == 1
    assert stored(conn) == EXPECTED


def test_parquet_columns_that_hold_no_simple_value_are_refused(load: Load, tmp_path: Path) -> None:
    table = pa.table({"observed_at": [["2023"]], "lon": [2.36], "lat": [48.88], "headcount": [1]})
    pq.write_table(table, tmp_path / "file.parquet")
    with pytest.raises(Refused, match="'observed_at' holds list"):
        load("sightings", tmp_path / "file.parquet")


def test_parquet_over_the_limit_is_refused_as_it_is_read(load: Load, tmp_path: Path) -> None:
    size = 100_000
    table = pa.table(
        {
            "observed_at": ["2023-07-13"] * size,
            "lon": [2.36] * size,
            "lat": [48.88] * size,
            "headcount": [1] * size,
        }
    )
    pq.write_table(table, tmp_path / "file.parquet")
    assert (tmp_path / "file.parquet").stat().st_size < 100_000
    with pytest.raises(Refused, match="more than 1 MB"):
        load("sightings", tmp_path / "file.parquet", limit_bytes=1_000_000)


def test_what_is_no_parquet_is_refused(load: Load) -> None:
    with pytest.raises(Refused, match="not a Parquet file"):
        load("sightings", b"nonsense", name="file.parquet")
