"""GPX 1.1 reader: waypoints and their properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast
from xml.etree.ElementTree import Element, ParseError, iterparse

import numpy as np
import pyarrow as pa
import shapely

from geosites.core.errors import Refused, phrase
from geosites.imports.readers.geometry_columns import Shapes
from geosites.imports.readers.tables import BLOCK_ROWS, Meter, OpenTable
from geosites.imports.readers.vector_files import source_of
from geosites.imports.readers.xml_parts import XmlPart
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind

MOST_BYTES, MOST_WAYPOINTS = 200_000_000, 100_000
"""Maximum number of waypoints, which are in memory."""

_MOST_POINTS = 150_000
"""Maximum number of points of tracks and routes, which are skipped."""
_FIELDS = ("time", "name", "cmt", "desc", "sym", "type", "ele")
_KEPT_APART = ("wpt", "trk", "rte", "trkseg", "trkpt", "rtept")
_GEOMETRY, _REFERENCE = "geometry", "OGC:CRS84"
_DEEPEST = 100
_MOST_TAGS, _MOST_TEXT = 100_000, 8_000_000
"""Maximum number of elements and bytes of a waypoint or any other element."""


class _Waypoint(NamedTuple):
    fields: Mapping[str, str]
    lon: float
    lat: float


@contextmanager
def open_gpx(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions
) -> Iterator[OpenTable]:
    """Open a GPX file; a line is the number of a waypoint. Tracks and routes are skipped."""
    Meter(min(limit_bytes, MOST_BYTES)).add(path.stat().st_size)
    waypoints, tracks = _read(path)
    if not waypoints and tracks:
        raise Refused("the file holds a track or a route and no waypoints: a path is no sighting")
    if not waypoints:
        raise Refused("the file has no features")
    names = [name for name in _FIELDS if any(name in item.fields for item in waypoints)]
    fields = [pa.field(name, pa.string()) for name in names]
    schema = pa.schema([*fields, pa.field(_GEOMETRY, pa.binary())])
    shapes = Shapes.of(_GEOMETRY, _REFERENCE, kind, schema.names, options)

    def batches() -> Iterator[pa.RecordBatch]:
        for first in range(0, len(waypoints), BLOCK_ROWS):
            some = waypoints[first : first + BLOCK_ROWS]
            columns = [pa.array([item.fields.get(name) for item in some]) for name in names]
            columns = [column.cast(pa.string()) for column in columns]
            points = shapely.points(np.array([(item.lon, item.lat) for item in some]))
            drawn = pa.array(shapely.to_wkb(points), pa.binary())
            yield pa.record_batch([*columns, drawn], schema=schema)

    told = () if not tracks else (phrase("passed over: tracks and routes (%(n)s)", n=tracks),)
    source = source_of(schema, batches(), Meter(limit_bytes), shapes, {"format": "gpx"})
    yield OpenTable(source.header, source.pieces, (*source.remarks, *told), source.facts)


def _read(path: Path) -> tuple[list[_Waypoint], int]:
    """Return the waypoints of a file, and how many tracks and routes it has."""
    found: list[_Waypoint] = []
    tracks = points = 0
    with path.open("rb") as file:
        part = XmlPart(file, _MOST_TAGS, _MOST_TEXT)
        try:
            parents: list[Element] = []
            # Expat loads nothing from elsewhere, and stops where entities grow out of proportion.
            for event, element in iterparse(cast("IO[bytes]", part), ("start", "end")):  # noqa: S314
                if event == "start":
                    if (not parents and _name(element) != "gpx") or len(parents) >= _DEEPEST:
                        raise Refused("the file is not GPX")
                    parents.append(element)
                    continue
                parents.pop()
                if _name(element) == "wpt":
                    found.append(_waypoint(element, len(found) + 1))
                    part.said(len(found))
                tracks += _name(element) in ("trk", "rte")
                if _name(element) in ("trkpt", "rtept"):
                    points += 1
                    part.said(len(found))
                if points > _MOST_POINTS:
                    raise Refused(
                        "the file holds tracks of more than %(most)s points: save the waypoints "
                        "alone",
                        most=_MOST_POINTS,
                    )
                if parents and _name(element) in _KEPT_APART:
                    parents[-1].remove(element)
        except ParseError as error:
            raise Refused("the file is not GPX: %(error)s", error=error) from error
    return found, tracks


def _name(element: Element) -> str:
    """Return the name of an element without its namespace: there are two versions of GPX."""
    return str(element.tag).rpartition("}")[2]


def _waypoint(element: Element, number: int) -> _Waypoint:
    if number > MOST_WAYPOINTS:
        raise Refused("the file holds more than %(most)s objects", most=MOST_WAYPOINTS)
    fields = {_name(child): (child.text or "").strip() for child in element}
    try:
        lon, lat = float(element.get("lon", "")), float(element.get("lat", ""))
    except ValueError as error:
        raise Refused(
            "feature %(number)s: its coordinates cannot be read: %(error)s",
            number=number,
            error=error,
        ) from error
    return _Waypoint({name: text for name, text in fields.items() if text}, lon, lat)
