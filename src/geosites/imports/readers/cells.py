"""Convert spreadsheet cells to text, and rows of cells to a table."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from geosites.core.errors import BadRow, Refused, phrase
from geosites.imports.readers import headers
from geosites.imports.readers.headers import unnamed_column
from geosites.imports.readers.tables import (
    BLOCK_BYTES,
    BLOCK_ROWS,
    MOST_COLUMNS,
    MOST_LETTERS,
    OpenTable,
    Piece,
    refuse_swelling,
)

_IN_QUOTES = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_LONGEST_SPAN = dt.timedelta(days=10_000)
_CLOCK = re.compile(r"[hs]|am/pm", re.IGNORECASE)

Cells = Mapping[int, str]
"""Text of the cells of a row, by position from 0; empty ones are left out."""


class SheetRow(NamedTuple):
    """A non-empty row of a sheet: its number from 1, and its cells."""

    line: int
    cells: Cells


def table_of(
    rows: Iterator[SheetRow],
    size: int,
    known: Collection[str],
    ignored: Collection[str],
    facts: Mapping[str, str],
) -> OpenTable:
    """Return the table that the rows of a sheet hold; raises `Refused` where there is none.

    `size`: how many bytes were read for it. `known`: names by which the header is found.
    """
    rows = _measured(rows, size)
    top = list(itertools.islice(rows, headers.LOOKED_AT))
    if not top:
        raise Refused("the file is empty")
    header = headers.find([names_of(row) for row in top], known)
    rest = itertools.chain(top[header.row + 1 :], rows)

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        while batch := _batch(rest):
            yield _piece(batch, wanted, size, len(header.names), ignored)

    remarks = headers.remarks(*headers.lines([row.line for row in top], header))
    return OpenTable(header.names, pieces, remarks, facts, (), header.unnamed)


def _measured(rows: Iterator[SheetRow], size: int) -> Iterator[SheetRow]:
    """Yield rows while their texts do not exceed cell limits, or far more than was read.

    A text shared by many cells, or a repeated row, is read once but stored many times.
    """
    total = 0
    for row in rows:
        for place, text in row.cells.items():
            if len(text) > MOST_LETTERS:
                raise Refused(
                    "cell %(cell)s holds %(count)s characters; a cell has at most %(most)s",
                    cell=f"{_letters(place)}{row.line}",
                    count=len(text),
                    most=MOST_LETTERS,
                )
            total += len(text)
        refuse_swelling(total, size // 10)
        yield row


def _batch(rows: Iterator[SheetRow]) -> list[SheetRow]:
    """Return the next rows, as many as a block holds."""
    batch, length = [], 0
    for row in rows:
        batch.append(row)
        length += sum(map(len, row.cells.values()))
        if len(batch) == BLOCK_ROWS or length > BLOCK_BYTES:
            break
    return batch


def text_of(value: object, *, day: bool = False) -> str | None:
    """Return the text of a cell's value, None if empty.

    `day`: the format shows only a date, so that midnight is a bare date.
    """
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime):
        rounded = _rounded(value)
        bare = day and rounded.time() == dt.time()
        return rounded.date().isoformat() if bare else rounded.isoformat()
    if isinstance(value, dt.timedelta):
        return _duration(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def instant_of(value: object, epoch: dt.datetime) -> object:
    """Return a value of a cell; a span longer than any shift is the instant it counts up to.

    A format of hours, such as `[h]:mm`, shows an instant as the hours since the epoch.
    """
    if isinstance(value, dt.timedelta) and value > _LONGEST_SPAN:
        return epoch + value
    return value


def shows_day(form: str) -> bool:
    """Return whether a number format shows a day without any clock."""
    return _CLOCK.search(_IN_QUOTES.sub("", form.split(";")[0])) is None


def _number(value: float) -> str | None:
    if value != value:
        return None
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _rounded(value: dt.datetime) -> dt.datetime:
    """Return a time rounded to the millisecond, the precision of a fraction of a day."""
    value += dt.timedelta(microseconds=500)
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def _duration(value: dt.timedelta) -> str:
    """Return a time of day that a cell holds as a part of a day."""
    seconds = round(value.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def names_of(row: SheetRow) -> list[str]:
    """Return the cells of a row as the names of columns, as far as a table is wide."""
    width = max(row.cells) + 1
    if width > MOST_COLUMNS:
        width = max((place for place in row.cells if place < MOST_COLUMNS), default=-1) + 1
    return [row.cells.get(place, "") for place in range(width)]


def _piece(
    batch: Sequence[SheetRow],
    wanted: Sequence[int],
    size: int,
    width: int,
    ignored: Collection[str],
) -> Piece:
    within = [row for row in batch if min(row.cells) < width]
    beyond = [_beyond(row, width, ignored) for row in batch]
    bad = [fault for fault in beyond if fault is not None]
    faulty = {fault.line for fault in bad}
    kept = [row for row in within if row.line not in faulty]
    return Piece(
        columns=[pa.array([row.cells.get(place) for row in kept], pa.string()) for place in wanted],
        lines=np.array([row.line for row in kept], dtype=np.int64),
        bad=bad,
        bad_total=len(bad),
        blank=len(batch) - len(kept) - len(bad),
        bytes_read=size,
    )


def _beyond(row: SheetRow, width: int, ignored: Collection[str]) -> BadRow | None:
    """Return the error of a row with values beyond the header, or None."""
    for place in sorted(row.cells):
        if place >= width and unnamed_column(place) not in ignored:
            reason = phrase(
                "stands in cell %(cell)s, right of the header: name its column, or pass it over "
                "with --ignore '%(column)s'",
                cell=f"{_letters(place)}{row.line}",
                column=unnamed_column(place),
            )
            return BadRow(row.line, unnamed_column(place), row.cells[place][:120], reason)
    return None


def _letters(place: int) -> str:
    name, left = "", place + 1
    while left:
        left, letter = divmod(left - 1, 26)
        name = chr(65 + letter) + name
    return name
