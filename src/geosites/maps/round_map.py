"""Map of a round: streets, and the numbered stops of each crew.

Crews can be told apart without colour, by the shape of their numbers and the style of their line.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geosites.core.crs import geometry_to_geographic, geometry_to_metric
from geosites.core.documents.geojson import Layer
from geosites.core.documents.round_plan import CrewRoundDocument
from geosites.maps.geojson import collection
from geosites.maps.layers.ground_layer import within
from geosites.maps.printed import print_styles as ink
from geosites.maps.printed.print_map import draw_map, drawing, plain_axes, small_png
from geosites.presentation.formatting import Words

WIDTH_IN, HEIGHT_IN = 7.09, 4.3
TALL_IN = 3.9, 4.6
"""Image size for a phone, with the same size of letters."""

_EDGE_IN = 0.02
_DPI = 180
_AROUND_M = 350.0
_LINES = ("-", "--", ":", "-.")
_BOXES = ("circle", "square")
_LINE_Z, _STOP_Z = 60, 70
_WALKED_PT, _RIDDEN_PT = 1.8, 0.6
_STOP_PT, _POINTS = 9.0, 72


def round_map(
    words: Words, streets: Layer, crews: Sequence[CrewRoundDocument], *, tall: bool = False
) -> bytes | None:
    """Return the stops of crews over `streets` as PNG; None if there are none.

    `tall`: for a phone.

    Straight lines connect the stops; the streets to take are in the table. The same crews and
    streets give the same bytes.
    """
    stops = [shapely.Point(stop["lon"], stop["lat"]) for crew in crews for stop in crew["stops"]]
    if not stops:
        return None
    area = geometry_to_metric(shapely.MultiPoint(stops)).buffer(_AROUND_M)
    size_in = TALL_IN if tall else (WIDTH_IN, HEIGHT_IN)
    shown = geometry_to_geographic(_widened(area, size_in))
    look: Layer = {**collection([]), "bbox": list(geometry_to_geographic(area.envelope).bounds)}
    with drawing():
        figure = Figure(figsize=size_in, facecolor=ink.PAPER)
        inside = (size_in[0] - 2 * _EDGE_IN, size_in[1] - 2 * _EDGE_IN)
        axes = plain_axes(figure, (_EDGE_IN, _EDGE_IN, *inside))
        layers = {"streets": within(streets, shown), "round": look}
        draw_map(axes, words, layers, _drawn(crews, area, size_in))
        for crew in crews:
            _crew(axes, crew, several=len(crews) > 1)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=_DPI)
    return small_png(out)


def _widened(area: shapely.Geometry, size_in: tuple[float, float]) -> shapely.Geometry:
    """Return the rectangle that the image shows around an area; metres."""
    west, south, east, north = area.bounds
    reach = max(east - west, north - south) * max(size_in) / min(size_in)
    return shapely.box(west - reach, south - reach, east + reach, north + reach)


def _drawn(
    crews: Sequence[CrewRoundDocument], area: shapely.Geometry, size_in: tuple[float, float]
) -> list[shapely.Geometry]:
    """Return the area under the stops and lines of crews in an image of an area; metres."""
    west, south, east, north = area.bounds
    point_m = max((east - west) / size_in[0], (north - south) / size_in[1]) / _POINTS
    ways = [shapely.MultiPoint(_stops(crew)) for crew in crews]
    lines = [shapely.LineString(way.geoms) for way in ways if len(way.geoms) > 1]
    around = [way.buffer(_STOP_PT * point_m) for way in ways]
    return [*around, *(line.buffer(_WALKED_PT * point_m) for line in lines)]


def _stops(crew: CrewRoundDocument) -> npt.NDArray[np.float64]:
    places = shapely.points([(stop["lon"], stop["lat"]) for stop in crew["stops"]])
    xy: npt.NDArray[np.float64] = shapely.get_coordinates(geometry_to_metric(places))
    return xy


def _crew(axes: Axes, crew: CrewRoundDocument, *, several: bool) -> None:
    number = crew["crew"] - 1
    dark = number // len(_BOXES) % 2 == 0
    xy = _stops(crew)
    for leg, stop in zip(pairwise(xy), crew["stops"][1:], strict=True):
        axes.plot(
            *np.array(leg).T,
            ls="-" if stop["ridden"] else _LINES[number % len(_LINES)],
            lw=_RIDDEN_PT if stop["ridden"] else _WALKED_PT,
            color=ink.INK,
            zorder=_LINE_Z,
        )
    box = {
        "boxstyle": f"{_BOXES[number % len(_BOXES)]},pad=0.25",
        "facecolor": ink.INK if dark else ink.PAPER,
        "edgecolor": ink.PAPER if dark else ink.INK,
        "linewidth": 0.8,
    }
    for order, (x, y) in enumerate(xy, start=1):
        ink.words(
            axes,
            x,
            y,
            f"{crew['crew']}.{order}" if several else str(order),
            size=7.5,
            weight="bold",
            color=ink.PAPER if dark else ink.INK,
            ha="center",
            va="center",
            bbox=box,
            zorder=_STOP_Z + order / 100,
        )
