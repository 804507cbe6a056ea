"""The streets of a map file as a network to walk on, with names of streets, places and houses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geosites.core import crs
from geosites.core.street_network import (
    NOTHING,
    STOOD_ON,
    WALKED,
    MapPlace,
    StreetNetwork,
    network,
)
from geosites.imports.basemap.frames import frame_of
from geosites.imports.basemap.other_maps import classified, places
from geosites.imports.basemap.source import is_osm, layers

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

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Houses:
    """House numbers as they are written, the streets they belong to, and where (n, 2), metres."""

    number: Objects
    street: Objects
    city: Objects
    xy: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True, kw_only=True)
class Streets:
    """What the names of a file are good for: the network, and house numbers for the search."""

    network: StreetNetwork
    houses: Houses


def read_streets(path: Path, area: shapely.Geometry | None, credit: str) -> Streets:
    """Return the streets of a file in an area in degrees, or all of them."""
    if not is_osm(path):
        return Streets(network=_of_lines(path, area, credit), houses=_no_houses())
    columns = ["name", "highway", "other_tags"]
    lines = frame_of(path, "lines", columns, area, where="highway IS NOT NULL")
    squares = _squares(path, area)
    roads = pd.concat([lines, squares], ignore_index=True)
    useful = "name IS NOT NULL OR other_tags LIKE '%addr:housenumber%'"
    points = frame_of(path, "points", ["name", "place", "other_tags"], area, where=useful)
    use = np.r_[_osm_use(lines), _osm_use(squares) & WALKED]
    made = _network(roads, roads.name.fillna("").to_numpy(dtype=object), use)
    return Streets(
        network=replace(made, places=tuple(_places(points)), credit=credit),
        houses=_houses(path, area, points),
    )


def _squares(path: Path, area: shapely.Geometry | None) -> gpd.GeoDataFrame:
    """Return the edges of squares that are mapped as areas, which join the streets that end there.

    One walks along them; they name no position, which the streets around them do.
    """
    where = """other_tags LIKE '%"highway"=>%'"""
    found = frame_of(path, "multipolygons", ["name", "other_tags"], area, where=where)
    found["highway"] = tag(found.other_tags.fillna(""), "highway")
    return found.set_geometry(found.geometry.boundary)


def _of_lines(path: Path, area: shapely.Geometry | None, credit: str) -> StreetNetwork:
    """Return the network of another map: what is drawn as a road, walked but for motorways."""
    every = layers(path)
    found: list[gpd.GeoDataFrame] = []
    named: list[MapPlace] = []
    for layer in every:
        frame = frame_of(path, layer, None, area)
        shown = classified(frame, layer, every)
        found.append(shown[shown.kind == "road"])
        named += places(frame, layer)
    roads = pd.concat(found)
    made = _network(roads, roads.name.to_numpy(dtype=object), roads.use.to_numpy(dtype=np.int64))
    return replace(made, places=tuple(named), credit=credit)


def _network(roads: gpd.GeoDataFrame, name: Objects, use: npt.NDArray[np.int64]) -> StreetNetwork:
    parts, of = shapely.get_parts(roads.geometry.to_numpy(), return_index=True)
    lonlat, line = shapely.get_coordinates(parts, return_index=True)
    if not len(line):
        return NOTHING
    useful = use[of] > 0
    kept = useful[line]
    return network(crs.to_metric(lonlat[kept]), line[kept], name[of], use[of])


def tag(tags: pd.Series, key: str) -> pd.Series:
    """Return the value of one tag of each row of `other_tags`; empty where there is none."""
    found = tags.str.extract(rf'"{key}"=>"((?:[^"\\]|\\.)*)"', expand=False)
    return found.fillna("").str.replace(r"\\(.)", r"\1", regex=True)


def _osm_use(roads: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Return what each line is good for, as the tags of OpenStreetMap say."""
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


def _no_houses() -> Houses:
    none = np.empty(0, dtype=object)
    return Houses(number=none, street=none, city=none, xy=np.empty((0, 2)))


def _houses(path: Path, area: shapely.Geometry | None, points: gpd.GeoDataFrame) -> Houses:
    """Return the numbers of points and buildings whose street a tag or a relation names."""
    numbered = "other_tags LIKE '%addr:housenumber%'"
    buildings = frame_of(path, "multipolygons", ["other_tags"], area, where=numbered)
    found = pd.concat([points[["other_tags", "geometry"]], buildings])
    tags = found.other_tags.fillna("")
    number, street, city = (tag(tags, f"addr:{key}") for key in ("housenumber", "street", "city"))
    place = shapely.point_on_surface(found.geometry.to_numpy())
    lonlat = shapely.get_coordinates(place).reshape(-1, 2)
    known = street.to_numpy(dtype=object, copy=True)
    lost = number.ne("").to_numpy() & street.eq("").to_numpy()
    known[lost] = _related(path, area, found.geometry.to_numpy()[lost])
    kept = number.ne("").to_numpy() & (known != "")
    return Houses(
        number=number.to_numpy(dtype=object)[kept],
        street=known[kept],
        city=city.to_numpy(dtype=object)[kept],
        xy=crs.to_metric(lonlat[kept]),
    )


def _related(path: Path, area: shapely.Geometry | None, shapes: Objects) -> Objects:
    """Return the street of which each shape is a house by a relation; empty where none says so."""
    where = "type = 'associatedStreet' AND name IS NOT NULL"
    streets = frame_of(path, "other_relations", ["name"], area, where=where)
    members, of = shapely.get_parts(streets.geometry.to_numpy(), return_index=True)
    point = shapely.get_type_id(members) == 0
    at = {
        xy: str(streets.name.iloc[relation])
        for xy, relation in zip(
            map(tuple, shapely.get_coordinates(members[point]).tolist()), of[point], strict=True
        )
    }
    answer = np.full(len(shapes), "", dtype=object)
    for number, shape in enumerate(shapes):
        if shape.geom_type == "Point":
            answer[number] = at.get((shape.x, shape.y), "")
    return answer
