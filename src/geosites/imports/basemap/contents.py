"""Detect the format of a map file from its first bytes, and refuse references elsewhere.

GDAL decides by content: a text file named `.geojson` may list local files to read or URLs to fetch.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from geosites.core.errors import Refused
from geosites.imports.readers.geopackages import refuse_endless

_SQLITE = b"SQLite format 3\x00"
_BLOCK = 1 << 20
HEAD_BYTES = 65_536
_TAIL = 64
_ALWAYS, _TIMES = 20_000_000, 200
_ELSEWHERE = re.compile(
    rb"OGR(?:VRT|WFS|CSW|WMS)\w*|VRTDataset|gdal_(?:streamed|virtual)\w*"
    rb"|\"href\"\s*:\s*\"[a-z]+://|<(?:\w+:)?NetworkLink\b",
    re.IGNORECASE,
)
"""Beginnings of texts that make GDAL read something else than the file itself."""


def require_own_content(path: Path) -> None:
    """Refuse a file that refers to other files, or contains an endless view, with its name."""
    head = beginning(path)
    if _zipped(path):
        end(path)
    if head.startswith(_SQLITE):
        try:
            refuse_endless(path)
        except Refused as refused:
            if type(refused.__cause__) is sqlite3.DatabaseError:
                return  # Damaged: GDAL says how.
            raise Refused("%(path)s: %(reason)s", path=path, reason=str(refused)) from refused
    require_own_head(path, head)


def require_own_head(path: Path, head: bytes) -> None:
    """Refuse a text that begins with references to other files or URLs."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{")
    if path.suffix.lower() == ".vrt" or (text and _ELSEWHERE.search(head)):
        raise Refused("%(path)s: names other files or addresses to read", path=path)


def beginning(path: Path) -> bytes:
    """Return how a file begins, unpacked where it is compressed by gzip."""
    with _gzip_named(path), _opened(path) as file:
        return file.read(HEAD_BYTES)


def end(path: Path) -> bytes:
    """Return how a file ends, unpacked where it is compressed by gzip.

    Raises `Refused` where that is cut short, or holds more than anybody packs so small.
    """
    size = path.stat().st_size
    most = max(_ALWAYS, _TIMES * size)
    with _gzip_named(path), _opened(path) as file:
        if not _zipped(path):
            file.seek(max(0, size - _TAIL))
        tail, count = b"", 0
        while block := file.read(_BLOCK):
            tail, count = (tail + block)[-_TAIL:], count + len(block)
            if count > most:
                raise Refused(
                    "%(path)s: unpacks to more than %(times)s times its size",
                    path=path,
                    times=_TIMES,
                )
    return tail


def _zipped(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if _zipped(path) else path.open("rb")


@contextmanager
def _gzip_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise Refused("%(path)s: the file is cut short", path=path) from error
    except gzip.BadGzipFile as error:
        raise Refused("%(path)s: is not compressed by gzip, as its name says", path=path) from error
