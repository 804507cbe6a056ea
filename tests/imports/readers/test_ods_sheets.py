"""Where the sheets of an OpenDocument spreadsheet stand, whatever stands between their tags."""

from __future__ import annotations

import io
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.imports.readers.ods_sheets import (
    SHEET,
    TABLE,
    ContentHead,
    SheetBytes,
    SheetStream,
    frame_of,
    spans,
)
from geosites.imports.readers.xml_parts import XmlPart

URN = "urn:oasis:names:tc:opendocument:xmlns:"
ROOM = 1 << 18
ROW = "{p}table-row><{p}table-cell/></{p}table-row>"
BETWEEN = st.sampled_from(
    [
        "<!-- <{p}table a:name='no'> -->",
        "<![CDATA[</{p}table><{p}table>]]>",
        "<?note <{p}table> ?>",
        "<{p}table-column/>",
        "<" + ROW,
        "<x a='>&lt;{p}table>'/>",
        "é𝕊 {p}table>",
        "<{p}table-row><{p}table-cell><{p}table a:name='inner'><" + ROW + "</{p}table>"
        "</{p}table-cell></{p}table-row>",
        " " * 700,
    ]
)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


def content(prefix: str, names: list[str], parts: list[str], before: int) -> bytes:
    """Return a content with a sheet of each name, and the parts within and between them."""
    spaces = f'xmlns{":" if prefix else ""}{prefix}="{URN}table:1.0" xmlns:a="{URN}table:1.0"'
    p = f"{prefix}:" if prefix else ""
    inside = "".join(parts).replace("{p}", p)
    made = f"<document-content {spaces}>{' ' * before}"
    for name in names:
        said = name.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
        made += f'<{p}table a:style-name="a>b" a:name="{said}">{inside}</{p}table >{inside[:0]}'
        made += f'<{p}table a:name="empty"/>'
    return f"{made}</document-content>\n".encode()


@given(
    prefix=st.sampled_from(["table", "t", ""]),
    names=st.lists(NAMES, max_size=4),
    parts=st.lists(BETWEEN, max_size=6),
    before=st.sampled_from([0, ROOM - 300, ROOM - 60, ROOM]),
)
def test_sheets_are_found_where_a_parser_finds_them(
    prefix: str, names: list[str], parts: list[str], before: int
) -> None:
    whole = content(prefix, names, parts, before)
    frame = frame_of(XmlPart(io.BytesIO(whole)))
    found = spans(io.BytesIO(whole), frame)
    parsed = [item for item in fromstring(whole) if item.tag == SHEET]
    told = [(item.get(f"{TABLE}name"), item.get(f"{TABLE}style-name", "")) for item in parsed]
    assert [(span.name, span.style) for span in found] == told
    part = SheetStream(io.BytesIO(whole), frame)
    for span, element in zip(found, parsed, strict=True):
        part.seek(span)
        (alone,) = fromstring(b"".join(iter(lambda: part.read(4096), b"")))
        assert [item.tag for item in alone.iter()] == [item.tag for item in element.iter()]


FRAME = ContentHead((("table", f"{URN}table:1.0"),), frozenset())
END = b"</office:document-content>"


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        (b"<x><table:table>" + END, "cut short"),
        (b"<x><table:table></table:table>", "cut short"),
        (b"<x><table:table", "cut short"),
        (b"<x><!-- <table:table></table:table>" + END, "cut short"),
        (b"<!DOCTYPE x><x>" + END, "type of document"),
        (b"<x><table:table a='" + b"a" * 600_000 + b"'/>" + END, "more than 65536 bytes"),
        (b"<x>" + b"<table:table/>" * 1001 + END, "more than 1000 sheets"),
        (b"<x>" + b"<table:table>" * 200 + END, "tables within tables"),
    ],
)
def test_a_content_without_an_honest_end_is_refused(whole: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        spans(io.BytesIO(whole), FRAME)


def test_a_sheet_behind_the_end_of_its_content_is_told() -> None:
    with pytest.raises(Refused, match="cut short"):
        SheetStream(io.BytesIO(b"<x>"), FRAME).seek(SheetBytes("a", "", 10, 20))
