"""Names of closed sites on a printed map: beside their marks, legible without colours.

Printed maps have no popups: without its name, a mark cannot be matched with the table above the
map.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import shapely
from matplotlib.axes import Axes

from geosites.core.crs import geometry_to_metric
from geosites.core.documents.geojson import FeatureProperties, Layer
from geosites.maps.printed import print_styles as ink
from geosites.maps.printed.print_label_obstacles import (
    LETTER_EM,
    Box,
    Reserved,
    meet,
    metres_per_point,
)
from geosites.presentation.font_glyphs import printable
from geosites.presentation.labels import UNDER_CLOSURE

_SIZE_PT, _LINE_EM, _PAD_PT = 7.0, 1.2, 1.5
_BOLD_EM = LETTER_EM * 1.12
_LINE_LETTERS, _MOST_LETTERS = 14, 30
_MARK_PT = 8.0
_AWAY = (1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 3.6)
"""How far from the middle of its mark a name begins, in sizes of a mark."""

_SIDES = ((0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1))
"""Below, above, right, left, and the corners."""

_SAME_MARK_M = 1.0
_OVER_MARKS, _UNDER_MARKS = 60, 26


@dataclass(frozen=True, kw_only=True)
class PlacedName:
    """A name in lines, the rectangle that they fill, and its mark; metres.

    `led`: a line leads to the mark, since another one is nearer.
    """

    lines: Sequence[str]
    box: Box
    mark: shapely.Point
    led: bool = False

    def draw(self, axes: Axes) -> None:
        """Write it on a light background."""
        west, south, east, north = self.box
        if self.led:
            ends = shapely.shortest_line(self.mark, shapely.box(*self.box))
            axes.plot(*ends.xy, color=ink.INK, lw=0.7, zorder=_UNDER_MARKS)
        behind = {"facecolor": ink.PAPER, "edgecolor": "none", "linewidth": 0, "alpha": 0.8}
        ink.area(axes, shapely.box(*self.box), {**behind, "zorder": _OVER_MARKS})
        step = (north - south) / len(self.lines)
        for place, line in enumerate(self.lines):
            ink.words(
                axes,
                (west + east) / 2,
                north - (place + 0.5) * step,
                line,
                color=ink.INK,
                size=_SIZE_PT,
                weight="bold",
                ha="center",
                va="center",
                zorder=_OVER_MARKS + 1,
            )


def site_names(axes: Axes, layers: Mapping[str, Layer], clear: Reserved) -> list[PlacedName]:
    """Return the names of closed sites for which there is room, in the order of their features.

    A name avoids marks and other names, and no other mark is nearer to it than its own. If that is
    impossible, a line leads to its mark. If possible it also avoids outlines and areas with people;
    otherwise it is written over them.
    """
    point_m = metres_per_point(axes)
    marks = [shapely.box(*box).centroid for box in clear.boxes]
    seen = [shape for _, shape in _drawn(layers, "density")]
    names: list[PlacedName] = []
    for properties, shape in _closed(layers):
        free = [
            name
            for name in _places(shape, _name(properties), point_m)
            if _inside(axes, name.box)
            if not any(meet(name.box, other) for other in clear.boxes)
            if not any(meet(name.box, other.box) for other in names)
        ]
        near = [name for name in free if not _nearer(name.box, shape, marks)]
        led = [replace(name, led=True) for name in free]
        names += _best([*near, *led], clear, seen)[:1]
    return names


def _best(
    names: Sequence[PlacedName], clear: Reserved, seen: Sequence[shapely.Geometry]
) -> list[PlacedName]:
    """Return names, those first that cross no outline and are not on an area with people.

    There a name could be misread as referring to those people.
    """
    return sorted(
        names,
        key=lambda name: (
            2 * (not clear.free([name.box]))
            + bool(shapely.intersects(shapely.box(*name.box), list(seen)).any())
        ),
    )


def _drawn(
    layers: Mapping[str, Layer], kind: str
) -> Iterator[tuple[FeatureProperties, shapely.Geometry]]:
    """Yield the features of a kind, in metres."""
    for key, layer in layers.items():
        for item in layer["features"] if key != "streets" else ():
            if item["properties"]["kind"] == kind:
                shape = shapely.geometry.shape(item["geometry"])
                yield item["properties"], geometry_to_metric(shape)


def _inside(axes: Axes, box: Box) -> bool:
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    return west < box[0] and south < box[1] and box[2] < east and box[3] < north


def _nearer(box: Box, own: shapely.Point, marks: Sequence[shapely.Point]) -> bool:
    """Return whether a name would be nearer to another mark than to its own."""
    name = shapely.box(*box)
    away = name.distance(own)
    return any(name.distance(other) < away for other in marks if other.distance(own) > _SAME_MARK_M)


def _closed(layers: Mapping[str, Layer]) -> Iterator[tuple[FeatureProperties, shapely.Point]]:
    for properties, shape in _drawn(layers, "site"):
        if properties.get("status") in UNDER_CLOSURE and _name(properties):
            yield properties, shape.centroid


def _name(properties: FeatureProperties) -> str:
    """Return the name of a site without text in brackets."""
    whole = (properties.get("label") or properties.get("title") or "").strip()
    return whole.partition(" (")[0].strip() or whole


def _places(mark: shapely.Point, name: str, point_m: float) -> Iterator[PlacedName]:
    """Yield a name around its mark: near it first, in one line before two."""
    whole = printable(name)
    whole = whole if len(whole) <= _MOST_LETTERS else f"{whole[: _MOST_LETTERS - 1].rstrip()}…"
    broken = [textwrap.wrap(whole, letters) for letters in (_MOST_LETTERS, _LINE_LETTERS)]
    for away in _AWAY:
        for lines in broken:
            wide = (max(map(len, lines)) * _SIZE_PT * _BOLD_EM + 2 * _PAD_PT) * point_m
            high = (len(lines) * _SIZE_PT * _LINE_EM + _PAD_PT) * point_m
            for right, up in _SIDES:
                x = mark.x + right * (_MARK_PT * away * point_m + wide / 2)
                y = mark.y + up * (_MARK_PT * away * point_m + high / 2)
                box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
                yield PlacedName(lines=lines, box=box, mark=mark)
