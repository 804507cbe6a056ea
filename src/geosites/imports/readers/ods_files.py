"""OpenDocument spreadsheets (.ods), read as a stream."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast
from xml.etree.ElementTree import Element, ParseError, iterparse

from geosites.core.errors import Refused
from geosites.imports.readers import headers
from geosites.imports.readers.cells import SheetRow, text_of
from geosites.imports.readers.ods_sheets import (
    OFFICE,
    TABLE,
    TEXT,
    ContentHead,
    SheetBytes,
    SheetStream,
    frame_of,
    spans,
)
from geosites.imports.readers.sheets import WorkbookSheet, read_chosen
from geosites.imports.readers.tables import MOST_COLUMNS, Meter, OpenTable, refuse_swelling
from geosites.imports.readers.xml_parts import XmlPart
from geosites.imports.readers.zip_directory import require_few_parts
from geosites.imports.source_options import ReadOptions

_ROW = f"{TABLE}table-row"
_CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
MOST_BYTES = 400_000_000
"""A content is looked through to its end for its sheets; a larger one is refused."""
_MOST_ROWS = 1_048_576
_MOST_REPEATED = 200_000
"""Maximum number of cells from repeated rows."""
_MOST_TOPS = 16_000_000
"""Maximum number of bytes of the first rows of all sheets."""
_DIGITS = 10
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d*)?S")


@contextmanager
def open_ods(
    path: Path, limit_bytes: int, wanted: Collection[str], options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a spreadsheet; raises `Refused` where it is none, or unpacks to more than the limit."""
    meter = Meter(min(limit_bytes, MOST_BYTES))
    try:
        with path.open("rb") as file:
            require_few_parts(file)
        with zipfile.ZipFile(path) as archive:
            if not archive.read("mimetype")[:200].strip().startswith(_KIND.encode()):
                raise Refused("the file is not an OpenDocument spreadsheet")
            content = archive.getinfo(_CONTENT)
            meter.add(content.file_size)
            refuse_swelling(content.file_size, content.compress_size)
            yield read_chosen(_sheets(archive, options.sheet), "ods", meter.count, wanted, options)
    except (
        zipfile.BadZipFile,
        KeyError,
        ParseError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,
    ) as error:
        raise Refused(
            "the file is not an OpenDocument spreadsheet: %(error)s", error=error
        ) from error


def _sheets(archive: zipfile.ZipFile, named: str | None) -> list[WorkbookSheet]:
    with XmlPart(archive.open(_CONTENT)) as content:
        frame = frame_of(content)
    with archive.open(_CONTENT) as content:
        found = spans(content, frame)
    shown = [span for span in found if span.style not in frame.hidden]
    tops = _tops(archive, frame, shown) if named is None and len(shown) > 1 else {}
    return [
        WorkbookSheet(
            span.name,
            span.style in frame.hidden,
            partial(_rows, archive, frame, span),
            tops.get(span),
        )
        for span in found
    ]


def _tops(
    archive: zipfile.ZipFile, frame: ContentHead, shown: Sequence[SheetBytes]
) -> dict[SheetBytes, list[SheetRow]]:
    """Return the first rows of each sheet; raises `Refused` where they are too many together."""
    tops = {}
    with closing(SheetStream(archive.open(_CONTENT), frame)) as content:
        for span in shown:
            content.seek(span)
            tops[span] = list(itertools.islice(_read(content), headers.LOOKED_AT))
            if content.count > _MOST_TOPS:
                raise Refused(
                    "the workbook has %(count)s sheets: name the one to read (--sheet)",
                    count=len(shown),
                )
    return tops


def _rows(archive: zipfile.ZipFile, frame: ContentHead, span: SheetBytes) -> Iterator[SheetRow]:
    with closing(SheetStream(archive.open(_CONTENT), frame)) as content:
        content.seek(span)
        yield from _read(content)


def _read(span: SheetStream) -> Iterator[SheetRow]:
    """Yield the non-empty rows of a sheet, repeated rows as often as given."""
    content = XmlPart(cast("IO[bytes]", span))
    line, room = 1, _MOST_REPEATED
    # Expat loads nothing from elsewhere, and stops where entities grow out of proportion.
    for _, element in iterparse(cast("IO[bytes]", content)):  # noqa: S314
        if element.tag != _ROW:
            continue
        times = _count(element, "number-rows-repeated")
        cells = _cells(element)
        element.clear()
        room -= (times - 1) * len(cells)
        if cells and (line + times - 1 > _MOST_ROWS or room < 0):
            raise Refused("line %(line)s is repeated beyond what a table holds", line=line)
        if cells:
            content.said(line)
        for repeat in range(times if cells else 0):
            yield SheetRow(line + repeat, cells)
        line += times


def _cells(row: Element) -> dict[int, str]:
    cells: dict[int, str] = {}
    place = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        times = _count(cell, "number-columns-repeated")
        text = _text(cell)
        if text is not None and text.strip():
            most = min(times, max(MOST_COLUMNS - place, 1))
            cells.update((place + repeat, text) for repeat in range(most))
        place += times
    return cells


def _count(element: Element, name: str) -> int:
    given = element.get(f"{TABLE}{name}", "1")
    return int(given) if given.isdecimal() and len(given) <= _DIGITS else 1


def _text(cell: Element) -> str | None:
    kind = cell.get(f"{OFFICE}value-type")
    if kind is None:
        return None
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(f"{OFFICE}value", ""))
    if kind == "date":
        return cell.get(f"{OFFICE}date-value")
    if kind == "boolean":
        return cell.get(f"{OFFICE}boolean-value")
    if kind == "time":
        return _clock(cell.get(f"{OFFICE}time-value", ""))
    written = cell.get(f"{OFFICE}string-value")
    if written is not None:
        return written
    return "\n".join(_shown(part) for part in cell.findall(f"{TEXT}p"))


def _shown(part: Element) -> str:
    """Return a paragraph with its spaces and tabs, which are elements of their own."""
    made = part.text or ""
    for child in part:
        if child.tag == f"{TEXT}s":
            made += " " * min(int(child.get(f"{TEXT}c", "1")), 1000)
        elif child.tag == f"{TEXT}tab":
            made += "\t"
        else:
            made += "\n" if child.tag == f"{TEXT}line-break" else _shown(child)
        made += child.tail or ""
    return made


def _number(value: str) -> str | None:
    try:
        return text_of(float(value))
    except ValueError:
        return value


def _clock(value: str) -> str | None:
    match = _DURATION.fullmatch(value)
    if match is None:
        return value
    hours, minutes, seconds = map(int, match.groups())
    return text_of(dt.timedelta(hours=hours, minutes=minutes, seconds=seconds))
