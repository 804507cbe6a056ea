"""Layers that are damaged, or whose parts and values are not what they tell: refused by name."""

from __future__ import annotations

import shutil
import sqlite3
import struct
import time
import warnings
from contextlib import closing, suppress
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosites.core.errors import GeositesError, Refused
from imports.conftest import Load

LIMIT_S = 2
ROWS = {"observed_at": ["2023-07-13T14:30"] * 3, "headcount": [3, 4, 5], "unit": ["Équipe"] * 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three sightings as a shapefile, a FlatGeobuf and a GeoPackage."""
    folder = tmp_path_factory.mktemp("layers")
    frame = gpd.GeoDataFrame(ROWS, geometry=[shapely.Point(2.37, 48.885)] * 3, crs=4326)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for ending in ("shp", "fgb", "gpkg"):
            frame.to_file(folder / f"made.{ending}")
    return folder


@pytest.fixture
def shapefile(made: Path, tmp_path: Path) -> Path:
    for part in made.glob("made.*"):
        if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            shutil.copy(part, tmp_path)
    return tmp_path / "made.shp"


def test_a_shapefile_is_read_whose_names_are_cut(load: Load, shapefile: Path) -> None:
    report = load("sightings", shapefile, dry_run=True)
    assert (report.added, report.refused_total) == (3, 0)


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_shapefile_without_a_part_says_which(load: Load, shapefile: Path, part: str) -> None:
    shapefile.with_suffix(part).unlink()
    with pytest.raises(Refused, match=f"lacks its part {part}"):
        load("sightings", shapefile, dry_run=True)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.integers(0, 2**32 - 1).filter(lambda n: n != 3), cut=st.integers(1, 400))
def test_a_shapefile_whose_parts_tell_of_other_counts_loses_no_row(
    load: Load, made: Path, shapefile: Path, rows: int, cut: int
) -> None:
    whole = (made / "made.dbf").read_bytes()
    table = shapefile.with_suffix(".dbf")
    table.write_bytes(whole[:4] + struct.pack("<I", rows) + whole[8:])
    with pytest.raises(Refused, match=f"features, .dbf {rows}"):
        load("sightings", shapefile, dry_run=True)
    table.write_bytes(whole[: max(len(whole) - 1 - cut, 0)])
    with pytest.raises(Refused, match="cut short"):
        load("sightings", shapefile, dry_run=True)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    changes=st.lists(
        st.tuples(st.integers(8, 10_000), st.sampled_from([0, 127, 128, 255])), min_size=1
    ),
    size=st.none() | st.sampled_from([0, 3, 1 << 29, 0x7FFFFFFF, 0xFFFFFFFF]),
)
def test_a_damaged_flatgeobuf_is_read_or_refused_in_words(
    load: Load,
    made: Path,
    tmp_path: Path,
    changes: list[tuple[int, int]],
    size: int | None,
) -> None:
    data = bytearray((made / "made.fgb").read_bytes())
    for place, value in changes:
        data[8 + place % (len(data) - 8)] = value
    if size is not None:
        data[8:12] = struct.pack("<I", size)
    path = tmp_path / "damaged.fgb"
    path.write_bytes(bytes(data))
    started = time.process_time()
    with suppress(GeositesError):
        load("sightings", path, dry_run=True)
    assert time.process_time() - started < LIMIT_S


@pytest.mark.parametrize("what", ["a text", "a geometry", "bytes"])
def test_a_geopackage_with_a_huge_value_is_refused_at_once(
    load: Load, made: Path, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "huge.gpkg"
    shutil.copy(made / "made.gpkg", path)
    with closing(sqlite3.connect(path)) as db, db:
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        column = "unit" if what != "a geometry" else "geom"
        value: object = "x" * 30_000_000 if what == "a text" else bytes(30_000_000)
        db.execute(f"UPDATE made SET {column} = ?", (value,))
    started = time.process_time()
    with pytest.raises(Refused, match="a value of more than 10 MB"):
        load("sightings", path, dry_run=True)
    assert time.process_time() - started < LIMIT_S
