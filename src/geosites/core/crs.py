"""Coordinate reference systems, and the only conversion between them: metres and degrees.

Internally, every coordinate is in the metric reference system of the city (`city.metric`), easting
first. Externally (forms, files, maps) it is WGS 84 (EPSG:4326) in degrees, longitude first.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import city
from geosites.core.errors import WrongReference

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import Transformer

GEOGRAPHIC = 4326


@cache
def _transformer(source: int, target: int) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


@cache
def north_first(epsg: int) -> bool:
    """Return whether the authority's axes of a reference begin with the one to the north."""
    from pyproj import CRS

    return bool(CRS.from_epsg(epsg).axis_info[0].direction == "north")


@cache
def title(epsg: int) -> str:
    """Return the name of a reference system: `RGF93 v1 / Lambert-93 (EPSG:2154)`."""
    from pyproj import CRS

    return f"{CRS.from_epsg(epsg).name} (EPSG:{epsg})"


def to_metric(lonlat: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return metres for an (n, 2) array of longitudes and latitudes in degrees."""
    return _project(lonlat, GEOGRAPHIC, city.metric())


def to_geographic(xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return longitudes and latitudes in degrees for an (n, 2) array of metres."""
    return _project(xy, city.metric(), GEOGRAPHIC)


def _project(points: npt.ArrayLike, source: int, target: int) -> npt.NDArray[np.float64]:
    array = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    first, second = _transformer(source, target).transform(array[:, 0], array[:, 1])
    return np.column_stack([first, second])


def geometry_to_metric(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a WGS 84 geometry in metres."""
    return shapely.transform(geometry, to_metric)


def brought(geometry: shapely.Geometry, source: int, target: int) -> shapely.Geometry:
    """Return a geometry of the reference system `source` in `target`, both east first."""
    if source == target:
        return geometry
    return shapely.transform(geometry, lambda points: _project(points, source, target))


def brought_to_metric(geometry: shapely.Geometry, source: int) -> shapely.Geometry:
    """Return a geometry of the reference system `source` (east first) in metres."""
    return brought(geometry, source, city.metric())


def geometry_to_geographic(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry in metres in WGS 84 degrees."""
    return shapely.transform(geometry, to_geographic)


def require_metric(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame`, or refuse it: lengths in degrees mean nothing."""
    metric = city.metric()
    if frame.crs is None or frame.crs.to_epsg() != metric:
        raise WrongReference("expected EPSG:%(metric)s, got %(crs)s", metric=metric, crs=frame.crs)
    return frame
