"""CSV reader: blocks that end at a row boundary, with a limit on decompressed bytes."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from geosites.core.errors import Refused, phrase
from geosites.core.spreadsheet_formulas import PROTECTED
from geosites.imports.readers import csv_rows, headers
from geosites.imports.readers.csv_dialect import header_of
from geosites.imports.readers.csv_rows import CsvForm, ragged_row
from geosites.imports.readers.csv_text import CsvRecords, CsvText
from geosites.imports.readers.tables import (
    BLOCK_BYTES,
    Meter,
    OpenTable,
    Piece,
    refuse_swelling,
    swells,
)
from geosites.imports.source_options import ReadOptions

_GZIP = b"\x1f\x8b"
_SIZE_BYTES = 4
"""How long the size is that a gzip file ends with."""
_UNPACKED_FIRST = 2_000_000
_NEWLINE, _QUOTE, _RETURN = b'\n"\r'
_MOST_ROWS = 32_768
"""Number of rows of a block that are parsed together."""

_Index = npt.NDArray[np.int64]


@contextmanager
def open_csv(
    path: Path,
    limit_bytes: int,
    wanted: Collection[str] = (),
    options: ReadOptions | None = None,
) -> Iterator[OpenTable]:
    """Open a CSV file, gzipped or not; raises `Refused` where it has no header."""
    options = options or ReadOptions()
    with path.open("rb") as raw:
        packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
        meter = Meter(limit_bytes)
        checked = (lambda: refuse_swelling(meter.count, raw.tell())) if packed else _unpacked
        try:
            if packed:
                _refuse_bomb(raw)
            yield _source(CsvText(stream, meter, options.encoding, checked), wanted, options)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Refused("the file is not a whole gzip file: %(error)s", error=error) from error


def _refuse_bomb(raw: BinaryIO) -> None:
    """Raise `Refused` for a decompression bomb, before any row is read.

    The size in the trailer only decides whether to check: a truncated file has other bytes there. A
    large file is also counted while it is read.
    """
    size = raw.seek(0, io.SEEK_END)
    raw.seek(-min(size, _SIZE_BYTES), io.SEEK_END)
    told = int.from_bytes(raw.read(_SIZE_BYTES), "little")
    raw.seek(0)
    if size <= _UNPACKED_FIRST or swells(told, size):
        stream, count = gzip.GzipFile(fileobj=raw), 0
        while data := stream.read(BLOCK_BYTES):
            count += len(data)
            refuse_swelling(count, size)
        raw.seek(0)


def _unpacked() -> None:
    """Check nothing of a file that is not packed."""


def _source(text: CsvText, wanted: Collection[str], options: ReadOptions) -> OpenTable:
    if not text.rest.strip():
        raise Refused("the file is empty")
    head = text.rest
    delimiter, rows, header = header_of(head, wanted, options.delimiter)
    found = rows[header.row]
    end = 0
    for _ in range(found.ends):
        end = head.find(b"\n", end) + 1 or len(head)
    text.rest, text.line = head[end:], found.ends + 1
    width = len(header.names)
    least = max((place + 1 for place in range(width) if place not in header.unnamed), default=0)
    form = CsvForm(delimiter, width, least, f'{delimiter} "'.encode() in head)

    def read(wanted: Sequence[int]) -> Iterator[Piece]:
        for block in text.blocks():
            if not _is_proper(block.data, delimiter):
                lines = text.lines_from(block.data)
                for piece in csv_rows.pieces(lines, block.line, form, wanted):
                    yield _finished(piece, text.bytes_read)
                return
            yield from _parse(block, form, wanted)

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        told = False
        for piece in read(wanted):
            new = text.ends.mended and not told
            told |= new
            yield replace(piece, warnings=[_lone_returns(), *piece.warnings]) if new else piece

    return OpenTable(
        header.names,
        pieces,
        headers.remarks(*headers.lines([row.line for row in rows], header)),
        {"format": "csv", "encoding": text.encoding.name, "delimiter": delimiter},
        text.encoding.findings,
        header.unnamed,
    )


def _lone_returns() -> str:
    return phrase("carriage returns without a newline were taken for ends of lines")


def _is_proper(data: bytes, delimiter: str) -> bool:
    """Return whether every quotation mark opens a value, closes one, or is doubled within one."""
    if b'"' not in data:
        return True
    cells = np.frombuffer(b"\n" + data + b"\n", dtype=np.uint8)
    marks = np.flatnonzero(cells == _QUOTE)
    if len(marks) % 2:
        return False
    before, after = cells[marks[0::2] - 1], cells[marks[1::2] + 1]
    allowed = [ord(delimiter), _NEWLINE, _QUOTE]
    return bool(np.isin(before, allowed).all() and np.isin(after, [*allowed, _RETURN]).all())


def _rows(records: CsvRecords) -> tuple[_Index, _Index, _Index]:
    """Return where each row starts and ends, and the line it starts on; blank lines are none."""
    data = np.frombuffer(records.data, dtype=np.uint8)
    newlines = np.flatnonzero(data == _NEWLINE)
    quotes = np.searchsorted(np.flatnonzero(data == _QUOTE), newlines)
    last = quotes % 2 == 0
    ends = np.append(newlines[last], len(data))
    starts = np.append(0, newlines[last] + 1)
    lines = records.line + np.append(0, np.flatnonzero(last) + 1)
    size = ends - starts
    lone_return = (size == 1) & (data[np.minimum(starts, len(data) - 1)] == _RETURN)
    real = (size > 0) & ~lone_return
    return starts[real], ends[real], lines[real].astype(np.int64)


def _parse(records: CsvRecords, form: CsvForm, wanted: Sequence[int]) -> Iterator[Piece]:
    starts, _, lines = _rows(records) if records.data.strip() else [np.empty(0, np.int64)] * 3
    if len(lines) > _MOST_ROWS:  # of a byte or two: each that does not fit is an object
        for first in range(0, len(lines), _MOST_ROWS):
            next_start = starts[first + _MOST_ROWS :][:1]
            end = int(next_start[0]) if len(next_start) else len(records.data)
            data = records.data[int(starts[first]) : end]
            yield from _parse(CsvRecords(data, int(lines[first]), records.bytes_read), form, wanted)
        return
    ragged: list[pa_csv.InvalidRow] = []
    if not len(lines):
        empty = pa.array([], pa.string())
        yield Piece(columns=[empty] * len(wanted), lines=lines, bytes_read=records.bytes_read)
        return
    table = _table(records, form, wanted, ragged)
    fits = table.num_rows + len(ragged) == len(lines)
    columns = [column.combine_chunks() for column in table.columns[: len(wanted)]]
    if not fits or any(_may_be_kept(row, form) for row in ragged) or _has_blank(columns):
        text = io.StringIO(records.data.decode(), newline="\n")
        for piece in csv_rows.pieces(text, records.line, form, wanted):
            yield _finished(piece, records.bytes_read)
        return
    kept = np.ones(len(lines), dtype=bool)
    kept[[row.number - 1 for row in ragged]] = False
    piece = Piece(
        columns=columns,
        lines=lines[kept],
        bad=[
            ragged_row(int(lines[row.number - 1]), row.actual_columns, form.width, row.text)
            for row in ragged
        ],
        bad_total=len(ragged),
    )
    yield _finished(piece, records.bytes_read)


def _may_be_kept(row: pa_csv.InvalidRow, form: CsvForm) -> bool:
    """Return whether a row of another length may be blank, or blank in unnamed columns."""
    bare = row.text.rstrip(f'{form.delimiter} "\r')
    return not bare or row.actual_columns >= form.least


def _has_blank(columns: Sequence[pa.Array]) -> bool:
    """Return whether a row is empty in all of the columns."""
    if not columns or not len(columns[0]):
        return False
    blank = None
    for column in columns:
        said = column if blank is None else column.filter(blank)
        empty = pc.equal(pc.utf8_trim_whitespace(said), "")
        if not pc.any(empty).as_py():
            return False
        blank = empty if blank is None else _narrowed(blank, empty)
    return True


def _narrowed(mask: pa.Array, within: pa.Array) -> pa.Array:
    """Return the mask with only those of its rows for which `within` holds."""
    return pc.replace_with_mask(mask, mask, within)


def _table(
    records: CsvRecords, form: CsvForm, wanted: Sequence[int], ragged: list[pa_csv.InvalidRow]
) -> pa.Table:
    names = [str(position) for position in range(form.width)]
    chosen = [names[position] for position in wanted] or names[:1]

    def set_aside(row: pa_csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    read = pa_csv.ReadOptions(
        column_names=names, use_threads=False, block_size=len(records.data) + 1
    )
    parse = pa_csv.ParseOptions(
        delimiter=form.delimiter, newlines_in_values=True, invalid_row_handler=set_aside
    )
    convert = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        include_columns=chosen,
        strings_can_be_null=False,
    )
    try:
        return pa_csv.read_csv(pa.BufferReader(records.data), read, parse, convert)
    except pa.ArrowInvalid as error:
        raise Refused(
            "line %(line)s and after cannot be read: %(error)s", line=records.line, error=error
        ) from error


def _finished(piece: Piece, bytes_read: int) -> Piece:
    columns = [_unprotected(item) for item in piece.columns]
    return replace(piece, columns=columns, bytes_read=bytes_read)


def _unprotected(column: Any) -> pa.Array:
    return pc.replace_substring_regex(column, PROTECTED, r"\1")
