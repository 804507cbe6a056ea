"""The built street map in maps that leave the service: printed ones and HTML files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from geosites.core.crs import geometry_to_geographic, geometry_to_metric
from geosites.core.documents.geojson import Feature, FeatureProperties, Geometry, Layer
from geosites.core.documents.round_plan import CrewRoundDocument
from geosites.core.gunzip import gunzipped
from geosites.core.vector_tile import decode
from geosites.db.geography import street_map, street_tiles
from geosites.db.geography.street_tiles import Square, StreetTile
from geosites.maps.geojson import DECIMALS, feature

ZOOMS = (14, 13, 12)
"""From the one with most in it; the first that is small enough for a view is taken."""

MOST_BYTES = 250_000
"""Maximum size of compressed tiles under a map; as GeoJSON in a file about 12 times as much."""

_MOST_UNPACKED = 8_000_000
_AROUND = 0.65
"""Half the side of what a map of some shape shows at most, by the longer side of its data."""

_LEAST_M = 300.0
_LEVELS = {"road": ("motorway", "main", "street"), "rail": None, "water": None}
_MERGED = tuple[str, str, str]


def around(bbox: Sequence[float]) -> shapely.Geometry:
    """Return the square that a map of `bbox` shows at most, whatever its shape; degrees."""
    west, south, east, north = geometry_to_metric(shapely.box(*bbox)).bounds
    half = max(_LEAST_M, _AROUND * max(east - west, north - south))
    x, y = (west + east) / 2, (south + north) / 2
    return geometry_to_geographic(shapely.box(x - half, y - half, x + half, y + half))


def around_stops(crews: Sequence[CrewRoundDocument]) -> shapely.Geometry | None:
    """Return the square around the stops of crews, in degrees; None where there are none."""
    stops = [(stop["lon"], stop["lat"]) for crew in crews for stop in crew["stops"]]
    return around(shapely.MultiPoint(stops).bounds) if stops else None


def over(
    conn: sa.Connection, layer: Layer, view: shapely.Geometry, most: int = MOST_BYTES
) -> Layer:
    """Return a background layer with the lines and waters of the built map where it has any.

    `most` is the maximum size of compressed tiles under a map.

    If the built map is too large for a view even at its lowest zoom, or has nothing there, the
    layer is unchanged.
    """
    tiles = _tiles(conn, view, most)
    if not tiles:
        return layer
    covered = shapely.union_all([shapely.box(*_bounds(tile)) for tile in tiles])
    own = [part for item in layer["features"] for part in _outside(item, covered)]
    return {**layer, "features": [*_merged(tiles), *own, *_stations(conn, layer, view)]}


def _tiles(conn: sa.Connection, view: shapely.Geometry, most: int) -> list[StreetTile]:
    for zoom in ZOOMS:
        square = _square(view, zoom)
        if street_tiles.size(conn, zoom, square) <= most:
            return street_tiles.get(conn, zoom, square)
    return []


def _square(view: shapely.Geometry, zoom: int) -> Square:
    west, south, east, north = view.bounds
    first, top = _place(west, north, zoom)
    last, bottom = _place(east, south, zoom)
    return first, top, last, bottom


def _place(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return the column and row of the tile that contains a position."""
    count = 2**zoom
    high = math.asinh(math.tan(math.radians(lat))) / math.pi
    return int((lon + 180) / 360 * count), int((1 - high) / 2 * count)


def _degrees(xy: npt.NDArray[np.float64], zoom: int) -> npt.NDArray[np.float64]:
    """Return positions in tiles of a zoom (column and row with fractions) in degrees."""
    share = xy / 2.0**zoom
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * share[:, 1]))))
    return np.column_stack([share[:, 0] * 360 - 180, lat])


def _bounds(tile: StreetTile) -> tuple[float, float, float, float]:
    corners = np.array([(tile.x, tile.y + 1), (tile.x + 1, tile.y)], dtype=np.float64)
    (west, south), (east, north) = _degrees(corners, tile.zoom).tolist()
    return west, south, east, north


def _merged(tiles: Iterable[StreetTile]) -> list[Feature]:
    """Return what tiles show, each class and name as one feature, waters first."""
    found: dict[_MERGED, list[shapely.Geometry]] = {}
    for tile in tiles:
        for (shape, told), extent in decode(gunzipped(tile.data, _MOST_UNPACKED)):
            kind, level = told.get("kind", ""), told.get("level", "")
            levels = _LEVELS.get(kind, ())
            if levels is not None and level not in levels:
                continue
            part = shapely.clip_by_rect(shape, 0, 0, extent, extent)
            if part.is_empty or shapely.get_dimensions(part) != shapely.get_dimensions(shape):
                continue
            # A label makes water a line along which its name is written, never an area.
            area = shapely.get_dimensions(shape) == 2
            label = "" if area else told.get("label", "")
            found.setdefault((kind, level, label), []).append(_placed(part, tile, extent))
    order = {kind: place for place, kind in enumerate(("water", "rail", "road"))}
    return [
        _drawn(*key, shapes)
        for key, shapes in sorted(found.items(), key=lambda pair: (order[pair[0][0]], pair[0]))
        if key[0] != "water" or key[2] or shapely.get_dimensions(shapes).max() == 2
    ]


def _placed(part: shapely.Geometry, tile: StreetTile, extent: int) -> shapely.Geometry:
    """Return a shape of a tile in degrees."""
    corner = np.array([tile.x, tile.y])
    return shapely.transform(part, lambda xy: _degrees(xy / extent + corner, tile.zoom))


def _drawn(kind: str, level: str, label: str, shapes: Sequence[shapely.Geometry]) -> Feature:
    whole = shapely.union_all(shapely.set_precision(list(shapes), 10.0**-DECIMALS))
    most = shapely.get_dimensions(whole)
    # Areas that became too narrow are lines by now, and are left out.
    parts = shapely.get_parts(shapely.get_parts(whole))
    parts = parts[shapely.get_dimensions(parts) == most]
    gathered = shapely.multipolygons(parts) if most == 2 else shapely.multilinestrings(parts)
    whole = gathered if most == 2 else shapely.line_merge(gathered)
    properties: FeatureProperties = {"kind": kind}
    if level:
        properties["level"] = level
    if label:
        properties["label"] = label
    return {"type": "Feature", "properties": properties, "geometry": _geometry(whole)}


def _geometry(shape: shapely.Geometry) -> Geometry:
    rounded = shapely.transform(shape, lambda xy: xy.round(DECIMALS))
    document: Geometry = json.loads(shapely.to_geojson(shapely.orient_polygons(rounded)))
    return document


def _outside(item: Feature, covered: shapely.Geometry) -> list[Feature]:
    """Return the part of a background feature where the built map has nothing; all stations."""
    if item["properties"]["kind"] == "station":
        return [item]
    shape = shapely.geometry.shape(item["geometry"])
    if shapely.disjoint(covered, shape):
        return [item]
    rest = shapely.difference(shape, covered)
    return [] if rest.is_empty else [{**item, "geometry": _geometry(rest)}]


def _stations(conn: sa.Connection, layer: Layer, view: shapely.Geometry) -> list[Feature]:
    """Return the stations of the built map in a view where the background has none."""
    known = any(
        item["properties"]["kind"] == "station"
        and shapely.intersects(view, shapely.geometry.shape(item["geometry"]))
        for item in layer["features"]
    )
    if known:
        return []
    metric = geometry_to_metric(view)
    return [
        feature("station", shapely.Point(place.x, place.y), level="train", label=place.name)
        for place in street_map.get_network(conn).places
        if place.kind == "station" and metric.intersects(shapely.Point(place.x, place.y))
    ]
