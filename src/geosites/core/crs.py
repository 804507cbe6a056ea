"""Two reference systems and one door between them: metres inside, degrees outside.

Inside, every coordinate is RGF93 / Lambert-93 (EPSG:2154) in metres. Outside (forms, files, maps)
it is WGS 84 (EPSG:4326) in degrees, longitude first. Paris lies at about (652000, 6862000).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.errors import WrongReference

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import Transformer

METRIC = 2154
GEOGRAPHIC = 4326


@cache
def _transformer(source: int, target: int) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def to_metric(lonlat: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return Lambert-93 metres for an (n, 2) array of longitudes and latitudes in degrees."""
    return _project(lonlat, GEOGRAPHIC, METRIC)


def to_geographic(xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return longitudes and latitudes in degrees for an (n, 2) array of Lambert-93 metres."""
    return _project(xy, METRIC, GEOGRAPHIC)


def _project(points: npt.ArrayLike, source: int, target: int) -> npt.NDArray[np.float64]:
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    first, second = _transformer(source, target).transform(array[:, 0], array[:, 1])
    return np.column_stack([first, second])


def geometry_to_metric(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a WGS 84 geometry in Lambert-93 metres."""
    return shapely.transform(geometry, to_metric)


def brought_to_metric(geometry: shapely.Geometry, source: int) -> shapely.Geometry:
    """Return a geometry of the reference system `source` (east first) in Lambert-93 metres."""
    if source == METRIC:
        return geometry
    return shapely.transform(geometry, lambda points: _project(points, source, METRIC))


def geometry_to_geographic(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a Lambert-93 geometry in WGS 84 degrees."""
    return shapely.transform(geometry, to_geographic)


def require_metric(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame`, or refuse it: lengths in degrees mean nothing."""
    if frame.crs is None or frame.crs.to_epsg() != METRIC:
        raise WrongReference("expected EPSG:%(metric)s, got %(crs)s", metric=METRIC, crs=frame.crs)
    return frame
