"""Styles of printed features: the colours and shapes of the screen map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypedDict, Unpack

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from geosites.analysis.closure import STATUS_ROW, Status
from geosites.core.crs import geometry_to_metric
from geosites.core.documents.geojson import Feature, FeatureProperties
from geosites.presentation import palette
from geosites.presentation.font_glyphs import printable

INK, PAPER, QUIET, BORDER, LIGHT, ACCENT = map(
    palette.day, ("ink", "sheet", "quiet", "border", "border-light", "accent")
)
GROUND = palette.day("ground")

AREAS = {
    kind: 10 + place
    for place, kind in enumerate(
        (
            "territory",
            "unobserved",
            "unranked",
            "density",
            "reported",
            "perimeter",
            "closure",
            "hotspot",
            "operation",
            "alarm",
        )
    )
}
"""Drawing order, from the bottom; flows, names and marks are above."""

_FLOW, _NAMES, _MARKS = 20, 30, 40

Properties = FeatureProperties
Style = dict[str, object]


class TextStyle(TypedDict, total=False):
    """How a text is written, in the words of matplotlib."""

    color: str
    size: float
    weight: str
    ha: Literal["left", "center", "right"]
    va: Literal["bottom", "baseline", "center", "center_baseline", "top"]
    zorder: float
    bbox: dict[str, object]


def feature(axes: Axes, found: Feature) -> None:
    """Draw a GeoJSON feature on axes in metres."""
    shape = geometry_to_metric(shapely.geometry.shape(found["geometry"]))
    properties = found["properties"]
    kind = properties["kind"]
    if kind in _POINTS:
        _POINTS[kind](axes, shape.x, shape.y, properties)
    elif not shape.is_empty:
        area(axes, shape, area_style(properties))


def area(axes: Axes, shape: shapely.Geometry, style: Style) -> None:
    """Draw a polygon, its holes left open."""
    rings = [
        np.asarray(ring.coords)[:, :2]
        for polygon in shapely.get_parts(shape)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    codes = [
        np.r_[Path.MOVETO, np.full(len(ring) - 2, Path.LINETO), Path.CLOSEPOLY] for ring in rings
    ]
    outline = Path(np.concatenate(rings), np.concatenate(codes))
    axes.add_patch(PathPatch(outline, **style))


def area_style(properties: Properties) -> Style:
    """Return fill and border of an area of a kind."""
    kind = properties["kind"]
    style = {**_STYLES[kind], "zorder": AREAS.get(kind, _FLOW)}
    if kind == "density":
        style["facecolor"] = palette.DENSITY[properties["rank"] - 1]
    if kind == "territory" and properties.get("level") == "inner":
        style |= {"edgecolor": BORDER, "linewidth": 0.9}
    if properties.get("sign") == "doubtful":
        style |= {"facecolor": palette.DOUBT, "edgecolor": ACCENT, "linestyle": (0, (4, 3))}
    return style


_STYLES: dict[str, Style] = {
    "territory": {"facecolor": "none", "edgecolor": LIGHT, "linewidth": 0.6},
    "unobserved": {"facecolor": "none", "edgecolor": LIGHT, "linewidth": 0.0, "hatch": "////"},
    "unranked": {"facecolor": "none", "edgecolor": BORDER, "linewidth": 0.7, "linestyle": ":"},
    "reported": {
        "facecolor": "none",
        "edgecolor": palette.day("report"),
        "linewidth": 1.0,
        "linestyle": "--",
    },
    "density": {"edgecolor": "none", "linewidth": 0.0, "alpha": 0.82},
    "perimeter": {"facecolor": "none", "edgecolor": QUIET, "linewidth": 1.0},
    "closure": {"facecolor": "none", "edgecolor": INK, "linewidth": 1.1, "linestyle": (0, (4, 2))},
    "hotspot": {"facecolor": "none", "edgecolor": INK, "linewidth": 1.5},
    "operation": {
        "facecolor": palette.day("accent", "1f"),
        "edgecolor": ACCENT,
        "linewidth": 1.5,
        "linestyle": (0, (1, 2)),
    },
    "alarm": {"facecolor": "none", "edgecolor": palette.day("alarm"), "linewidth": 2.5},
    "flow": {"facecolor": palette.day("accent", "b8"), "edgecolor": PAPER, "linewidth": 0.7},
}


# points ------------------------------------------------------------------------------------------


def status(axes: Axes, x: float, y: float, name: str, size: float = 9.0) -> None:
    """Draw the status of a closure by its shape, so that it is readable without colours."""
    row = STATUS_ROW[Status(name)]
    sign, quiet = row.sign, not row.closed
    size = size * 0.7 if quiet else size
    axes.plot(x, y, marker="o", ms=size + 2.5, mfc=PAPER, mec="none", zorder=_MARKS, clip_on=True)
    if sign.dotted:
        axes.scatter(
            [x],
            [y],
            s=size**2,
            facecolors="none",
            edgecolors=INK,
            linewidths=1.6,
            linestyles=[(0, (1, 1))],
            zorder=_MARKS,
        )
        return
    ink = QUIET if quiet else INK
    width = 1.0 if quiet else 1.6
    axes.plot(
        x,
        y,
        color=ink,
        ms=size,
        mec=ink,
        mew=width,
        zorder=_MARKS,
        marker=_OUTLINES[sign.outline],
        fillstyle=_FILLS[sign.filled],
        markerfacecoloralt=PAPER,
    )
    if sign.bar:
        axes.plot(x, y, marker="_", color=ink, ms=size * 0.8, mew=width, zorder=_MARKS)


_OUTLINES = {"circle": "o", "diamond": "D", "square": "s"}
_FILLS: Mapping[float, Literal["none", "right", "full"]] = {0.0: "none", 0.5: "right", 1.0: "full"}


def care(axes: Axes, x: float, y: float, size: float = 7.0) -> None:
    """Draw a care place: a square with a cross."""
    axes.plot(x, y, marker="s", ms=size, mfc=PAPER, mec=INK, mew=1.0, zorder=_NAMES)
    axes.plot(x, y, marker="+", ms=size * 0.65, mec=INK, mew=1.0, zorder=_NAMES)


def words(axes: Axes, x: float, y: float, text: str, **style: Unpack[TextStyle]) -> None:
    """Write a text unchanged, inside the axes."""
    axes.text(x, y, printable(text), clip_on=True, **style)


def _territory(axes: Axes, x: float, y: float, properties: Properties) -> None:
    size = 7.5 if properties["level"] == "inner" else 5.5
    words(
        axes,
        x,
        y,
        properties["label"],
        color=QUIET,
        size=size,
        ha="center",
        va="center",
        zorder=_NAMES,
    )


def _rank(axes: Axes, x: float, y: float, properties: Properties) -> None:
    box: dict[str, object] = {"facecolor": INK, "linewidth": 0.6}
    _boxed(axes, x, y, properties["label"], box, size=8, ha="right", va="bottom")


def _alarm(axes: Axes, x: float, y: float, _: Properties) -> None:
    box: dict[str, object] = {"facecolor": palette.day("alarm")}
    _boxed(axes, x, y, "!", box, size=9, ha="center", va="center")


def _boxed(
    axes: Axes, x: float, y: float, text: str, box: dict[str, object], **how: Unpack[TextStyle]
) -> None:
    """Write a short text in a box with round corners, above all marks."""
    around = {"boxstyle": "round,pad=0.25", "edgecolor": PAPER, **box}
    how |= {"color": PAPER, "weight": "bold", "zorder": _MARKS + 1, "bbox": around}
    words(axes, x, y, text, **how)


def _change(axes: Axes, x: float, y: float, properties: Properties) -> None:
    box = {"boxstyle": "round,pad=0.25", "facecolor": PAPER, "edgecolor": INK, "linewidth": 0.8}
    words(
        axes,
        x,
        y,
        properties["label"],
        color=INK,
        size=8,
        weight="bold",
        ha="center",
        va="center",
        zorder=_MARKS + 1,
        bbox=box,
    )


def _site(axes: Axes, x: float, y: float, properties: Properties) -> None:
    status(axes, x, y, properties["status"])


def _care(axes: Axes, x: float, y: float, _: Properties) -> None:
    care(axes, x, y)


_POINTS: Mapping[str, Callable[[Axes, float, float, Properties], None]] = {
    "territory-label": _territory,
    "hotspot-rank": _rank,
    "change": _change,
    "alarm-sign": _alarm,
    "site": _site,
    "care": _care,
}
