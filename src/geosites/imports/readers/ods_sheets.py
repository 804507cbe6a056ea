"""Locate the sheets in the content of an OpenDocument spreadsheet without parsing it.

Only the tags of sheets are searched for: outside comments and CDATA sections, a `<` always begins a
tag in XML. The bytes in between are skipped, which is much faster than parsing them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple, cast
from xml.etree.ElementTree import Element, fromstring, iterparse
from xml.sax.saxutils import quoteattr

from geosites.core.errors import Refused
from geosites.imports.readers.xml_parts import XmlPart

_URN = "urn:oasis:names:tc:opendocument:xmlns:"
TABLE, OFFICE, TEXT = (f"{{{_URN}{name}:1.0}}" for name in ("table", "office", "text"))
_STYLE = f"{{{_URN}style:1.0}}"
SHEET = f"{TABLE}table"
MOST_SHEETS = 1000
_READ_BYTES = 1 << 18
_LONGEST_TAG, _LONGEST_END, _DEEPEST = 1 << 16, 1 << 12, 100
_CLOSED = re.compile(rb"</(?:[\w.-]+:)?document-content\s*>\s*\Z")
_SECTIONS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))
"""What begins something that holds no tags, and what ends it."""


class ContentHead(NamedTuple):
    """Content before the first sheet: the prefixes, and the styles of hidden parts."""

    namespaces: Sequence[tuple[str, str]]
    hidden: frozenset[str]

    @property
    def tags(self) -> tuple[bytes, ...]:
        """How the name of a sheet's element may be written: by each prefix that means tables."""
        prefixes = {prefix for prefix, name in self.namespaces if f"{{{name}}}" == TABLE}
        return tuple(sorted(f"{prefix}:table".lstrip(":").encode() for prefix in prefixes))

    @property
    def root(self) -> bytes:
        """The start tag with which the bytes of a sheet can be parsed separately."""
        spaces = (
            f"xmlns{':' if prefix else ''}{prefix}={quoteattr(name)}"
            for prefix, name in dict(self.namespaces).items()
        )
        return f"<root {' '.join(spaces)}>".encode()


class SheetBytes(NamedTuple):
    """A sheet: its name and style, and which bytes of the content it is."""

    name: str
    style: str
    start: int
    end: int


def frame_of(content: XmlPart) -> ContentHead:
    """Return the content before the first sheet."""
    hidden, spaces = set[str](), list[tuple[str, str]]()
    # Expat loads nothing from elsewhere, and stops where entities grow out of proportion.
    for event, item in iterparse(  # noqa: S314
        cast("IO[bytes]", content), events=("start-ns", "end-ns", "start", "end")
    ):
        if event == "start-ns":
            spaces.append(cast("tuple[str, str]", item))
        elif event == "end-ns":
            spaces.pop()
        elif event == "start" and item.tag == SHEET:
            break
        elif event == "end" and item.tag == f"{_STYLE}style":
            shown = item.find(f"{_STYLE}table-properties")
            if shown is not None and shown.get(f"{TABLE}display") == "false":
                hidden.add(item.get(f"{_STYLE}name", ""))
    return ContentHead(tuple(spaces), frozenset(hidden))


def spans(content: IO[bytes], frame: ContentHead) -> list[SheetBytes]:
    """Return the positions of the sheets; raises `Refused` for too many, or a missing end tag.

    A table within a cell of another is not a sheet.
    """
    found: list[SheetBytes] = []
    opened: list[tuple[bytes, int]] = []
    for tag, start in _tags(content, frame.tags) if frame.tags else ():
        if not tag.startswith(b"</"):
            opened.append((tag, start))
        if len(opened) > _DEEPEST:
            raise Refused("the spreadsheet has tables within tables without an end")
        if tag.startswith(b"</") or tag.endswith(b"/>"):
            whole, first = opened.pop() if opened else (b"", start)
            if whole and not opened:
                found.append(_span(whole, frame, first, start + len(tag)))
        if len(found) > MOST_SHEETS:
            raise Refused("the workbook has more than %(most)s sheets", most=MOST_SHEETS)
    if opened:
        raise _cut_short()
    return found


def _cut_short() -> Refused:
    return Refused("the spreadsheet does not come to its end: is the file cut short?")


def _span(tag: bytes, frame: ContentHead, start: int, end: int) -> SheetBytes:
    closed = tag if tag.endswith(b"/>") else tag[:-1] + b"/>"
    root: Element = fromstring(frame.root + closed + b"</root>")  # noqa: S314 - one tag
    return SheetBytes(
        root[0].get(f"{TABLE}name", ""), root[0].get(f"{TABLE}style-name", ""), start, end
    )


def _tags(content: IO[bytes], names: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the complete tags of elements, and their byte positions."""
    name = b"(?:" + b"|".join(map(re.escape, names)) + b")"
    token = re.compile(rb"<(?:!|\?|/?" + name + rb"(?=[\s/>]))")
    whole = re.compile(rb"</?" + name + rb"""(?:[^<>"']|"[^"]*"|'[^']*')*>""")
    longest = max(map(len, names)) + 3
    data, at, before, until, tail = b"", 0, 0, b"", b""
    while more := content.read(_READ_BYTES):
        data, before, at = data[at:] + more, before + at, 0
        tail = (tail + more)[-_LONGEST_END:]
        while True:
            if until:
                end = data.find(until, at)
                at = end + len(until) if end >= 0 else max(at, len(data) - len(until))
                if end < 0:
                    break
                until = b""
            found = token.search(data, at)
            if found is None:
                at = max(at, len(data) - longest)
                break
            at = found.start()
            if len(data) - at < len(b"<![CDATA["):
                break
            until = _end_of_section(data, at)
            if until:
                continue
            tag = whole.match(data, at)
            if tag is None:
                _require_short(len(data) - at)
                break
            yield tag[0], before + at
            at = tag.end()
    if until or _CLOSED.search(tail) is None:
        raise _cut_short()


def _end_of_section(data: bytes, at: int) -> bytes:
    """Return what ends the section that begins here; nothing where it is a tag."""
    for start, end in _SECTIONS:
        if data.startswith(start, at):
            return end
    if data.startswith(b"<!", at):
        raise Refused("the spreadsheet declares a type of document: save it anew")
    return b""


def _require_short(length: int) -> None:
    if length > _LONGEST_TAG + _READ_BYTES:
        raise Refused("a tag of the spreadsheet has more than %(most)s bytes", most=_LONGEST_TAG)


class SheetStream:
    """The bytes of one sheet after the other of a content, each within an element of its own.

    `count`: how many of them were read.
    """

    def __init__(self, content: IO[bytes], frame: ContentHead) -> None:
        self._content, self._frame, self._at = content, frame, 0
        self._end = self.count = 0
        self._around: list[bytes] = []

    def seek(self, span: SheetBytes) -> None:
        """Skip to a sheet after the current position."""
        while self._at < span.start:
            passed = self._content.read(min(_READ_BYTES, span.start - self._at))
            if not passed:
                raise _cut_short()
            self._at += len(passed)
        self._end = span.end
        self._around = [b"</root>", self._frame.root]

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most those of the sheet and of the element around it."""
        if len(self._around) == 2:
            return self._around.pop()
        left = self._end - self._at
        data = self._content.read(min(size, left) if size >= 0 else left) if left else b""
        self._at += len(data)
        self.count += len(data)
        if not data and self._around:
            return self._around.pop()
        return data

    def close(self) -> None:
        """Close the content."""
        self._content.close()
