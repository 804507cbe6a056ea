"""Places near a border, whose territory a few metres decide, this week or the next."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots

Ints = npt.NDArray[np.int64]

BORDER_M = 50.0
"""Maximum distance of a centre from another territory for a place on the border."""

SPLIT = 0.2
"""Share of the visits to a place beyond which another territory has a part of it."""


@dataclass(frozen=True, kw_only=True)
class Border:
    """A place on a border: `rows` of the tiling, the one it counts in first; people present."""

    place: int
    rows: tuple[int, ...]
    heads: float
    visits: int


def borders(
    tiling: gpd.GeoDataFrame, week: WeeklyHotspots, home: Ints, seen_in: Ints
) -> list[Border]:
    """Return the occupied places on a border, the largest first.

    `home` is the row of the tiling that each place counts in, `seen_in` that of each visit. A known
    site keeps its territory from week to week and is never among them.
    """
    places = len(week.grounds)
    heads = np.bincount(week.place, week.weights, places)
    visits = np.bincount(week.place, minlength=places)
    asked = np.flatnonzero((week.grounds.site < 0) & (heads > 0))
    pairs = {*_near(tiling, week.grounds.centre, asked), *_split(week.place, seen_in, visits)}
    chosen = set(asked.tolist())
    others: dict[int, set[int]] = {}
    for place, row in pairs:
        if place in chosen and row != home[place]:
            others.setdefault(place, set()).add(row)
    result = [
        Border(
            place=place,
            rows=(int(home[place]), *sorted(rows)),
            heads=float(heads[place]),
            visits=int(visits[place]),
        )
        for place, rows in others.items()
    ]
    return sorted(result, key=lambda item: (-item.heads, item.place))


def _near(
    tiling: gpd.GeoDataFrame, centre: npt.NDArray[np.float64], asked: Ints
) -> list[tuple[int, int]]:
    """Return places and the territories no farther than `BORDER_M` from their centres."""
    tree = shapely.STRtree(shapely.points(centre[asked]))
    row, point = tree.query(tiling.geometry.to_numpy(), predicate="dwithin", distance=BORDER_M)
    return list(zip(asked[point].tolist(), row.tolist(), strict=True))


def _split(place: Ints, seen_in: Ints, visits: Ints) -> list[tuple[int, int]]:
    """Return places and the territories that hold more than `SPLIT` of their visits."""
    rows = int(seen_in.max(initial=0)) + 1
    key, count = np.unique(place * rows + seen_in, return_counts=True)
    much = count > SPLIT * visits[key // rows]
    return list(zip((key[much] // rows).tolist(), (key[much] % rows).tolist(), strict=True))
