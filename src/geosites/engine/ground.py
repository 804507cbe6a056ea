"""The territories of a backfill, cut into shards that lie together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.standing import HALO_M
from geosites.store.visits import Box

_CURVE_ORDER = 12


@dataclass(frozen=True)
class Shard:
    """Some territories: its number, their codes, their polygons in metres."""

    number: int
    codes: tuple[str, ...]
    areas: npt.NDArray[np.object_]

    @cached_property
    def box(self) -> Box:
        """West, south, east and north of what must be read for it."""
        west, south, east, north = shapely.total_bounds(self.areas)
        return west - HALO_M, south - HALO_M, east + HALO_M, north + HALO_M


@dataclass(frozen=True)
class Ground:
    """All territories, in shards numbered from 0; it can be sent to another process."""

    shards: tuple[Shard, ...]

    @classmethod
    def of(cls, tiling: gpd.GeoDataFrame, shards: int) -> Ground:
        """Return the tiling in so many shards of neighbours, or in fewer where it is small.

        The cut depends on the territories alone: not on engine, workers or data.
        """
        ordered = tiling.iloc[_along_a_curve(tiling.geometry.to_numpy())]
        pieces = np.array_split(np.arange(len(ordered)), min(shards, len(ordered)))
        return cls(tuple(_shard(number, ordered.iloc[rows]) for number, rows in enumerate(pieces)))

    def box(self, shards: Sequence[int]) -> Box | None:
        """Return what must be read for some of the shards; None for all of them."""
        if len(shards) == len(self.shards):
            return None
        boxes = np.array([self.shards[number].box for number in shards])
        west, south = boxes[:, :2].min(axis=0)
        east, north = boxes[:, 2:].max(axis=0)
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
