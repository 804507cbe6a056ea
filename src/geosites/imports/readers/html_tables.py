"""HTML tables, which many programs save with the extension of a workbook (.xls)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from geosites.core.errors import Refused
from geosites.imports.readers.cells import SheetRow, table_of
from geosites.imports.readers.encodings import Recoder, encoding_of
from geosites.imports.readers.tables import MOST_COLUMNS, MOST_LETTERS, Meter, OpenTable
from geosites.imports.source_options import ReadOptions

_LOOKED_AT = 4096
_START = re.compile(
    rb"\s*<(?:!doctype html|html|head|body|meta|table|style|div|!--|\?xml)", re.IGNORECASE
)
_XML_BOOK = re.compile(rb"<(?:\w+:)?Workbook[\s>]")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_READ_BYTES = 1 << 16
_MOST_SPANNED = 1000
_MOST_TAGS = 300_000
"""Maximum number of tags between two non-empty rows."""


def is_html(start: bytes) -> bool:
    """Return whether a file begins as a page of HTML does."""
    return _START.match(start.removeprefix(codecs.BOM_UTF8)) is not None


@contextmanager
def open_html(
    path: Path, limit_bytes: int, wanted: Collection[str], options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a page that holds one table; a line is the number of a row.

    Tables of one row, which hold titles, count as rows above it.
    """
    size = path.stat().st_size
    Meter(limit_bytes).add(size)
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    if _XML_BOOK.search(start):
        raise Refused("the file is a spreadsheet in XML of 2003: save it as .xlsx")
    said = _CHARSET.search(start)
    given = options.encoding or (said[1].decode() if said else None)
    encoding = encoding_of(start, given)
    facts = {"format": "html", "encoding": encoding.name}
    table = table_of(_rows(path, encoding.name), size, wanted, options.ignored, facts)
    yield replace(table, findings=encoding.findings)


def _rows(path: Path, encoding: str) -> Iterator[SheetRow]:
    parser, recoder = _TableParser(), Recoder(encoding)
    decode = codecs.getincrementaldecoder("utf-8-sig")()
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            parser.feed(decode.decode(recoder.recode(data, last=False)))
            yield from parser.taken()
    parser.close()
    parser.end_row()
    yield from parser.taken()


class _TableParser(HTMLParser):
    """Rows of the tables of a page as they end; raises `Refused` for a second table of rows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[SheetRow] = []
        self._cells: dict[int, str] = {}
        self._text: list[str] | None = None
        self._length = self._place = self._span = self._line = self._tags = 0
        self._in_table = self._tables = 0
        self._rows = 1
        self._down: dict[int, tuple[int, str]] = {}

    def taken(self) -> list[SheetRow]:
        """Return the rows that have ended since."""
        done, self._done = self._done, []
        if len(self.rawdata) > MOST_LETTERS + _READ_BYTES:
            raise Refused("a tag or a text of the page does not end")
        return done

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        self._tags += 1
        if self._tags > _MOST_TAGS:
            raise Refused(
                "after row %(line)s the file goes on for long without a value: delete "
                "the blank rows, or save the table alone",
                line=self._line,
            )
        if tag == "table":
            self._in_table = 0
        elif tag == "tr":
            self.end_row()
            self._line += 1
        elif tag in ("td", "th"):
            self._end_cell()
            self._begin_cell(dict(attrs))
        elif tag in ("br", "p", "div") and self._text:
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a cell or a row."""
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self.end_row()

    def handle_data(self, data: str) -> None:
        """Add the text of a cell."""
        if self._text is not None:
            self._length += len(data)
            if self._length > MOST_LETTERS:
                raise Refused(
                    "row %(line)s: a cell holds more than %(most)s characters",
                    line=self._line,
                    most=MOST_LETTERS,
                )
            self._text.append(data)

    def end_row(self) -> None:
        """Add a finished row; a second table with rows is refused."""
        self._end_cell()
        if self._cells or self._place:
            self._fill_down()
        if self._cells:
            self._in_table += 1
            self._tables += self._in_table == 2
            if self._tables > 1:
                raise Refused(
                    "the file holds several tables, the second around row %(line)s: save one alone",
                    line=self._line,
                )
            self._done.append(SheetRow(self._line, self._cells))
            self._tags = 0
        self._cells, self._place = {}, 0

    def _fill_down(self) -> None:
        """Repeat the text of cells above that span this row."""
        while self._place in self._down:
            left, text = self._down.pop(self._place)
            self._cells[self._place] = text
            if left > 1:
                self._down[self._place] = left - 1, text
            self._place += 1

    def _begin_cell(self, said: dict[str, str | None]) -> None:
        self._fill_down()
        self._span, self._rows = _whole(said.get("colspan")), _whole(said.get("rowspan"))
        self._text, self._length = [], 0

    def _end_cell(self) -> None:
        if self._text is None:
            return
        text = " ".join("".join(self._text).split())
        if text:
            self._cells[self._place] = text
        if text and self._rows > 1:
            self._down[self._place] = self._rows - 1, text
        self._place += self._span
        self._text = None
        if self._place > MOST_COLUMNS * 2:
            raise Refused(
                "row %(line)s has %(count)s cells; a table has at most %(most)s columns",
                line=self._line,
                count=self._place,
                most=MOST_COLUMNS,
            )


def _whole(text: str | None) -> int:
    return min(int(text), _MOST_SPANNED) if text and text.isdecimal() and len(text) < 5 else 1
