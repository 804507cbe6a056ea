"""Where the rows of a file would lie, drawn before anything is written. Numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from geosites.core.documents.geojson import Layer
from geosites.db import territories
from geosites.imports.outcome import ImportReport
from geosites.maps import html_export, map_data, territory_layer
from geosites.maps.geojson import Card, collection, feature
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.file_text import row_count

SQUARE_M = 500


@dataclass(frozen=True)
class Square:
    """How many rows lie in one square; `x` and `y` are its middle in metres."""

    x: float
    y: float
    rows: int
    heads: int | None


@dataclass(frozen=True)
class Preview:
    """The squares in which rows lie, the fullest first, over streets and outlines."""

    squares: Sequence[Square]
    ground: Layer
    streets: Layer


def previewed(conn: sa.Connection, staged: sa.Table) -> Preview:
    """Return where the staged rows lie; closures lie nowhere of their own."""
    columns, ground = staged.c, collection(territory_layer.outlines(territories.frame(conn)))
    streets = map_data.streets(conn)
    place = _place(staged)
    if not place:
        return Preview((), ground, streets)
    square = [(sa.func.floor(item / SQUARE_M) + 0.5) * SQUARE_M for item in place]
    heads = sa.func.sum(columns.headcount) if "headcount" in columns else sa.null()
    statement = sa.select(*square, sa.func.count(), heads).group_by(*square)
    rows = conn.execute(statement.order_by(sa.func.count().desc(), *square))
    squares = [Square(row[0], row[1], row[2], row[3]) for row in rows]
    return Preview(squares, ground, streets)


def _place(staged: sa.Table) -> list[sa.ColumnElement[float]]:
    """Return where a row lies, x and y; nothing where rows have no place of their own."""
    if "x" in staged.c:
        return [staged.c.x, staged.c.y]
    if "area" not in staged.c:
        return []
    middle = sa.func.ST_PointOnSurface(staged.c.area)
    return [sa.func.ST_X(middle), sa.func.ST_Y(middle)]


def preview_file(report: ImportReport, preview: Preview, language: Language) -> str:
    """Return the map of a dry run as one HTML file."""
    words = Words(language)
    marks = [
        feature(
            "change",
            shapely.Point(square.x, square.y),
            _card(words, square),
            label=words.number(square.rows),
        )
        for square in preview.squares
    ]
    layers = {"streets": preview.streets, "ground": preview.ground, "preview": collection(marks)}
    return html_export.preview_file(
        language, layers, statement(words, report), exercise=report.exercise
    )


def statement(words: Words, report: ImportReport) -> list[str]:
    """Return the result of a dry run, in sentences."""
    parts = (
        words.say_many("%(count)s would be added", "%(count)s would be added", report.added),
        words.say_many(
            "%(count)s is already there", "%(count)s are already there", report.already_there
        ),
        words.say_many("%(count)s is refused", "%(count)s are refused", report.refused_total),
    )
    return [
        f"{row_count(words, report.rows)}{words.say(': ')}{', '.join(parts)}.",
        words.say("The numbers on the map count the rows that can be read, by square of 500 m."),
    ]


def _card(words: Words, square: Square) -> Card:
    facts = [(words.say("Rows"), words.number(square.rows))]
    if square.heads is not None:
        facts.append((words.say("People counted"), words.number(square.heads)))
    return Card(words.say("Square of 500 m"), tuple(facts))
