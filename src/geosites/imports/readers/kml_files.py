"""KML and KMZ reader (OGC 12-007r2): placemarks and their fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple, cast
from xml.etree.ElementTree import Element, ParseError, iterparse

import numpy as np
import pyarrow as pa
import shapely

from geosites.core.errors import Refused, phrase
from geosites.imports.readers.geometry_columns import MOST_WKB_BYTES, Shapes
from geosites.imports.readers.tables import BLOCK_ROWS, MOST_COLUMNS, Meter, OpenTable
from geosites.imports.readers.vector_files import source_of
from geosites.imports.readers.xml_parts import XmlPart
from geosites.imports.readers.zip_files import unpacked
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind

MOST_BYTES, MOST_PLACEMARKS = 200_000_000, 150_000
"""Maximum number of placemarks, which are in memory."""

_FIELDS = ("name", "description", "when", "begin", "end")
_GEOMETRY, _REFERENCE = "geometry", "OGC:CRS84"
_DEEPEST = 100
_MOST_TOLD = 100
_MOST_VERTICES = MOST_WKB_BYTES // 16
_KEPT_APART = ("Style", "StyleMap", "Schema", "Folder", "Document", "Placemark")
_MOST_TAGS, _MOST_TEXT = 100_000, 8_000_000
"""Maximum number of elements and bytes of a placemark."""


class _Placemark(NamedTuple):
    """A placemark: fields, geometry, and whether each ring was closed."""

    fields: Mapping[str, str]
    shape: shapely.Geometry | None
    closed: bool


@contextmanager
def open_kml(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a KML file; a line is the number of a placemark."""
    meter = Meter(min(limit_bytes, MOST_BYTES))
    meter.add(path.stat().st_size)
    placemarks: list[_Placemark] = []
    names: dict[str, None] = {}
    for item in _placemarks(path):
        placemarks.append(item)
        names.update(dict.fromkeys(item.fields))
        if len(names) > MOST_COLUMNS:
            raise Refused(
                "the header has more than %(most)s columns, the most that a table has",
                most=MOST_COLUMNS,
            )
    if not placemarks:
        raise Refused("the file has no features")
    fields = [pa.field(name, pa.string()) for name in names]
    schema = pa.schema([*fields, pa.field(_GEOMETRY, pa.binary())])
    shapes = Shapes.of(_GEOMETRY, _REFERENCE, kind, schema.names, options)

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, len(placemarks), BLOCK_ROWS):
            some = placemarks[first : first + BLOCK_ROWS]
            columns = [pa.array([item.fields.get(name) for item in some]) for name in names]
            drawn = shapely.to_wkb(np.array([item.shape for item in some], dtype=object))
            columns = [column.cast(pa.string()) for column in columns]
            yield pa.record_batch([*columns, pa.array(drawn, pa.binary())], schema=schema)

    source = source_of(schema, batches(), Meter(limit_bytes), shapes, {"format": "kml"})
    mended = [number for number, item in enumerate(placemarks, start=1) if not item.closed]
    told = [phrase("feature %(line)s: a ring was not closed; closed", line=n) for n in mended]
    yield replace(source, remarks=(*source.remarks, *told[:_MOST_TOLD]))


@contextmanager
def open_kmz(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions
) -> Iterator[OpenTable]:
    """Open the one KML file that an archive holds, among its pictures."""
    with (
        unpacked(path, (".kml",), limit_bytes) as inner,
        open_kml(inner, limit_bytes, kind, options) as opened,
    ):
        yield opened


def _placemarks(path: Path) -> Iterator[_Placemark]:
    number = 0
    with path.open("rb") as file:
        part = XmlPart(file, _MOST_TAGS, _MOST_TEXT)
        try:
            parents: list[Element] = []
            # Expat loads nothing from elsewhere, and stops where entities grow out of proportion.
            events = iterparse(cast("IO[bytes]", part), ("start", "end"))  # noqa: S314
            for event, element in events:
                if event == "start":
                    _require_kml(element, parents)
                    parents.append(element)
                    continue
                parents.pop()
                if _name(element) == "Placemark":
                    number += 1
                    if number > MOST_PLACEMARKS:
                        raise Refused("the file holds more than %(most)s objects", most=number - 1)
                    part.said(number)
                    yield _read(element, number)
                if parents and _name(element) in _KEPT_APART:
                    parents[-1].remove(element)
        except ParseError as error:
            raise Refused("the file is not KML: %(error)s", error=error) from error


def _require_kml(element: Element, parents: Collection[Element]) -> None:
    if (not parents and _name(element) != "kml") or len(parents) >= _DEEPEST:
        raise Refused("the file is not KML")


def _name(element: Element) -> str:
    """Return the name of an element without its namespace: there are several versions of KML."""
    return str(element.tag).rpartition("}")[2]


def _read(placemark: Element, number: int) -> _Placemark:
    fields: dict[str, str] = {}
    shape = None
    for element in placemark.iter():
        name, text = _name(element), (element.text or "").strip()
        if name in _FIELDS and text:
            _say(fields, name, text, number)
        elif name == "Data":
            value = next((child for child in element if _name(child) == "value"), None)
            _say(fields, element.get("name", ""), _text(value), number)
        elif name == "SimpleData":
            _say(fields, element.get("name", ""), text, number)
    for element in placemark:
        shape = shape or _shape(element, number)
    rings = [_corners(ring, number) for ring in placemark.iter() if _name(ring) == "LinearRing"]
    return _Placemark(fields, shape, all(ring[:1] == ring[-1:] for ring in rings))


def _text(element: Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _say(fields: dict[str, str], name: str, text: str, number: int) -> None:
    if not name or not text:
        return
    if fields.get(name, text) != text:
        raise Refused("feature %(number)s says %(name)s twice", number=number, name=name[:80])
    fields[name] = text


def _shape(element: Element, number: int) -> shapely.Geometry | None:
    """Return what an element draws, or None where it draws nothing."""
    name = _name(element)
    if name == "MultiGeometry":
        parts = [shape for child in element if (shape := _shape(child, number)) is not None]
        areas = all(isinstance(part, shapely.Polygon) for part in parts)
        return shapely.MultiPolygon(parts) if areas else shapely.GeometryCollection(parts)
    if name not in ("Point", "LineString", "Polygon"):
        return None
    try:
        if name == "Polygon":
            rings = [_corners(ring, number) for ring in element if _name(ring).endswith("Is")]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        corners = _corners(element, number)
        return shapely.Point(corners[0]) if name == "Point" else shapely.LineString(corners)
    except (ValueError, IndexError, shapely.errors.GEOSException) as error:
        raise Refused(
            "feature %(number)s: its coordinates cannot be read: %(error)s",
            number=number,
            error=error,
        ) from error


def _corners(element: Element, number: int) -> list[tuple[float, float]]:
    found = next((item for item in element.iter() if _name(item) == "coordinates"), None)
    corners = []
    for text in _text(found).replace(", ", ",").split():
        lon, lat, *_ = text.split(",")
        corners.append((float(lon), float(lat)))
    if len(corners) > _MOST_VERTICES:
        raise Refused("feature %(number)s has more vertices than any area does", number=number)
    return corners
