"""Excel workbooks (.xlsx, .xlsm): one sheet, its header and the rows below.

Rows are taken as they stand in the sheet, whatever it says of its own extent.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.worksheet._reader import WorkSheetParser

from geosites.core.errors import Refused
from geosites.imports.options import ReadOptions
from geosites.imports.readers.cells import SheetRow, instant_of, shows_day, text_of
from geosites.imports.readers.excel_parts import ExcelBook, open_book
from geosites.imports.readers.sheets import WorkbookSheet, read_chosen
from geosites.imports.readers.tables import Meter, OpenTable, refuse_swelling
from geosites.imports.readers.xml_parts import SheetPart
from geosites.imports.readers.zip_directory import require_few_parts


@contextmanager
def open_xlsx(
    path: Path,
    limit_bytes: int,
    wanted: Collection[str] = (),
    options: ReadOptions | None = None,
) -> Iterator[OpenTable]:
    """Open a workbook; raises `Refused` where it is none, or unpacks to more than the limit."""
    options, meter = options or ReadOptions(), Meter(limit_bytes)
    with path.open("rb") as file:
        book = _book(file, meter)
        try:
            yield _source(book, meter.count, wanted, options)
        except (
            ParseError,
            zipfile.BadZipFile,
            KeyError,
            ValueError,
            IndexError,
            OverflowError,
            RecursionError,
        ) as error:
            raise Refused("the workbook cannot be read: %(error)s", error=error) from error
        finally:
            book.close()


def _book(file: BinaryIO, meter: Meter) -> ExcelBook:
    """Return the workbook in an open file, which whoever opened it closes, also on a bad one."""
    try:
        require_few_parts(file)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            meter.add(size)
            refuse_swelling(size, sum(member.compress_size for member in members))
        with warnings.catch_warnings(action="ignore"):
            return open_book(file, size)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        openpyxl.utils.exceptions.InvalidFileException,
        ParseError,
        OSError,
        TypeError,
        AttributeError,
    ) as error:
        raise Refused("the file is no Excel workbook: %(error)s", error=error) from error


def _source(book: ExcelBook, size: int, known: Collection[str], options: ReadOptions) -> OpenTable:
    sheets = [
        WorkbookSheet(sheet.name, sheet.hidden, partial(_rows, book, sheet.part))
        for sheet in book.sheets
    ]
    return read_chosen(sheets, "xlsx", size, known, options)


def _rows(opened: ExcelBook, part: str) -> Iterator[SheetRow]:
    """Yield the rows of a sheet that say something, in their order."""
    book, days = opened.book, dict[int, bool]()
    with opened.archive.sheet(part) as source:
        parser = WorkSheetParser(
            source,
            opened.strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        with warnings.catch_warnings(action="ignore"):
            for line, row in _parsed(parser, source):
                cells = {}
                for cell in row:
                    if cell["value"] is None:
                        continue
                    style = cell["style_id"]
                    if cell["data_type"] == "d" and style not in days:
                        days[style] = _shows_day(book, style)
                    value = instant_of(cell["value"], book.epoch)
                    text = text_of(value, day=days.get(style, False))
                    if text is not None and text.strip():
                        cells[cell["column"] - 1] = text
                if cells:
                    source.said(line)
                    yield SheetRow(line, cells)


def _parsed(parser: WorkSheetParser, source: SheetPart) -> Iterator[tuple[int, list[Any]]]:
    """Yield rows until their end, behind which nothing is read."""
    try:
        yield from parser.parse()
    except ParseError:
        if not source.complete:
            raise


def _shows_day(book: openpyxl.Workbook, style: int) -> bool:
    number = book._cell_styles[style].numFmtId
    builtin = openpyxl.styles.numbers.BUILTIN_FORMATS
    return shows_day(builtin.get(number) or book._number_formats[number - 164])
