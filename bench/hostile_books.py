"""Old Excel workbooks and OpenDocument sheets made to cost more than they hold."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import xlwt  # type: ignore[import-untyped]

from bench.hostile_tables import ENTITIES, HEADER, Make

_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)
_MB = 1 << 20


def ods(rows: Callable[[], Iterable[str]], head: str = "", tables: int = 1) -> Make:
    """Return what writes a spreadsheet of one sighting and more rows below it."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("mimetype", _ODS)
            with archive.open("content.xml", "w", force_zip64=True) as sink:
                for piece in _content(rows, head, tables):
                    sink.write(piece.encode())

    return write


def _content(rows: Callable[[], Iterable[str]], head: str, tables: int) -> Iterator[str]:
    yield head or '<?xml version="1.0"?>'
    yield f"<office:document-content {_SPACES}><office:body><office:spreadsheet>"
    for number in range(tables):
        yield f'<table:table table:name="t{number}">'
        yield _line(*map(_said, HEADER))
        yield _line(_said("2023-07-13T15:30"), _float(2.37), _float(48.885), _float(4))
        yield from rows()
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _line(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def _said(what: str, more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {more}><text:p>{what}</text:p>'
        "</table:table-cell>"
    )


def _float(value: float) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def _bad() -> str:
    return _line(_said("bad"), _float(2.37), _float(48.885), _float(4))


_FAR = _line(
    _said("2023-07-13T15:30"), _float(2.37), _float(48.885), _float(4),
    '<table:table-cell table:number-columns-repeated="16000"/>', _float(1),
)  # fmt: skip
ODS: Mapping[str, Make] = {
    "bad rows, 100,000": ods(lambda: (_bad() for _ in range(100_000))),
    "far cells, 100,000 rows": ods(lambda: (_FAR for _ in range(100_000))),
    "a row repeated a million times": ods(
        lambda: [_line(_said("bad"), more='table:number-rows-repeated="1048570"')]
    ),
    "a cell repeated to the end of 20,000 rows": ods(
        lambda: [_line(_said("x", 'table:number-columns-repeated="16384"'))] * 20_000
    ),
    "numbers of repeats that lie": ods(
        lambda: [_line(_said("x"), more=f'table:number-rows-repeated="{"9" * 1000}"')]
    ),
    "tags inside each other": ods(lambda: ["<table:table>" * 200_000]),
    "paragraphs inside each other": ods(
        lambda: [_line(_said("<text:span>" * 100_000 + "</text:span>" * 100_000))]
    ),
    "a text of 100 MB": ods(lambda: [_line(_said("a" * (100 * _MB)))]),
    "a million texts": ods(lambda: (_line(_said(f"text {n}")) for n in range(1_000_000))),
    "900 sheets of 20 rows": ods(lambda: [_bad()] * 20, tables=900),
    "entities that grow": ods(lambda: [_line(_said("&e8;"))], ENTITIES),
    "bomb: content of 1.9 GB": ods(lambda: (" " * _MB for _ in range(1900))),
}


def xls(rows: Iterable[tuple[object, ...]], sheets: int = 1, far: bool = False) -> Make:
    """Return what writes an old workbook."""

    def write(path: Path) -> None:
        book, every = xlwt.Workbook(style_compression=2), [HEADER, *rows]
        for number in range(sheets):
            sheet = book.add_sheet(f"s{number}")
            for line, row in enumerate(every):
                for place, value in enumerate(row):
                    sheet.write(line, place, value)
            if far:
                sheet.write(65_535, 255, "x")
        made = io.BytesIO()
        book.save(made)
        path.write_bytes(made.getvalue())

    return write


def _harmed(make: Make, change: Callable[[bytes], bytes]) -> Make:
    def write(path: Path) -> None:
        make(path)
        path.write_bytes(change(path.read_bytes()))

    return write


_SEEN = ("2023-07-13T15:30", 2.37, 48.885, 4)
_SST, _DIMENSIONS, _ROW = b"\xfc\x00", b"\x00\x02\x0e\x00", b"\x08\x02\x10\x00"


def _sst(data: bytes) -> bytes:
    """Return a workbook that tells of 2 billion shared texts."""
    at = data.index(_SST, 512)
    return data[: at + 4] + struct.pack("<LL", 2**31 - 1, 2**31 - 1) + data[at + 12 :]


def _dimensions(data: bytes) -> bytes:
    at = data.index(_DIMENSIONS)
    return data[: at + 4] + struct.pack("<LLHH", 0, 2**32 - 1, 0, 65_535) + data[at + 16 :]


def _sectors(data: bytes) -> bytes:
    """Return a compound file whose table of sectors leads in a ring."""
    return data[:512] + bytes(512 * 4) + data[512 * 5 :]


def _told(data: bytes) -> bytes:
    """Return a compound file that tells of 4 billion sectors of tables."""
    return data[:44] + struct.pack("<L", 2**32 - 1) + data[48:]


_FEW = [_SEEN] * 200
XLS: Mapping[str, Make] = {
    "bad rows, 65,000": xls([("bad", 2.37, 48.885, 4)] * 65_000),
    "65,000 rows of text": xls([(f"text {n}",) for n in range(65_000)]),
    "255 columns, 4,000 rows": xls([(1,) * 255] * 4_000),
    "one text of 32,000 in 60,000 cells": xls([("a" * 32_000,)] * 60_000),
    "far cells of 200 sheets": xls([_SEEN], sheets=200, far=True),
    "200 sheets of 400 rows": xls([_SEEN] * 400, sheets=200),
    "texts, a count that lies": _harmed(xls(_FEW), _sst),
    "dimensions that lie": _harmed(xls(_FEW), _dimensions),
    "sectors in a ring": _harmed(xls(_FEW), _sectors),
    "sectors, a count that lies": _harmed(xls(_FEW), _told),
    "cut in the middle": _harmed(xls([_SEEN] * 20_000), lambda data: data[: len(data) // 2]),
}
