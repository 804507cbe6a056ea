"""The bulletin on A4: text as text, tables with headings, readable in black and white.

The same bulletin gives the same bytes: its date and identifier come from its content and revision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib.resources import as_file, files
from io import BytesIO
from typing import cast

from fpdf import ViewerPreferences
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from geosites.bulletins.map import PAGE_IN
from geosites.bulletins.sections import Section
from geosites.bulletins.text import Bulletin, Imprint
from geosites.maps.print_styles import printable
from geosites.presentation.formatting import Words
from geosites.presentation.palette import TABLE_HEAD_GREY
from geosites.presentation.tables.summary_tables import Cell, Table
from geosites.presentation.tagged_pdf import TaggedPdf

_FONT = "DejaVu"
_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_MARGIN_MM = 15
_PAGES = "\U0010fffd"
"""Stands for the number of pages; no text that is shown can hold it."""

_NARROWEST, _WIDEST = 7, 40
_ROOM_FOR_TABLE_MM = 24


def bulletin_pdf(
    words: Words, told: Bulletin, imprint: Imprint, dated: dt.datetime, picture: bytes
) -> bytes:
    """Return the bulletin as a PDF file; `dated` is the day it is known at, `picture` its map."""
    paper = _Paper(words, told, imprint, dated)
    paper.add_page()
    paper.opening()
    for section in told.sections:
        paper.section(section, picture)
    return bytes(paper.output())


class _Paper(TaggedPdf):
    def __init__(self, words: Words, told: Bulletin, imprint: Imprint, dated: dt.datetime) -> None:
        super().__init__()
        self._words, self._told, self._imprint = words, told, imprint
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(True, 18)
        self.set_title(told.title)
        self.set_subject(" ".join(told.imprint))
        self.set_creator("geosites")
        self.set_producer("geosites")
        self.set_lang(words.language.value)
        self.set_creation_date(imprint.issued_at or dated)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.alias_nb_pages(_PAGES)
        for style, name in _FILES.items():
            with as_file(files("matplotlib") / "mpl-data" / "fonts" / "ttf" / name) as font:
                self.add_font(_FONT, style, font)

    def file_id(self) -> str:
        """Return the identifier: the content, and the revision it was issued as."""
        content = self._imprint.content_sha256[:32]
        revision = f"{self._imprint.revision or 0:032x}"
        return f"<{content}><{revision}>"

    def header(self) -> None:
        """Write the top of each page: that it is an exercise, and what it is a page of."""
        with self.artifact():
            self._marks()
            if self.page_no() > 1:
                self.set_font(_FONT, "", 8)
                self.cell(0, 5, self._told.title, new_x="LMARGIN", new_y="NEXT")
                self.ln(2)

    def _marks(self) -> None:
        say = self._words.say
        if self._told.exercise:
            fictional = say("Fictional data: none of these sightings took place.")
            self._mark(f"{say('Exercise').upper()} – {fictional}")
        if self._told.draft:
            self._mark(say("Draft, not issued."))

    def _mark(self, text: str) -> None:
        self.set_font(_FONT, "B", 9)
        self.cell(0, 7, text, border=1, align="C", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def footer(self) -> None:
        """Write the number of the page and the beginning of what the content is checked by."""
        with self.artifact():
            self.set_y(-12)
            self.set_font(_FONT, "", 7.5)
            self.cell(0, 6, f"SHA-256 {self._imprint.content_sha256[:16]}…", align="L")
            self.set_x(_MARGIN_MM)
            self.cell(0, 6, f"geosites · {self.page_no()}/{_PAGES}", align="R")

    def opening(self) -> None:
        """Write the title and which issue this is."""
        self._text("H1", self._told.title, 15, bold=True)
        self.ln(1)
        self._text("P", " ".join(self._told.imprint), 9)

    def section(self, section: Section, picture: bytes) -> None:
        """Write a section: heading, sentences, picture, parts, tables."""
        self._heading(section)
        if section.picture:
            self._picture(picture)
        for line in section.lines:
            self._paragraph(line, 11 if section.key == "answer" else 9.5)
        for part in section.parts:
            self.ln(1)
            self._text("H3", part.title, 9.5, bold=True, with_next_mm=12)
            for line in part.lines:
                self._paragraph(line, 9.5)
        for table in section.tables:
            self._table(table, captioned=table.caption != section.title)

    def _heading(self, section: Section) -> None:
        self.ln(3.5)
        needed = PAGE_IN[1] * 25.4 + 4 if section.picture else _ROOM_FOR_TABLE_MM
        if self.will_page_break(12 + needed):
            self.add_page()
        self.start_section(printable(section.title), strict=False)
        self._text("H2", section.title, 12.5, bold=True)
        self.ln(1)

    def _paragraph(self, text: str, size: float) -> None:
        self._text("P", text, size)
        self.ln(0.8)

    def _text(
        self, kind: str, text: str, size: float, bold: bool = False, with_next_mm: float = 0
    ) -> None:
        """Write a text that stays whole on one page."""
        self.set_font(_FONT, "B" if bold else "", size)
        line, message = size * 0.5, printable(text)
        if self.will_page_break(self._height(line, message) + with_next_mm):
            self.add_page()
            self.set_font(_FONT, "B" if bold else "", size)
        with self.tagged(kind):
            self.multi_cell(0, line, message, align="L", new_x="LMARGIN", new_y="NEXT")

    def _height(self, line: float, text: str) -> float:
        result = self.multi_cell(0, line, text, align="L", dry_run=True, output="LINES")
        return line * len(cast("list[str]", result))

    def _picture(self, picture: bytes) -> None:
        with self.tagged("Figure", alt=printable(self._told.map_label)):
            self.image(BytesIO(picture), w=self.epw)
        self.ln(1)

    def _table(self, table: Table, *, captioned: bool) -> None:
        self.ln(1.5)
        if captioned:
            self._text("P", table.caption, 9, bold=True, with_next_mm=14)
            self.ln(0.5)
        if not table.rows:
            self._paragraph(table.empty, 9.5)
            return
        self.set_font(_FONT, "", 8.5)
        with self.tagged_table(
            col_widths=_widths(table),
            headings_style=FontFace(emphasis="BOLD", fill_color=TABLE_HEAD_GREY),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=4.4,
            padding=(0.7, 1.2),
            text_align=tuple("RIGHT" if item.numeric else "LEFT" for item in table.columns),
        ) as drawn:
            drawn.row([printable(column.label) for column in table.columns])
            for row in table.rows:
                drawn.row([_lines(cell) for cell in row])
        if table.note:
            self.ln(0.5)
            self._text("P", table.note, 8)


def _lines(cell: Cell) -> str:
    parts = [cell.text, cell.note] if cell.note else [cell.text]
    return "\n".join(printable(part) for part in parts)


def _widths(table: Table) -> Sequence[int]:
    """Return how wide each column is to the others, by its longest text."""
    texts = [
        [column.label, *(line for row in table.rows for line in _lines(row[place]).split("\n"))]
        for place, column in enumerate(table.columns)
    ]
    return [min(max(max(map(len, column)), _NARROWEST), _WIDEST) for column in texts]
