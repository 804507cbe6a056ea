"""A block of rows as text columns, with the errors found in them.

One row from the API and ten thousand rows of a file have this same form, so that both go through
the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import BadRow

if TYPE_CHECKING:
    from geosites.validation.source_notation import Notation

SHOWN = 100
"""How many bad rows are kept with their reasons; the others are only counted."""

_SHOWN_CHARACTERS = 120
FEW = 8
"""Rows that Python matches faster than Arrow."""

Mask = npt.NDArray[np.bool_]
Reason = str | Callable[[int], str]


class Block:
    """Columns of text, all of one length; a blank is a null. `lines` are those of the file.

    `notation` is the source's notation of times and numbers; by default ours.
    """

    def __init__(
        self,
        columns: Mapping[str, pa.Array],
        lines: npt.NDArray[np.int64],
        notation: Notation | None = None,
    ) -> None:
        self.lines = lines
        self.notation = notation
        self._columns = {name: _trimmed(column) for name, column in columns.items()}

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def with_columns(self, more: Mapping[str, pa.Array]) -> Block:
        """Return this block with added or replaced columns."""
        return Block({**self._columns, **more}, self.lines, self.notation)

    def column(self, name: str) -> pa.Array:
        """Return the column as a pyarrow array of strings; all null where there is none."""
        if name not in self._columns:
            return pa.nulls(len(self), pa.string())
        return self._columns[name]

    def text(self, name: str, row: int) -> str:
        """Return the text of a cell, or an empty text."""
        return self.column(name)[row].as_py() or ""


class Faults:
    """The bad rows of a block; the first fault found in a row is the one that is named."""

    def __init__(self, block: Block, keep: int = SHOWN) -> None:
        self._block = block
        self._keep = keep
        self.bad: Mask = np.zeros(len(block), dtype=bool)
        self._rows: list[tuple[int, BadRow]] = []

    def mark(self, column: str, where: Mask, reason: Reason) -> None:
        """Mark the rows in the mask `where` as bad because of `column`."""
        fresh = where & ~self.bad
        if not fresh.any():
            return
        self.bad |= fresh
        for row in np.flatnonzero(fresh)[: self._keep].tolist():
            why = reason if isinstance(reason, str) else reason(row)
            value = self._block.text(column, row)[:_SHOWN_CHARACTERS]
            self._rows.append((row, BadRow(int(self._block.lines[row]), column, value, why)))

    @property
    def total(self) -> int:
        """How many rows are bad."""
        return int(self.bad.sum())

    @property
    def rows(self) -> list[BadRow]:
        """The first bad rows, in the order of the file, at most `keep` of them."""
        return [bad for _, bad in sorted(self._rows, key=lambda pair: pair[0])[: self._keep]]


def mask(array: pa.Array) -> Mask:
    """Return a pyarrow array of booleans as a mask; null is False."""
    known = array if array.null_count == 0 else pc.fill_null(array, False)
    result: Mask = known.to_numpy(zero_copy_only=False)
    return result


def filled(array: pa.Array) -> Mask:
    """Return the rows of a pyarrow array that are not empty."""
    if array.null_count in (0, len(array)):
        return np.full(len(array), array.null_count == 0)
    return mask(pc.is_valid(array))


def matches(text: pa.Array, pattern: str) -> Mask:
    """Return the rows of a pyarrow array of text in which a pattern is found; null is False.

    Arrow compiles a pattern on each call, which for one row takes longer than all its other rules
    together: few rows are matched by Python, which caches patterns.
    """
    if len(text) > FEW:
        return mask(pc.match_substring_regex(text, pattern))
    search = compiled(pattern).search
    found = [cell is not None and search(cell) is not None for cell in text.to_pylist()]
    return np.array(found, dtype=np.bool_)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern as Python reads it in the way of RE2: ASCII, and `$` is the very end."""
    ends = pattern.endswith("$")
    return re.compile(pattern[:-1] + r"\Z" if ends else pattern, re.ASCII)


def where(array: pa.Array, keep: Mask) -> pa.Array:
    """Return the array with null wherever `keep` is False."""
    return array if keep.all() else pc.if_else(pa.array(keep), array, None)


def _trimmed(column: pa.Array) -> pa.Array:
    text = pc.utf8_trim_whitespace(column)
    blank = pc.equal(text, "")
    return pc.if_else(blank, None, text) if blank.true_count else text
