"""Street map sources: an OpenStreetMap extract, or lines that GDAL can read.

Any other file (truncated, empty, of another format) is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from pyogrio.raw import read

from geosites.core.errors import Refused, os_reason
from geosites.core.varint import varint
from geosites.imports.basemap.contents import beginning, end, require_own_content
from geosites.imports.basemap.packed import inside, require_whole_shapes

OSM_CREDIT = "© OpenStreetMap contributors, ODbL 1.0"
_NOTHING = "osm_id = 'none'"


STUMBLES = (DataSourceError, DataLayerError, FeatureError, UnicodeDecodeError)
"""Exceptions raised if GDAL cannot read a file, or a field name is not UTF-8."""


def checked(path: Path) -> str:
    """Return the name by which GDAL opens a file that is whole; raises `Refused` otherwise."""
    if path.is_dir() and not is_osm(path):
        for shapes in sorted(path.glob("*.[sS][hH][pP]")):
            require_whole_shapes(shapes)
        return str(path.absolute())
    if not path.is_file():
        raise Refused("%(path)s: there is no such file", path=path)
    try:
        if path.stat().st_size == 0:
            raise Refused("%(path)s: the file is empty", path=path)
        name = path.name.lower()
        if name.endswith(".pbf"):
            _require_whole_pbf(path)
        elif name.endswith((".osm.gz", ".osm")):
            _require_whole_xml(path)
        elif name.endswith(".shp"):
            require_whole_shapes(path)
        elif name.endswith(".zip"):
            return inside(path)
        else:
            require_own_content(path)
    except OSError as error:
        raise Refused(
            "%(path)s: cannot be read: %(reason)s", path=path, reason=os_reason(error)
        ) from error
    return f"/vsigzip/{path.absolute()}" if name.endswith(".gz") else str(path.absolute())


def is_osm(path: Path) -> bool:
    """Return whether a file is an OpenStreetMap extract by its name."""
    return path.name.lower().endswith((".pbf", ".osm", ".osm.gz"))


def layers(path: Path) -> list[str]:
    """Return the names of the layers that GDAL finds in a file; raises `Refused` for none."""
    try:
        found = [str(name) for name, kind in pyogrio.list_layers(checked(path)) if kind]
    except STUMBLES as error:
        raise Refused("%(path)s: GDAL finds no map in it", path=path) from error
    if not found:
        raise Refused("%(path)s: GDAL finds no map in it", path=path)
    return found


def require_readable(path: Path) -> None:
    """Read an OpenStreetMap extract once for its points; raises `Refused` if that ends early.

    When reading in batches, GDAL silently stops at a damaged block, and half a city would be
    missing. It reports errors in other formats itself.
    """
    if not is_osm(path):
        return
    try:
        read(checked(path), layer="points", columns=["osm_id"], read_geometry=False, where=_NOTHING)
    except STUMBLES as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> Refused:
    """Return the error for a file that GDAL cannot read, with GDAL's message."""
    return Refused("%(path)s: is damaged: %(reason)s", path=path, reason=str(error))


def _require_whole_pbf(path: Path) -> None:
    """Check the length-prefixed blocks of an OpenStreetMap file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        kinds = list(_blocks(path, file, size))
    if not kinds or kinds[0] != b"OSMHeader":
        raise Refused("%(path)s: is not an OpenStreetMap extract", path=path)
    if b"OSMData" not in kinds:
        raise Refused("%(path)s: holds no data", path=path)


def _blocks(path: Path, file: BinaryIO, size: int) -> Iterator[bytes]:
    while file.tell() < size:
        length = int.from_bytes(file.read(4), "big")
        if not 0 < length < 64 * 1024:
            raise Refused("%(path)s: is not an OpenStreetMap extract", path=path)
        try:
            kind, data = _header(file.read(length))
        except ValueError as error:
            raise Refused("%(path)s: is not an OpenStreetMap extract", path=path) from error
        if file.tell() + data > size:
            raise Refused("%(path)s: the file is cut short", path=path)
        file.seek(data, 1)
        yield kind


def _header(header: bytes) -> tuple[bytes, int]:
    """Return type and length of a block from its header, a Protocol Buffers message."""
    kind, data, at = b"", 0, 0
    while at < len(header):
        key, at = varint(header, at)
        value, at = varint(header, at)
        if key == 0x0A:
            kind = header[at : at + value]
        if key == 0x18:
            data = value
        if key & 7 == 2:
            at += value
    return kind, data


def _require_whole_xml(path: Path) -> None:
    if b"<osm" not in beginning(path)[:2000]:
        raise Refused("%(path)s: is not an OpenStreetMap extract", path=path)
    if not end(path).rstrip().endswith(b"</osm>"):
        raise Refused("%(path)s: the file is cut short", path=path)
