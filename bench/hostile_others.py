"""More files made to cost more than they hold: pages, waypoints, archives, harmed workbooks."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from bench.hostile_books import _FEW, ods, xls
from bench.hostile_json import objects
from bench.hostile_layers import _table, layer, parquet
from bench.hostile_tables import HEADER, LINE, SEED, SHEET, TOP, Make, book, shared, sheet, text

_MB = 1 << 20
_WAYPOINT = '<wpt lat="48.885" lon="2.37"><time>bad</time></wpt>'
_POINT = '<trkpt lat="48.885" lon="2.37"><ele>1</ele></trkpt>'


def _gpx(many: Callable[[], Iterable[str]]) -> Make:
    return text(lambda: ["<gpx>", *many(), "</gpx>"])


GPX: Mapping[str, Make] = {
    "bad waypoints, 99,000": _gpx(lambda: [_WAYPOINT * 99_000]),
    "waypoints, a million": _gpx(lambda: [_WAYPOINT * 1_000_000]),
    "a track of a million points": _gpx(lambda: ["<trk><trkseg>", _POINT * 1_000_000]),
    "tracks inside each other": _gpx(lambda: ["<trk>" * 1_000_000]),
    "a name of 100 MB": _gpx(lambda: ['<wpt lat="1" lon="1"><name>', "a" * (100 * _MB)]),
    "elements of a waypoint, a million": _gpx(
        lambda: ['<wpt lat="1" lon="1">', "<a/>" * 1_000_000]
    ),
}


def _page(many: Callable[[], Iterable[str]]) -> Make:
    header = "".join(f"<th>{name}" for name in HEADER)
    return text(lambda: [f"<html><table><tr>{header}</tr>\n", *many(), "</table></html>"])


_CELLS = "<tr><td>bad</td><td>2.37</td><td>48.885</td><td>4</td></tr>\n"
PAGE: Mapping[str, Make] = {
    "page: bad rows, a million": _page(lambda: [_CELLS * 1_000_000]),
    "page: cells of a row, a million": _page(lambda: ["<tr>", "<td>x" * 1_000_000]),
    "page: blank rows, 10 million": _page(lambda: ["<tr></tr>" * 10_000_000]),
    "page: tables inside each other": _page(lambda: ["<table><tr><td>" * 1_000_000]),
    "page: a text of 100 MB": _page(lambda: ["<tr><td>", "a" * (100 * _MB)]),
    "page: a tag of 100 MB": _page(lambda: ["<tr><td class='", "a" * (100 * _MB)]),
    "page: entities, 20 million": _page(lambda: ["<tr><td>", "&amp;" * 20_000_000]),
    "page: cells that span 1,000 by 1,000": _page(
        lambda: ['<tr><td colspan="1000" rowspan="1000">x</td></tr>\n' * 100_000]
    ),
    "page: a comment of 100 MB": _page(lambda: ["<!--", "a" * (100 * _MB)]),
    "page: less-than signs, 20 million": _page(lambda: ["<tr><td>", "<" * 20_000_000]),
}


def _harmed(seed: int, share: float) -> Make:
    """Return what writes an old workbook of which some bytes are others."""

    def write(path: Path) -> None:
        xls(_FEW * 50)(path)
        chance, data = random.Random(seed), bytearray(path.read_bytes())
        for _ in range(int(len(data) * share)):
            data[chance.randrange(512, len(data))] = chance.randrange(256)
        path.write_bytes(data)

    return write


HARMED: Mapping[str, Make] = {
    f"harmed bytes, {share:g} of all, {seed}": _harmed(seed, share)
    for share in (1e-4, 1e-2)
    for seed in range(SEED, SEED + 4)
}


def _within(depth: int, many: int = 1) -> Make:
    """Return what writes archives within archives, `many` in each."""

    def write(path: Path) -> None:
        inner, name = (TOP + LINE * 1000).encode(), "a.csv"
        for _ in range(depth):
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
                for number in range(many):
                    archive.writestr(f"{number}{name}", inner)
            inner, name = made.getvalue(), "a.zip"
        path.write_bytes(inner)

    return write


ZIP: Mapping[str, Make] = {
    "an archive in an archive": _within(2),
    "archives within archives, 10 deep, 4 in each": _within(10, 4),
    "a name of 60,000 letters": lambda path: _named(path, "a" * 60_000 + ".csv"),
    "a name that leads out": lambda path: _named(path, "../../../tmp/a.csv"),
}


def _named(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, TOP + LINE)


def _columns(count: int) -> Iterable[str]:
    yield '<row r="3">'
    yield "<c><v>1</v></c>" * count
    yield "</row>"


def _sheets(count: int) -> Make:
    """Return what writes a workbook of many sheets, each a part of its own."""

    def write(path: Path) -> None:
        import openpyxl

        made = openpyxl.Workbook(write_only=True)
        for number in range(count):
            one = made.create_sheet(f"s{number}")
            one.append(HEADER)
            for _ in range(20):
                one.append(["bad", 2.37, 48.885, 4])
        made.save(path)

    return write


XLSX: Mapping[str, Make] = {
    "a row of a million cells": sheet(lambda: _columns(1_000_000)),
    "900 sheets of 20 rows": _sheets(900),
    "one shared text of 30,000 in 300,000 cells": shared(
        lambda: [f"<si><t>{'ab' * 15_000}</t></si>"],
        lambda: (f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(3, 300_003)),
    ),
    "shared texts of 1,000 letters, 800,000": shared(
        lambda: (f"<si><t>{n:06d}{'x' * 994}</t></si>" for n in range(800_000)),
        lambda: (
            f'<row r="{n + 3}"><c r="A{n + 3}" t="s"><v>{n}</v></c></row>' for n in range(800_000)
        ),
    ),
    "numbers of shared texts that lie": sheet(
        lambda: ['<row r="3"><c r="A3" t="s"><v>4000000000</v></c></row>']
    ),
    "rules for formats, a million": book(
        {
            SHEET: lambda was: [
                was.replace("</sheetData>", "</sheetData>" + "<conditionalFormatting/>" * 1_000_000)
            ]
        }
    ),
}
ODS: Mapping[str, Make] = {
    "900 sheets of 20 rows of 500 cells": ods(
        lambda: [f"<table:table-row>{_ODS_CELL * 500}</table:table-row>"] * 20, tables=900
    ),
    "texts in a comment, 100 MB": ods(lambda: ["<!--", *(["<table:table>" * 10_000] * 800), "-->"]),
    "empty sheets, 100,000": ods(list, "", 100_000),
}
_ODS_CELL = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
GPKG: Mapping[str, Make] = {
    "a geometry of 300 MB": layer("UPDATE seen SET geom = zeroblob(300000000)"),
    "geometries of 1 MB, 300": layer(
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 300)"
        " INSERT INTO seen (geom, observed_at, headcount) SELECT zeroblob(1000000), 'bad', 3 FROM r"
    ),
    "a view of itself": layer(
        "ALTER TABLE seen RENAME TO kept",
        "CREATE VIEW seen AS SELECT a.* FROM kept a JOIN kept b JOIN kept c JOIN kept d",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 2000)"
        " INSERT INTO kept (geom, observed_at, headcount) SELECT geom, 'bad', 3 FROM kept, r",
    ),
}


def _words(count: int, length: int) -> pa.Table:
    texts = pa.array([f"{n:0{length}d}" for n in range(count)])
    column = pa.DictionaryArray.from_arrays(pa.array(range(count), pa.int32()), texts)
    return _table(count).set_column(0, "observed_at", column)


PARQUET: Mapping[str, Make] = {
    "a dictionary of a million words": parquet(lambda: _words(1_000_000, 12)),
    "a dictionary of 20,000 words of 5,000 letters": parquet(lambda: _words(20_000, 5_000)),
    "1,000 groups of rows": parquet(lambda: _table(100_000), row_group_size=100),
    "1,900 columns, 20,000 rows": parquet(
        lambda: _table(20_000, **{f"c{n}": pa.nulls(20_000, pa.string()) for n in range(1_896)})
    ),
}
KML: Mapping[str, Make] = {
    "geometries inside each other": text(
        lambda: ["<kml><Placemark>", "<MultiGeometry>" * 1_000_000]
    ),
    "fields of a placemark, 90,000": text(
        lambda: [
            "<kml><Placemark>",
            *(f'<Data name="f{n}"><value>1</value></Data>' for n in range(45_000)),
            "</Placemark></kml>",
        ]
    ),
    "a field of its own in each": text(
        lambda: [
            "<kml>",
            *(
                f'<Placemark><Data name="f{n}"><value>1</value></Data></Placemark>'
                for n in range(100_000)
            ),
            "</kml>",
        ]
    ),
}
JSON: Mapping[str, Make] = {
    "commas in a text, 100 MB": objects(lambda: [f'{{"unit":"{"a," * (50 * _MB)}"}}']),
    "lists of 50 in 300,000": objects(lambda: [f'{{"unit":[{"[1]," * 200_000}1]}}']),
    "objects of 40 texts, 100,000": objects(
        lambda: ("{" + ",".join(f'"f{n}":"text"' for n in range(40)) + "}" for _ in range(100_000))
    ),
}
TSV: Mapping[str, Make] = {
    "a million columns": text(lambda: ["\t".join(f"x{n}" for n in range(1_000_000)), "\n"]),
    "quotation marks in a million rows": text(
        lambda: [TOP.replace(",", "\t"), '"a\t2.37\t48.885\t4\n' * 1_000_000]
    ),
}
CSV: Mapping[str, Make] = {
    "places in one column, bad, a million": text(
        lambda: ["observed_at,lat_lon,headcount\n", '2023-07-13,"48.8 2.3 x",4\n' * 1_000_000]
    ),
    "places of 60,000 letters": text(
        lambda: ["observed_at,lat_lon,headcount\n", f"2023-07-13,{'1 ' * 30_000},4\n" * 500]
    ),
    "points in WKT, bad, a million": text(
        lambda: ["observed_at,wkt,headcount\n", "2023-07-13,POINT (1 2,4\n" * 1_000_000]
    ),
    "points of 60,000 letters": text(
        lambda: [
            "observed_at,wkt,headcount\n",
            f'2023-07-13,"MULTIPOINT ({"1 2, " * 12_000}1 2)",4\n' * 500,
        ]
    ),
}
