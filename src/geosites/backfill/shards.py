"""Shards: the territories of a backfill, grouped by proximity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.places import Places
from geosites.analysis.territory_people_present import HALO_M
from geosites.core.records import Site
from geosites.db.reports.visits import Box

_CURVE_ORDER = 12
READING_M = 2_000.0
"""How far around its shard a job reads. Visits are assigned to places from the densest area
outwards, so that a place may depend on visits far beyond its own.
"""


@dataclass(frozen=True)
class Shard:
    """Some territories: its number, their codes, their polygons in metres."""

    number: int
    codes: tuple[str, ...]
    areas: npt.NDArray[np.object_]

    @cached_property
    def box(self) -> Box:
        """West, south, east and north of the area of the visits to its places."""
        west, south, east, north = shapely.total_bounds(self.areas)
        return west - HALO_M, south - HALO_M, east + HALO_M, north + HALO_M


@dataclass(frozen=True)
class ShardedTerritories:
    """All territories, in shards numbered from 0; it can be sent to another process.

    `perimeters` are those of the known sites, `sites` the codes of their territories.
    """

    shards: tuple[Shard, ...]
    perimeters: tuple[shapely.Geometry, ...] = ()
    sites: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, tiling: gpd.GeoDataFrame, shards: int, sites: Sequence[Site] = ()
    ) -> ShardedTerritories:
        """Return the tiling in shards of neighbours, fewer if it is small.

        The shards depend on the territories only, not on engine, workers or data.
        """
        ordered = tiling.iloc[_along_a_curve(tiling.geometry.to_numpy())]
        pieces = np.array_split(np.arange(len(ordered)), min(shards, len(ordered)))
        return cls(
            shards=tuple(_shard(number, ordered.iloc[rows]) for number, rows in enumerate(pieces)),
            perimeters=tuple(site.perimeter for site in sites),
            sites=tuple(site.territory for site in sites),
        )

    @cached_property
    def codes(self) -> npt.NDArray[np.str_]:
        """The codes of all territories, shard by shard."""
        return np.array([code for shard in self.shards for code in shard.codes], dtype=np.str_)

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """The row of the first territory of each shard among all, and the number of all."""
        return np.cumsum([0, *(len(shard.codes) for shard in self.shards)])

    @cached_property
    def _areas(self) -> npt.NDArray[np.object_]:
        areas = np.concatenate([shard.areas for shard in self.shards])
        shapely.prepare(areas)
        return areas

    def within(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Return the row of the territory that holds each point (n, 2); the nearest, if none."""
        points = shapely.points(xy)
        result = np.full(len(xy), -1, dtype=np.int64)
        area, point = shapely.STRtree(points).query(self._areas, predicate="intersects")
        result[point] = area
        lost = np.flatnonzero(result < 0)
        if len(lost):
            tree = shapely.STRtree(self._areas)
            result[lost] = tree.query_nearest(points[lost], all_matches=False)[1]
        return result

    def homes(self, grounds: Places) -> npt.NDArray[np.int64]:
        """Return the row of the territory that each place counts in: a known site's is its own."""
        rows = {str(code): row for row, code in enumerate(self.codes)}
        own = np.array([rows.get(code, -1) for code in self.sites] + [-1], dtype=np.int64)
        return np.where(own[grounds.site] >= 0, own[grounds.site], self.within(grounds.centre))

    def box(self, shards: Sequence[int]) -> Box | None:
        """Return what must be read for some of the shards; None for all of them."""
        if len(shards) == len(self.shards):
            return None
        boxes = np.array([self.shards[number].box for number in shards])
        west, south = boxes[:, :2].min(axis=0) - READING_M
        east, north = boxes[:, 2:].max(axis=0) + READING_M
        return float(west), float(south), float(east), float(north)

    def __iter__(self) -> Iterator[Shard]:
        return iter(self.shards)

    def __len__(self) -> int:
        return len(self.shards)


def _shard(number: int, territories: gpd.GeoDataFrame) -> Shard:
    kept = territories.sort_values("code")
    return Shard(number, tuple(str(code) for code in kept.code), kept.geometry.to_numpy())


def _along_a_curve(areas: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
    """Return the order of the areas along a Z-order curve through their centres (Morton 1966)."""
    xy = shapely.get_coordinates(shapely.centroid(areas))
    low, high = xy.min(axis=0), xy.max(axis=0)
    steps = (xy - low) / np.maximum(high - low, 1.0) * (2**_CURVE_ORDER - 1)
    columns, rows = steps.astype(np.int64).T
    key = np.zeros(len(xy), dtype=np.int64)
    for bit in range(_CURVE_ORDER):
        key |= ((columns >> bit) & 1) << (2 * bit) | ((rows >> bit) & 1) << (2 * bit + 1)
    return np.argsort(key, kind="stable")
