"""Credit of the street data in the corner of a printed map, which may be passed on alone."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely
from matplotlib.axes import Axes

from geosites.core.documents.geojson import Layer
from geosites.maps.printed import print_styles as ink
from geosites.maps.printed.print_label_obstacles import LETTER_EM, Box, metres_per_point
from geosites.presentation.font_glyphs import printable

_SIZE_PT, _LINE_EM, _PAD_PT = 5.0, 1.35, 2.0
_WIDEST = 0.66
"""Maximum share of the map's width for the credit, which is beside the scale bar."""

_OVER_ALL = 92


@dataclass(frozen=True, kw_only=True)
class Credit:
    """The lines of a credit, and the rectangle behind them in metres; nothing without lines."""

    lines: Sequence[str]
    boxes: Sequence[Box]

    def draw(self, axes: Axes) -> None:
        """Write the credit in the lower right corner."""
        for west, south, east, north in self.boxes:
            behind = {"facecolor": ink.PAPER, "edgecolor": "none", "zorder": _OVER_ALL}
            ink.area(axes, shapely.box(west, south, east, north), {**behind, "alpha": 0.85})
            step = (north - south) / len(self.lines)
            for place, line in enumerate(self.lines):
                axes.text(
                    (west + east) / 2,
                    north - (place + 0.5) * step,
                    line,
                    size=_SIZE_PT,
                    color=ink.QUIET,
                    ha="center",
                    va="center",
                    zorder=_OVER_ALL,
                )


def credit_of(axes: Axes, layers: Mapping[str, Layer]) -> Credit:
    """Return the credit of the streets among some layers, wrapped to fit the axes."""
    text = layers["streets"].get("credit", "") if "streets" in layers else ""
    (west, east), south = axes.get_xlim(), axes.get_ylim()[0]
    point_m = metres_per_point(axes)
    letter = _SIZE_PT * LETTER_EM
    most = (east - west) / point_m * _WIDEST
    lines = textwrap.wrap(printable(text), max(10, int(most / letter)))
    if not lines:
        return Credit(lines=(), boxes=())
    wide = (max(map(len, lines)) * letter + 2 * _PAD_PT) * point_m
    high = (len(lines) * _SIZE_PT * _LINE_EM + _PAD_PT) * point_m
    return Credit(lines=lines, boxes=[(east - wide, south, east, south + high)])
