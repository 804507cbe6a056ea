"""Rejects file: refused or skipped rows, to be corrected and imported again.

It has the columns of the original file after four more: line, column, value and reason. `geosites
import` ignores these four.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from geosites.core.errors import BadRow, Refused, os_reason
from geosites.core.spreadsheet_formulas import FORMULA_STARTS
from geosites.imports.readers.tables import OpenTable

REASONS = ("reject_line", "reject_column", "reject_value", "reject_reason")
"""The columns in front of those of the file."""

_FORMULA = (*FORMULA_STARTS, "'")


def write(
    target: Path,
    rows: Sequence[BadRow],
    opened: Callable[[], AbstractContextManager[OpenTable]],
) -> None:
    """Write bad rows with the content of their lines; raises `Refused` if that fails."""
    with opened() as source:
        cells = _cells(source, {row.line for row in rows}) if rows else {}
        header = source.header
    try:
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*REASONS, *header])
            for row in rows:
                said = (str(row.line), row.column, row.value, str(row.reason))
                there = cells.get(row.line, [""] * len(header))
                writer.writerow([_protected(text) for text in (*said, *there)])
    except OSError as error:
        raise Refused(
            "%(file)s cannot be written: %(reason)s", file=target, reason=os_reason(error)
        ) from error


def _cells(source: OpenTable, lines: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    wanted = np.array(sorted(lines), dtype=np.int64)
    for piece in source.pieces(range(len(source.header))):
        for row in np.flatnonzero(np.isin(piece.lines, wanted)).tolist():
            found[int(piece.lines[row])] = [column[row].as_py() or "" for column in piece.columns]
    return found


def _protected(text: str) -> str:
    """Return a text escaped against interpretation as a formula; numbers are unchanged."""
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
