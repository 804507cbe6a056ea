"""Texts beside, above and below printed maps."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core import city, crs
from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.maps.layers.displacement_layer import MOVE_KINDS
from geosites.maps.layers.week_layer import week_kinds
from geosites.maps.printed.print_map import Layers, Sheet, paper_map
from geosites.presentation.credits import data_credits
from geosites.presentation.formatting import Words
from geosites.presentation.tables.displacement_tables import clear
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_text import known
from geosites.presentation.text.displacement_text import (
    change_text,
    displacement_statement,
    event_title,
    trust_statement,
)
from geosites.presentation.text.week_text import week_statement


def week_sheet(words: Words, answer: WeekDocument, classes: Sequence[float]) -> Sheet:
    """Return the texts of the printed map of a week."""
    week = words.week(IsoWeek.parse(answer["week"]))
    facts = [f"{spot['rank']}. {hotspot_text.line(words, spot)}" for spot in answer["hotspots"]]
    why = hotspot_text.caution(words, answer)
    return Sheet(
        title=words.say("Hotspots, %(week)s", week=week),
        statement=[*week_statement(words, answer), *([why] if why else [])],
        kinds=week_kinds(answer),
        classes=classes,
        facts=facts,
        notes=(known(words, answer["as_known_at"]), *_small_print(words)),
        exercise=answer["exercise"],
    )


def displacement_sheet(words: Words, answer: DisplacementDocument, place: str | None) -> Sheet:
    """Return the texts of the printed map of an event at a place."""
    rows = sorted(answer["territories"], key=lambda row: -abs(row["change"]))
    facts = [
        f"{row['name']}{words.say(': ')}{change_text(words, row)}" for row in rows if clear(row)
    ]
    nobody = words.say(
        "Arrows and moves are an allocation computed from counts: nobody was followed."
    )
    return Sheet(
        title=event_title(words, answer["event"], place),
        statement=[*displacement_statement(words, answer), *trust_statement(words, answer)],
        kinds=MOVE_KINDS,
        facts=facts,
        notes=(nobody, known(words, answer["as_known_at"]), *_small_print(words)),
        exercise=answer["exercise"],
    )


def drawn(words: Words, sheet: Sheet, layers: Layers, form: str) -> bytes:
    """Return the sheet with its map as `png` or `svg`."""
    return paper_map(words, sheet, layers, "svg" if form == "svg" else "png")


def _small_print(words: Words) -> tuple[str, str]:
    return (
        words.say(
            "geosites counts people at places and identifies nobody. A count is an estimate; "
            "where nobody went, nothing is claimed."
        ),
        f"{data_credits(words)} {crs.title(city.metric())}.".strip(),
    )
