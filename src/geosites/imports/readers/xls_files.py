"""Excel workbooks before 2007 (.xls), and HTML tables saved with that extension."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import xlrd

from geosites.core.errors import Refused
from geosites.imports.readers.cells import SheetRow, shows_day, text_of
from geosites.imports.readers.html_tables import is_html, open_html
from geosites.imports.readers.sheets import WorkbookSheet, read_chosen
from geosites.imports.readers.tables import Meter, OpenTable
from geosites.imports.source_options import ReadOptions

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_LOOKED_AT = 4096
_MOST_SHEETS = 64
"""Maximum number of sheets whose first rows are examined, since each is read completely."""


@contextmanager
def open_xls(
    path: Path, limit_bytes: int, wanted: Collection[str], options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a workbook; raises `Refused` where it is none."""
    meter = Meter(limit_bytes)
    meter.add(path.stat().st_size)
    with path.open("rb") as file:
        page = file.read(_LOOKED_AT)
    if is_html(page):
        with open_html(path, limit_bytes, wanted, options) as table:
            yield table
        return
    start = page[: len(_COMPOUND)]
    if start.startswith(_ZIP):
        raise Refused("the file is an Excel workbook of another kind; name it .xlsx")
    if start != _COMPOUND:
        raise Refused("the file is not an Excel workbook: it does not begin like one (.xls)")
    with _book(path) as book:
        names = book.sheet_names()
        if len(names) > _MOST_SHEETS and options.sheet is None:
            raise Refused(
                "the workbook has %(count)s sheets: name the one to read (--sheet)",
                count=len(names),
            )
        sheets = [
            WorkbookSheet(name, bool(hidden), partial(_rows, book, place))
            for place, (name, hidden) in enumerate(
                zip(names, book._sheet_visibility, strict=False)  # a sheet itself is large
            )
        ]
        yield read_chosen(sheets, "xls", meter.count, wanted, options)


def _book(path: Path) -> xlrd.book.Book:
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as log:
            return xlrd.open_workbook(
                path, formatting_info=True, ragged_rows=True, on_demand=True, logfile=log
            )
    except MemoryError:
        raise
    # The library raises errors of many kinds on a damaged file, AssertionError among them.
    except Exception as error:
        raise Refused("the file is not an Excel workbook: %(error)s", error=error) from error


def _rows(book: xlrd.book.Book, place: int) -> Iterator[SheetRow]:
    """Yield the non-empty rows of a sheet, which stays in memory meanwhile."""
    sheet = _sheet(book, place)
    try:
        yield from _said(book, sheet)
    finally:
        book.unload_sheet(place)


def _sheet(book: xlrd.book.Book, place: int) -> xlrd.sheet.Sheet:
    try:
        return book.sheet_by_index(place)
    except MemoryError:
        raise
    except Exception as error:  # of as many kinds
        raise Refused("the file is not an Excel workbook: %(error)s", error=error) from error


def _said(book: xlrd.book.Book, sheet: xlrd.sheet.Sheet) -> Iterator[SheetRow]:
    for line in range(sheet.nrows):
        if not sheet.row_len(line):
            continue
        cells = {}
        for place, cell in enumerate(sheet.row(line)):
            text = _text(book, cell)
            if text is not None and text.strip():
                cells[place] = text
        if cells:
            yield SheetRow(line + 1, cells)


def _text(book: xlrd.book.Book, cell: xlrd.sheet.Cell) -> str | None:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _time(book, cell)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return text_of(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    return text_of(cell.value) if cell.ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER) else None


def _time(book: xlrd.book.Book, cell: xlrd.sheet.Cell) -> str | None:
    if 0 <= cell.value < 1:
        return text_of(dt.timedelta(days=cell.value))
    try:
        value = xlrd.xldate_as_datetime(cell.value, book.datemode)
    except (xlrd.XLDateError, OverflowError, ValueError):
        return text_of(cell.value)
    form = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    return text_of(value, day=shows_day(form))
