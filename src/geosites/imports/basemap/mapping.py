"""Map OpenStreetMap tags, or columns of other sources, to the feature classes drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import crs
from geosites.core.errors import Refused
from geosites.imports.basemap.frames import frames_of
from geosites.imports.basemap.other_maps import classified, places
from geosites.imports.basemap.sea import sea_of
from geosites.imports.basemap.source import is_osm, layers

WEB_METRES = 3857
MERCATOR = (-180.0, -85.0, 180.0, 85.0)
"""The extent of web maps: west, south, east and north in degrees."""

_ROADS = {
    **dict.fromkeys(("motorway", "trunk"), "motorway"),
    **dict.fromkeys(("primary", "secondary"), "main"),
    **dict.fromkeys(
        ("tertiary", "residential", "unclassified", "living_street", "pedestrian"), "street"
    ),
    **dict.fromkeys(("footway", "path", "steps", "cycleway", "service", "track"), "path"),
}
_RAILS = {"rail": "train", "subway": "metro", "light_rail": "rer", "tram": "tram"}
_PLACES = {
    **dict.fromkeys(("city", "town", "village"), "town"),
    **dict.fromkeys(("suburb", "quarter", "neighbourhood", "hamlet"), "district"),
    **dict.fromkeys(("locality", "square"), "spot"),
}
_WATERWAYS = frozenset(("river", "canal", "stream"))
_PARKS = frozenset(("park", "garden", "pitch", "playground", "nature_reserve"))
_GREEN = frozenset(("grass", "forest", "cemetery", "recreation_ground", "meadow", "village_green"))

FROM_ZOOM = {
    ("road", "motorway"): 10, ("road", "main"): 12, ("road", "street"): 13, ("road", "path"): 15,
    ("rail", "train"): 11, ("rail", "rer"): 11, ("rail", "metro"): 13, ("rail", "tram"): 13,
    ("water", ""): 10, ("park", ""): 12, ("building", ""): 15,
    ("place", "town"): 12, ("place", "district"): 13, ("place", "spot"): 15,
}  # fmt: skip
"""The zoom from which each kind is drawn."""

MOST_TILES = 1_000_000
"""Number of tiles of zoom 15 that cover France; a single feature covers far fewer."""


@dataclass(frozen=True, eq=False)
class MapFeatures:
    """Features of a map in degrees: what each is, its class, and its name (empty without one)."""

    kind: npt.NDArray[np.object_]
    level: npt.NDArray[np.object_]
    label: npt.NDArray[np.object_]
    shape: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.shape)

    def of(self, kind: str) -> MapFeatures:
        """Return the features of one kind."""
        chosen = self.kind == kind
        return MapFeatures(*(part[chosen] for part in self._parts))

    def within(self, box: tuple[float, float, float, float]) -> MapFeatures:
        """Return the features clipped to a rectangle in degrees."""
        bounds = shapely.bounds(self.shape)
        over = ~((bounds[:, :2] >= box[:2]).all(axis=1) & (bounds[:, 2:] <= box[2:]).all(axis=1))
        shape = self.shape.copy()
        shape[over] = shapely.clip_by_rect(shape[over], *box)
        same = shapely.get_dimensions(shape) == shapely.get_dimensions(self.shape)
        kept = same & ~shapely.is_empty(shape)
        return MapFeatures(self.kind[kept], self.level[kept], self.label[kept], shape[kept])

    @property
    def _parts(self) -> tuple[npt.NDArray[np.object_], ...]:
        return self.kind, self.level, self.label, self.shape


def read(path: Path, area: shapely.Geometry | None) -> Iterator[MapFeatures]:
    """Yield what a file shows of an area in degrees, or all of it, some features at once.

    Raises `Refused` where the file is damaged or shows nothing there.
    """
    some = False
    box = MERCATOR if area is None else area.bounds
    for part in _read(path, area):
        cut = part.within(box)
        if len(cut):
            some = True
            _require_few_tiles(path, cut)
            yield cut
    if not some:
        raise Refused("%(path)s: shows no street, water or rail of the territories", path=path)


def _require_few_tiles(path: Path, part: MapFeatures) -> None:
    """Refuse a feature that would cover more tiles than a large country."""
    west, south, east, north = shapely.bounds(part.shape).T
    side = 360 / 2 ** max(FROM_ZOOM.values())
    most = float((((east - west) / side + 1) * ((north - south) / side + 1)).max())
    if most > MOST_TILES:
        raise Refused(
            "%(path)s: one feature lies over %(count)s tiles, of at most %(most)s: build the map "
            "of the territories alone, or leave it out",
            path=path,
            count=int(most),
            most=MOST_TILES,
        )


def _read(path: Path, area: shapely.Geometry | None) -> Iterator[MapFeatures]:
    names = layers(path)
    if not is_osm(path):
        for name in names:
            for frame in frames_of(path, name, None, area):
                yield _lines_of(frame, name, names)
                yield _places_of(frame, name)
        return
    if wet := sea_of(path, area):
        nothing = np.full(len(wet), "", dtype=object)
        water = np.full(len(wet), "water", dtype=object)
        yield MapFeatures(water, nothing, nothing, np.array(wet, dtype=object))
    for frame in frames_of(path, "points", ["name", "place"], area):
        yield _points(frame)
    for frame in frames_of(path, "lines", ["name", "highway", "waterway", "railway"], area):
        yield _lines(frame)
    columns = ["name", "building", "landuse", "leisure", "natural"]
    for frame in frames_of(path, "multipolygons", columns, area):
        yield _areas(frame)


def _points(frame: gpd.GeoDataFrame) -> MapFeatures:
    level = frame.place.map(_PLACES)
    kind = np.where(level.notna() & frame.name.notna(), "place", "")
    return _features(frame, kind, level.fillna("").to_numpy())


def _lines(frame: gpd.GeoDataFrame) -> MapFeatures:
    road = frame.highway.map(_ROADS)
    rail = frame.railway.map(_RAILS)
    water = frame.waterway.isin(_WATERWAYS)
    kind = np.select([road.notna(), rail.notna(), water], ["road", "rail", "water"], "")
    return _features(frame, kind, road.fillna(rail).fillna("").to_numpy())


def _areas(frame: gpd.GeoDataFrame) -> MapFeatures:
    water = frame.natural.eq("water") | frame.landuse.isin(("basin", "reservoir"))
    park = frame.leisure.isin(_PARKS) | frame.landuse.isin(_GREEN) | frame.natural.eq("wood")
    kind = np.select([water, park, frame.building.notna()], ["water", "park", "building"], "")
    return _features(frame, kind, np.full(len(frame), ""))


def _lines_of(frame: gpd.GeoDataFrame, layer: str, every: list[str]) -> MapFeatures:
    """Return what a layer of another map shows."""
    shown = classified(frame, layer, every)
    return _features(shown, shown.kind.to_numpy(dtype=str), shown.level.to_numpy(dtype=object))


def _places_of(frame: gpd.GeoDataFrame, layer: str) -> MapFeatures:
    """Return the named places of a layer of another map as points."""
    found = [place for place in places(frame, layer) if place.kind == "place"]
    xy = np.array([(place.x, place.y) for place in found]).reshape(-1, 2)
    return MapFeatures(
        np.full(len(found), "place", dtype=object),
        np.full(len(found), "district", dtype=object),
        np.array([place.name for place in found], dtype=object),
        np.asarray(shapely.points(crs.to_geographic(xy)), dtype=object).reshape(-1),
    )


def _features(
    frame: gpd.GeoDataFrame, kind: npt.NDArray[np.str_], level: npt.NDArray[np.object_]
) -> MapFeatures:
    kept = kind != ""
    return MapFeatures(
        kind[kept].astype(object),
        level[kept].astype(object),
        frame.name.fillna("").to_numpy().astype(object)[kept],
        shapely.force_2d(frame.geometry.to_numpy()[kept]),
    )
