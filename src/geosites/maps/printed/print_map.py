"""Printed maps: A4 as PNG or SVG, from the same GeoJSON documents as the screen map.

In metres of the city's reference system, north up, with a scale bar, a legend, the date as of which
the data is known, and the credits. The same documents give the same bytes.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import matplotlib as mpl
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from geosites.core.crs import geometry_to_metric
from geosites.core.documents.geojson import Feature, Layer
from geosites.maps.printed import print_ground
from geosites.maps.printed import print_styles as ink
from geosites.maps.printed.print_credit import credit_of
from geosites.maps.printed.print_label_obstacles import (
    Box,
    Reserved,
    mark_box,
    meet,
    metres_per_point,
    reserved,
)
from geosites.maps.printed.print_legend import LegendColumn
from geosites.maps.printed.print_place_names import site_names
from geosites.presentation.font_glyphs import printable
from geosites.presentation.formatting import Words

Layers = Mapping[str, Layer]
Format = Literal["png", "svg"]

_PAGE_IN = (11.69, 8.27)
_MAP_IN = (0.4, 0.75, 7.45, 6.75)
_SIDE_IN = (8.1, 0.75, 3.2, 6.75)
_DPI = 150
_TITLE_PT, _MARK_PT, _MARK_PAD_EM = 15.0, 10.0, 0.4
_SLACK = 0.95
"""Tolerance for text, which is slightly wider at the resolution of a file than measured."""

_COLOURS = 64
_POINTS = 72
_BARS_M = (100, 200, 500, 1000, 2000, 5000, 10_000)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The words around a map: title, answer, what the signs mean, the facts, the small print."""

    title: str
    statement: Sequence[str]
    kinds: frozenset[str]
    classes: Sequence[float] = ()
    facts: Sequence[str] = ()
    notes: Sequence[str] = ()
    exercise: bool = False


def paper_map(words: Words, sheet: Sheet, layers: Layers, form: Format) -> bytes:
    """Return the map as an image; `layers` are drawn in order, the last determines the extent.

    Every text is drawn unchanged. An SVG has outlines for letters and loads no font.
    """
    with drawing():
        figure = Figure(figsize=_PAGE_IN, facecolor=ink.PAPER)
        _heading(figure, words, sheet)
        draw_map(plain_axes(figure, _MAP_IN), words, layers)
        _side(plain_axes(figure, _SIDE_IN), words, sheet)
        _foot(figure, sheet)
        return _printed(figure, form)


_ONE_AT_A_TIME = Lock()


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in our style; one drawing at a time, since matplotlib has one style for all threads."""
    style = mpl.rc_context(
        {
            "font.family": "DejaVu Sans",
            "hatch.linewidth": 0.4,
            "svg.fonttype": "path",
            "svg.hashsalt": "geosites",
            "text.parse_math": False,
        }
    )
    with _ONE_AT_A_TIME, style:
        yield


def plain_axes(figure: Figure, place_in: tuple[float, float, float, float]) -> Axes:
    """Return axes without ticks: left, bottom, width and height in inches."""
    width, height = figure.get_size_inches()
    left, bottom, wide, high = place_in
    axes = figure.add_axes((left / width, bottom / height, wide / width, high / height))
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def _heading(figure: Figure, words: Words, sheet: Sheet) -> None:
    top = 1 - 0.42 / _PAGE_IN[1]
    left, room = _MAP_IN[0] / _PAGE_IN[0], 1 - 2 * _MAP_IN[0] / _PAGE_IN[0]
    title = figure.text(
        left, top, printable(sheet.title), size=_TITLE_PT, weight="bold", color=ink.INK
    )
    if sheet.exercise:
        room = _exercise_mark(figure, words, top) - left
    wide = title.get_window_extent().width / figure.bbox.width
    title.set_fontsize(_TITLE_PT * min(1, _SLACK * room / wide))


def _exercise_mark(figure: Figure, words: Words, top: float) -> float:
    """Mark the map as an exercise; return the end of the title's space, as a share of the width."""
    mark = words.say("Exercise") + " – " + words.say("fictional data")
    box = {"boxstyle": f"square,pad={_MARK_PAD_EM}", "facecolor": ink.INK, "edgecolor": ink.INK}
    right = (_SIDE_IN[0] + _SIDE_IN[2]) / _PAGE_IN[0]
    drawn = figure.text(
        right,
        top,
        mark,
        size=_MARK_PT,
        weight="bold",
        color=ink.PAPER,
        ha="right",
        bbox=box,
    )
    gap = 3 * _MARK_PAD_EM * _MARK_PT / _POINTS / _PAGE_IN[0]
    return float(drawn.get_window_extent().x0 / figure.bbox.width) - gap


def draw_map(
    axes: Axes, words: Words, layers: Layers, also: Sequence[shapely.Geometry] = ()
) -> None:
    """Draw layers in order, with a scale bar and credits; the last one determines the extent.

    `streets` are below all others. Their names avoid everything drawn, and `also` (metres), which
    is drawn later.
    """
    *_, last = layers.values()
    _look(axes, last["bbox"])
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    view = shapely.box(west, south, east, north)
    axes.set_facecolor(ink.GROUND)
    credit = credit_of(axes, layers)
    own = [_bar_box(axes), *credit.boxes]
    clear = reserved(axes, layers, own)
    names = site_names(axes, layers, Reserved(clear.boxes, [*clear.shapes, *also]))
    if "streets" in layers:
        taken = [*clear.boxes, *(name.box for name in names)]
        all_of_it = Reserved(taken, [*clear.shapes, *also])
        print_ground.draw(axes, layers["streets"], all_of_it)
    for key, document in layers.items():
        if key == "streets":
            continue
        for result in document["features"]:
            if _bounds(result).intersects(view) and not _cut(axes, result, own):
                ink.feature(axes, result)
    for name in names:
        name.draw(axes)
    for side in axes.spines.values():
        side.set_edgecolor(ink.BORDER)
    _scale_bar(axes, words)
    credit.draw(axes)


def _bounds(found: Feature) -> shapely.Geometry:
    """Return the rectangle around a feature; metres."""
    around = shapely.box(*shapely.geometry.shape(found["geometry"]).bounds)
    return geometry_to_metric(around)


def _cut(axes: Axes, found: Feature, own: Sequence[Box]) -> bool:
    """Return whether a feature is a name that the edge, the scale bar or the credit would cut."""
    properties = found["properties"]
    if properties["kind"] != "territory-label":
        return False
    place = geometry_to_metric(shapely.geometry.shape(found["geometry"]))
    box = mark_box(properties, place, metres_per_point(axes))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    inside = west < box[0] and south < box[1] and box[2] < east and box[3] < north
    return not inside or any(meet(box, other) for other in own)


def _look(axes: Axes, bbox: Sequence[float]) -> None:
    """Set the extent to `bbox` (degrees), widened to the shape of the axes."""
    west, south, east, north = geometry_to_metric(shapely.box(*bbox)).bounds
    frame = axes.get_window_extent()
    wide, high = frame.width, frame.height
    per_dot = max((east - west) / wide, (north - south) / high) * 1.06
    x, y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(x - per_dot * wide / 2, x + per_dot * wide / 2)
    axes.set_ylim(y - per_dot * high / 2, y + per_dot * high / 2)


def _bar(axes: Axes) -> tuple[float, float, int, float]:
    """Return where the scale bar begins, how long it is and how high its ends are; metres."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = max(bar for bar in _BARS_M if bar <= (right - left) / 4 or bar == _BARS_M[0])
    return left + (right - left) * 0.03, bottom + (top - bottom) * 0.03, length, (top - bottom) / 90


def _bar_box(axes: Axes) -> Box:
    x, y, length, rise = _bar(axes)
    return x - rise, y - rise, x + length + rise, y + 4 * rise


def _scale_bar(axes: Axes, words: Words) -> None:
    x, y, length, rise = _bar(axes)
    behind = {"facecolor": ink.PAPER, "edgecolor": "none", "alpha": 0.85, "zorder": 90}
    ink.area(axes, shapely.box(*_bar_box(axes)), behind)
    axes.plot(
        [x, x, x + length, x + length], [y + rise, y, y, y + rise], c=ink.INK, lw=1.4, zorder=91
    )
    message = words.metres(length)
    ink.words(axes, x + length / 2, y + 1.2 * rise, message, size=8, ha="center", zorder=91)


def _side(axes: Axes, words: Words, sheet: Sheet) -> None:
    column = LegendColumn(axes, _SIDE_IN[2] * _POINTS, _SIDE_IN[3] * _POINTS)
    for sentence in sheet.statement:
        column.text(sentence, size=9.5, after=3)
    column.space(6)
    column.key(words, sheet.kinds, sheet.classes)
    column.space(8)
    column.items(words, sheet.facts, size=8.5, after=2)


def _foot(figure: Figure, sheet: Sheet) -> None:
    lines = [line for note in sheet.notes for line in textwrap.wrap(printable(note), 190)]
    figure.text(
        _MAP_IN[0] / _PAGE_IN[0],
        (_MAP_IN[1] - 0.12) / _PAGE_IN[1],
        "\n".join(lines),
        size=7,
        color=ink.QUIET,
        va="top",
    )


def _printed(figure: Figure, form: Format) -> bytes:
    dated = {"png": {"Software": "geosites"}, "svg": {"Date": None, "Creator": "geosites"}}
    out = io.BytesIO()
    figure.savefig(out, format=form, dpi=_DPI, metadata=dated[form])
    return out.getvalue() if form == "svg" else small_png(out)


def small_png(picture: io.BytesIO, cut_off: int = 0) -> bytes:
    """Return a PNG image with a palette: a third of the size, without a visible difference.

    `cut_off`: number of pixel rows removed at the bottom.
    """
    out = io.BytesIO()
    with Image.open(picture) as opened:
        kept = opened.crop((0, 0, opened.width, opened.height - cut_off))
        few = kept.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        few.save(out, format="png", optimize=True)
    return out.getvalue()
