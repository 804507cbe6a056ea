"""The quiet ground of the map: territories, thinned for a screen without opening gaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.crs import require_metric
from geosites.core.documents.geojson import Feature
from geosites.maps.geojson import feature

TOLERANCE_M = 15.0
CENTRE = shapely.Point(652_000, 6_862_300)
NEAR_M = 6_000.0


def outlines(territories: gpd.GeoDataFrame) -> list[Feature]:
    """Return one feature a territory, for a frame of arrondissements and communes (EPSG:2154).

    Shared borders stay shared (`coverage_simplify`, Visvalingam-Whyatt on the coverage, 15 m).
    `label` is what the map writes inside: the number of an arrondissement, the name of a commune.
    """
    frame = require_metric(territories)
    thin = shapely.coverage_simplify(np.asarray(frame.geometry), TOLERANCE_M)
    inside = shapely.point_on_surface(_towards_centre(thin))
    return [
        part
        for row, shape, point in zip(frame.itertuples(), thin, inside, strict=True)
        for part in (_area(row, shape), _label(row, point))
    ]


def _towards_centre(areas: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the part of each area near the centre, or all of it: the woods are not the 12th."""
    near = shapely.intersection(areas, CENTRE.buffer(NEAR_M))
    return np.where(shapely.is_empty(near), areas, near)


def _area(row: object, shape: shapely.Geometry) -> Feature:
    return feature("territory", shape, code=_text(row, "code"), level=_text(row, "level"))


def _label(row: object, point: shapely.Geometry) -> Feature:
    level, code = _text(row, "level"), _text(row, "code")
    label = str(int(code[-2:])) if level == "arrondissement" else _text(row, "name")
    return feature("territory-label", point, code=code, level=level, label=label)


def _text(row: object, name: str) -> str:
    return str(getattr(row, name))
