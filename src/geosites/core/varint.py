"""Whole numbers of any length, as vector tiles and OpenStreetMap extracts write them."""

from __future__ import annotations


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a byte, and where the next one begins (protocol buffers).

    Seven bits a byte, the lowest first. Data that ends within a number gives what there is.
    """
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            break
    return value, at


def to_varint(value: int) -> bytes:
    """Return a number that is not negative as it is written, seven bits a byte."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
