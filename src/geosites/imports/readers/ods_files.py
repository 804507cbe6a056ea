"""Spreadsheets in the OpenDocument format (.ods), read as they come out of compression."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, cast
from xml.etree.ElementTree import Element, ParseError, iterparse

from geosites.core.errors import Refused
from geosites.imports.options import ReadOptions
from geosites.imports.readers import headers
from geosites.imports.readers.cells import SheetRow, text_of
from geosites.imports.readers.sheets import WorkbookSheet, read_chosen
from geosites.imports.readers.tables import MOST_COLUMNS, Meter, OpenTable, refuse_swelling
from geosites.imports.readers.xml_parts import XmlPart
from geosites.imports.readers.zip_directory import require_few_parts

_URN = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = (f"{_URN}{name}:1.0}}" for name in ("table", "office", "text"))
_STYLE = f"{_URN}style:1.0}}"
_ROW, _SHEET = f"{_TABLE}table-row", f"{_TABLE}table"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"
_MOST_ROWS = 1_048_576
_MOST_REPEATED = 200_000
"""So many cells may come of rows that are repeated."""
_DIGITS = 10
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d*)?S")


@contextmanager
def open_ods(
    path: Path, limit_bytes: int, wanted: Collection[str], options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a spreadsheet; raises `Refused` where it is none, or unpacks to more than the limit."""
    meter = Meter(limit_bytes)
    try:
        with path.open("rb") as file:
            require_few_parts(file)
        with zipfile.ZipFile(path) as archive:
            if not archive.read("mimetype")[:200].strip().startswith(_KIND.encode()):
                raise Refused("the file is not an OpenDocument spreadsheet")
            content = archive.getinfo(_CONTENT)
            meter.add(content.file_size)
            refuse_swelling(content.file_size, content.compress_size)
            hidden = _hidden_styles(archive)
            sheets = [
                WorkbookSheet(name, style in hidden, partial(_rows, archive, place), top)
                for place, (name, style, top) in enumerate(_sheets(archive))
            ]
            yield read_chosen(sheets, "ods", meter.count, wanted, options)
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


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str, list[SheetRow]]]:
    """Return the name, the style and the first rows of each sheet."""
    found: list[tuple[str, str, list[SheetRow]]] = []
    lines = 0
    with _content(archive) as content:
        for event, element in _events(content):
            if event == "start" and element.tag == _SHEET:
                style = element.get(f"{_TABLE}style-name", "")
                found.append((element.get(f"{_TABLE}name", ""), style, []))
            elif event == "end" and element.tag == _ROW:
                lines += 1
                cells = _cells(element) if len(element) else {}
                if cells:
                    content.said(lines)
                if cells and found and len(found[-1][2]) < headers.LOOKED_AT:
                    found[-1][2].append(SheetRow(lines, cells))
                element.clear()
    return found


def _hidden_styles(archive: zipfile.ZipFile) -> set[str]:
    """Return the names of the styles under which a sheet is not shown."""
    hidden = set()
    with _content(archive) as content:
        for event, element in _events(content):
            if event == "start" and element.tag == _SHEET:
                break
            if event == "end" and element.tag == f"{_STYLE}style":
                shown = element.find(f"{_STYLE}table-properties")
                if shown is not None and shown.get(f"{_TABLE}display") == "false":
                    hidden.add(element.get(f"{_STYLE}name", ""))
    return hidden


def _rows(archive: zipfile.ZipFile, place: int) -> Iterator[SheetRow]:
    """Yield the rows of a sheet that say something; one that is repeated, as often."""
    sheet, line, depth, room = -1, 1, 0, _MOST_REPEATED
    with _content(archive) as content:
        for event, element in _events(content):
            if element.tag == _SHEET:
                depth += 1 if event == "start" else -1
                sheet += event == "start" and depth == 1
                if event == "end" and depth == 0 and sheet == place:
                    return
            if event != "end" or element.tag != _ROW:
                continue
            if sheet != place:
                content.said(line)
            else:
                times = _count(element, "number-rows-repeated")
                cells = _cells(element)
                room -= (times - 1) * len(cells)
                if cells and (line + times - 1 > _MOST_ROWS or room < 0):
                    raise Refused("line %(line)s is repeated beyond what a table holds", line=line)
                if cells:
                    content.said(line)
                for repeat in range(times if cells else 0):
                    yield SheetRow(line + repeat, cells)
                line += times
            element.clear()


def _content(archive: zipfile.ZipFile) -> XmlPart:
    return XmlPart(archive.open(_CONTENT))


def _events(content: XmlPart) -> Iterator[tuple[str, Element]]:
    # Expat loads nothing from elsewhere, and stops where entities grow out of proportion.
    return iter(iterparse(cast("IO[bytes]", content), events=("start", "end")))  # noqa: S314


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
    given = element.get(f"{_TABLE}{name}", "1")
    return int(given) if given.isdecimal() and len(given) <= _DIGITS else 1


def _text(cell: Element) -> str | None:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind is None:
        return None
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(f"{_OFFICE}value", ""))
    if kind == "date":
        return cell.get(f"{_OFFICE}date-value")
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value")
    if kind == "time":
        return _clock(cell.get(f"{_OFFICE}time-value", ""))
    written = cell.get(f"{_OFFICE}string-value")
    if written is not None:
        return written
    return "\n".join(_shown(part) for part in cell.findall(f"{_TEXT}p"))


def _shown(part: Element) -> str:
    """Return a paragraph with its spaces and tabs, which are elements of their own."""
    made = part.text or ""
    for child in part:
        if child.tag == f"{_TEXT}s":
            made += " " * min(int(child.get(f"{_TEXT}c", "1")), 1000)
        elif child.tag == f"{_TEXT}tab":
            made += "\t"
        else:
            made += "\n" if child.tag == f"{_TEXT}line-break" else _shown(child)
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
