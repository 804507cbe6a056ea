"""Areas of a printed map without background names: marks, texts, arrows, the scale bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import shapely
from matplotlib.axes import Axes

from geosites.core.crs import geometry_to_metric
from geosites.core.documents.geojson import FeatureProperties, Layer

Box = tuple[float, float, float, float]

LETTER_EM = 0.62
"""The mean width of a letter of DejaVu Sans, in its size."""

_TERRITORY_PT = {"inner": 7.5}
_OUTER_PT = 5.5
_CHANGE_PT = 8.0
_MARK_PT = 10.0
_BADGE_PT = 15.0
_LINE_PT = 2.0
_OUTLINED = ("hotspot", "closure", "alarm")


@dataclass(frozen=True, eq=False)
class Reserved:
    """Rectangles (west, south, east, north) and shapes that names avoid; metres."""

    boxes: Sequence[Box] = ()
    shapes: Sequence[shapely.Geometry] = ()

    def free(self, boxes: Sequence[Box]) -> bool:
        """Return whether none of some rectangles intersects a reserved area."""
        return (
            not any(meet(box, other) for box in boxes for other in self.boxes)
            and not shapely.intersects(
                shapely.multipolygons([shapely.box(*box) for box in boxes]), list(self.shapes)
            ).any()
        )


NOTHING = Reserved()


def meet(one: Box, other: Box) -> bool:
    """Return whether two rectangles overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def metres_per_point(axes: Axes) -> float:
    """Return the metres on the ground per typographic point."""
    west, east = axes.get_xlim()
    return float((east - west) / (axes.get_window_extent().width / axes.figure.dpi * 72))


def reserved(axes: Axes, layers: Mapping[str, Layer], own: Sequence[Box]) -> Reserved:
    """Return the areas reserved for layers, and for the `own` scale bar and credit of a map."""
    point_m = metres_per_point(axes)
    boxes, shapes = [*own], []
    for properties, shape in _features(layers):
        kind = properties["kind"]
        if shape.geom_type == "Point":
            boxes.append(mark_box(properties, shape, point_m))
        elif kind == "flow":
            shapes.append(shape)
        elif kind in _OUTLINED:
            shapes.append(shape.boundary.buffer(_LINE_PT * point_m))
    return Reserved(boxes, shapes)


def _features(layers: Mapping[str, Layer]) -> Iterator[tuple[FeatureProperties, shapely.Geometry]]:
    for name, layer in layers.items():
        if name == "streets":
            continue
        for item in layer["features"]:
            shape = shapely.geometry.shape(item["geometry"])
            yield item["properties"], geometry_to_metric(shape)


def mark_box(properties: FeatureProperties, shape: shapely.Point, point_m: float) -> Box:
    """Return the rectangle of a mark with its text; metres."""
    kind, label = properties["kind"], properties.get("label", "")
    x, y = shape.x, shape.y
    if kind == "hotspot-rank":
        return x - _BADGE_PT * point_m, y, x, y + _BADGE_PT * point_m
    size = _MARK_PT
    wide = size
    if kind == "territory-label":
        size = _TERRITORY_PT.get(properties.get("level", ""), _OUTER_PT)
        wide = len(label) * size * LETTER_EM
    elif kind == "change":
        wide = len(label) * _CHANGE_PT * LETTER_EM + size
        size = _BADGE_PT
    half, rise = wide / 2 * point_m, size * 0.7 * point_m
    return x - half, y - rise, x + half, y + rise
