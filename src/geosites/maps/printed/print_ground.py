"""Streets, railways and water on printed maps, with names where there is room."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes

from geosites.core.crs import geometry_to_metric
from geosites.core.documents.geojson import FeatureProperties, Layer
from geosites.maps.printed import print_styles as ink
from geosites.maps.printed.print_label_obstacles import (
    LETTER_EM,
    NOTHING,
    Box,
    Reserved,
    meet,
    metres_per_point,
)
from geosites.presentation import palette
from geosites.presentation.font_glyphs import printable

Drawn = tuple[FeatureProperties, shapely.Geometry]

_LINES, _WORDS = 5, 25
_ROAD_PT = {"motorway": 2.2, "main": 1.5, "street": 0.9}
_NAME_PT = 5.5
_STRAIGHT = 0.96
_MOST_M = {"train": 16_000, "rer": 14_000, "metro": 10_000, "tram": 6_500}
_MOST_ROAD_M = {"motorway": 14_000, "main": 6_000, "street": 4_500}
"""Up to which width of the map names of a class are written, in metres."""

_WATER_MOST_M = 9_000


def draw(axes: Axes, layer: Layer, reserved: Reserved = NOTHING) -> None:
    """Draw a layer of `ground_layer` on axes in metres, within their limits.

    No name is written on what is `reserved`.
    """
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    view = shapely.box(west, south, east, north)
    features = [
        (item["properties"], shape)
        for item in layer["features"]
        for shape in [geometry_to_metric(shapely.geometry.shape(item["geometry"]))]
        if shape.intersects(view)
    ]
    for properties, shape in features:
        _shape(axes, properties, shape)
    page = _Page(axes, view, _NAME_PT * metres_per_point(axes), reserved)
    for properties, shape in sorted(features, key=_rank):
        if properties.get("label") and east - west <= _widest(properties):
            page.name(properties, shape)


def _shape(axes: Axes, properties: FeatureProperties, shape: shapely.Geometry) -> None:
    kind, level = properties["kind"], properties.get("level", "")
    if kind == "water" and "label" not in properties:
        style = {"facecolor": palette.day("water"), "edgecolor": "none", "zorder": _LINES}
        ink.area(axes, shape, {**style, "linewidth": 0})
    elif kind == "rail":
        _lines(axes, shape, palette.day("rail"), 0.6, "-" if level in ("train", "rer") else ":")
    elif kind == "road":
        colour = "motorway" if level == "motorway" else "road"
        _lines(axes, shape, palette.day(colour), _ROAD_PT[level])


def _lines(
    axes: Axes, shape: shapely.Geometry, colour: str, width_pt: float, dash: str = "-"
) -> None:
    """Draw lines as one path, since a built street map has thousands; nothing leads across gaps."""
    xy, line = shapely.get_coordinates(shapely.get_parts(shape), return_index=True)
    gaps = np.flatnonzero(np.diff(line)) + 1
    x, y = np.insert(xy, gaps, np.nan, axis=0).T
    axes.plot(x, y, color=colour, lw=width_pt, ls=dash, zorder=_LINES, solid_capstyle="round")


def _widest(properties: FeatureProperties) -> float:
    kind, level = properties["kind"], properties.get("level", "")
    if kind == "water":
        return _WATER_MOST_M
    return (_MOST_M if kind == "station" else _MOST_ROAD_M).get(level, 0)


def _rank(drawn: Drawn) -> float:
    return -_widest(drawn[0])


@dataclass
class _Page:
    """Areas of a map with names; `size_m` is the height of a letter in metres on the ground."""

    axes: Axes
    view: shapely.Polygon
    size_m: float
    reserved: Reserved
    taken: list[Box] = field(default_factory=list)

    def name(self, properties: FeatureProperties, shape: shapely.Geometry) -> None:
        """Write the name of a station beside it, or that of a line along it, if there is room."""
        text = properties["label"]
        wide = len(text) * self.size_m * LETTER_EM
        if properties["kind"] == "station":
            self._beside(text, shape.x, shape.y, wide)
            return
        longest = sorted(shapely.get_parts(shape), key=lambda part: -part.length)
        for line in longest:
            if self._along(text, line, wide, properties["kind"]):
                return

    def _beside(self, text: str, x: float, y: float, wide: float) -> None:
        size = self.size_m
        for rise in (-1.1 * size, 1.1 * size):
            boxes = [(x - wide / 2, y + rise - size * 0.7, x + wide / 2, y + rise + size * 0.7)]
            if self._free(boxes):
                self.taken.extend(boxes)
                self.axes.plot(x, y, "o", ms=2.4, mfc=ink.QUIET, mec=ink.PAPER, zorder=_WORDS)
                self._write(text, x, y + rise, 0.0, ink.QUIET)
                return

    def _along(self, text: str, line: shapely.LineString, wide: float, kind: str) -> bool:
        for start, end in _straight(line, wide * 1.05):
            boxes = _steps(start, end, self.size_m)
            if self._free(boxes):
                self.taken.extend(boxes)
                (x, y), angle = (start + end) / 2, math.degrees(math.atan2(*(end - start)[::-1]))
                colour = palette.day("water-name") if kind == "water" else ink.QUIET
                self._write(text, x, y, (angle + 90) % 180 - 90, colour)
                return True
        return False

    def _free(self, boxes: Sequence[Box]) -> bool:
        west, south, east, north = self.view.bounds
        return self.reserved.free(boxes) and all(
            west < left
            and south < low
            and right < east
            and high < north
            and not any(meet((left, low, right, high), other) for other in self.taken)
            for left, low, right, high in boxes
        )

    def _write(self, text: str, x: float, y: float, angle: float, colour: str) -> None:
        self.axes.text(
            x,
            y,
            printable(text),
            color=colour,
            size=_NAME_PT,
            rotation=angle,
            rotation_mode="anchor",
            ha="center",
            va="center",
            zorder=_WORDS,
            clip_on=True,
            bbox={"boxstyle": "square,pad=0.05", "fc": ink.PAPER, "ec": "none", "alpha": 0.6},
        )


def _straight(
    line: shapely.LineString, length: float
) -> Iterator[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Yield the ends of stretches that are straight enough, from the middle of a line outwards."""
    starts = np.arange(0, line.length - length, length / 3)
    for start in sorted(starts, key=lambda place: abs(place + length / 2 - line.length / 2)):
        points = shapely.line_interpolate_point(line, [start, start + length])
        ends = shapely.get_coordinates(points)
        if np.hypot(*(ends[1] - ends[0])) >= _STRAIGHT * length:
            yield ends[0], ends[1]


def _steps(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], size: float
) -> Sequence[Box]:
    """Return small squares along a name, which together cover it whatever its slope."""
    count = max(2, math.ceil(np.hypot(*(end - start)) / (1.4 * size)))
    return [
        (x - size * 0.7, y - size * 0.7, x + size * 0.7, y + size * 0.7)
        for x, y in np.linspace(start, end, count).tolist()
    ]
