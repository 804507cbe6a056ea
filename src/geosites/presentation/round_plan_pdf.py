"""Where to look next on A4, in black and white: one sheet for each crew, to be written on."""

from __future__ import annotations

from importlib.resources import as_file, files

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from geosites.core.documents.round_plan import CrewRoundDocument, RoundPlanDocument
from geosites.presentation.formatting import Words
from geosites.presentation.palette import TABLE_HEAD_GREY
from geosites.presentation.text.round_plan_text import (
    chance_statement,
    crew_title,
    duration,
    plan_reading,
    plan_statement,
    reasons,
    stop_ground,
    stop_name,
    way,
)

_FONT = "DejaVu"
_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_WIDTHS = (8, 56, 44, 20, 16, 16, 20)


def round_plan_pdf(words: Words, plan: RoundPlanDocument) -> bytes:
    """Return the plan as a PDF file: a page for each crew, its text as text."""
    pdf = _Paper(words, plan)
    for crew in plan["rounds"]:
        pdf.add_page()
        pdf.crew(crew)
    if not plan["rounds"]:
        pdf.add_page()
    pdf.ln(4)
    for line in (*plan_reading(words), *chance_statement(words, plan)):
        pdf.say(line, size=8)
    return bytes(pdf.output())


class _Paper(FPDF):
    def __init__(self, words: Words, plan: RoundPlanDocument) -> None:
        super().__init__()
        self._words, self._plan = words, plan
        self.set_margin(15)
        self.set_title(words.say("Where to look next"))
        self.set_creator("geosites")
        self.set_lang(words.language.value)
        self.set_creation_date(plan["as_of"])
        for style, name in _FILES.items():
            with as_file(files("matplotlib") / "mpl-data" / "fonts" / "ttf" / name) as font:
                self.add_font(_FONT, style, font)

    def header(self) -> None:
        """Write the top of each page; of an exercise it says so first."""
        say = self._words.say
        if self._plan["exercise"]:
            self.set_font(_FONT, "B", 10)
            fictional = say("Fictional data: none of these sightings took place.")
            message = f"{say('Exercise').upper()} – {fictional}"
            self.cell(0, 8, message, border=1, align="C", new_x="LMARGIN", new_y="NEXT")
            self.ln(3)
        self.set_font(_FONT, "B", 16)
        self.cell(0, 9, say("Where to look next"), new_x="LMARGIN", new_y="NEXT")
        as_of = self._words.instant(self._plan["as_of"])
        self.say(say("As of %(instant)s.", instant=as_of), size=9)
        self.ln(1)
        statement = " ".join(plan_statement(self._words, self._plan))
        self.say(statement, size=11)
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

    def crew(self, crew: CrewRoundDocument) -> None:
        """Write the round of a crew: its heading, its stops, and empty columns to write in."""
        say, words = self._words.say, self._words
        self.set_font(_FONT, "B", 12)
        self.cell(0, 8, crew_title(words, crew), new_x="LMARGIN", new_y="NEXT")
        self.set_font(_FONT, "", 8)
        heads = FontFace(emphasis="BOLD", fill_color=TABLE_HEAD_GREY)
        titles = (
            say("No."),
            say("Stop"),
            say("What for"),
            say("Way"),
            say("After"),
            say("Time"),
            say("People seen"),
        )
        with self.table(
            col_widths=_WIDTHS,
            headings_style=heads,
            borders_layout=TableBordersLayout.ALL,
            line_height=5,
            padding=1,
            text_align="LEFT",
        ) as table:
            table.row(titles)
            for number, stop in enumerate(crew["stops"], start=1):
                table.row(
                    (
                        str(number),
                        f"{stop_name(words, stop)}\n{stop_ground(words, stop)}",
                        "; ".join(reasons(words, self._plan, stop)),
                        way(words, stop) if number > 1 else "–",
                        duration(words, stop["arrives_min"]),
                        "",
                        "",
                    )
                )
