"""Refused rows of a file: the first ones kept, all of them counted."""

from __future__ import annotations

from collections.abc import Iterable

from geosites.core.errors import BadRow
from geosites.validation import SHOWN


class Refusals:
    """Bad rows in the order of the file."""

    def __init__(self, keep: int = SHOWN) -> None:
        self.total = 0
        self.keep = keep
        self._rows: list[BadRow] = []

    def add(self, rows: Iterable[BadRow], total: int) -> None:
        """Add `total` bad rows, of which `rows` are the first."""
        self.total += total
        self._rows = sorted([*self._rows, *rows], key=lambda row: row.line)[: self.keep]

    @property
    def rows(self) -> tuple[BadRow, ...]:
        """The first bad rows, at most `keep`."""
        return tuple(self._rows)
