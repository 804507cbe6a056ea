"""Tables made to cost more than they hold: CSV, Excel, OpenDocument, each as a file of its own."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO

import openpyxl

SEED = 20230713
HEADER = ("observed_at", "lon", "lat", "headcount")
TOP = ",".join(HEADER) + "\n"
LINE = "2023-07-13T15:30,2.37,48.885,4\n"
SHEET, STRINGS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_GROWING = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
ENTITIES = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">{_GROWING}]>'

Make = Callable[[Path], object]
"""Writes a file."""


def text(content: Callable[[], Iterable[str | bytes]], packed: bool = False) -> Make:
    """Return what writes a text, gzipped or not."""

    def write(path: Path) -> None:
        with path.open("wb") as raw, ExitStack() as stack:
            file: IO[bytes] | gzip.GzipFile = raw
            if packed:
                file = stack.enter_context(gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1))
            for piece in content():
                file.write(piece if isinstance(piece, bytes) else piece.encode())

    return write


def _utf16() -> Iterator[bytes]:
    yield b"\xff\xfe" + TOP.encode("utf-16-le")
    yield from (("bad,2.37,48.885,4\n" * 10_000).encode("utf-16-le") for _ in range(100))


def _named(count: int, name: str = "x") -> Iterator[str]:
    yield ",".join((*HEADER, *(f"{name}{n if name != 'same' else ''}" for n in range(count))))
    yield "\n" + LINE


_MB = 1 << 20
CSV: Mapping[str, Make] = {
    "carriage returns, 100 MB": text(lambda: [TOP, LINE, b"\r" * (100 * _MB)]),
    "letters and carriage returns": text(lambda: [TOP, LINE, b"a\r" * (25 * _MB)]),
    "newlines, 100 MB": text(lambda: [TOP, LINE, b"\n" * (100 * _MB)]),
    "one line, 100 MB": text(lambda: [TOP, LINE, b"a" * (100 * _MB)]),
    "one line is all, 100 MB": text(lambda: [b"a" * (100 * _MB)]),
    "a quotation mark left open": text(lambda: [TOP, LINE, '"', "a,b\n" * (25 * _MB)]),
    "quotation marks, 100 MB": text(lambda: [TOP, LINE, b'"' * (100 * _MB)]),
    "stray quotation marks": text(lambda: [TOP, 'a "b" c",2.37,48.885,4\n' * 1_000_000]),
    "NUL, 100 MB": text(lambda: [TOP, LINE, b"\0" * (100 * _MB)]),
    "spaces, 100 MB": text(lambda: [TOP, LINE, b" " * (100 * _MB)]),
    "commas, 100 MB": text(lambda: [TOP, LINE, b"," * (100 * _MB)]),
    "rows of commas": text(lambda: [TOP, LINE, ",,,\n" * 5_000_000]),
    "a cell of 50 MB": text(lambda: [TOP, '"', b"a" * (50 * _MB), '",1,1,1\n']),
    "a million columns": text(lambda: _named(1_000_000)),
    "1,900 columns, 30,000 rows": text(
        lambda: [*_named(1_896), *(["," * 1_899 + "\n"] * 30_000)],
    ),
    "one name 100,000 times": text(lambda: _named(100_000, "same")),
    "one name 1,000 times": text(lambda: _named(1_000, "same")),
    "bad rows, a million": text(lambda: [TOP, "bad,2.37,48.885,4\n" * 1_000_000]),
    "rows too short, a million": text(lambda: [TOP, LINE, "a,b\n" * 1_000_000]),
    "rows too long, a million": text(lambda: [TOP, LINE, "a,b,c,d,e,f\n" * 1_000_000]),
    "far cells, a million": text(lambda: [TOP, f"{LINE[:-1]},,,,x\n" * 1_000_000]),
    "UTF-16, a million bad rows": text(_utf16),
    "no UTF-8 at the end": text(lambda: [TOP, LINE * 100_000, b"\xff\xfe\n"]),
    "letters of four bytes": text(lambda: [TOP, "𝕊,2.37,48.885,4\n" * 1_000_000]),
}
PACKED: Mapping[str, Make] = {
    "gzip of 1 GB of zeros": text(lambda: [TOP, *([b"\0" * _MB] * 1000)], packed=True),
    "gzip of 1 GB of newlines": text(lambda: [TOP, *([b"\n" * _MB] * 1000)], packed=True),
}
TSV: Mapping[str, Make] = {
    "tabs, 100 MB": text(lambda: [TOP.replace(",", "\t"), b"\t" * (100 * _MB)]),
    "bad rows, a million": text(
        lambda: [TOP.replace(",", "\t"), "bad\t2.37\t48.885\t4\n" * 1_000_000]
    ),
}


def book(parts: Mapping[str, Callable[[str], Iterable[str]]], more: bytes = b"") -> Make:
    """Return what writes a workbook with one sighting, some parts made of what they were."""

    def write(path: Path) -> None:
        plain, whole = openpyxl.Workbook(), io.BytesIO()
        plain.active.append(HEADER)
        plain.active.append(["2023-07-13T15:30", 2.37, 48.885, 3])
        plain.save(whole)
        with (
            zipfile.ZipFile(whole) as old,
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
        ):
            for name in {*old.namelist(), *parts}:
                was = old.read(name).decode() if name in old.namelist() else ""
                if name == TYPES and STRINGS not in was:
                    part = f'<Override PartName="/{STRINGS}" ContentType="{_KIND}"/></Types>'
                    was = was.replace("</Types>", part)
                with new.open(name, "w", force_zip64=True) as sink:
                    for piece in parts[name](was) if name in parts else [was]:
                        sink.write(piece.encode())
            if STRINGS not in {*old.namelist(), *parts}:
                new.writestr(STRINGS, f'<sst xmlns="{SPREADSHEET}"/>')
            if more:
                new.writestr("xl/vbaProject.bin", more)

    return write


def _below(rows: Callable[[], Iterable[str]], was: str) -> Iterator[str]:
    before, after = was.split("</sheetData>")
    yield before
    yield from rows()
    yield f"</sheetData>{after}"


def sheet(rows: Callable[[], Iterable[str]]) -> Make:
    """Return what writes a workbook with more rows below its sighting."""
    return book({SHEET: partial(_below, rows)})


def shared(texts: Callable[[], Iterable[str]], rows: Callable[[], Iterable[str]] = list) -> Make:
    """Return what writes a workbook with shared texts, and more rows."""

    def table(_: str) -> Iterator[str]:
        yield f'<sst xmlns="{SPREADSHEET}" count="9" uniqueCount="4294967295">'
        yield from texts()
        yield "</sst>"

    return book({STRINGS: table, SHEET: partial(_below, rows)})


def _row(number: int, when: str, more: str = "", kind: str = 'inlineStr"><is><t>') -> str:
    first = f'<c r="A{number}" t="{kind}{when}</t></is></c>'
    rest = "".join(
        f'<c r="{letter}{number}"><v>{value}</v></c>'
        for letter, value in zip("BCD", ("2.37", "48.885", "4"), strict=True)
    )
    return f'<row r="{number}">{first}{rest}{more}</row>'


def _rows(count: int, when: str = "2023-07-13T15:30", far: str = "") -> Iterator[str]:
    for number in range(3, 3 + count):
        yield _row(number, when, far and f'<c r="{far}{number}"><v>1</v></c>')


def _swap(name: str, old: str, new: str) -> Make:
    return book({name: lambda was: [was.replace(old, new, 1)]})


def _texts(count: int) -> Iterator[str]:
    return (f"<si><t>text {n}</t></si>" for n in range(count))


def _of_texts(count: int) -> Iterator[str]:
    return (f'<row r="{n + 3}"><c r="A{n + 3}" t="s"><v>{n}</v></c></row>' for n in range(count))


def _wide(count: int) -> Iterator[str]:
    for row in range(3, 3 + count):
        yield f'<row r="{row}">' + "<c><v>1</v></c>" * 16_384 + "</row>"


_SHEETS = "".join(f'<sheet name="s{n}" sheetId="{n + 2}" r:id="rId1"/>' for n in range(900))
_NAMES = "<definedNames>{}</definedNames>".format(
    "".join(f'<definedName name="n{n}">Sheet!$A$1</definedName>' for n in range(100_000))
)
_DEEP = "<r>" * 50_000 + "<t>x</t>" + "</r>" * 50_000
_WIDEST = ENTITIES.replace("<!DOCTYPE x", "<!DOCTYPE worksheet")
XLSX: Mapping[str, Make] = {
    "bad rows, 100,000": sheet(lambda: _rows(100_000, "bad")),
    "bad rows, a million": sheet(lambda: _rows(1_000_000, "bad")),
    "far cells, 200,000 rows": sheet(lambda: _rows(200_000, far="XFD")),
    "a far cell, XFD1048576": sheet(lambda: _rows(1, far="XFD")),
    "16,384 cells in 200 rows": sheet(lambda: _wide(200)),
    "shared texts, a million": shared(lambda: _texts(1_000_000), lambda: _of_texts(1_000_000)),
    "shared texts that nobody uses": shared(lambda: _texts(3_000_000)),
    "shared text, 50,000 deep": shared(lambda: [f"<si>{_DEEP}</si>"], lambda: _of_texts(1)),
    "shared text of 400,000 runs": shared(
        lambda: ["<si>", "<r><t>x</t></r>" * 400_000, "</si>"], lambda: _of_texts(1)
    ),
    "shared text of 100 MB": shared(lambda: ["<si><t>", *(["a" * _MB] * 100), "</t></si>"]),
    "shared texts inside each other": shared(
        lambda: ["<si>" * 300_000, "</si>" * 300_000], lambda: _of_texts(1)
    ),
    "merged cells, 3 million": book(
        {
            SHEET: lambda was: [
                was.replace("</sheetData>", "</sheetData><mergeCells>").partition("<pageM")[0],
                *(['<mergeCell ref="A1:D1"/>' * 1000] * 3000),
                "</mergeCells></worksheet>",
            ]
        }
    ),
    "a dimension that lies": _swap(SHEET, 'ref="A1:D2"', 'ref="A1:XFD1048576"'),
    "a row numbered 4 billion": sheet(lambda: [_row(4_000_000_000, "2023-07-13T15:30")]),
    "a column that is none": sheet(lambda: [_row(3, "2023", '<c r="ZZZZZZZ3"><v>1</v></c>')]),
    "900 sheets of one part": _swap("xl/workbook.xml", "</sheets>", f"{_SHEETS}</sheets>"),
    "100,000 names": _swap("xl/workbook.xml", "</sheets>", f"</sheets>{_NAMES}"),
    "formats, 200,000": book(
        {
            "xl/styles.xml": lambda was: [
                was.replace(
                    "<fonts",
                    "<numFmts>"
                    + "".join(f'<numFmt numFmtId="{n}" formatCode="0"/>' for n in range(200_000))
                    + "</numFmts><fonts",
                    1,
                )
            ]
        }
    ),
    "entities that grow": book(
        {SHEET: lambda was: [_WIDEST, was.partition("?>")[2].replace("2023-", "&e8;", 1)]}
    ),
    "entities in texts": book(
        {STRINGS: lambda _: [ENTITIES, f'<sst xmlns="{SPREADSHEET}"><si><t>&e8;</t></si></sst>']}
    ),
    "bomb: a sheet of 2 GB": sheet(lambda: (" " * _MB for _ in range(1900))),
    "bomb: a part of 2 GB": book(
        {"xl/theme/theme1.xml": lambda _: (" " * _MB for _ in range(1900))}
    ),
    "one part of 90 MB": book(
        {"xl/x.xml": lambda _: [str(random.Random(SEED).random())] * 5_000_000}
    ),
    "formulas, 200,000": sheet(
        lambda: (
            f'<row r="{n}"><c r="A{n}"><f>{"(" * 50}1{")" * 50}</f><v>1</v></c></row>'
            for n in range(3, 200_003)
        )
    ),
    "dates beyond all, 100,000": sheet(
        lambda: (
            f'<row r="{n}"><c r="A{n}" t="d"><v>99999</v></c></row>' for n in range(3, 100_003)
        )
    ),
    "numbers of 100 digits": sheet(
        lambda: (
            f'<row r="{n}"><c r="A{n}"><v>{"9" * 100}</v></c></row>' for n in range(3, 100_003)
        )
    ),
}
XLSM: Mapping[str, Make] = {
    "macros of 90 MB": book({}, random.Random(SEED).randbytes(90 * _MB)),
    "bad rows, 100,000": sheet(lambda: _rows(100_000, "bad")),
}


def overlapping(path: Path) -> None:
    """Write an archive whose parts are all the same bytes (D. Fifield, 2019)."""
    data = b"\0" * (20 * _MB)
    one = io.BytesIO()
    with zipfile.ZipFile(one, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("aaaaa.csv", data)
    whole = one.getvalue()
    at = whole.index(b"PK\x01\x02")
    entry, end = whole[at : whole.index(b"PK\x05\x06")], whole[whole.index(b"PK\x05\x06") :]
    many = b"".join(entry.replace(b"aaaaa", b"%05d" % n) for n in range(900))
    fields = list(struct.unpack("<4s4H2LH", end))
    fields[3] = fields[4] = 900
    fields[5] = len(many)
    path.write_bytes(whole[:at] + many + struct.pack("<4s4H2LH", *fields))


def lying(told: int) -> Make:
    """Return what writes an archive that tells a false size of its part of 300 MB."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("a.csv", TOP + LINE + "\n" * (300 * _MB))
        data = bytearray(path.read_bytes())
        at = data.rindex(b"PK\x01\x02")
        data[at + 24 : at + 28] = struct.pack("<L", told)
        path.write_bytes(data)

    return write
