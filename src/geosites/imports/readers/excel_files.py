"""Excel workbooks (.xlsx): the first sheet, its header and the rows below."""

from __future__ import annotations

import datetime as dt
import itertools
import warnings
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import openpyxl
import pyarrow as pa
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from geosites.core.errors import Refused
from geosites.imports.readers import headers
from geosites.imports.readers.tables import BLOCK_ROWS, Meter, OpenTable, Piece, row_numbers


@contextmanager
def open_xlsx(path: Path, limit_bytes: int, wanted: Collection[str] = ()) -> Iterator[OpenTable]:
    """Open a workbook; raises `Refused` where it is none, or unpacks to more than the limit."""
    meter = Meter(limit_bytes)
    with path.open("rb") as file:
        book = _book(file, meter)
        try:
            yield _source(book.worksheets[0], meter.count, wanted)
        finally:
            book.close()


def _book(file: BinaryIO, meter: Meter) -> openpyxl.Workbook:
    """Return the workbook in an open file, which whoever opened it closes, also on a bad one."""
    try:
        with zipfile.ZipFile(file) as archive:
            meter.add(sum(member.file_size for member in archive.infolist()))
        with warnings.catch_warnings(action="ignore"):
            return openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        openpyxl.utils.exceptions.InvalidFileException,
    ) as error:
        raise Refused("the file is no Excel workbook: %(error)s", error=error) from error


def _source(sheet: ReadOnlyWorksheet, size: int, known: Collection[str]) -> OpenTable:
    rows = sheet.iter_rows()
    top = list(itertools.islice(rows, headers.LOOKED_AT))
    texts = [_names(row) for row in top]
    if not any(texts):
        raise Refused("the file is empty")
    filled = [place for place, row in enumerate(texts) if row]
    place, header = headers.find([texts[item] for item in filled], known)
    above = filled[place] + 1
    rows = itertools.chain(top[above:], rows)

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        line = above + 1
        while batch := list(itertools.islice(rows, BLOCK_ROWS)):
            yield _piece(batch, line, wanted, size)
            line += len(batch)

    return OpenTable(header, pieces, headers.remarks(above))


def _names(row: Sequence[ReadOnlyCell]) -> list[str]:
    """Return what the cells of a row say, without the empty ones at its end."""
    names = [_text(cell) or "" for cell in row]
    while names and not names[-1].strip():
        names.pop()
    return names


def _piece(
    batch: Sequence[Sequence[ReadOnlyCell]], line: int, wanted: Sequence[int], size: int
) -> Piece:
    filled = [any(cell.value is not None for cell in row) for row in batch]
    rows = list(itertools.compress(batch, filled))
    columns = [pa.array([_text_at(row, place) for row in rows], pa.string()) for place in wanted]
    lines = row_numbers(line, len(batch))[filled]
    return Piece(columns=columns, lines=lines, bytes_read=size)


def _text_at(row: Sequence[ReadOnlyCell], position: int) -> str | None:
    return _text(row[position]) if position < len(row) else None


def _text(cell: ReadOnlyCell) -> str | None:
    """Return what a cell says; a date shown without a clock is a bare date."""
    value = cell.value
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        shows_clock = "h" in (cell.number_format or "").lower()
        return (value if shows_clock else value.date()).isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, float) else str(value)
