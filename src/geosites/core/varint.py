"""Variable-length integers of up to 64 bits, used by vector tiles and OpenStreetMap extracts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_MOST_BITS = 70


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a byte, and where the next one begins (protocol buffers).

    Seven bits a byte, the lowest first. Data that ends within a number gives what there is. Raises
    `ValueError` for one of more than ten bytes, which no writer makes.
    """
    value = shift = 0
    while at < len(data):
        if shift == _MOST_BITS:
            raise ValueError("a number has no end")
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            break
    return value, at


def to_varint(value: int) -> bytes:
    """Encode a non-negative number, seven bits per byte."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varints(data: bytes) -> npt.NDArray[np.int64]:
    """Decode consecutive numbers.

    Raises `ValueError` if one has more than 62 bits, or the data ends within one.
    """
    found = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(found < 0x80)
    if len(found) and (not len(ends) or ends[-1] != len(found) - 1):
        raise ValueError("a number has no end")
    starts = np.r_[0, ends[:-1] + 1][: len(ends)]
    if len(ends) and int((ends - starts).max()) > _MOST_BITS // 7 - 2:
        raise ValueError("a number is too large")
    place = np.arange(len(found)) - np.repeat(starts, ends - starts + 1)
    parts = (found & 0x7F).astype(np.int64) << 7 * place
    return np.add.reduceat(parts, starts) if len(ends) else np.empty(0, dtype=np.int64)
