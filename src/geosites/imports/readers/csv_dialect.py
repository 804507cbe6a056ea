"""Detect the delimiter and the header row of a CSV file."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from typing import NamedTuple

from geosites.core.errors import Refused
from geosites.imports.readers import headers
from geosites.imports.readers.headers import Header

_DELIMITERS = ",;\t|"
_SAYS_DELIMITER = re.compile(r'"?sep=(.)"?\s*')


class TopRow(NamedTuple):
    """A row from the top of a file: its cells, its line, and how many lines end with it."""

    cells: list[str]
    line: int
    ends: int


def header_of(
    head: bytes, wanted: Collection[str], given: str | None
) -> tuple[str, list[TopRow], Header]:
    """Return the delimiter and the header: by the columns looked for, or else of the first row."""
    first = head.split(b"\n", 1)[0].decode(errors="replace")
    says = _SAYS_DELIMITER.fullmatch(first)
    marks = given or (says[1] if says else _DELIMITERS)
    tables = {mark: _top_rows(head, mark) for mark in marks}
    tables = {mark: rows for mark, rows in tables.items() if rows}
    if not tables:
        raise Refused("the header cannot be read")
    cells = {mark: [row.cells for row in rows] for mark, rows in tables.items()}
    known = {mark: headers.named(rows, wanted) for mark, rows in cells.items()}
    found = {mark: headers.likeliest(rows, wanted) for mark, rows in cells.items()}
    delimiter = max(tables, key=lambda mark: (known[mark], len(found[mark])))
    rows = tables[delimiter]
    return delimiter, rows, headers.find(cells[delimiter], wanted)


def _top_rows(head: bytes, delimiter: str) -> list[TopRow]:
    """Return the first non-empty rows of a file, as far as they can be read."""
    rows: list[TopRow] = []
    reader = csv.reader(
        (line.decode(errors="replace") + "\n" for line in head.split(b"\n")), delimiter=delimiter
    )
    before = 0
    try:
        for cells in reader:
            if any(cells):
                rows.append(TopRow(cells, before + 1, reader.line_num))
            before = reader.line_num
            if len(rows) == headers.LOOKED_AT:
                break
    except csv.Error:
        return rows
    return rows
