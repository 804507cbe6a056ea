"""Streaming reader of the rows of a worksheet, as text.

Every cell of a large sheet passes through this code, which ignores everything else: row heights,
formatting rules, links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

import openpyxl
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from geosites.core.errors import Refused
from geosites.imports.readers.cells import SheetRow, instant_of, shows_day, text_of
from geosites.imports.readers.tables import MOST_COLUMNS
from geosites.imports.readers.xml_parts import SheetPart, XmlPart

_ROW, _DATA, _VALUE, _INLINE, _TEXT, _RUN = (
    f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "sheetData", "v", "is", "t", "r")
)
_DIGITS = "0123456789"
_PIECE_BYTES = 1 << 16


def content(element: Element) -> str:
    """Return a shared or inline text: its own, and that of its runs."""
    if len(element) == 1 and element[0].tag == _TEXT:
        return element[0].text or ""
    made = []
    for part in element:
        if part.tag == _TEXT:
            made.append(part.text or "")
        elif part.tag == _RUN:
            made.append(part.findtext(_TEXT) or "")
    return "".join(made)


def rows_of(book: openpyxl.Workbook, strings: Sequence[str], part: SheetPart) -> Iterator[SheetRow]:
    """Yield the non-empty rows of a sheet, in order."""
    cells_of = _Cells(book, strings)
    line = 0
    for row in _row_elements(part):
        line = _number(row.get("r"), line)
        cells = cells_of.read(row, line)
        if cells:
            part.said(line)
            yield SheetRow(line, cells)


def _row_elements(part: SheetPart) -> Iterator[Element]:
    """Yield the elements of the rows until their end, behind which nothing is read."""
    return (element for element in finished(part, _DATA) if element.tag == _ROW)


def finished(part: XmlPart, within: str | None = None) -> Iterator[Element]:
    """Yield the elements directly below the root of a part, or below its first child of a name.

    They are released after use. Each piece of the part is parsed to a tree at once: an event per
    element would take half of the total time.
    """
    builder = TreeBuilder()
    # Expat loads nothing from elsewhere, and stops where entities grow out of proportion.
    parser = XMLParser(target=builder)  # noqa: S314
    parent: Element | None = None
    before: tuple[Element, int] | None = None
    while data := part.read(_PIECE_BYTES):
        parser.feed(data)
        if parent is None:
            root = builder.close()  # what there is of it so far
            parent = root if within is None or root is None else root.find(within)
        if parent is not None and len(parent) > 1:
            yield from parent[:-1]
            del parent[:-1]
        if parent is not None and len(parent):
            if before == (parent[0], len(parent[0])):  # it does not go on
                part.reached = parent[0].get("r", "")
            before = parent[0], len(parent[0])
    try:
        parser.close()
    except ParseError:
        if not part.complete:
            raise
    if parent is not None:
        yield from parent


def _number(told: str | None, before: int) -> int:
    if told is None:
        return before + 1
    number = float(told)
    if not number.is_integer():
        raise ValueError(f"{told} is not a valid row number")
    return int(number)


class _Cells:
    """Converts cells of rows to text, with the shared strings and formats of their workbook."""

    def __init__(self, book: openpyxl.Workbook, strings: Sequence[str]) -> None:
        self._book, self._strings = book, strings
        self._dates, self._spans = book._date_formats, book._timedelta_formats
        self._days: dict[int, bool] = {}

    def read(self, row: Element, line: int) -> dict[int, str]:
        """Return the texts of a row by their position from 0; raises `Refused` for too many."""
        cells: dict[int, str] = {}
        place, text_of_cell = -1, self._text
        for cell in row:
            told = cell.get("r")
            place = place + 1 if told is None else _column(told.rstrip(_DIGITS))
            text = text_of_cell(cell)
            if text and not text.isspace():
                cells[place] = text
        if len(cells) > MOST_COLUMNS:
            raise Refused(
                "row %(line)s has %(count)s cells; a table has at most %(most)s columns",
                line=line,
                count=len(cells),
                most=MOST_COLUMNS,
            )
        return cells

    def _text(self, cell: Element) -> str | None:
        kind = cell.get("t")
        if kind == "inlineStr":
            inside = cell.find(_INLINE)
            return None if inside is None else content(inside)
        value = cell.findtext(_VALUE)
        if not value:
            return None
        if kind == "s":
            return self._strings[int(value)]
        style = int(cell.get("s", 0))
        if kind is None or kind == "n":
            if style in self._dates:
                return self._instant(value, style)
            return text_of(_cast(value))
        if kind == "b":
            return text_of(bool(int(value)))
        if kind == "d":
            return text_of(from_ISO8601(value), day=self._shows_day(style))
        return value

    def _instant(self, value: str, style: int) -> str | None:
        """Return a number that is shown as a time; one beyond all times is an error of the cell."""
        epoch = self._book.epoch
        try:
            instant = from_excel(_cast(value), epoch, timedelta=style in self._spans)
        except (OverflowError, ValueError):
            return "#VALUE!"
        return text_of(instant_of(instant, epoch), day=self._shows_day(style))

    def _shows_day(self, style: int) -> bool:
        if style not in self._days:
            number = self._book._cell_styles[style].numFmtId
            builtin = openpyxl.styles.numbers.BUILTIN_FORMATS
            form = builtin.get(number) or self._book._number_formats[number - 164]
            self._days[style] = shows_day(form)
        return self._days[style]


@cache
def _column(letters: str) -> int:
    return int(column_index_from_string(letters)) - 1


def _cast(value: str) -> float:
    """Return a number as text: integer, or with a point or an exponent."""
    return float(value) if "." in value or "E" in value or "e" in value else int(value)
