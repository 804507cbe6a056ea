"""Shapefile completeness: all parts present, with the same number of records.

Where one part has fewer records, GDAL silently reads only that many.
"""

from __future__ import annotations

import struct
from pathlib import Path

from geosites.core.errors import Refused

_HEAD = struct.Struct("<4xIHH")
_SHAPE_HEAD_BYTES, _PLACE_BYTES = 100, 8


def require_parts(path: Path) -> None:
    """Raise `Refused` where a part of a shapefile is missing, cut short or of another one."""
    shapes = _part(path, ".shx").stat().st_size - _SHAPE_HEAD_BYTES
    table = _part(path, ".dbf")
    with table.open("rb") as file:
        head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise Refused("the part %(part)s of the shapefile is cut short", part=".dbf")
    rows, begins, width = _HEAD.unpack(head)
    if rows != shapes // _PLACE_BYTES:
        raise Refused(
            "the parts of the shapefile do not belong together: .shx has %(shapes)s features, "
            ".dbf %(rows)s",
            shapes=shapes // _PLACE_BYTES,
            rows=rows,
        )
    if table.stat().st_size < begins + rows * width:
        raise Refused("the part %(part)s of the shapefile is cut short", part=".dbf")


def _part(path: Path, ending: str) -> Path:
    for name in (path.with_suffix(ending), path.with_suffix(ending.upper())):
        if name.is_file():
            return name
    raise Refused("the shapefile lacks its part %(part)s", part=ending)
