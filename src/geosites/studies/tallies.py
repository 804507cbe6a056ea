"""What visits and reports amount to in each territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geosites.analysis.places import centres
from geosites.studies.ground import within

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """Numbers for each territory of a tiling, in its order: effort beside every count.

    `heads` is heads standing where patrols and surveys went, `heads_counted` the plain sum of what
    anyone told.
    """

    visits: Ints
    places: Ints
    heads: Floats
    heads_counted: Ints

    def rows(self, tiling: gpd.GeoDataFrame) -> list[dict[str, Any]]:
        """Return the territories where anyone looked or reported, in the order of the tiling."""
        return [
            {
                "code": str(tiling.code.iloc[i]),
                "name": str(tiling.name.iloc[i]),
                "visits": int(self.visits[i]),
                "places": int(self.places[i]),
                "heads": float(self.heads[i]),
                "heads_counted": int(self.heads_counted[i]),
            }
            for i in np.flatnonzero((self.visits > 0) | (self.heads_counted > 0))
        ]


def tally(
    tiling: gpd.GeoDataFrame,
    visited: tuple[Floats, Ints, Floats],
    told: tuple[Floats, Floats],
) -> Tally:
    """Return the numbers of some visits and reports by territory.

    `visited` is the position, the place and the standing weight of each visit; `told` the position
    and the heads of everything seen or reported. A place counts wholly in the territory of its
    centre; a head counted counts where it was.
    """
    size, (xy, place, weights) = len(tiling), visited
    standing = np.bincount(place, weights)
    home = within(tiling, centres(xy, place))
    return Tally(
        visits=np.bincount(home[place], minlength=size),
        places=np.bincount(home, minlength=size),
        heads=np.bincount(home, standing, size).astype(np.float64),
        heads_counted=np.bincount(within(tiling, told[0]), told[1], size).astype(np.int64),
    )
