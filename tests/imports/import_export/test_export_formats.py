"""What each format says about itself, and how it looks to tools that are not ours."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import sqlalchemy as sa

from geosites.core.precision import Precision
from geosites.db.maintenance import store_flags
from geosites.db.visibility import Sight
from geosites.exports import ExportKind, export_file
from geosites.imports import ImportReport

Load = Callable[..., ImportReport]

SEEN = (
    "observed_at,lon,lat,headcount,unit\n"
    "2023-07-13T14:30+02:00,2.3605,48.8842,3,DPSP\n"
    "2023-07-14T14:30+02:00,2.3912,48.8995,0,BAC 19\n"
)
ACTED = (
    "started_at,ended_at,kind,lon,lat,radius_m,unit\n"
    "2022-10-05T06:00,2022-10-05T09:00,evacuation,2.39,48.9,120,DOPC\n"
)


def gpkg_says(path: Path) -> Any:
    with sqlite3.connect(path) as book:
        (text,) = book.execute("SELECT metadata FROM gpkg_metadata").fetchone()
    start, end = text.index('{"title"'), text.rindex("}") + 1
    return json.loads(text[start:end])


def xlsx_says(path: Path) -> Any:
    rows = openpyxl.load_workbook(path)["about"].iter_rows(values_only=True)
    shaped = ("rows", "exercise", "credits", "notes", "until", "scope")
    return {name: json.loads(text) if name in shaped else text for name, text in rows}


SAYS: dict[str, Callable[[Path], Any]] = {
    "csv": lambda path: json.loads(path.with_name(path.name + ".about.json").read_text()),
    "csv.gz": lambda path: json.loads(path.with_name(path.name + ".about.json").read_text()),
    "xlsx": xlsx_says,
    "geojson": lambda path: json.loads(path.read_text())["about"],
    "gpkg": gpkg_says,
    "fgb": lambda path: json.loads(pyogrio.read_info(path)["layer_metadata"]["DESCRIPTION"]),
    "parquet": lambda path: json.loads(pq.read_schema(path).metadata[b"geosites"]),
}


@pytest.mark.parametrize("ending", list(SAYS))
def test_every_format_says_credits_parameters_date_and_exercise(
    load: Load, conn: sa.Connection, tmp_path: Path, ending: str
) -> None:
    store_flags.put(conn, store_flags.EXERCISE, "seed 1")
    load("sightings", SEEN)
    since = dt.datetime(2023, 7, 1, tzinfo=dt.UTC)
    path = tmp_path / f"out.{ending}"
    report = export_file(conn, ExportKind.SIGHTINGS, path, since=since)
    said = SAYS[ending](path)
    assert (said["rows"], said["exercise"], said["precision"]) == (2, True, "exact")
    assert said["since"] == since.isoformat()
    assert said["as_known_at"] == report.as_known_at.isoformat()
    assert any("Ville de Paris" in credit for credit in said["credits"])
    assert "fictional" in said["notes"][0]


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "parquet", "geojson"])
@pytest.mark.parametrize("kind", list(ExportKind))
def test_geopandas_reads_what_is_written(
    load: Load, conn: sa.Connection, tmp_path: Path, kind: ExportKind, ending: str
) -> None:
    load("sightings", SEEN)
    load("operations", ACTED)
    load("closures", "site,closed_from\nforceval,2022-10-05\n")
    path = tmp_path / f"out.{ending}"
    rows = export_file(conn, kind, path).rows
    frame = gpd.read_parquet(path) if ending == "parquet" else gpd.read_file(path, layer=0)
    assert len(frame) == rows > 0
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84")
    assert frame.geometry.notna().all()
    assert frame.total_bounds[0] > 2.0


@pytest.mark.parametrize("kind", list(ExportKind))
def test_a_geopackage_brings_its_style(conn: sa.Connection, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "out.gpkg"
    export_file(conn, ExportKind(kind), path)
    with sqlite3.connect(path) as book:
        ((layer, default, qml),) = book.execute(
            "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles"
        )
    drawn = ElementTree.fromstring(qml.partition(">")[2]).find("renderer-v2")
    assert (layer, default) == (kind, 1)
    assert drawn is not None
    assert len(drawn.findall("symbols/symbol")) == len(drawn.findall("categories/category")) > 0


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "geojson", "gpkg", "fgb", "parquet"])
def test_the_same_rows_known_at_the_same_instant_give_the_same_bytes(
    load: Load, conn: sa.Connection, tmp_path: Path, ending: str
) -> None:
    load("sightings", SEEN)
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    known_at = export_file(conn, ExportKind.SIGHTINGS, first).as_known_at
    export_file(conn, ExportKind.SIGHTINGS, second, as_known_at=known_at)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("kind", ["sightings", "operations"])
def test_geoparquet_holds_the_box_of_each_geometry(
    load: Load, conn: sa.Connection, tmp_path: Path, kind: str
) -> None:
    """GeoParquet 1.1: readers choose by the boxes, and the file is taken again."""
    load(kind, SEEN if kind == "sightings" else ACTED)
    path = tmp_path / "out.parquet"
    export_file(conn, ExportKind(kind), path)
    whole = gpd.read_parquet(path)
    boxes = pd.DataFrame(pq.read_table(path, columns=["bbox"])["bbox"].to_pylist())
    assert boxes.to_numpy() == pytest.approx(whole.bounds.to_numpy())
    west = gpd.read_parquet(path, bbox=(2.0, 48.0, 2.37, 49.0))
    assert len(west) == (whole.bounds.minx <= 2.37).sum()
    again = load(kind, path)
    assert (again.refused, again.added, again.already_there) == ((), 0, len(whole))


def test_cells_stand_in_for_places_of_other_units(
    load: Load, conn: sa.Connection, tmp_path: Path
) -> None:
    load("sightings", SEEN)
    path = tmp_path / "out.parquet"
    seen = Sight(precision=Precision.CELL, unit="DPSP")
    export_file(conn, ExportKind.SIGHTINGS, path, sight=seen)
    frame = gpd.read_parquet(path).set_index("unit")
    own, other = frame.loc["DPSP"], frame.loc["BAC 19"]
    assert own.geometry.coords[0] == pytest.approx((2.3605, 48.8842), abs=1e-8)
    assert frame["id"].notna().to_dict() == {"DPSP": True, "BAC 19": False}
    metres = frame.to_crs(2154).geometry["BAC 19"]
    assert (metres.x % 100, metres.y % 100) == pytest.approx((50, 50), abs=1e-3)
    assert other["accuracy_m"] >= 71


def test_an_area_seen_by_cell_is_made_of_whole_cells(
    load: Load, conn: sa.Connection, tmp_path: Path
) -> None:
    load("operations", ACTED)
    path = tmp_path / "out.parquet"
    export_file(
        conn, ExportKind.OPERATIONS, path, sight=Sight(precision=Precision.CELL, unit="DPSP")
    )
    bounds = gpd.read_parquet(path).to_crs(2154).total_bounds
    assert [min(edge % 100, 100 - edge % 100) for edge in bounds] == pytest.approx([0] * 4, abs=0.1)


def test_who_sees_some_territories_is_given_those(
    load: Load, conn: sa.Connection, tmp_path: Path
) -> None:
    load("sightings", SEEN)
    load("operations", ACTED)
    everywhere = export_file(conn, ExportKind.SIGHTINGS, tmp_path / "a.csv").rows
    seen, other = Sight(scope=("75119",)), Sight(scope=("75101",))
    there = export_file(conn, ExportKind.SIGHTINGS, tmp_path / "b.csv", sight=seen).rows
    none = export_file(conn, ExportKind.OPERATIONS, tmp_path / "c.csv", sight=other).rows
    sites = export_file(conn, ExportKind.SITES, tmp_path / "d.csv", sight=seen).rows
    assert (everywhere, there, none) == (2, 1, 0)
    assert 0 < sites < 8
