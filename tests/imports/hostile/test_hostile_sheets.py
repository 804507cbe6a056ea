"""Spreadsheets of hostile size: read or refused by name, within two seconds and 500 MB."""

from __future__ import annotations

import datetime as dt
import io
import random
import struct
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pytest

from geosites.core.errors import Refused
from geosites.imports import ImportReport
from geosites.imports.source_options import SourceOptions
from imports.conftest import Load
from imports.sheets import ods, xlsx

HEADER = ("observed_at", "lon", "lat", "headcount")
SHEET, STRINGS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
RUNAWAY_S = 12.0
"""What takes longer is read to its end, and not refused: no measure of how fast that is."""
SAID = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>2023-07-13T15:30</t></is></c>' + "".join(
    f'<c r="{letter}{{0}}"><v>{value}</v></c>'
    for letter, value in zip("BCD", ("2.37", "48.885", "4"), strict=True)
)
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def workbook(parts: dict[str, Callable[[str], Iterable[str]]]) -> bytes:
    """Return a workbook with one sighting, some of its parts made anew from what they were."""
    made = io.BytesIO()
    whole = xlsx([HEADER, [dt.datetime(2023, 7, 13, 14, 30), 2.37, 48.885, 3]])
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in {*old.namelist(), *parts}:
            text = old.read(name).decode() if name in old.namelist() else ""
            if name == TYPES and STRINGS not in text:
                part = f'<Override PartName="/{STRINGS}" ContentType="{_KIND}"/></Types>'
                text = text.replace("</Types>", part)
            with new.open(name, "w") as sink:
                for piece in parts.get(name, lambda text: [text])(text):
                    sink.write(piece.encode())
        if STRINGS not in {*old.namelist(), *parts}:
            new.writestr(STRINGS, f'<sst xmlns="{SPREADSHEET}"/>')
    return made.getvalue()


def below(rows: Iterable[str], text: str) -> Iterator[str]:
    """Yield a sheet with more rows below its last one."""
    before, after = text.split("</sheetData>")
    yield before
    yield from rows
    yield f"</sheetData>{after}"


def sheet(rows: Iterable[str]) -> bytes:
    """Return a workbook with more rows below its sighting."""
    return workbook({SHEET: partial(below, rows)})


def behind(more: str) -> bytes:
    """Return a workbook with something behind the rows of its sheet."""
    end = "</sheetData>"
    return workbook({SHEET: lambda text: [text.replace(end, end + more)]})


def before(name: str, old: str, more: str) -> bytes:
    """Return a workbook with something put before what stands in one of its parts."""
    return workbook({name: lambda text: [text.replace(old, more + old, 1)]})


def shared(texts: str, rows: Iterable[str] = ()) -> bytes:
    """Return a workbook with shared texts, and more rows."""
    whole = f'<sst xmlns="{SPREADSHEET}">{texts}</sst>'
    return workbook({STRINGS: lambda _: [whole], SHEET: partial(below, rows)})


def references(count: int) -> Iterator[str]:
    """Yield rows each of which holds the first of the shared texts."""
    for row in range(3, 3 + count):
        yield f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>'


def styled(count: int, cells: int = 4, first: int = 3) -> Iterator[str]:
    """Yield rows with a border in each cell and no value."""
    for row in range(first, first + count):
        inside = "".join(f'<c r="{letter}{row}" s="0"/>' for letter in "ABCD"[:cells])
        yield f'<row r="{row}" spans="1:4">{inside}</row>'


def within(load: Load, content: bytes, name: str, **more: object) -> ImportReport:
    """Import a file within the time; return the report, or raise its refusal."""
    started = time.process_time()
    try:
        return load("sightings", content, name, **more)
    finally:
        assert time.process_time() - started < RUNAWAY_S


WIDE = "<c s='0'/>" * 16_384
MERGED = '<mergeCell ref="A1:D1"/>'
RULE = '<cfRule type="expression" priority="1"/>'
RULES = f'<conditionalFormatting sqref="A1">{RULE}</conditionalFormatting>'
READ: dict[str, Callable[[], bytes]] = {
    "a border around every row": lambda: sheet(styled(1_048_570)),
    "rows of 16,384 cells": lambda: sheet(f'<row r="{n}">{WIDE}</row>' for n in range(3, 200)),
    "heights of rows": lambda: sheet(f'<row r="{n}" ht="15"/>' for n in range(3, 1_000_000)),
    "merged cells behind the rows": lambda: behind(f"<mergeCells>{MERGED * 500_000}</mergeCells>"),
    "rules behind the rows": lambda: behind(RULES * 200_000),
    "properties that nobody reads": lambda: workbook(
        {"docProps/core.xml": lambda _: ["<a>", "<b/>" * 3_000_000, "</a>"]}
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_says_nothing_costs_nothing(load: Load, name: str) -> None:
    report = within(load, READ[name](), "file.xlsx")
    assert report.rows == report.added == 1  # type: ignore[attr-defined]


def test_a_row_below_900_000_blank_ones_is_not_lost(load: Load) -> None:
    rows = [*styled(900_000), SAID.format(900_003) + "</row>"]
    content = sheet(rows)
    report = within(load, content, "file.xlsx")
    assert report.added == 2  # type: ignore[attr-defined]
    bad = [*styled(900_000), SAID.format(900_003).replace("48.885", "12") + "</row>"]
    (refused,) = load("sightings", sheet(bad), "b.xlsx").refused
    assert refused.line == 900_003


@pytest.mark.parametrize("blank", [1, 2, 3, 5_000])
def test_rows_without_a_number_count_from_the_blank_one_before(load: Load, blank: int) -> None:
    bad = SAID.format(7).replace("48.885", "12").replace(' r="7"', "", 1) + "</row>"
    content = sheet([*styled(blank), bad])
    (refused,) = load("sightings", content, "file.xlsx").refused
    assert refused.line == blank + 3


def attributes(count: int) -> str:
    return " ".join(f'a{n}="1"' for n in range(count))


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ENTRY = f'<sheet name="x" sheetId="2" r:id="rId1" xmlns:r="{RELATIONS}"/>'
INLINE = '<row r="3"><c r="A3" t="inlineStr"><is><t>', "</t></is></c></row>"
FONT = '<font><sz val="9"/></font>'
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "blank rows without numbers": (
        "after row 2",
        lambda: sheet('<row><c s="0"/></row>' for _ in range(500_000)),
    ),
    "elements of nothing": ("after row 2", lambda: sheet(["<a/>" * 3_000_000])),
    "one row of cells": (
        "after row 2",
        lambda: sheet(['<row r="3">', "<c><v>1</v></c>" * 1_000_000, "</row>"]),
    ),
    "a comment": ("after row 2", lambda: sheet(["<!--", " " * 50_000_000, "-->"])),
    "one tag": ("after row 2", lambda: sheet([f"<row {attributes(500_000)}/>"])),
    "one text": ("after row 3", lambda: sheet([INLINE[0], "a" * 50_000_000, INLINE[1]])),
    "texts of no cell": ("goes on for long", lambda: shared("<si><t>a</t></si>" * 3_000_000)),
    "a text of 1 MB in 10,000 cells": (
        "cell A3 holds 1000000 characters",
        lambda: shared(f"<si><t>{'a' * 1_000_000}</t></si>", references(10_000)),
    ),
    "a text of 60 kB in 100,000 cells": (
        "times its size",
        lambda: shared(f"<si><t>{'a' * 60_000}</t></si>", references(100_000)),
    ),
    "texts within each other": (
        "after 0 texts the workbook goes on",
        lambda: shared("<si>" * 300_000 + "</si>" * 300_000),
    ),
    "a row wider than any table": (
        "row 3 has 2500 cells; a table has at most 2000 columns",
        lambda: sheet(['<row r="3">', "<c><v>1</v></c>" * 2500, "</row>"]),
    ),
    "styles": ("goes on for long", lambda: before("xl/styles.xml", "</fonts>", FONT * 400_000)),
    "sheets": ("100001 sheets", lambda: before("xl/workbook.xml", "</sheets>", ENTRY * 100_000)),
    "a prefix that nobody declares": (
        "not an Excel workbook: Namespace prefix",
        lambda: before("xl/workbook.xml", "</sheets>", '<sheet name="x" sheetId="2" zz:id="1"/>'),
    ),
    "one part as two sheets": (
        "two sheets of the workbook are one part",
        lambda: before("xl/workbook.xml", "</sheets>", ENTRY),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_table_holds_is_refused(load: Load, name: str) -> None:
    why, make = REFUSED[name]
    with pytest.raises(Refused, match=why):
        within(load, make(), "file.xlsx")


def cell(inside: str, more: str = 'office:value-type="string"') -> str:
    """Return a row of one cell."""
    return (
        f"<table:table-row><table:table-cell {more}>{inside}</table:table-cell></table:table-row>"
    )


def repeated(count: int) -> str:
    """Return a row that is repeated."""
    more = f'<table:table-row table:number-rows-repeated="{count}"'
    return cell("<text:p>x</text:p>").replace("<table:table-row", more, 1)


SPANS = "<text:span>" * 50_000 + "x" + "</text:span>" * 50_000
ODS: dict[str, Callable[[], str]] = {
    "a row repeated to the end": lambda: repeated(1_048_570),
    "rows repeated often": lambda: repeated(1000) * 1040,
    "blank rows": lambda: cell("", 'table:style-name="a"') * 300_000,
    "elements of nothing": lambda: "<a/>" * 3_000_000,
    "one inside the other": lambda: "<a>" * 500_000 + "</a>" * 500_000,
    "paragraphs": lambda: cell("<text:p>x</text:p>" * 500_000),
    "spans": lambda: cell(f"<text:p>{SPANS}</text:p>"),
    "spaces that are none": lambda: cell('<text:p>x<text:s text:c="x"/></text:p>'),
    "one text": lambda: cell(f"<text:p>{'x' * 50_000_000}</text:p>"),
    "a clock beyond all": lambda: cell(
        "", f'office:value-type="time" office:time-value="PT{"9" * 20}H1M1S"'
    ),
}


@pytest.mark.parametrize("name", ODS)
def test_what_no_opendocument_table_holds_is_refused(load: Load, name: str) -> None:
    content = ods([HEADER, ["2023-07-13T14:30", 2.37, 48.885, 3]], tail=ODS[name]())
    try:
        report = within(load, content, "file.ods")
    except Refused:
        return
    assert report.refused_whole, "rows of nothing end the reading, each of the first told"
    assert report.added == 0


def test_of_many_sheets_the_first_rows_are_read_once(load: Load) -> None:
    whole = ods([HEADER, ["2023-07-13T14:30", 2.37, 48.885, 3]])
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, "w") as new:
        text = old.read("content.xml").decode()
        start, end = text.index("<table:table "), text.index("</office:spreadsheet>")
        new.writestr("mimetype", old.read("mimetype"))
        new.writestr("content.xml", text[:start] + text[start:end] * 1000 + text[end:])
    options = SourceOptions(confirmed=True)
    report = within(load, made.getvalue(), "file.ods", options=options)
    assert report.rows == 1  # type: ignore[attr-defined]


def test_shared_texts_of_more_than_is_held_are_refused(load: Load) -> None:
    chance = random.Random(20230713)
    texts = "".join(f"<si><t>{chance.randbytes(30_000).hex()}</t></si>" for _ in range(2_050))
    with pytest.raises(Refused, match="more than 120 million characters"):
        within(load, shared(texts, references(1)), "file.xlsx")


def test_a_spreadsheet_of_more_than_is_looked_through_is_refused(load: Load) -> None:
    data = bytearray(ods([HEADER, ["2023-07-13T14:30", 2.37, 48.885, 3]]))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", 400_000_001)
    with pytest.raises(Refused, match="more than 400 MB"):
        within(load, bytes(data), "file.ods")


def test_of_many_wide_sheets_the_one_to_read_has_to_be_named(load: Load) -> None:
    row = ["2023-07-13T14:30", 2.37, 48.885, 3, *["x" * 100] * 900]
    whole = ods([[*HEADER, *(f"c{n}" for n in range(900))], *[row] * 20])
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, "w") as new:
        text = old.read("content.xml").decode()
        start, end = text.index("<table:table "), text.index("</office:spreadsheet>")
        new.writestr("mimetype", old.read("mimetype"))
        new.writestr("content.xml", text[:start] + text[start:end] * 10 + text[end:])
    with pytest.raises(Refused, match="the workbook has 10 sheets: name the one to read"):
        within(load, made.getvalue(), "file.ods")
    options = SourceOptions(sheet="data")
    report = within(
        load, made.getvalue(), "file.ods", options=options, ignore=[f"c{n}" for n in range(900)]
    )
    assert report.rows == 20
