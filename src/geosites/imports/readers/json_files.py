"""JSON other than GeoJSON: a list of objects, or features of an ArcGIS service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyarrow as pa
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geosites.core import city
from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import Refused, WrongReference
from geosites.imports.readers.json_keys import once
from geosites.imports.readers.json_lines import is_lines
from geosites.imports.readers.tables import (
    BLOCK_BYTES,
    BLOCK_ROWS,
    MOST_COLUMNS,
    Meter,
    OpenTable,
    Piece,
    most_letters,
    require_short,
    row_numbers,
)
from geosites.imports.readers.vector_files import open_layer
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind

MOST_BYTES = 120_000_000
"""Maximum size of a file, which is in memory."""
MOST_OBJECTS = 400_000
"""Maximum number of objects and lists."""

MOST_VALUES = 2_500_000
"""Maximum number of values, each of which takes a hundred bytes."""

_MARKS = (b'"', b",", b"\n", b"[", b"{")
"""Each block of a file with terminated values contains one of these."""
_LISTS = ("features", "records", "results", "rows", "data", "value", "items")
_LOOKED_AT = 4096
_Row = Mapping[str, object]


@contextmanager
def open_json(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a JSON file by what it holds; a line is the number of an object."""
    if is_lines(path) or _is_geojson(path):
        with open_layer(path, limit_bytes, kind, options) as opened:
            yield opened
        return
    Meter(min(limit_bytes, MOST_BYTES)).add(path.stat().st_size)
    _refuse_many(path)
    rows = _rows(_document(path))
    if not rows:
        raise Refused("the file holds no objects")
    header = tuple(dict.fromkeys(name for row in rows for name in row))
    size = path.stat().st_size

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        for first in range(0, len(rows), BLOCK_ROWS):
            batch = rows[first : first + BLOCK_ROWS]
            lines = row_numbers(first + 1, len(batch))
            columns = []
            for name in (header[place] for place in wanted):
                texts = [
                    _text(row.get(name), name, line) for line, row in enumerate(batch, first + 1)
                ]
                columns.append(pa.array(texts, pa.string()))
                require_short(columns[-1], name, lines)
            yield Piece(columns=columns, lines=lines, bytes_read=size)

    yield OpenTable(header, pieces, facts={"format": "json"})


def _refuse_many(path: Path) -> None:
    """Raise `Refused` if a file has too many objects and lists for the memory."""
    count = values = 0
    with path.open("rb") as file:
        while data := file.read(BLOCK_BYTES):
            count += data.count(b"{") + data.count(b"[")
            values += data.count(b",")
            if len(data) == BLOCK_BYTES and data.strip() and not any(map(data.count, _MARKS)):
                raise Refused(
                    "a value of the file has more than %(most)s characters", most=len(data)
                )
            if count > MOST_OBJECTS:
                raise Refused("the file holds more than %(most)s objects", most=MOST_OBJECTS)
            if values > MOST_VALUES:
                raise Refused(
                    "the file holds more than %(most)s values: save it as CSV", most=MOST_VALUES
                )


def _is_geojson(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    bare = b"".join(start.split())
    return b'"type":"Feature' in bare and b'"attributes"' not in bare


def _document(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8-sig")
        document: object = _loaded(text)
    except UnicodeDecodeError as error:
        raise Refused("the file is not UTF-8 (byte %(byte)s)", byte=error.start) from error
    except (ValueError, RecursionError) as error:
        return _by_lines(text, error)
    return document


def _loaded(text: str) -> object:
    """Parse JSON, with numbers as written; raises `Refused` for duplicate keys."""
    return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=once)


def _by_lines(text: str, error: Exception) -> list[object]:
    """Return the objects of a file with one on each line."""
    rows: list[object] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_loaded(line))
        except (ValueError, RecursionError) as fault:
            if rows and isinstance(rows[0], dict):
                raise Refused(
                    "line %(line)s holds no object: %(error)s", line=number, error=fault
                ) from error
            raise Refused("the file is not JSON: %(error)s", error=error) from error
    return rows


def _rows(document: object) -> list[_Row]:
    reference = None
    if isinstance(document, dict):
        reference = document.get("spatialReference")
        name = next((name for name in _LISTS if isinstance(document.get(name), list)), None)
        document = document.get(name) if name else [document]
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise Refused("the file holds no list of objects")
    rows, names = [], set[str]()
    for item in document:
        rows.append(_row(item, reference))
        names.update(rows[-1])
        if len(names) > MOST_COLUMNS:
            raise Refused(
                "the header has more than %(most)s columns, the most that a table has",
                most=MOST_COLUMNS,
            )
    return rows


def _row(item: Mapping[str, object], reference: object) -> _Row:
    attributes = item.get("attributes")
    if not isinstance(attributes, dict):
        return item
    row = {**attributes}
    geometry = item.get("geometry")
    if isinstance(geometry, dict) and {"x", "y"} <= geometry.keys():
        row |= _place(geometry["x"], geometry["y"], reference)
    return row


def _place(x: object, y: object, reference: object) -> _Row:
    """Return the coordinates of a feature of ArcGIS as columns of ours."""
    code: object = GEOGRAPHIC
    if isinstance(reference, dict):
        code = reference.get("latestWkid", reference.get("wkid"))
    if str(code) == str(city.metric()):
        return {"x": x, "y": y}
    try:
        pair = float(str(x)), float(str(y))
    except ValueError:
        return {"lon": None, "lat": None}
    degrees = _degrees(str(code))
    if degrees is None:
        return {"lon": x, "lat": y}
    lon, lat = degrees.transform(*pair)
    return {"lon": repr(float(lon)), "lat": repr(float(lat))}


@cache
def _degrees(code: str) -> Transformer | None:
    """Return what brings a reference system of ArcGIS into WGS 84; None where it is that."""
    if code == str(GEOGRAPHIC):
        return None
    for authority in ("EPSG", "ESRI"):
        try:
            system = CRS.from_authority(authority, code)
        except CRSError:
            continue
        return Transformer.from_crs(system, CRS.from_epsg(GEOGRAPHIC), always_xy=True)
    raise WrongReference("the reference system of the file is not known: %(name)s", name=code[:80])


def _text(value: object, name: str, line: int) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    most = most_letters(name)
    if not _is_short(value, most):
        raise Refused(
            "line %(line)s: column %(name)r holds more than %(most)s characters, the most that a "
            "value has",
            line=line,
            name=name,
            most=most,
        )
    if isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False)


def _is_short(value: object, most: int) -> bool:
    """Return whether a value has at most `most` characters as text, without converting it."""
    length, inside = 0, [value]
    while inside and length <= most:
        item = inside.pop()
        if isinstance(item, str):
            length += len(item)
        elif isinstance(item, dict | list):
            length += 2 * len(item)
            if length <= most:
                inside += item.values() if isinstance(item, dict) else item
    return length <= most
