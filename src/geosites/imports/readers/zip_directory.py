"""Number of entries of a zip archive, from its end record, before its directory is read."""

from __future__ import annotations

import os
import struct
from typing import IO

from geosites.core.errors import Refused

MOST_PARTS = 20_000
_END = struct.Struct("<4s4H2LH")
_LONGEST_COMMENT = 0xFFFF


def require_few_parts(file: IO[bytes], most: int = MOST_PARTS) -> None:
    """Raise `Refused` if an archive has more than `most` entries; the file position is restored.

    A file that is not an archive, or has no end record, is left to its reader. An archive with more
    than 65,534 entries stores their number elsewhere, and has too many (APPNOTE 4.4.21).
    """
    place = file.tell()
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
        tail = file.read()
    finally:
        file.seek(place)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return
    parts = _END.unpack_from(tail, at)[4]
    if parts > most:
        raise Refused("the archive holds %(count)s files", count=parts)
