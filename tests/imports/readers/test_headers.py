"""A header is found below a title, and that is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from geosites.core.errors import Refused
from geosites.imports import ImportReport
from geosites.imports.open_file import ImportRequest
from geosites.validation import ColumnPlan, FileKind

Load = Callable[..., ImportReport]

TITLED = (
    "Ville de Paris;;;\n"
    "\n"
    '"Relevé du mois,\nédité le 14/07";;;\n'
    "observed_at;lon;lat;headcount\n"
    "2023-07-13;2.3605;48.8842;3\n"
    "2023-07-14;2.3605;48.8842;x\n"
)


def test_title_lines_of_csv_are_passed_over_and_told(load: Load) -> None:
    report = load("sightings", TITLED)
    assert report.warnings == ("lines 1 to 4 were ignored: the header is on line 5",)
    assert [(bad.line, bad.column) for bad in report.refused] == [(7, "headcount")]


def test_one_line_is_told_as_one(load: Load) -> None:
    report = load("sightings", "Relevé\nobserved_at,lon,lat,headcount\n2023-07-13,2.36,48.884,3\n")
    assert report.warnings == ("line 1 was ignored: the header is on line 2",)
    assert report.added == 1


def test_title_rows_of_a_workbook_are_passed_over_and_told(load: Load) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Ville de Paris"],
        [],
        ["observed_at", "lon", "lat", "headcount"],
        ["2023-07-13", 2.3605, 48.8842, 3],
        ["2023-07-14", 2.3605, 48.8842, -1],
    ):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    report = load("sightings", content.getvalue(), "file.xlsx")
    assert report.warnings == ("lines 1 to 2 were ignored: the header is on line 3",)
    assert [bad.line for bad in report.refused] == [5]


def test_their_names_find_the_header_too(load: Load) -> None:
    text = "Export 2023\nts;x;lon;lat\n2023-07-13;3;2.3605;48.8842\n"
    report = load("sightings", text, columns={"observed_at": "ts", "headcount": "x"})
    assert report.added == 1


def test_a_header_that_nothing_is_known_of_is_the_first_line(load: Load) -> None:
    with pytest.raises(Refused, match="'when', 'where' are unknown"):
        load("sightings", "when,where,lon\n2023-07-13,2.3605,48.8842\n")


def test_a_value_as_long_as_a_page_does_not_hide_the_header(load: Load) -> None:
    long = "x" * 200_000
    text = f"observed_at,lon,lat,headcount,unit\n2023-07-13,2.3605,48.8842,3,{long}\n"
    report = load("sightings", text)
    assert [bad.column for bad in report.refused] == ["unit"]


OFFICE = (
    ("Mairie du 19e, relevés de décembre 2023",),
    (),
    ("Quand", "", "Où", "", "Combien", "Commentaire"),
    ("Date", "Heure", "Longitude", "Latitude", "Nb de personnes", "Remarques"),
    ("28/12/2023", "9h15", "2,36990", "48,88370", "7", ""),
    ("29/12/2023", "10h05", "2,38990", "48,89990", "9", "saisi deux fois"),
)
NAMES = ("Date", "Heure", "Longitude", "Latitude", "Nb de personnes", "Remarques")


def workbook() -> bytes:
    book = openpyxl.Workbook()
    hidden, sheet = book.worksheets[0], book.create_sheet("Relevés")
    hidden.sheet_state = "hidden"
    hidden.append(["ne pas modifier"])
    for row in OFFICE:
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A3:B3")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("releves.csv", "\n".join(";".join(row) for row in OFFICE if row).encode()),
        ("releves.csv", "\n".join(";".join([*row, *[""] * 6][:6]) for row in OFFICE).encode()),
        ("releves.xlsx", workbook()),
    ],
)
def test_names_that_nobody_knows_are_found_below_a_title_to_be_matched(
    tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    said = {"observed_at": "Date+Heure", "lon": "Longitude", "lat": "Latitude"}
    for plan in (ColumnPlan(), ColumnPlan(renamed={**said, "headcount": "Nb de personnes"})):
        asked = ImportRequest(path, FileKind.SIGHTINGS, plan=plan, limit_bytes=10**7)
        with asked.opened() as source:
            assert source.header == NAMES


@pytest.mark.parametrize(
    "text",
    [
        "when\nNord\nSud\n",
        "when;where\nNord;Sud\nhere;there\n",
        "when\n2023-07-13;2.3605;48.8842\n",
        "when\n",
    ],
)
def test_a_row_of_data_is_no_header(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    asked = ImportRequest(path, FileKind.SIGHTINGS, limit_bytes=10**7)
    with asked.opened() as source:
        assert source.header[0] == "when"
