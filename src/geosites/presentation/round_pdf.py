"""A round sheet on A4, in black and white, with room to write in what was found."""

from __future__ import annotations

from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from geosites.core.documents.rounds import RoundDocument, RoundsDocument
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status
from geosites.presentation.palette import TABLE_HEAD_GREY
from geosites.presentation.text.round_text import (
    round_title,
    rounds_reading,
    rounds_statement,
)

MEDIA_TYPE = "application/pdf"
_FONT = "DejaVu"
_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_WIDTHS = (8, 54, 34, 27, 16, 17, 24)


def round_pdf(words: Words, sheet: RoundsDocument) -> bytes:
    """Return the sheet as a PDF file: a table for each part of the day, its text as text."""
    pdf = _Paper(words, sheet)
    pdf.add_page()
    pdf.say(rounds_statement(words, sheet), size=12)
    for item in sheet["rounds"]:
        pdf.round(item)
    pdf.ln(4)
    for line in rounds_reading(words):
        pdf.say(line, size=8)
    return bytes(pdf.output())


class _Paper(FPDF):
    def __init__(self, words: Words, sheet: RoundsDocument) -> None:
        super().__init__()
        self._words, self._sheet = words, sheet
        self.set_margin(15)
        self.set_title(words.say("Round sheet"))
        self.set_creator("geosites")
        self.set_lang(words.language.value)
        self.set_creation_date(sheet["as_of"])
        for style, name in _FILES.items():
            with as_file(files("matplotlib") / "mpl-data" / "fonts" / "ttf" / name) as font:
                self.add_font(_FONT, style, font)

    def header(self) -> None:
        """Write the top of each page; of an exercise it says so first."""
        say, as_of = self._words.say, self._sheet["as_of"]
        if self._sheet["exercise"]:
            self.set_font(_FONT, "B", 10)
            fictional = say("Fictional data: none of these sightings took place.")
            message = f"{say('Exercise').upper()} – {fictional}"
            self.cell(0, 8, message, border=1, align="C", new_x="LMARGIN", new_y="NEXT")
            self.ln(3)
        self.set_font(_FONT, "B", 16)
        self.cell(0, 9, say("Round sheet"), new_x="LMARGIN", new_y="NEXT")
        self.say(say("As of %(instant)s.", instant=self._words.instant(as_of)), size=9)
        self.ln(2)

    def footer(self) -> None:
        """Write the number of the page."""
        self.set_y(-12)
        self.set_font(_FONT, "", 8)
        self.cell(0, 6, f"geosites · {self.page_no()}/{{nb}}", align="R")

    def say(self, text: str, size: int) -> None:
        """Write a paragraph."""
        self.set_font(_FONT, "", size)
        self.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")

    def round(self, one: RoundDocument) -> None:
        """Write one round: its heading, its stops, and empty columns for the patrol."""
        self.ln(4)
        self.set_font(_FONT, "B", 12)
        self.cell(0, 8, round_title(self._words, one), new_x="LMARGIN", new_y="NEXT")
        self.set_font(_FONT, "", 8)
        heads = FontFace(emphasis="BOLD", fill_color=TABLE_HEAD_GREY)
        with self.table(
            col_widths=_WIDTHS,
            headings_style=heads,
            borders_layout=TableBordersLayout.ALL,
            line_height=5,
            padding=1,
            text_align="LEFT",
        ) as table:
            for cells in (self._headings(), *self._rows(one)):
                table.row(cells)

    def _headings(self) -> tuple[str, ...]:
        say = self._words.say
        return (
            say("No."),
            say("Site"),
            say("Closure"),
            say("Due"),
            say("Way"),
            say("Time"),
            say("People seen"),
        )

    def _rows(self, one: RoundDocument) -> list[tuple[str, ...]]:
        words, as_of = self._words, self._sheet["as_of"]
        return [
            (
                str(number),
                f"{stop['name']}\n{stop['territory']}",
                closure_status(words, stop["status"]).word,
                words.day(stop["due"], near=as_of),
                words.metres(stop["leg_m"]) if number > 1 else "–",
                "",
                "",
            )
            for number, stop in enumerate(one["stops"], start=1)
        ]
