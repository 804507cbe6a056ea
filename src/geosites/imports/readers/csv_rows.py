"""Row-by-row CSV parser for malformed quotes and row lengths.

A quotation mark inside an unquoted value (`5" step`) is literal; text after a closing quotation
mark is refused by line, because its meaning is ambiguous. Empty values beyond the header are
skipped, and so are rows without any value.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from geosites.core.errors import BadRow, Refused, phrase
from geosites.imports.readers.tables import BLOCK_BYTES, BLOCK_ROWS, Piece

csv.field_size_limit(BLOCK_BYTES)

_SHOWN_CHARACTERS = 120


class CsvForm(NamedTuple):
    """How rows are split: the delimiter, how many columns, and whether spaces precede quotes.

    A row has at least `least` values: empty columns without a name at its end may be left out.
    """

    delimiter: str
    width: int
    least: int
    spaced: bool


class _Row(NamedTuple):
    line: int
    cells: list[str]
    fault: str


def pieces(
    lines: Iterable[str], first: int, form: CsvForm, wanted: Sequence[int]
) -> Iterator[Piece]:
    """Yield the rows of some lines of text, of which the first has the number `first`."""
    rows = _rows(lines, first, form)
    for row in rows:
        yield _piece(chain([row], islice(rows, BLOCK_ROWS - 1)), form, wanted)


def _rows(lines: Iterable[str], first: int, form: CsvForm) -> Iterator[_Row]:
    source, line = iter(lines), first
    while True:
        reader = csv.reader(
            source, delimiter=form.delimiter, strict=True, skipinitialspace=form.spaced
        )
        start = line
        try:
            for cells in reader:
                yield _Row(start, cells, "")
                start = line + reader.line_num
        except csv.Error as error:
            yield _Row(start, [], _fault(str(error), start, line + reader.line_num - 1))
            line += reader.line_num
            continue
        return


def too_long(line: int) -> Refused:
    """Return the error of a row that is longer than any row is."""
    return Refused(
        "line %(line)s: a row of more than 1 MB; is a quotation mark left open?", line=line
    )


def _fault(error: str, first: int, last: int) -> str:
    if "field larger" in error:
        raise too_long(first)
    if "end of data" in error:
        raise Refused("line %(line)s: a quotation mark is never closed", line=first)
    if last > first:
        return phrase(
            'a quotation mark (") opens here, and on line %(last)s text follows its closing mark',
            last=last,
        )
    return phrase('text follows a closing quotation mark ("); double the marks within a value')


def _piece(rows: Iterable[_Row], form: CsvForm, wanted: Sequence[int]) -> Piece:
    kept: list[list[str]] = []
    lines: list[int] = []
    bad: list[BadRow] = []
    blank = 0
    for line, cells, fault in rows:
        if fault:
            bad.append(BadRow(line, "", "", fault))
        elif not any(cell.strip() for cell in cells):
            blank += 1 if cells else 0
        elif len(cells) < form.least or any(cell.strip() for cell in cells[form.width :]):
            bad.append(ragged_row(line, len(cells), form.width, form.delimiter.join(cells)))
        else:
            kept.append(cells + [""] * (form.width - len(cells)))
            lines.append(line)
    return Piece(
        columns=[pa.array([row[place] for row in kept], pa.string()) for place in wanted],
        lines=np.array(lines, dtype=np.int64),
        bad=bad,
        bad_total=len(bad),
        blank=blank,
    )


def ragged_row(line: int, actual: int, expected: int, text: str) -> BadRow:
    """Return the fault of a row that has more or fewer values than the header."""
    reason = phrase(
        "has %(actual)s values for %(expected)s columns", actual=actual, expected=expected
    )
    return BadRow(line, "", text[:_SHOWN_CHARACTERS], reason)
