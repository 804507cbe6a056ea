"""Decode other text encodings to UTF-8."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from geosites.core.errors import Refused, phrase
from geosites.imports.source_options import Recognition

UTF_8, WINDOWS = "utf-8", "windows-1252"
_BOMS = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Encoding(NamedTuple):
    """The name of an encoding, and what has to be confirmed, if anything."""

    name: str
    findings: tuple[Recognition, ...] = ()


def encoding_of(start: bytes, given: str | None) -> Encoding:
    """Return the encoding of a file by its first bytes; raises `Refused` if it is unknown.

    A file without a mark that is not UTF-8 is assumed to be UTF-16 if every other byte is mostly
    zero, otherwise Windows-1252, to be confirmed.
    """
    if given is not None:
        return Encoding(_known(given))
    for mark, name in _BOMS.items():
        if start.startswith(mark):
            return Encoding(name)
    even, odd = start[::2], start[1::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if 2 * high.count(0) > len(high) and 2 * low.count(0) < len(low):
            text = phrase("the bytes are those of %(encoding)s", encoding=name)
            return Encoding(name, (Recognition(text, f"--encoding {name}", False),))
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(start)
    except UnicodeDecodeError as error:
        return Encoding(WINDOWS, (_not_utf8(start, error.start),))
    return Encoding(UTF_8)


def not_utf8(line: int, byte: int) -> Refused:
    """Return the error of a line that is not UTF-8."""
    return Refused(
        "line %(line)s is not UTF-8 (byte 0x%(byte)s); name its encoding "
        "(--encoding windows-1252), or save the file as UTF-8",
        line=line,
        byte=f"{byte:02x}",
    )


def decoded(data: bytes, line: int) -> str:
    """Return some lines as text, the first of them `line`; raises `Refused` by the line."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise not_utf8(at, data[error.start]) from error


class Recoder:
    """Turns bytes of an encoding into UTF-8, piece by piece."""

    def __init__(self, encoding: str) -> None:
        self._name = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def recode(self, data: bytes, *, last: bool) -> bytes:
        """Return the next bytes as UTF-8, or raise `Refused` where they are none of its text."""
        try:
            return self._decoder.decode(data, last).encode()
        except UnicodeError as error:
            raise Refused(
                "the file is not in %(encoding)s: %(error)s", encoding=self._name, error=error
            ) from error


def _not_utf8(start: bytes, place: int) -> Recognition:
    line = start.count(b"\n", 0, place) + 1
    text = phrase(
        "line %(line)s is not UTF-8 (byte 0x%(byte)s): read as Windows-1252",
        line=line,
        byte=f"{start[place]:02x}",
    )
    return Recognition(text, f"--encoding {WINDOWS}", False)


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError as error:
        raise Refused("%(name)r is not a known encoding", name=name) from error
    return found
