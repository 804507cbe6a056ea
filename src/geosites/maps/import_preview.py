"""Preview map of a file's rows before anything is written. Numbers only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from geosites.core.documents.geojson import Layer
from geosites.core.ground import GroundFeature, GroundKind
from geosites.db.geography import territories
from geosites.imports.import_outcome import ImportReport
from geosites.maps import embedded_basemap, map_data
from geosites.maps.geojson import Card, bbox, collection, feature
from geosites.maps.interactive import html_export
from geosites.maps.layers import territory_layer
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.file_text import row_count

SQUARE_M = 500
AROUND_M, SIMPLER_M = 1500.0, 15.0
"""Margin of the background around the squares, and its simplification."""


@dataclass(frozen=True)
class Square:
    """Number of rows in a square; `x` and `y` are its centre in metres."""

    x: float
    y: float
    rows: int
    heads: int | None


@dataclass(frozen=True)
class Preview:
    """The squares with rows, the fullest first, over streets and outlines."""

    squares: Sequence[Square]
    ground: Layer
    streets: Layer


def previewed(conn: sa.Connection, staged: sa.Table) -> Preview:
    """Return the positions of staged rows; closures have none of their own."""
    ground = collection(territory_layer.outlines(territories.frame(conn)))
    found = squares(conn, staged)
    view = _view(found)
    return Preview(found, ground, map_data.streets(conn, view=view))


def _view(squares: Sequence[Square]) -> shapely.Geometry | None:
    """Return the square around squares in degrees; None where there are none."""
    if not squares:
        return None
    points = shapely.MultiPoint([(square.x, square.y) for square in squares])
    return embedded_basemap.around(bbox(points))


def squares(conn: sa.Connection, staged: sa.Table) -> list[Square]:
    """Return the squares with staged rows, the fullest first."""
    columns, place = staged.c, _place(staged)
    if not place:
        return []
    square = [(sa.func.floor(item / SQUARE_M) + 0.5) * SQUARE_M for item in place]
    heads = sa.func.sum(columns.headcount) if "headcount" in columns else sa.null()
    statement = sa.select(*square, sa.func.count(), heads).group_by(*square)
    rows = conn.execute(statement.order_by(sa.func.count().desc(), *square))
    return [Square(row[0], row[1], row[2], row[3]) for row in rows]


def _place(staged: sa.Table) -> list[sa.ColumnElement[float]]:
    """Return the x and y expressions of a row; None for rows without a position."""
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


@dataclass(frozen=True)
class RowMap:
    """A simple preview map: extent, background, and squares by number of rows.

    Coordinates are metres, y downwards. `ground` has water, railways and roads as paths, each with
    its kind and grade; `outlines` those of areas. `strength` is between 0 and 1.
    """

    box: str
    ground: Sequence[tuple[str, str]]
    outlines: Sequence[str]
    squares: Sequence[tuple[float, float, float, str]]
    size: int = SQUARE_M


def drawing(
    words: Words,
    squares: Sequence[Square],
    areas: Sequence[shapely.Geometry],
    ground: Sequence[GroundFeature] = (),
) -> RowMap | None:
    """Return a map of squares over the background and outlines of areas, None without squares."""
    if not squares:
        return None
    points = shapely.multipoints([(square.x, square.y) for square in squares])
    frame = shapely.box(*points.bounds).buffer(AROUND_M, join_style="mitre")
    left, low, right, high = frame.bounds
    wide = frame.buffer(max(right - left, high - low), join_style="mitre")  # as wide as the page
    near = [area.simplify(SIMPLER_M) for area in areas if area.intersects(wide)]
    most = max(square.rows for square in squares)
    return RowMap(
        box=f"{left:.0f} {-high:.0f} {right - left:.0f} {high - low:.0f}",
        ground=list(_ground_paths(ground, wide)),
        outlines=[_path(area) for area in near],
        squares=[
            (
                square.x - SQUARE_M / 2,
                -square.y - SQUARE_M / 2,
                round(0.25 + 0.75 * square.rows / most, 2),
                row_count(words, square.rows),
            )
            for square in squares
        ],
    )


def _ground_paths(
    ground: Sequence[GroundFeature], frame: shapely.Geometry
) -> Iterator[tuple[str, str]]:
    """Yield kind, grade and path of the background in a frame; one path per kind."""
    found: dict[tuple[GroundKind, str], list[str]] = {}
    for item in ground:
        line = item.kind is GroundKind.WATER and item.shape.geom_type.endswith("LineString")
        if item.kind is GroundKind.STATION or line or not item.shape.intersects(frame):
            continue
        part = shapely.clip_by_rect(item.shape, *frame.bounds).simplify(SIMPLER_M)
        path = _path(part) if item.kind is GroundKind.WATER else _line(part)
        found.setdefault((item.kind, item.grade or ""), []).append(path)
    for (kind, grade), paths in found.items():
        names = f"ground-{kind.value} ground-{grade}" if grade else f"ground-{kind.value}"
        yield names, "".join(paths)


def _line(lines: shapely.Geometry) -> str:
    return "".join(
        "M" + "L".join(f"{x:.0f} {-y:.0f}" for x, y in shapely.get_coordinates(line))
        for line in shapely.get_parts(lines)
        if not line.is_empty
    )


def _path(area: shapely.Geometry) -> str:
    rings = shapely.get_rings(shapely.get_parts(area))
    return " ".join(
        "M" + "L".join(f"{x:.0f} {-y:.0f}" for x, y in shapely.get_coordinates(ring)) + "Z"
        for ring in rings
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
