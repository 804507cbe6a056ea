"""Excel workbooks (.xlsx, .xlsm): one sheet, its header and the rows below.

Rows are read as stored; the sheet's declared dimension is ignored.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import openpyxl

from geosites.core.errors import Refused
from geosites.imports.readers.cells import SheetRow
from geosites.imports.readers.excel_parts import ExcelBook, open_book
from geosites.imports.readers.excel_rows import rows_of
from geosites.imports.readers.sheets import WorkbookSheet, read_chosen
from geosites.imports.readers.tables import Meter, OpenTable, refuse_swelling
from geosites.imports.readers.zip_directory import require_few_parts
from geosites.imports.source_options import ReadOptions


@contextmanager
def open_xlsx(
    path: Path,
    limit_bytes: int,
    wanted: Collection[str] = (),
    options: ReadOptions | None = None,
) -> Iterator[OpenTable]:
    """Open a workbook; raises `Refused` where it is none, or unpacks to more than the limit.

    XML that cannot be read is a `SyntaxError`, of both libraries that read it.
    """
    options, meter = options or ReadOptions(), Meter(limit_bytes)
    with path.open("rb") as file:
        book = _book(file, meter)
        try:
            yield _source(book, meter.count, wanted, options)
        except (
            SyntaxError,
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
    """Return the workbook in an open file, which the caller closes, also after an error."""
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
        SyntaxError,
        OSError,
        TypeError,
        AttributeError,
    ) as error:
        raise Refused("the file is not an Excel workbook: %(error)s", error=error) from error


def _source(book: ExcelBook, size: int, known: Collection[str], options: ReadOptions) -> OpenTable:
    sheets = [
        WorkbookSheet(sheet.name, sheet.hidden, partial(_rows, book, sheet.part))
        for sheet in book.sheets
    ]
    return read_chosen(sheets, "xlsx", size, known, options)


def _rows(opened: ExcelBook, part: str) -> Iterator[SheetRow]:
    with opened.archive.sheet(part) as source, warnings.catch_warnings(action="ignore"):
        yield from rows_of(opened.book, opened.strings, source)
