"""Layers of a map file as frames in degrees, cut to an area."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from pyogrio.raw import open_arrow

from geosites.imports.basemap.source import checked

DEGREES = 4326
_AT_ONCE = 10_000


def frame_of(
    path: Path,
    layer: str,
    columns: list[str] | None,
    area: shapely.Geometry | None,
    where: str | None = None,
) -> gpd.GeoDataFrame:
    """Return the features of a layer that touch an area in degrees, or all of them.

    `columns` None means all; `where` is a condition in the SQL of GDAL.
    """
    box = None if area is None else area.bounds
    frame = pyogrio.read_dataframe(
        checked(path), layer=layer, columns=columns, bbox=box, where=where
    )
    return _cut(frame, area)


def frames_of(
    path: Path, layer: str, columns: list[str] | None, area: shapely.Geometry | None
) -> Iterator[gpd.GeoDataFrame]:
    """Yield the features of a layer as `frame_of` returns them, so many at once."""
    box = None if area is None else area.bounds
    chosen = {"layer": layer, "columns": columns, "bbox": box, "batch_size": _AT_ONCE}
    with open_arrow(checked(path), use_pyarrow=True, **chosen) as (meta, reader):
        at = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            table = batch.to_pandas()
            shape = shapely.from_wkb(table.pop(at))
            yield _cut(gpd.GeoDataFrame(table, geometry=shape, crs=meta["crs"]), area)


def _cut(frame: gpd.GeoDataFrame, area: shapely.Geometry | None) -> gpd.GeoDataFrame:
    if frame.crs is not None and frame.crs.to_epsg() != DEGREES:
        frame = frame.to_crs(DEGREES)
    shape = frame.geometry.to_numpy()
    kept = ~(shapely.is_missing(shape) | shapely.is_empty(shape))
    if area is not None:
        shapely.prepare(area)
        kept &= shapely.intersects(area, shape)
    return frame[kept]
