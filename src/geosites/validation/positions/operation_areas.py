"""The area of an operation, as WKT or as a circle."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.crs import geometry_to_metric
from geosites.core.errors import phrase
from geosites.core.untrusted_geometry import from_wkt
from geosites.validation.positions.coordinates import (
    DECIMALS,
    WatchedTerritories,
    explain,
    positions,
    site_places,
)
from geosites.validation.records.report_context import Context
from geosites.validation.table_columns.text_columns import Block, Faults, Mask, filled
from geosites.validation.value_rules import number, require

LARGEST_RADIUS_M = 20_000.0
MOST_M2 = np.pi * LARGEST_RADIUS_M**2
_DRAWN = "MultiPolygon", "Polygon"

Areas = npt.NDArray[np.object_]
Shape: TypeAlias = shapely.Geometry


def areas(block: Block, faults: Faults, context: Context) -> tuple[Areas, Mask]:
    """Return MultiPolygons in metres (None where bad), and which rings were turned.

    A row gives either `wkt` (WGS 84) or a centre and `radius_m`, or else its area is the perimeter
    of the site it names. A ring in the wrong order means
    the same area and is repaired; one that crosses itself may mean several and is refused.
    """
    ground = context.ground
    drawn = filled(block.column("wkt"))
    at_sites = site_places(block, context.perimeters).there & ~drawn
    circles = _circles(block, faults, ground, ~drawn & ~at_sites)
    for row in np.flatnonzero(at_sites).tolist():
        circles[row] = _rounded(context.perimeters[block.text("site", row)])
    shapes = _polygons(block, faults, ground, drawn)
    turned = np.array([_is_turned(shape) for shape in shapes], dtype=bool)
    metric = [None if shape is None else _to_metric(shape) for shape in shapes]
    result: Areas = np.array(
        [
            _multi(item if item is not None else other)
            for item, other in zip(metric, circles, strict=True)
        ],
        dtype=object,
    )
    return result, turned


def _circles(
    block: Block, faults: Faults, ground: WatchedTerritories, wanted: Mask
) -> list[Shape | None]:
    centre = [name for name in ("lon", "lat", "x", "y", "radius_m") if name in block]
    for name in centre:
        given = filled(block.column(name))
        drawn = filled(block.column("wkt"))
        faults.mark(name, given & drawn, phrase("is given beside wkt; give one or the other"))
        faults.mark(name, ~given & wanted, phrase("is missing"))
    if not centre:
        require(block, faults, "wkt", unless=~wanted)
        return [None] * len(block)
    xy, _ = positions(block, faults, ground, needed=False)
    radius = number(block, faults, "radius_m", low=1.0, high=LARGEST_RADIUS_M)
    known = np.isfinite(xy).all(axis=1) & np.isfinite(radius) & ~faults.bad
    discs = shapely.buffer(shapely.points(np.where(known[:, None], xy, 0.0)), radius)
    return [_rounded(disc) if good else None for disc, good in zip(discs, known, strict=True)]


def _polygons(
    block: Block, faults: Faults, ground: WatchedTerritories, drawn: Mask
) -> list[Shape | None]:
    texts = block.column("wkt").to_pylist()
    shapes: list[Shape | None] = [None] * len(block)
    for row in np.flatnonzero(drawn & ~faults.bad).tolist():
        shape, reason = _polygon(texts[row], ground)
        shapes[row] = shape
        if reason:
            faults.mark("wkt", np.arange(len(block)) == row, reason)
    return shapes


def _polygon(text: str, ground: WatchedTerritories) -> tuple[Shape | None, str]:
    """Return the polygon that a text draws, or None and why there is none."""
    try:
        shape = shapely.force_2d(from_wkt(text))
    except shapely.errors.GEOSException as error:
        return None, phrase(
            "is not WKT: %(error)s", error=str(error).removeprefix("ParseException: ")
        )
    except NotImplementedError:
        return None, phrase("is drawn with curves; give straight lines")
    if shape.geom_type not in _DRAWN or shape.is_empty:
        return None, phrase(
            "is a %(shape)s, not a polygon that holds ground", shape=shape.geom_type.lower()
        )
    if not shape.is_valid:
        return None, phrase("is not a valid polygon: %(why)s", why=shapely.is_valid_reason(shape))
    if not _in_degrees(shape) or not ground.meets(_to_metric(shape)):
        corner = shapely.get_coordinates(shape)[0].tolist()
        return None, explain(ground, *corner, metric=False)
    if _to_metric(shape).area > MOST_M2:
        return None, phrase(
            "covers more than %(most).0f km²: no operation does", most=MOST_M2 / 1e6
        )
    return shape, ""


def _in_degrees(shape: Shape) -> bool:
    return bool((np.abs(shapely.get_coordinates(shape)) <= (180.0, 90.0)).all())


def _to_metric(shape: Shape) -> Shape:
    return _rounded(geometry_to_metric(shapely.orient_polygons(shape)))


def _rounded(shape: Shape) -> Shape:
    return shapely.transform(shape, lambda xy: np.round(xy, DECIMALS))


def _multi(shape: Shape | None) -> Shape | None:
    return shapely.multipolygons([shape]) if shape is not None and _is_single(shape) else shape


def _is_single(shape: Shape) -> bool:
    return bool(shape.geom_type == "Polygon")


def _is_turned(shape: Shape | None) -> bool:
    if shape is None:
        return False
    return not shapely.orient_polygons(shape).equals_exact(shape, 0.0)
