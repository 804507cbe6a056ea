"""Layers of a map file as GeoDataFrames in degrees, clipped to an area."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyarrow.lib import ArrowException
from pyogrio.raw import open_arrow
from pyproj import CRS, Transformer

from geosites.core.errors import Refused
from geosites.imports.basemap.source import STUMBLES, checked, unreadable

DEGREES = 4326
_AT_ONCE = 10_000
_FARTHEST = np.array([180.0, 90.0, 180.0, 90.0])


def frames_of(
    path: Path,
    layer: str,
    columns: list[str] | None,
    area: shapely.Geometry | None,
    where: str | None = None,
) -> Iterator[gpd.GeoDataFrame]:
    """Yield the features of a layer that touch an area in degrees, or all, some at once.

    `columns` None means all; `where` is a condition in the SQL of GDAL.
    """
    try:
        box = _box(path, layer, area)
        chosen = {"layer": layer, "columns": columns, "bbox": box, "where": where}
        with open_arrow(checked(path), use_pyarrow=True, batch_size=_AT_ONCE, **chosen) as opened:
            meta, reader = opened
            at = meta["geometry_name"] or "wkb_geometry"
            for batch in _quietly(reader):
                table = batch.to_pandas()
                shape = shapely.from_wkb(table.pop(at))
                yield _cut(path, gpd.GeoDataFrame(table, geometry=shape, crs=meta["crs"]), area)
    except (*STUMBLES, ArrowException, OSError) as error:
        raise unreadable(path, error) from error


def _quietly(reader: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches without what GDAL warns of meanwhile: a feature without a shape is left out."""
    batches = iter(reader)
    while True:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            batch = next(batches, None)
        if batch is None:
            return
        # A damaged file may contain lengths beyond its end: they are checked before use.
        batch.validate(full=True)
        yield batch


def _box(
    path: Path, layer: str, area: shapely.Geometry | None
) -> tuple[float, float, float, float] | None:
    """Return the rectangle around an area in degrees, in the coordinates of a layer."""
    if area is None:
        return None
    own = pyogrio.read_info(checked(path), layer=layer)["crs"]
    bounds: tuple[float, float, float, float] = area.bounds
    if own is None or CRS(own) == CRS(DEGREES):
        return bounds
    there = Transformer.from_crs(DEGREES, own, always_xy=True)
    return there.transform_bounds(*bounds)


def _cut(path: Path, frame: gpd.GeoDataFrame, area: shapely.Geometry | None) -> gpd.GeoDataFrame:
    if frame.crs is not None and frame.crs.to_epsg() != DEGREES:
        frame = frame.to_crs(DEGREES)
    shape = frame.geometry.to_numpy()
    kept = ~(shapely.is_missing(shape) | shapely.is_empty(shape))
    bounds = shapely.bounds(shape)
    kept &= np.isfinite(bounds).all(axis=1)
    if frame.crs is None and (np.abs(bounds[kept]) > _FARTHEST).any():
        raise Refused("%(path)s: does not say in which coordinates it is", path=path)
    if area is None:
        return frame[kept]
    shapely.prepare(area)
    return frame[kept & shapely.intersects(area, shape)]
