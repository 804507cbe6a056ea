"""CSV: read in blocks that end with a row, decompressed bytes counted."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from geosites.core.errors import BadRow, Refused, phrase
from geosites.imports.readers import headers
from geosites.imports.readers.headers import Header
from geosites.imports.readers.tables import BLOCK_BYTES, Meter, OpenTable, Piece
from geosites.validation import SHOWN

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_DELIMITERS = ",;\t"
_NEWLINE, _QUOTE, _RETURN = b'\n"\r'
_PROTECTED = r"^'('*[=+\-@\t\r])"
"""Text that a spreadsheet would take for a formula is written behind an apostrophe."""

_Index = npt.NDArray[np.int64]


@contextmanager
def open_csv(path: Path, limit_bytes: int, wanted: Collection[str] = ()) -> Iterator[OpenTable]:
    """Open a CSV file, gzipped or not; raises `Refused` where it has no header."""
    with path.open("rb") as raw:
        packed = raw.read(len(_GZIP)) == _GZIP
        raw.seek(0)
        stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
        records = _blocks(stream, Meter(limit_bytes))
        try:
            yield _source(records, wanted)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Refused("the file is not a whole gzip file: %(error)s", error=error) from error


@dataclass(frozen=True)
class _Records:
    """Whole rows of the file; `line` is the line on which they start."""

    data: bytes
    line: int
    bytes_read: int


def _source(blocks: Iterator[_Records], wanted: Collection[str]) -> OpenTable:
    for first in blocks:
        starts, ends, lines = _rows(first)
        if len(starts):
            break
    else:
        raise Refused("the file is empty")
    spans = zip(starts[: headers.LOOKED_AT], ends, strict=False)
    texts = [first.data[start:end].decode().removesuffix("\r") for start, end in spans]
    delimiter, (row, header) = _header(texts, wanted)
    line = int(lines[row]) + texts[row].count("\n")
    rest = _Records(first.data[ends[row] :], line, first.bytes_read)

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        yield _parse(rest, header, delimiter, wanted)
        for block in blocks:
            yield _parse(block, header, delimiter, wanted)

    return OpenTable(header, pieces, headers.remarks(int(lines[row])))


def _header(texts: Sequence[str], wanted: Collection[str]) -> tuple[str, Header]:
    """Return the delimiter and the header: by the columns looked for, or else of the first row."""
    if "\r" in texts[0]:
        raise Refused("the lines end with a bare carriage return; save the file with newlines")
    tables = {mark: [_split(text, mark) for text in texts] for mark in _DELIMITERS}
    known = {
        mark: max(sum(name.strip() in wanted for name in row) for row in rows)
        for mark, rows in tables.items()
    }
    delimiter = max(_DELIMITERS, key=lambda mark: (known[mark], len(tables[mark][0])))
    return delimiter, headers.find(tables[delimiter], wanted)


def _split(text: str, delimiter: str) -> list[str]:
    """Return the cells of a row; none where it cannot be one of names."""
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except csv.Error:
        return []


def _blocks(stream: BinaryIO, meter: Meter) -> Iterator[_Records]:
    line, carry, start = 1, b"", True
    while data := meter.read(stream, BLOCK_BYTES - len(carry)):
        data = carry + (data.removeprefix(_BOM) if start else data)
        start = False
        end = _last_row_end(data)
        carry = data[end:]
        if len(carry) >= BLOCK_BYTES:
            raise Refused(
                "line %(line)s: a row of more than 1 MB; is a quotation mark left open?", line=line
            )
        if end:
            yield _checked(_Records(data[:end], line, meter.count))
            line += data.count(b"\n", 0, end)
    if carry.count(b'"') % 2:
        raise Refused("line %(line)s: a quotation mark is never closed", line=line)
    if carry:
        yield _checked(_Records(carry, line, meter.count))


def _checked(records: _Records) -> _Records:
    try:
        records.data.decode()
    except UnicodeDecodeError as error:
        line = records.line + records.data.count(b"\n", 0, error.start)
        byte = records.data[error.start]
        raise Refused(
            "line %(line)s is not UTF-8 (byte 0x%(byte)s); save the file so",
            line=line,
            byte=f"{byte:02x}",
        ) from error
    return records


def _last_row_end(data: bytes) -> int:
    """Return where the last whole row ends: after a newline with no quotation mark open."""
    marks, end = data.count(b'"'), len(data)
    while (newline := data.rfind(b"\n", 0, end)) >= 0:
        marks -= data.count(b'"', newline, end)
        if marks % 2 == 0:
            return newline + 1
        end = newline
    return 0


def _rows(records: _Records) -> tuple[_Index, _Index, _Index]:
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


def _parse(
    records: _Records, header: Sequence[str], delimiter: str, wanted: Sequence[int]
) -> Piece:
    _, _, lines = _rows(records) if records.data else (None, None, np.empty(0, np.int64))
    if not len(lines):
        return Piece(columns=[_no_text()] * len(wanted), lines=lines, bytes_read=records.bytes_read)
    ragged: list[pa_csv.InvalidRow] = []
    table = _table(records, len(header), delimiter, wanted, ragged)
    if table.num_rows + len(ragged) != len(lines):
        raise Refused(
            "line %(line)s and after: the lines do not all end with a newline", line=records.line
        )
    kept = np.ones(len(lines), dtype=bool)
    kept[[row.number - 1 for row in ragged]] = False
    columns = [column.combine_chunks() for column in table.columns[: len(wanted)]]
    return Piece(
        columns=[_unprotected(item) for item in columns] if b"'" in records.data else columns,
        lines=lines[kept],
        bad=[_bad(row, int(lines[row.number - 1])) for row in ragged[:SHOWN]],
        bad_total=len(ragged),
        bytes_read=records.bytes_read,
    )


def _table(
    records: _Records,
    width: int,
    delimiter: str,
    wanted: Sequence[int],
    ragged: list[pa_csv.InvalidRow],
) -> pa.Array:
    names = [str(position) for position in range(width)]
    chosen = [names[position] for position in wanted] or names[:1]

    def set_aside(row: pa_csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    read = pa_csv.ReadOptions(
        column_names=names, use_threads=False, block_size=len(records.data) + 1
    )
    parse = pa_csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside
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


def _bad(row: pa_csv.InvalidRow, line: int) -> BadRow:
    reason = phrase(
        "has %(actual)s values for %(expected)s columns",
        actual=row.actual_columns,
        expected=row.expected_columns,
    )
    return BadRow(line, "", row.text[:120], reason)


def _unprotected(column: Any) -> pa.Array:
    return pc.replace_substring_regex(column, _PROTECTED, r"\1")


def _no_text() -> pa.Array:
    return pa.array([], pa.string())
