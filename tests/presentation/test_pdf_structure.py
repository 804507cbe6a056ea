"""What ISO 14289-1 (PDF/UA-1) asks of a file, looked for in every PDF that we make.

These are the conditions of the Matterhorn protocol that a program can judge from the file: marked
content, structure, alternatives, tables, language, title, fonts, metadata. veraPDF is not packaged
for Python, Node or Debian, so that its verdict is not among them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

from bulletins.test_pdf import elements, paper, titles
from geosites.maps.geojson import collection
from geosites.maps.round_map import round_map
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.round_sheet_pdf import round_pdf, round_plan_pdf
from maps.test_round_map import crew
from plain import plain
from samples.bulletin_samples import KNOWN, content

WORDS = Words(Language.FRENCH)
SHOWS = {
    b"Tj",
    b"TJ",
    b"'",
    b'"',
    b"Do",
    b"S",
    b"s",
    b"f",
    b"F",
    b"f*",
    b"B",
    b"B*",
    b"b",
    b"b*",
    b"sh",
}
STANDARD = {
    "/Document", "/Sect", "/Div", "/NonStruct", "/Art", "/P", "/H1", "/H2", "/H3", "/L", "/LI",
    "/Lbl", "/LBody", "/Table", "/THead", "/TBody", "/TR", "/TH", "/TD", "/Caption", "/Figure",
    "/Span", "/Link", "/Strong", "/Em",
}  # fmt: skip


def _plan() -> bytes:
    crews = [crew(1), crew(2, 0.005)]
    plan: Any = {
        "as_of": KNOWN, "exercise": True, "day_part": "morning", "crews": 2, "shift_min": 240.0,
        "visit_min": 10.0, "rounds": crews, "missed": [], "studies": [], "studies_left_out": 0,
        "standing": None,
        "chance": {
            "cells": 3, "cell_m": 400.0, "days": 28, "rounds": 40, "least": 0.001, "median": 0.1,
            "classes": [{"least": 0.1, "cells": 2}, {"least": 0.0, "cells": 1}], "without": 0,
            "listed": 3, "seen": 0, "drawn_on": KNOWN.date(),
        },
    }  # fmt: skip
    maps = [round_map(WORDS, collection([]), [one]) for one in crews]
    return round_plan_pdf(WORDS, plan, maps)


def _sheet() -> bytes:
    stop = {
        "site": "forceval", "name": "Square Forceval", "territory": "Paris 19e", "quartier": None,
        "whereabouts": None, "status": "unverified", "p_clear": 0.6, "stopping": None,
        "visits_needed": 2, "due": KNOWN, "last_visit_at": None, "leg_m": 300.0,
        "way": "straight", "along": [],
    }  # fmt: skip
    sheet: Any = {
        "as_of": KNOWN, "due_by": KNOWN, "exercise": True,
        "rounds": [{"day_part": "morning", "length_m": 300.0, "stops": [stop, stop]}],
    }  # fmt: skip
    return round_pdf(WORDS, sheet)


PARTS_OF_TABLES = {"/TR", "/THead", "/TBody", "/Caption"}

FILES: dict[str, Callable[[], bytes]] = {
    "bulletin": lambda: paper(content()),
    "where to look next": _plan,
    "round sheet": _sheet,
}


@pytest.fixture(scope="module", params=list(FILES))
def reader(request: pytest.FixtureRequest) -> PdfReader:
    """Return one of the PDF files that we make."""
    return PdfReader(io.BytesIO(FILES[request.param]()))


def root(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def test_it_says_what_it_is(reader: PdfReader) -> None:
    """Checkpoints 06, 07 and 11: title, its display, language, PDF/UA in the metadata."""
    assert root(reader)["/MarkInfo"]["/Marked"].value is True
    assert root(reader)["/Lang"] == "fr"
    assert root(reader)["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert reader.metadata.title
    told = root(reader)["/Metadata"].get_data()
    assert b'pdfuaid:part="1"' in told or b"<pdfuaid:part>1<" in told
    assert b"dc:title" in told
    assert not reader.is_encrypted


def test_all_that_is_shown_is_marked(reader: PdfReader) -> None:
    """Checkpoint 01: what is drawn belongs to the structure or is an artifact, never neither."""
    for number, sheet in enumerate(reader.pages):
        assert [*unmarked(reader, sheet)] == [], number
        assert sheet["/StructParents"] >= 0
        assert sheet["/Tabs"] == "/S"


def test_what_is_marked_belongs_to_the_structure_or_is_an_artifact(reader: PdfReader) -> None:
    """Checkpoints 01 and 18: heads and feet of pages are artifacts, the tree owns the rest."""
    owned: dict[int, set[Any]] = {id_of(sheet): set() for sheet in reader.pages}
    for one in elements(reader):
        marks = {kid for kid in kids(one) if isinstance(kid, int)}
        if marks:
            owned[one["/Pg"].indirect_reference.idnum] |= marks
    for sheet in reader.pages:
        shown = {mark for kind, mark in marked(reader, sheet) if kind != "/Artifact"}
        assert shown == owned[id_of(sheet)]
        assert shown
        assert any(kind == "/Artifact" for kind, _ in marked(reader, sheet))


def id_of(sheet: PageObject) -> int:
    reference = sheet.indirect_reference
    assert reference is not None
    return reference.idnum


def kids(one: Any) -> list[Any]:
    found = one.get("/K", [])
    return list(found) if isinstance(found, list) else [found]


def marked(reader: PdfReader, sheet: PageObject) -> Iterator[tuple[str, int | None]]:
    """Yield the kind and the number of each piece of marked content of a page."""
    for operands, operator in ContentStream(sheet.get_contents(), reader).operations:
        if operator == b"BMC":
            yield str(operands[0]), None
        elif operator == b"BDC":
            yield str(operands[0]), operands[1].get("/MCID")


def test_no_element_is_empty(reader: PdfReader) -> None:
    """A heading or caption that nothing is in would be read as nothing."""
    named = [
        one for one in elements(reader) if one["/S"] in ("/H1", "/H2", "/H3", "/Caption", "/P")
    ]
    assert named
    assert [one["/S"] for one in named if not kids(one)] == []


def test_that_it_is_an_exercise_is_heard_too(reader: PdfReader) -> None:
    """What stands in the head of each page is an artifact: it is said once in the text as well."""
    told = plain(reader.pages[0].extract_text())
    assert told.count("Données fictives") == 2


def test_the_same_words_give_the_same_bytes() -> None:
    assert all(make() == make() for make in FILES.values())


def unmarked(reader: PdfReader, sheet: PageObject) -> Iterator[bytes]:
    """Yield the operators of a page that draw outside of marked content."""
    depth = 0
    for _, operator in ContentStream(sheet.get_contents(), reader).operations:
        if operator in (b"BDC", b"BMC"):
            depth += 1
        elif operator == b"EMC":
            depth -= 1
        elif operator in SHOWS and depth == 0:
            yield operator
    assert depth == 0


def test_each_element_is_of_a_standard_kind(reader: PdfReader) -> None:
    """Checkpoints 02 and 14: known kinds, one first heading, no level of heading left out."""
    kinds = [one["/S"] for one in elements(reader)]
    assert set(kinds) <= STANDARD
    levels = [int(kind[2:]) for kind in kinds if kind in ("/H1", "/H2", "/H3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_figures_have_words(reader: PdfReader) -> None:
    """Checkpoint 13: an alternative for each figure, and a box that says where it is."""
    figures = [one for one in elements(reader) if one["/S"] == "/Figure"]
    drawn = any(sheet.images for sheet in reader.pages)
    assert bool(figures) is drawn
    assert all(len(str(one["/Alt"])) > 20 for one in figures)


def test_tables_name_their_headings(reader: PdfReader) -> None:
    """Checkpoint 15: rows in tables, headings with a scope or named by the cells they head."""
    found = elements(reader)
    tables = [one for one in found if one["/S"] == "/Table"]
    assert tables
    headings = [one for one in found if one["/S"] == "/TH"]
    names = {str(one["/ID"]) for one in headings if "/ID" in one}
    cells = [one for one in found if one["/S"] == "/TD"]
    assert headings
    assert {str(one["/A"]["/Scope"]) for one in headings} <= {"/Column", "/Row"}
    assert all(
        (one["/A"]["/Scope"] == "/Column") is (one["/P"]["/P"]["/S"] == "/THead")
        for one in headings
    )
    inside = {str(kid.get_object()["/S"]) for table in tables for kid in kids(table)}
    assert inside <= PARTS_OF_TABLES
    assert all({str(name) for name in one["/A"]["/Headers"]} <= names for one in cells)
    assert all(one["/P"]["/S"] == "/TR" for one in [*headings, *cells])


def test_it_is_read_in_the_order_in_which_it_stands(reader: PdfReader) -> None:
    """Checkpoint 09: texts are drawn in the order of the structure, but for marks of lists."""
    order: dict[int, list[int]] = {}
    for one in elements(reader):
        kids = one.get("/K", [])
        marks = [
            kid for kid in (kids if isinstance(kids, list) else [kids]) if isinstance(kid, int)
        ]
        if marks and one["/S"] != "/Figure" and not in_list(one):
            order.setdefault(one["/Pg"].indirect_reference.idnum, []).extend(marks)
    assert order
    assert all(marks == sorted(marks) for marks in order.values())


def in_list(one: Any) -> bool:
    """Return whether an element stands in a list, whose marks are drawn after its texts."""
    above = one["/P"]
    return above["/S"] == "/L" or ("/P" in above and "/S" in above["/P"] and in_list(above))


def test_bookmarks_lead_to_its_parts(reader: PdfReader) -> None:
    listed = titles(reader.outline)
    parts = [one for one in elements(reader) if one["/S"] in ("/H1", "/H2")]
    assert len(listed) >= max(len(parts), 2)
    assert listed[0] == reader.metadata.title  # type: ignore[union-attr]


def test_fonts_are_inside_and_can_be_turned_back_into_text(reader: PdfReader) -> None:
    """Checkpoint 31: every font embedded, with a map to Unicode."""
    fonts = [
        font.get_object()
        for sheet in reader.pages
        for font in sheet["/Resources"]["/Font"].values()
    ]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(inner)
        assert "/ToUnicode" in font
