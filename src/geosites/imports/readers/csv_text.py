"""The text of a CSV file as UTF-8, in blocks that end at a row boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from geosites.imports.readers.csv_rows import too_long
from geosites.imports.readers.encodings import UTF_8, Encoding, Recoder, decoded, encoding_of
from geosites.imports.readers.line_ends import LineEnds
from geosites.imports.readers.tables import BLOCK_BYTES, Meter

_BOM = b"\xef\xbb\xbf"


class CsvText:
    """The bytes of a file as UTF-8, read in blocks that end with a row; `line` is the next one."""

    def __init__(
        self, stream: BinaryIO, meter: Meter, encoding: str | None, check: Callable[[], None]
    ) -> None:
        self._stream, self._meter, self._check = stream, meter, check
        start = meter.read(stream, BLOCK_BYTES)
        self.encoding: Encoding = encoding_of(start, encoding)
        plain = self.encoding.name == UTF_8
        self._recoder = None if plain else Recoder(self.encoding.name)
        self.ends = LineEnds()
        self.rest = self._recoded(start, last=len(start) < BLOCK_BYTES)
        while self.rest.startswith(_BOM):
            self.rest = self.rest.removeprefix(_BOM)
        self.line = 1

    @property
    def bytes_read(self) -> int:
        """How much was read of the file, decompressed."""
        return self._meter.count

    def blocks(self) -> Iterator[CsvRecords]:
        """Yield the rest in blocks that end with a row.

        A block that ends within a row has an unbalanced quotation mark: the text after it is in
        `rest`.
        """
        data, more = self.rest, True
        while data or more:
            end = _last_row_end(data)
            if not end and len(data) >= BLOCK_BYTES:
                if data.count(b'"') % 2 == 0:
                    raise too_long(self.line)
                end = len(data)
            self.rest = data[end:]
            if end:
                yield self._checked(data[:end])
                self.line += data.count(b"\n", 0, end)
            read = self._read(max(BLOCK_BYTES - len(self.rest), 1))
            data, more = self.rest + read, bool(read)
            if not more:
                break
        if self.rest:
            last, self.rest = self.rest, b""
            yield self._checked(last)

    def lines_from(self, data: bytes) -> Iterator[str]:
        """Yield the lines of a block and of all that follows it."""
        left = data + self.rest
        self.rest = b""
        while left:
            *whole, left = left.split(b"\n")
            for line in whole:
                yield decoded(line, self.line) + "\n"
                self.line += 1
            if len(left) >= BLOCK_BYTES:
                raise too_long(self.line)
            read = self._read(BLOCK_BYTES)
            if not read:
                break
            left += read
        if left:
            yield decoded(left, self.line)

    def _checked(self, data: bytes) -> CsvRecords:
        decoded(data, self.line)
        return CsvRecords(data, self.line, self.bytes_read)

    def _read(self, size: int) -> bytes:
        """Return the next bytes, nothing only at the end."""
        while True:
            data = self._meter.read(self._stream, size)
            self._check()
            text = self._recoded(data, last=not data)
            if text or not data:
                return text

    def _recoded(self, data: bytes, *, last: bool) -> bytes:
        if self._recoder is not None:
            data = self._recoder.recode(data, last=last)
        return self.ends.read(data, last=last)


@dataclass(frozen=True)
class CsvRecords:
    """Whole rows of the file; `line` is the line on which they start."""

    data: bytes
    line: int
    bytes_read: int


def _last_row_end(data: bytes) -> int:
    """Return where the last whole row ends: after a newline with no quotation mark open."""
    marks, end = data.count(b'"'), len(data)
    while (newline := data.rfind(b"\n", 0, end)) >= 0:
        marks -= data.count(b'"', newline, end)
        if marks % 2 == 0:
            return newline + 1
        end = newline
    return 0
