from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geosites.core.errors import Refused
from geosites.db.maintenance import store_flags
from geosites.db.schema import closures, operations, sightings
from geosites.exports import ExportKind, export_file
from geosites.imports import ImportReport
from geosites.validation import FileKind

Load = Callable[..., ImportReport]
Write = Callable[..., Path]

CONTENT = {
    "sightings": (
        "observed_at,lon,lat,headcount,accuracy_m,duration_min,origin,activity,site,verified,unit\n"
        '2023-07-13T14:30+02:00,2.3605,48.8842,3,5.25,10,call,dealing,forceval,true,"a, ""b"""\n'
        "2023-07-14,2.3912345678,48.8995,0,,,,,,false,'-x\n"
        "2023-07-13T14:30,2.3605,48.8842,3,,,,,,,=1+1\n"
        "2023-07-13T14:30,2.3605,48.8842,3,,,,,,,=1+1\n"
    ),
    "operations": (
        "started_at,ended_at,kind,lon,lat,radius_m,wkt,arrests,headcount_dispersed,site,unit,source\n"
        "2022-10-05T06:00,2022-10-05T09:00,evacuation,2.39,48.9,120,,4,30,forceval,DOPC,@press\n"
        "2022-10-05,2022-10-06,dispersal,,,,"
        '"POLYGON((2.38 48.88,2.39 48.88,2.39 48.89,2.38 48.89,2.38 48.88))",,,,,\n'
    ),
    "closures": (
        "site,closed_from,closed_until,legal_ref,review_days\n"
        "forceval,2022-10-05,2022-11-05,arrêté n° 1,7\n"
        "forceval,2022-11-05,,-,\n"
    ),
}
ENDINGS = ("csv", "csv.gz", "xlsx", "geojson", "gpkg", "fgb", "parquet")


@pytest.fixture
def write(conn: sa.Connection, tmp_path: Path) -> Write:
    """Return a function that exports a kind under an ending, and says where."""

    def go(kind: str, ending: str = "csv", **options: Any) -> Path:
        path = tmp_path / f"out.{ending}"
        export_file(conn, ExportKind(kind), path, **options)
        return path

    return go


def contents(conn: sa.Connection, kind: str) -> list[Any]:
    """Return all that the store holds of a kind, by id."""
    table = {
        FileKind.SIGHTINGS: sightings.sighting,
        FileKind.OPERATIONS: operations.operation,
        FileKind.CLOSURES: closures.closure,
    }[FileKind(kind)]
    shapes = {"point", "area"}
    columns = [
        sa.func.ST_AsText(column) if column.name in shapes else column
        for column in table.c
        if column.name not in ("known", "received_at")
    ]
    return list(conn.execute(sa.select(*columns).order_by(table.c.id)).all())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", list(CONTENT))
def test_what_is_exported_is_imported_as_it_was(
    load: Load, write: Write, conn: sa.Connection, kind: str, ending: str
) -> None:
    with conn.begin_nested() as before:
        added = load(kind, CONTENT[kind]).added
        held, path = contents(conn, kind), write(kind, ending)
        assert load(kind, path).already_there == added
        before.rollback()
    assert contents(conn, kind) == []
    assert load(kind, path).added == added
    assert contents(conn, kind) == held


def test_columns_are_those_of_import_in_degrees(load: Load, write: Write) -> None:
    load("sightings", CONTENT["sightings"])
    day = next(row for row in rows(write("sightings")) if row["observed_at"] == "2023-07-14")
    assert day["headcount"] == "0"
    assert (float(day["lon"]), float(day["lat"])) == pytest.approx(
        (2.3912345678, 48.8995), abs=1e-8
    )
    assert (day["origin"], day["verified"], day["site"]) == ("patrol", "false", "")


def test_no_text_is_taken_for_a_formula(load: Load, write: Write) -> None:
    load("sightings", CONTENT["sightings"])
    units = {row["unit"] for row in rows(write("sightings"))}
    assert units == {"'=1+1", "'-x", 'a, "b"'}


def test_times_bound_what_is_written(load: Load, write: Write) -> None:
    load("sightings", CONTENT["sightings"])
    load("closures", CONTENT["closures"])
    noon = dt.datetime(2023, 7, 13, 12, 30, tzinfo=dt.UTC)
    assert len(rows(write("sightings", since=noon))) == 4
    assert len(rows(write("sightings", until=noon))) == 0
    assert len(rows(write("closures", until=dt.datetime(2022, 11, 1, tzinfo=dt.UTC)))) == 1


def test_an_empty_export_has_a_header(write: Write) -> None:
    path = write("sightings")
    assert rows(path) == []
    assert path.read_text().startswith('"id","observed_at","lon","lat","headcount"')


def test_an_exercise_is_marked_in_every_row(load: Load, write: Write, conn: sa.Connection) -> None:
    store_flags.put(conn, store_flags.EXERCISE, "seed 1")
    load("sightings", CONTENT["sightings"])
    assert {row["exercise"] for row in rows(write("sightings"))} == {"true"}
    assert load("sightings", write("sightings")).already_there == 4


def test_sites_are_drawn(write: Write) -> None:
    listed = rows(write("sites"))
    assert [row["slug"] for row in listed][:2] == ["colline-crack", "forceval"]
    assert all(row["wkt"].startswith(("POLYGON", "MULTIPOLYGON")) for row in listed)
    features = json.loads(write("sites", "geojson").read_text())["features"]
    assert len(features) == len(listed)


def test_sites_have_no_time(write: Write) -> None:
    with pytest.raises(Refused, match="no time"):
        write("sites", since=dt.datetime(2022, 1, 1, tzinfo=dt.UTC))


def test_an_ending_that_is_not_written_is_refused(write: Write) -> None:
    with pytest.raises(Refused, match=r"ends in none of \.csv"):
        write("sites", "doc")


def test_a_folder_that_is_not_there_is_refused(conn: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no folder"):
        export_file(conn, ExportKind.SITES, tmp_path / "none" / "out.csv")


def test_a_file_appears_only_once_it_is_whole(
    write: Write, conn: sa.Connection, tmp_path: Path
) -> None:
    path = write("sites")
    before = path.read_bytes()
    with pytest.raises(sa.exc.DBAPIError):
        conn.execute(sa.text("SELECT 1/0"))
    with pytest.raises(sa.exc.DBAPIError):
        export_file(conn, ExportKind.SITES, path)
    assert path.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {"out.csv", "out.csv.about.json"}


def test_a_packed_file_is_packed(write: Write) -> None:
    assert gzip.decompress(write("sites", "csv.gz").read_bytes()).startswith(b'"slug"')
