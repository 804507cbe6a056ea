"""Counts of visits and reports by territory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geosites.analysis.places import Places
from geosites.core.documents.weeks import TerritoryRow
from geosites.core.records import Site
from geosites.services.places.geography import within

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """Numbers for each territory of a tiling, in its order: effort beside every count.

    `heads` is people present where patrols and surveys went, `heads_counted` the plain sum of all
    reports.
    """

    visits: Ints
    places: Ints
    heads: Floats
    heads_counted: Ints

    def rows(self, tiling: gpd.GeoDataFrame) -> list[TerritoryRow]:
        """Return the territories where anyone looked or reported, in the order of the tiling."""
        codes, names = tiling.code.tolist(), tiling.name.tolist()
        return [
            {
                "code": str(codes[i]),
                "name": str(names[i]),
                "visits": int(self.visits[i]),
                "places": int(self.places[i]),
                "heads": float(self.heads[i]),
                "heads_counted": int(self.heads_counted[i]),
            }
            for i in np.flatnonzero((self.visits > 0) | (self.heads_counted > 0))
        ]


def homes(tiling: gpd.GeoDataFrame, known: Sequence[Site], grounds: Places) -> Ints:
    """Return the row of the tiling that each place counts in.

    A known site keeps its own territory, wherever the visits of a week are; any other place is in
    that of its centre.
    """
    rows = {str(code): row for row, code in enumerate(tiling.code)}
    own = np.array([rows.get(site.territory, -1) for site in known] + [-1], dtype=np.int64)
    return np.where(own[grounds.site] >= 0, own[grounds.site], within(tiling, grounds.centre))


def tally(
    tiling: gpd.GeoDataFrame,
    visited: tuple[Ints, Ints, Floats],
    told: tuple[Ints, Floats],
) -> Tally:
    """Return the numbers of some visits and reports by territory.

    `visited` is the row of the tiling that each place counts in, wholly (`homes`), and the place
    and the weight of each visit; `told` the row and the count of every sighting and report at its
    position.
    """
    size, (home, place, weights) = len(tiling), visited
    return Tally(
        visits=np.bincount(home[place], minlength=size),
        places=np.bincount(home, minlength=size),
        heads=np.bincount(home, np.bincount(place, weights, len(home)), size).astype(np.float64),
        heads_counted=np.bincount(told[0], told[1], size).astype(np.int64),
    )
