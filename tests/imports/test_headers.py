"""A header is found below a title, and that is told."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest

from geosites.core.errors import Refused
from geosites.imports import ImportReport

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
