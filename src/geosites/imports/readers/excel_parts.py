"""Parts of an Excel workbook: sheets, shared strings and number formats."""

from __future__ import annotations

import gc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, Literal, NamedTuple, cast

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from geosites.core.errors import Refused
from geosites.imports.readers.excel_rows import content, finished
from geosites.imports.readers.xml_parts import SheetPart, XmlPart

_MOST_SHEETS = 1000
_MOST_TAGS, _MOST_TAG_BYTES = 250_000, 50_000_000
"""Of a part that is not a sheet: a bloated table of styles has 130,000."""
_STRING_TAGS, _REFERENCE_BYTES = 1_500_000, 5
"""Limit of shared strings, which are used by cells: a base number, then by the size of the sheets.
"""
_MOST_TEXTS = 120_000_000
"""Maximum number of characters of all shared strings, which are in memory."""
_TOLD, _TOLD_LETTERS = 100, 1_000_000
"""Number of strings, or of their characters, after which progress is noted."""
_COUNTED_BYTES = 1 << 20
_STRING = f"{{{SHEET_MAIN_NS}}}si"


class ExcelSheet(NamedTuple):
    """A sheet: its name, whether it is shown, and the name of its part."""

    name: str
    hidden: bool
    part: str


class ExcelBook(NamedTuple):
    """A workbook that is open: its sheets, its shared texts, and what its formats are."""

    archive: _Parts
    book: Workbook
    strings: list[str]
    sheets: list[ExcelSheet]

    def close(self) -> None:
        """Close the archive."""
        self.archive.close()


class _Parts(zipfile.ZipFile):
    """An archive with limits on its parts."""

    most_tags, most_bytes = _MOST_TAGS, _MOST_TAG_BYTES

    def open(  # type: ignore[override]
        self, name: str | zipfile.ZipInfo, mode: Literal["r"] = "r", pwd: bytes | None = None
    ) -> IO[bytes]:
        """Return a part to read; these archives are never written."""
        stream = super().open(name, mode, pwd)
        return cast("IO[bytes]", XmlPart(stream, self.most_tags, self.most_bytes))

    def sheet(self, name: str) -> SheetPart:
        """Return a sheet to read."""
        return SheetPart(super().open(name))


class _TextsPart(XmlPart):
    """The shared texts of a workbook; `line` counts them."""

    def endless(self) -> Refused:
        """Return the error of a text that does not end."""
        return Refused(
            "after %(count)s texts the workbook goes on for long without the end of one",
            count=self.line,
        )


def open_book(file: BinaryIO, size: int) -> ExcelBook:
    """Return the workbook in an open file; `size` is that of all its parts, unpacked."""
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    reader.archive = _Parts(file)
    reader.read_manifest()
    strings = _strings(reader, size)
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    return ExcelBook(reader.archive, reader.wb, strings, _sheets(reader))


def _sheets(reader: ExcelReader) -> list[ExcelSheet]:
    if len(reader.parser.sheets) > _MOST_SHEETS:
        raise Refused("the workbook has %(count)s sheets", count=len(reader.parser.sheets))
    found = [
        ExcelSheet(sheet.name, sheet.state != "visible", relation.target)
        for sheet, relation in reader.parser.find_sheets()
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type
    ]
    if len({sheet.part for sheet in found}) < len(found):
        raise Refused("two sheets of the workbook are one part of the file")
    return found


def _strings(reader: ExcelReader, size: int) -> list[str]:
    about = reader.package.find(SHARED_STRINGS)
    if about is None:
        return []
    name = about.PartName[1:]
    room = (size - reader.archive.getinfo(name).file_size) // _REFERENCE_BYTES
    most = _STRING_TAGS + room
    with XmlPart(zipfile.ZipFile.open(reader.archive, name), most, size) as part:
        while part.read(_COUNTED_BYTES):  # parsing them up to the limit would take its time
            pass
    with _TextsPart(zipfile.ZipFile.open(reader.archive, name)) as part, _no_collection():
        return list(_texts(part))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Do not look for cycles meanwhile: a million texts hold none, and it takes half of the time.

    It is on again in the end, whatever other threads do meanwhile.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _texts(part: XmlPart) -> Iterator[str]:
    length = told = 0
    for number, node in enumerate(finished(part), start=1):
        if node.tag == _STRING:
            text = content(node)
            if "x005F_" in text:
                text = text.replace("x005F_", "")
            length += len(text)
            yield text
        if length > _MOST_TEXTS:
            raise Refused(
                "the texts of the workbook have more than %(most)s million characters",
                most=_MOST_TEXTS // 1_000_000,
            )
        if number % _TOLD == 1 or length - told > _TOLD_LETTERS:
            told = length
            part.said(number)
