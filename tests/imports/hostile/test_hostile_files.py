"""Files made to do harm where they are read."""

from __future__ import annotations

import io
import itertools
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest

from geosites.core.errors import GeositesError, Refused
from imports.conftest import Load

SECRET = "a line of a file that nobody uploaded"
GROWING = (f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise("abcdefghi"))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{"".join(GROWING)}]>'


def workbook(change: Callable[[str, str], str] = lambda _, text: text) -> bytes:
    """Return a workbook with one sighting, each part changed."""
    book, whole, made = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    book.active.append(["observed_at", "lon", "lat", "headcount", "unit"])
    book.active.append(["2023-07-13T14:30:00+02:00", 2.3605, 48.8842, 3, "UNIT"])
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name).decode()))
    return made.getvalue()


def with_entity(head: str, text: str) -> Callable[[str, str], str]:
    """Return a change that declares entities in the sheet and the strings, and uses one."""

    def change(name: str, part: str) -> str:
        if not name.endswith(("sheet1.xml", "sharedStrings.xml")):
            return part
        root = part.partition("?>")[2] if part.startswith("<?xml") else part
        return head + root.replace("UNIT", text)

    return change


def test_the_workbook_itself_is_taken(load: Load) -> None:
    assert load("sightings", workbook(), "plain.xlsx").added == 1


def test_entities_that_grow_are_not_unfolded(load: Load, held: Callable[[str], int]) -> None:
    with pytest.raises(GeositesError):
        load("sightings", workbook(with_entity(BOMB, "&i;")), "bomb.xlsx")
    assert held("sightings") == 0


def test_an_entity_reads_no_file_of_the_server(
    load: Load, held: Callable[[str], int], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'
    with pytest.raises(GeositesError) as told:
        load("sightings", workbook(with_entity(head, "&s;")), "xxe.xlsx")
    assert SECRET not in str(told.value)
    assert held("sightings") == 0


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(load: Load) -> None:
    def swell(name: str, part: str) -> str:
        return part + " " * 30_000_000 if name.endswith("sheet1.xml") else part

    bomb = workbook(swell)
    assert len(bomb) < 200_000
    with pytest.raises(Refused, match="more than 20 MB"):
        load("sightings", bomb, "bomb.xlsx", limit_bytes=20_000_000)


@pytest.mark.parametrize("name", ["file.gpkg.gz", "file.gpkg.bz2", "file.csv.xz", "file.kml.gz"])
def test_what_hides_in_another_wrapping_is_not_opened(load: Load, name: str) -> None:
    with pytest.raises(Refused, match="ends in none of"):
        load("sightings", b"\x1f\x8b", name)


@pytest.mark.parametrize("name", ["file.gpkg.zip", "file.csv.zip"])
def test_what_is_no_archive_is_not_opened_as_one(load: Load, name: str) -> None:
    with pytest.raises(Refused, match="not a zip archive"):
        load("sightings", b"\x1f\x8b", name)


def geopackage(path: Path, *statements: str) -> Path:
    """Return a GeoPackage with one sighting, changed by SQL."""
    row = {"observed_at": ["2023-07-13T14:30:00+02:00"], "headcount": [3], "unit": ["UNIT"]}
    points = gpd.points_from_xy([2.3605], [48.8842], crs=4326)
    gpd.GeoDataFrame(row, geometry=points).to_file(path, layer="sightings", driver="GPKG")
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()
    return path


def test_xml_in_a_geopackage_is_text_and_nothing_is_fetched(
    load: Load, held: Callable[[str], int], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    xml = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]><x>&s;</x>'
    path = geopackage(
        tmp_path / "xml.gpkg",
        "CREATE TABLE gpkg_metadata (id INTEGER PRIMARY KEY, md_scope TEXT NOT NULL,"
        " md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL, metadata TEXT NOT NULL)",
        "INSERT INTO gpkg_metadata VALUES"
        f" (1, 'dataset', 'http://evil.example', 'text/xml', '{xml}')",
    )
    assert load("sightings", path).added == 1
    assert held("sightings") == 1


def test_what_a_geopackage_would_do_by_itself_is_not_done(load: Load, tmp_path: Path) -> None:
    path = geopackage(
        tmp_path / "trap.gpkg",
        "CREATE TRIGGER trap AFTER INSERT ON sightings BEGIN SELECT load_extension('x'); END",
    )
    assert load("sightings", path).added == 1
