"""Locations of reports: coordinates, and the territory that contains them.

Positions are stored to the millimetre, so that a file written in degrees and read again has exactly
the same values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import shapely

from geosites.core import city
from geosites.core.crs import require_metric, title, to_metric
from geosites.core.errors import phrase
from geosites.validation.table_columns.text_columns import Block, Faults, Mask, filled, mask
from geosites.validation.value_rules import number, require

DECIMALS = 3
"""Positions are stored to the millimetre."""

GAP_M = 5.0
"""Published boundaries leave slivers between neighbours; a point in one belongs to the nearest."""


_NEAR_M = 200_000.0
"""Maximum distance at which numbers interpreted as metres are considered metres."""

Points = npt.NDArray[np.float64]
Perimeters = Mapping[str, shapely.Geometry]
"""The perimeters of sites in metres, by slug."""


@dataclass(frozen=True)
class WatchedTerritories:
    """The territories of the city; every report is in one of them."""

    codes: tuple[str, ...] = field(repr=False)
    areas: Sequence[shapely.Geometry] = field(repr=False)

    @classmethod
    def of(cls, territories: gpd.GeoDataFrame) -> WatchedTerritories:
        """Return the partition from a frame of territories."""
        tiles = require_metric(territories)
        levels = tiles["level"].to_numpy(dtype=str)
        tiles = tiles[np.isin(levels, city.current().tiling)].sort_values("code")
        return cls(tuple(tiles["code"]), tuple(tiles.geometry))

    def locate(self, xy: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return for each point (metres) the index into `codes`, or -1 for none.

        A point on a boundary belongs to the lower code.
        """
        array = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        result = np.full(len(array), -1, dtype=np.int64)
        points = shapely.points(array[np.isfinite(array).all(axis=1)])
        inside = np.full(len(points), -1, dtype=np.int64)
        tile, point = shapely.STRtree(points).query(self._prepared, predicate="covers")
        order = np.argsort(-tile, kind="stable")
        inside[point[order]] = tile[order]
        self._fill_gaps(points, inside)
        result[np.isfinite(array).all(axis=1)] = inside
        return result

    def meets(self, area: shapely.Geometry) -> bool:
        """Return whether an area in metres meets any territory."""
        return len(self._tree.query(area, predicate="intersects")) > 0

    def near(self, xy: npt.ArrayLike) -> bool:
        """Return whether a pair of numbers, interpreted as metres, is near any territory."""
        return bool(
            self._tree.query(shapely.Point(xy).buffer(_NEAR_M), predicate="intersects").size
        )

    def _fill_gaps(self, points: npt.NDArray[np.object_], inside: npt.NDArray[np.int64]) -> None:
        left = np.flatnonzero(inside < 0)
        point, tile = self._tree.query_nearest(points[left], max_distance=GAP_M, all_matches=False)
        inside[left[point]] = tile

    @cached_property
    def _prepared(self) -> npt.NDArray[np.object_]:
        areas = np.array(self.areas, dtype=object)
        shapely.prepare(areas)
        return areas

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.areas)


@dataclass(frozen=True)
class SitePlaces:
    """Rows located by their site: `there` marks them, other values are NaN elsewhere.

    `xy`: a point within the perimeter. `reach_m`: maximum distance from it to the perimeter.
    """

    there: Mask
    xy: Points
    reach_m: npt.NDArray[np.float64]


def site_places(block: Block, perimeters: Perimeters) -> SitePlaces:
    """Return the places of the rows that name a known site and no coordinates."""
    size = len(block)
    there: Mask = np.zeros(size, dtype=bool)
    xy, reach_m = np.full((size, 2), np.nan), np.full(size, np.nan)
    if "site" not in block or not perimeters:
        return SitePlaces(there, xy, reach_m)
    placed = np.zeros(size, dtype=bool)
    for name in ("lon", "lat", "x", "y"):
        placed |= filled(block.column(name))
    site = block.column("site")
    for slug in site.unique().to_pylist():
        if slug in perimeters:
            rows = mask(pc.equal(site, slug)) & ~placed
            middle = shapely.point_on_surface(perimeters[slug])
            there |= rows
            xy[rows] = np.round([middle.x, middle.y], DECIMALS)
            reach_m[rows] = shapely.hausdorff_distance(middle, perimeters[slug])
    return SitePlaces(there, xy, reach_m)


def positions(
    block: Block,
    faults: Faults,
    ground: WatchedTerritories,
    *,
    needed: bool = True,
    at_sites: SitePlaces | None = None,
) -> tuple[Points, npt.NDArray[np.int64]]:
    """Return points in metres (NaN where none or bad), and their territory's index.

    They are read from lon, lat or from x, y, or are those of `at_sites`. A row outside every
    territory is refused, with the likely slip named: metres for degrees, latitude and longitude
    swapped.
    """
    metric = "x" in block or "y" in block
    first, second = ("x", "y") if metric else ("lon", "lat")
    there = np.zeros(len(block), dtype=bool) if at_sites is None else at_sites.there
    if needed:
        require(block, faults, first, unless=there)
        require(block, faults, second, unless=there)
    given = np.column_stack([number(block, faults, name) for name in (first, second)])
    xy = np.round(given if metric else from_degrees(given), DECIMALS)
    if at_sites is not None:
        xy[there] = at_sites.xy[there]
    tile = ground.locate(xy)
    lost = np.isfinite(given).all(axis=1) & (tile < 0)
    polar = lost & (np.abs(given[:, 0]) <= 180) & (np.abs(given[:, 1]) > 90) & (not metric)
    faults.mark(second, polar, phrase("is not a latitude: that lies from -90 to 90"))
    elsewhere = lost & ~polar
    faults.mark(first, elsewhere, lambda row: explain(ground, *given[row].tolist(), metric=metric))
    xy[lost] = np.nan
    return xy, tile


def explain(ground: WatchedTerritories, first: float, second: float, *, metric: bool) -> str:
    """Return why a pair of coordinates is in no territory."""
    here = f"{first:g}, {second:g}" if not metric else f"{first:.0f}, {second:.0f}"
    if metric:
        if ground.locate(from_degrees([[first, second]]))[0] >= 0:
            return phrase("is in degrees; x and y are metres (EPSG:%(code)s)", code=city.metric())
        if ground.locate([[second, first]])[0] >= 0:
            return phrase("x and y are swapped")
    elif ground.near([first, second]) or ground.near([second, first]):
        return phrase(
            "is in metres; lon and lat are degrees (give metres of %(reference)s as x and y)",
            reference=title(city.metric()),
        )
    elif ground.locate(from_degrees([[second, first]]))[0] >= 0:
        return phrase("lon and lat are swapped (latitude and longitude the wrong way round)")
    elif abs(first) > 180 or abs(second) > 90:
        return phrase("(%(here)s) is not a longitude and latitude", here=here)
    return phrase("(%(here)s) lies outside every territory", here=here)


def from_degrees(lonlat: npt.ArrayLike) -> Points:
    """Return metres, NaN where the degrees are out of range."""
    array = np.asarray(lonlat, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        right = (np.abs(array) <= (180.0, 90.0)).all(axis=1)
    xy = np.full(array.shape, np.nan)
    xy[right] = to_metric(array[right])
    xy[~np.isfinite(xy)] = np.nan
    return xy
