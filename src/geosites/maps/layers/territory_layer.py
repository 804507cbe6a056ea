"""Territory layer: outlines simplified for screens without gaps between neighbours."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import city
from geosites.core.crs import geometry_to_metric, require_metric, to_metric
from geosites.core.documents.geojson import Feature
from geosites.maps.geojson import feature

TOLERANCE_M = 15.0
NEAR_M = 6_000.0


def outlines(
    territories: gpd.GeoDataFrame, around: shapely.Geometry | None = None
) -> list[Feature]:
    """Return one feature per territory, for a frame of those that partition the city.

    If `around` is given, in metres, those that do not intersect it are left out.

    Shared borders stay shared (`coverage_simplify`, Visvalingam-Whyatt on the coverage, 15 m).
    `label` is the text inside: a number if the level is numbered, or else the name. `level` is
    `inner` for the first level of the city, `outer` for others. The names come last, by size, those
    of the first level before others: each is hidden if it overlaps an earlier one.
    """
    frame = require_metric(territories)
    thin = shapely.coverage_simplify(np.asarray(frame.geometry), TOLERANCE_M)
    if around is not None:
        kept = shapely.intersects(thin, around)
        frame, thin = frame[kept], thin[kept]
    inside = shapely.point_on_surface(_towards_centre(thin))
    rows = list(frame.itertuples())
    areas = [_area(row, shape) for row, shape in zip(rows, thin, strict=True)]
    return [*areas, *(_label(rows[at], inside[at]) for at in _by_size(frame))]


def first_view() -> shapely.Geometry:
    """Return the city's initial extent, in metres."""
    view = city.current().first_view
    return geometry_to_metric(shapely.box(view.west, view.south, view.east, view.north))


def _towards_centre(areas: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the part of each area near the middle of the view, or all of it."""
    middle = to_metric(city.current().first_view.middle)[0]
    near = shapely.intersection(areas, shapely.Point(middle).buffer(NEAR_M))
    return np.where(shapely.is_empty(near), areas, near)


def _by_size(frame: gpd.GeoDataFrame) -> list[int]:
    """Return the places of rows by size, the largest first, those of the first level before."""
    others = np.asarray(frame["level"] != city.current().tiling[0])
    return [int(at) for at in np.lexsort((-np.asarray(frame.geometry.area), others))]


def _area(row: object, shape: shapely.Geometry) -> Feature:
    return feature("territory", shape, code=_text(row, "code"), level=_rank(row))


def _label(row: object, point: shapely.Geometry) -> Feature:
    code, number = _text(row, "code"), ""
    if city.current().level(_text(row, "level")).numbered:
        number = code[-2:].lstrip("0")
    label = number if number.isdecimal() else _text(row, "name")
    return feature("territory-label", point, code=code, level=_rank(row), label=label)


def _rank(row: object) -> str:
    return "inner" if _text(row, "level") == city.current().tiling[0] else "outer"


def _text(row: object, name: str) -> str:
    return str(getattr(row, name))
