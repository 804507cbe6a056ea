"""Excel workbooks (.xlsx): the first sheet, its first row the header."""

from __future__ import annotations

import datetime as dt
import itertools
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa

from geosites.errors import Refused
from geosites.intake.sources import BLOCK_ROWS, Meter, Piece, Source, row_numbers


@contextmanager
def open_xlsx(path: Path, limit_bytes: int) -> Iterator[Source]:
    """Open a workbook; raises `Refused` where it is none, or unpacks to more than the limit."""
    meter = Meter(limit_bytes)
    try:
        with zipfile.ZipFile(path) as archive:
            meter.add(sum(member.file_size for member in archive.infolist()))
        with warnings.catch_warnings(action="ignore"):
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        openpyxl.utils.exceptions.InvalidFileException,
    ) as error:
        raise Refused(f"the file is no Excel workbook: {error}") from error
    try:
        yield _source(book.worksheets[0], meter.count)
    finally:
        book.close()


def _source(sheet: Any, size: int) -> Source:
    rows = sheet.iter_rows()
    names = [_text(cell) for cell in next(rows, ())]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Refused("the file is empty")
    header = tuple((name or "").strip() for name in names)
    if not all(header):
        raise Refused(f"column {header.index('') + 1} of the header has no name")

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        line = 2
        while batch := list(itertools.islice(rows, BLOCK_ROWS)):
            yield _piece(batch, line, wanted, size)
            line += len(batch)

    return Source(header, pieces)


def _piece(batch: Sequence[Sequence[Any]], line: int, wanted: Sequence[int], size: int) -> Piece:
    filled = [any(cell.value is not None for cell in row) for row in batch]
    rows = list(itertools.compress(batch, filled))
    columns = [pa.array([_text_at(row, place) for row in rows], pa.string()) for place in wanted]
    lines = row_numbers(line, len(batch))[filled]
    return Piece(columns=columns, lines=lines, bytes_read=size)


def _text_at(row: Sequence[Any], position: int) -> str | None:
    return _text(row[position]) if position < len(row) else None


def _text(cell: Any) -> str | None:
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
