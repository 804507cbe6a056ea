"""Gzip decompression in pieces, no further than requested."""

from __future__ import annotations

import zlib

_GZIP = 16 + zlib.MAX_WBITS


def gunzipped(data: bytes, most: int) -> bytes:
    """Return what `data` holds.

    Raises `ValueError` where that is damaged, cut short, or longer than `most` bytes.
    """
    try:
        unpacking = zlib.decompressobj(_GZIP)
        found = unpacking.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError("damaged") from error
    if len(found) > most or not unpacking.eof:
        raise ValueError("too long or cut short")
    return found
