"""The walking network of a map file, with names of streets, places and house numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geosites.core import crs
from geosites.core.street_network import STOOD_ON, WALKED, MapPlace, StreetNetwork
from geosites.imports.basemap.frames import frames_of
from geosites.imports.basemap.houses import HouseNumbers, Houses, RelatedStreets
from geosites.imports.basemap.other_maps import classified, places
from geosites.imports.basemap.source import is_osm, layers, require_readable
from geosites.imports.basemap.ways import StreetWays

_FAST = ("motorway", "trunk", "motorway_link", "trunk_link")
_NO_WAY = (
    "bridleway", "bus_guideway", "busway", "construction", "corridor", "elevator", "emergency_bay",
    "escape", "platform", "proposed", "raceway", "razed", "rest_area", "services",
)  # fmt: skip
_ALLOWED = ("yes", "designated", "permissive")
_CLOSED = ("no", "private")
_PLACES = (
    "city", "town", "village", "hamlet", "suburb", "quarter", "neighbourhood", "locality", "square",
)  # fmt: skip
_STATIONS = ("station", "halt")


@dataclass(frozen=True, kw_only=True)
class Streets:
    """Data for names: the network, and house numbers for the search."""

    network: StreetNetwork
    houses: Houses


def read_streets(path: Path, area: shapely.Geometry | None, credit: str) -> Streets:
    """Return the streets of a file in an area in degrees, or all of them.

    The file is read in batches of features, layer by layer, and stored as numbers.
    """
    if not is_osm(path):
        return Streets(network=_of_lines(path, area, credit), houses=HouseNumbers().houses())
    require_readable(path)
    ways = StreetWays()
    columns = ["name", "highway", "other_tags"]
    for lines in frames_of(path, "lines", columns, area, where="highway IS NOT NULL"):
        _take(ways, lines, _osm_use(lines))
    for squares in _squares(path, area):
        _take(ways, squares, _osm_use(squares) & WALKED)
    made = ways.network()
    houses, named = _points(path, area)
    return Streets(network=replace(made, places=tuple(named), credit=credit), houses=houses)


def _squares(path: Path, area: shapely.Geometry | None) -> Iterator[gpd.GeoDataFrame]:
    """Yield the edges of squares that are mapped as areas, which join the streets that end there.

    One walks along them; they name no position, which the streets around them do.
    """
    where = """other_tags LIKE '%"highway"=>%'"""
    for found in frames_of(path, "multipolygons", ["name", "other_tags"], area, where=where):
        found["highway"] = tag(found.other_tags.fillna(""), "highway")
        yield found.set_geometry(found.geometry.boundary)


def _of_lines(path: Path, area: shapely.Geometry | None, credit: str) -> StreetNetwork:
    """Return the network of another map: all roads, walkable except motorways."""
    every = layers(path)
    ways, named = StreetWays(), list[MapPlace]()
    for layer in every:
        for frame in frames_of(path, layer, None, area):
            shown = classified(frame, layer, every)
            roads = shown[shown.kind == "road"]
            _take(ways, roads, roads.use.to_numpy(dtype=np.int64))
            named += places(frame, layer)
    return replace(ways.network(), places=tuple(named), credit=credit)


def _take(ways: StreetWays, roads: gpd.GeoDataFrame, use: npt.NDArray[np.int64]) -> None:
    ways.add(roads.geometry.to_numpy(), roads.name.fillna("").to_numpy(dtype=object), use)


def tag(tags: pd.Series, key: str) -> pd.Series:
    """Return the value of one tag of each row of `other_tags`; empty where there is none."""
    found = tags.str.extract(rf'"{key}"=>"((?:[^"\\]|\\.)*)"', expand=False)
    return found.fillna("").str.replace(r"\\(.)", r"\1", regex=True)


def _osm_use(roads: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Return the use of each line from its OpenStreetMap tags."""
    tags = roads.other_tags.fillna("")
    kind, foot, access = roads.highway, tag(tags, "foot"), tag(tags, "access")
    may = foot.isin(_ALLOWED)
    closed = foot.isin(_CLOSED) | access.isin(_CLOSED) & ~may | kind.isin(_NO_WAY)
    fast = kind.isin(_FAST) & ~may
    walked = ~closed & ~fast & ~(kind.eq("cycleway") & ~may)
    below = tag(tags, "tunnel").isin(("yes", "culvert")) | tag(tags, "indoor").eq("yes")
    stood = roads.name.notna() & ~kind.isin((*_FAST, *_NO_WAY)) & ~below
    return np.asarray(walked * WALKED + stood * STOOD_ON, dtype=np.int64)


def _places(points: gpd.GeoDataFrame) -> list[MapPlace]:
    named = points[points.name.notna()]
    station = tag(named.other_tags.fillna(""), "railway").isin(_STATIONS)
    kept = named[named.place.isin(_PLACES) | station]
    kind = np.where(station[kept.index], "station", "place")
    xy = crs.to_metric(shapely.get_coordinates(kept.geometry.to_numpy()))
    return [
        MapPlace(name=str(name), kind=str(what), x=x, y=y)
        for name, what, (x, y) in zip(kept.name, kind, xy.tolist(), strict=True)
    ]


def _points(path: Path, area: shapely.Geometry | None) -> tuple[Houses, list[MapPlace]]:
    """Return the house numbers of points and buildings, and the places and stations by name."""
    related = RelatedStreets()
    where = "type = 'associatedStreet' AND name IS NOT NULL"
    for streets in frames_of(path, "other_relations", ["name"], area, where=where):
        related.add(streets.geometry.to_numpy(), streets.name.to_numpy(dtype=object))
    found, named = HouseNumbers(), list[MapPlace]()
    useful = "name IS NOT NULL OR other_tags LIKE '%addr:housenumber%'"
    for points in frames_of(path, "points", ["name", "place", "other_tags"], area, where=useful):
        named += _places(points)
        _numbered(found, related, points)
    numbered = "other_tags LIKE '%addr:housenumber%'"
    for buildings in frames_of(path, "multipolygons", ["other_tags"], area, where=numbered):
        _numbered(found, related, buildings)
    return found.houses(), named


def _numbered(found: HouseNumbers, related: RelatedStreets, frame: gpd.GeoDataFrame) -> None:
    """Add house numbers of features whose street is named by a tag or a relation."""
    tags = frame.other_tags.fillna("")
    number, street, city = (
        tag(tags, f"addr:{key}").to_numpy(dtype=object) for key in ("housenumber", "street", "city")
    )
    shapes = frame.geometry.to_numpy()
    lonlat = shapely.get_coordinates(shapely.point_on_surface(shapes)).reshape(-1, 2)
    lost = (number != "") & (street == "")
    street[lost] = related.of(shapes[lost])
    found.add(number, street, city, lonlat)
