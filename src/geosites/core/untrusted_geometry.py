"""Parse untrusted WKT and WKB with a limit on nesting.

GEOS parses nested collections recursively, and a text of some 100 kB can overflow the stack and
crash the process. Nothing that is recorded here is nested at all.
"""

from __future__ import annotations

import struct
from contextlib import suppress

import numpy as np
import numpy.typing as npt
import shapely
from shapely.errors import GEOSException

DEEPEST = 20
"""Maximum nesting of brackets, and of collections."""

_HEAD_BYTES = 9
_POINT, _POLYGON, _TRIANGLE = 1, 3, 17
_LINES, _COLLECTIONS = (2, 8), (4, 5, 6, 7, 9, 10, 11, 12, 15, 16)
_SRID, _Z, _M = 0x20000000, 0x80000000, 0x40000000


def from_wkt(text: str) -> shapely.Geometry:
    """Parse a geometry from text; raises `GEOSException` if it is invalid."""
    if _depth(text) > DEEPEST:
        raise GEOSException("brackets within brackets without an end")
    return shapely.from_wkt(text)


def from_wkb(cells: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the geometries of an array of bytes; raises as `from_wkb_one`."""
    for cell in cells:
        require_flat(cell)
    shapes: npt.NDArray[np.object_] = np.asarray(shapely.from_wkb(cells), dtype=object)
    return shapes


def from_wkb_one(cell: object, *, on_invalid: str = "raise") -> shapely.Geometry | None:
    """Return the geometry that some bytes are; raises `GEOSException` where they are none."""
    require_flat(cell)
    return shapely.from_wkb(cell, on_invalid=on_invalid)


def require_flat(cell: object) -> None:
    """Raise `GEOSException` where the collections in some bytes nest deeper than is read."""
    if not isinstance(cell, bytes) or len(cell) <= DEEPEST * _HEAD_BYTES:
        return
    with suppress(struct.error, IndexError):  # what ends too soon is left to GEOS
        _walk(cell)


def _walk(cell: bytes) -> None:
    """Follow the parts of a geometry (OGC 06-103r4, 8.2; with the flags of EWKB)."""
    at, left = 0, [1]
    while left:
        if not left[-1]:
            left.pop()
            continue
        left[-1] -= 1
        order = "<" if cell[at] else ">"
        (told,) = struct.unpack_from(f"{order}I", cell, at + 1)
        at += 9 if told & _SRID else 5
        kind, more = told & 0xFFFF, (told & 0xFFFF) // 1000
        size = 8 * (2 + (bool(told & _Z) or more in (1, 3)) + (bool(told & _M) or more in (2, 3)))
        kind %= 1000
        if kind == _POINT:
            at += size
            continue
        (count,) = struct.unpack_from(f"{order}I", cell, at)
        at += 4
        if kind in _LINES:
            at += count * size
        elif kind in (_POLYGON, _TRIANGLE):
            for _ in range(count):
                at += 4 + size * struct.unpack_from(f"{order}I", cell, at)[0]
        elif kind in _COLLECTIONS:
            left.append(count)
            if len(left) > DEEPEST:
                raise GEOSException("collections within collections without an end")
        else:
            return


def _depth(text: str) -> int:
    """Return how many brackets are open at most, anywhere in a text."""
    if text.count("(") <= DEEPEST:
        return 0
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    steps = (data == ord("(")).astype(np.int64) - (data == ord(")"))
    return int(np.cumsum(steps).max())
