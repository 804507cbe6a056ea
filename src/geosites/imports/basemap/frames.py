"""Layers of a map file as frames in degrees, cut to an area."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from geosites.imports.basemap.source import checked

DEGREES = 4326


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
    if frame.crs is not None and frame.crs.to_epsg() != DEGREES:
        frame = frame.to_crs(DEGREES)
    shape = frame.geometry.to_numpy()
    kept = ~(shapely.is_missing(shape) | shapely.is_empty(shape))
    if area is not None:
        shapely.prepare(area)
        kept &= shapely.intersects(area, shape)
    return frame[kept]
