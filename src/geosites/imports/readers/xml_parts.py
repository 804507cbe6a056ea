"""XML parts of a zipped spreadsheet, with limits on meaningless content.

Parsing time depends on the number of elements. Between two rows with values, the elements of at
most one row are allowed; long runs of empty or unrelated elements are refused.
"""

from __future__ import annotations

import re
from typing import IO, Self

from geosites.core.errors import Refused

MOST_TAGS = 300_000
"""Maximum number of elements between two non-empty rows; the widest row has half of that."""
MOST_BYTES = 4_000_000
"""Maximum number of bytes: of a tag, comment or text without an end."""

_READ_BYTES = 1 << 16
_THINNED_BYTES = 1 << 18
_NUMBERED = rb'<(?:\w+:)?row\s(?:[^<>]*\s)?r="\d+"[^<>/]*'
_CELL = rb"<(?:\w+:)?c\b[^<>]*(?:(?<=/)>|>\s*</(?:\w+:)?c\s*>)\s*"
_BLANK_ROWS = re.compile(
    rb"(?:(" + _NUMBERED + rb")(?:/>|>\s*(?:" + _CELL + rb")*</(?:\w+:)?row\s*>)\s*)+"
)
"""Rows without a value that follow each other; one without a number counts from that before it."""
_ROW_START = re.compile(rb"<(?:\w+:)?row\b")
_DATA_END = re.compile(rb"</(?:\w+:)?sheetData\s*>")


class XmlPart:
    """A part as it comes out of compression; `line` is the row that was read last.

    `reached` is the number of the one behind it, where that has ended.
    """

    def __init__(
        self, stream: IO[bytes], most_tags: int = MOST_TAGS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._stream, self._most_tags, self._most_bytes = stream, most_tags, most_bytes
        self._tags = self._bytes = 0
        self.line = 0
        self.reached = ""
        self.complete = False

    def said(self, line: int) -> None:
        """Reset the counters after a non-empty row."""
        self._tags = self._bytes = 0
        self.line = line

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; raises `Refused` after too much empty content."""
        data = self._more(_READ_BYTES if 0 <= size < _READ_BYTES else size)
        self._tags += data.count(b"<")
        self._bytes += len(data)
        if self._tags > self._most_tags or self._bytes > self._most_bytes:
            raise self.endless()
        return data

    def endless(self) -> Refused:
        """Return the error for too much empty content."""
        return Refused(
            "after row %(line)s the file goes on for long without a value: delete the blank "
            "rows, or save the table alone",
            line=self.reached or self.line,
        )

    def _more(self, size: int) -> bytes:
        return self._stream.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def close(self) -> None:
        """Close the part."""
        self._stream.close()


class SheetPart(XmlPart):
    """The rows of a worksheet, of consecutive blank ones only the last.

    A sheet whose rows all have a border has a million of them. Content after the rows (merged
    cells, rules, links) is not read: the sheet is then `complete`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(stream)
        self._rest = b""
        self._ended = False

    def _more(self, _size: int) -> bytes:
        while not self._ended:
            data = self._stream.read(_THINNED_BYTES)
            self._ended = not data
            whole, self._rest = _whole_rows(self._rest + data, last=not data)
            end = _DATA_END.search(whole)
            if end is not None:
                whole, self._ended, self.complete = whole[: end.end()], True, True
            if b"<![CDATA[" not in whole:
                whole = _BLANK_ROWS.sub(rb"\1/>", whole)
            if whole:
                return whole
        return b""


def _whole_rows(data: bytes, *, last: bool) -> tuple[bytes, bytes]:
    """Return the bytes before the last row that has begun, and the rest."""
    if last:
        return data, b""
    starts = [
        match.start() for match in _ROW_START.finditer(data, max(len(data) - _THINNED_BYTES, 0))
    ]
    cut = starts[-1] if starts else data.rfind(b"<")
    if cut <= 0 or len(data) - cut > _THINNED_BYTES:
        return data, b""
    return data[:cut], data[cut:]
