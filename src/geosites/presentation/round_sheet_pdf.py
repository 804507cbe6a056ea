"""Printed round sheets: A4, in black and white, with space for notes."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest

from geosites.core.documents.round_plan import CrewRoundDocument, RoundPlanDocument
from geosites.core.documents.rounds import RoundDocument, RoundsDocument
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.palette import TABLE_HEAD_GREY
from geosites.presentation.pdf_process import pdf
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import round_plan_text as plan_text
from geosites.presentation.text.round_plan_reading import map_label
from geosites.presentation.text.round_text import (
    round_title,
    rounds_reading,
    rounds_statement,
    stop_ground,
    stop_state,
)
from geosites.presentation.text.walking_route_text import way_length


@dataclass(frozen=True, kw_only=True)
class _Stop:
    name: str
    ground: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Round:
    title: str
    stops: Sequence[_Stop]
    picture: str | None = None
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """Content of a printed sheet; two empty columns follow `columns`, and `apart` starts a new
    page.
    """

    title: str
    as_of: str
    statement: Sequence[str]
    columns: Sequence[str]
    widths_mm: Sequence[int]
    rounds: Sequence[_Round]
    reading: Sequence[str]
    apart: bool


def round_pdf(words: Words, sheet: RoundsDocument) -> bytes:
    """Return the visits due as a PDF file: a table for each part of the day."""
    say = words.say
    paper = _Sheet(
        title=say("Round sheet"),
        as_of=_as_of(words, sheet["as_of"]),
        statement=[rounds_statement(words, sheet)],
        columns=_columns(words, say("Site"), say("Closure"), say("Due"), say("Way")),
        widths_mm=(8, 54, 34, 27, 16, 17, 24),
        rounds=[_due(words, sheet, one) for one in sheet["rounds"]],
        reading=rounds_reading(words, sheet),
        apart=False,
    )
    return _printed(words, paper, sheet["as_of"], sheet["exercise"])


def round_plan_pdf(
    words: Words, plan: RoundPlanDocument, maps: Sequence[bytes | None] = ()
) -> bytes:
    """Return where to look next as a PDF file: a page for each crew; `maps` hold one of each."""
    say = words.say
    paper = _Sheet(
        title=say("Where to look next"),
        as_of=_as_of(words, plan["as_of"]),
        statement=[" ".join(plan_text.plan_statement(words, plan))],
        columns=_columns(words, say("Stop"), say("What for"), say("Way"), say("After")),
        widths_mm=(8, 52, 45, 21, 15, 16, 23),
        rounds=[
            _crew(words, plan, crew, picture) for crew, picture in zip_longest(plan["rounds"], maps)
        ],
        reading=[*plan_text.plan_reading(words, plan), *plan_text.chance_statement(words, plan)],
        apart=True,
    )
    return _printed(words, paper, plan["as_of"], plan["exercise"])


def _as_of(words: Words, instant: dt.datetime) -> str:
    return words.say("As of %(instant)s.", instant=words.instant(instant))


def _columns(words: Words, *told: str) -> tuple[str, ...]:
    return (words.say("No."), *told, words.say("Time"), words.say("People seen"))


def _due(words: Words, sheet: RoundsDocument, one: RoundDocument) -> _Round:
    stops = [
        _Stop(
            name=stop["name"],
            ground=stop_ground(words, stop),
            cells=(
                stop_state(words, stop),
                words.day(stop["due"], near=sheet["as_of"]),
                way_length(words, stop["leg_m"], stop["way"]) if number else "–",
            ),
        )
        for number, stop in enumerate(one["stops"])
    ]
    return _Round(title=round_title(words, one), stops=stops)


def _crew(
    words: Words, plan: RoundPlanDocument, crew: CrewRoundDocument, picture: bytes | None
) -> _Round:
    stops = [
        _Stop(
            name=plan_text.stop_name(words, stop),
            ground=plan_text.stop_ground(words, stop),
            cells=(
                words.say("; ").join(plan_text.reasons(words, plan, stop)),
                plan_text.way(words, stop) if number else "–",
                plan_text.duration(words, stop["arrives_min"]),
            ),
        )
        for number, stop in enumerate(crew["stops"])
    ]
    return _Round(
        title=plan_text.crew_title(words, crew),
        stops=stops,
        picture=None if picture is None else f"data:image/png;base64,{b64encode(picture).decode()}",
        label=map_label(words, {**plan, "rounds": [crew]}),
    )


def _printed(words: Words, sheet: _Sheet, as_of: dt.datetime, exercise: bool) -> bytes:
    links = Links(words.language, offline=True)
    page = Page(words=words, links=links, path="", nonce="", exercise=exercise)
    html = page.html(
        "closure/round_sheet_pdf.html",
        sheet=sheet,
        dated=as_of.astimezone(dt.UTC),
        head_grey=TABLE_HEAD_GREY,
    )
    return pdf(html, sha256(html.encode()).hexdigest()[:32])
