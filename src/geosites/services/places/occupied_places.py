"""Occupied places of a week by street and crossing, for readers who do not use the map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots
from geosites.analysis.street_index import StreetIndex
from geosites.core.documents.weeks import CellPlace, OccupiedPlace, TerritoryName
from geosites.services.places import place_names

Floats = npt.NDArray[np.float64]
LEAST_HEADS = 0.5
"""A place below this number of people counts as empty."""


def occupied_places(
    result: WeeklyHotspots,
    home: Sequence[TerritoryName | None],
    areas: Sequence[shapely.Geometry],
    streets: StreetIndex,
    around: Sequence[CellPlace],
) -> list[OccupiedPlace]:
    """Return the occupied places, the largest first.

    `home` and `around` are by place; `areas` is the area of each hotspot by rank. `least` and
    `most` are the extreme counts of the visits behind the place's number.
    """
    counted, count = result.counted.heads[result.weighs], len(result.grounds)
    place = result.place[result.weighs]
    heads = np.bincount(result.place, result.weights, count)
    least, most = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(least, place, counted)
    np.maximum.at(most, place, counted)
    visits = np.bincount(place, minlength=count)
    asked = [int(row) for row in np.argsort(-heads, kind="stable") if heads[row] >= LEAST_HEADS]
    size = result.parameters.cell_m
    cells = (np.floor(result.grounds.centre[asked] / size) + 0.5) * size
    ranks = _ranks(result.grounds.centre[asked], areas)
    near = place_names.rows(streets.nearest(cells.reshape(-1, 2)))
    return [
        {
            "heads": float(heads[row]),
            "visits": int(visits[row]),
            "least": int(least[row]),
            "most": int(most[row]),
            "territory": home[row],
            "hotspot": rank,
            "whereabouts": where,
            **around[row],
        }
        for row, rank, where in zip(asked, ranks, near, strict=True)
    ]


def _ranks(centres: Floats, areas: Sequence[shapely.Geometry]) -> list[int | None]:
    """Return the rank of the first hotspot that contains each centre (n, 2)."""
    ranks: list[int | None] = [None] * len(centres)
    tree = shapely.STRtree(shapely.points(centres))
    area, centre = tree.query(np.array(areas, dtype=object), predicate="covers")
    for rank, row in zip((area[::-1] + 1).tolist(), centre[::-1].tolist(), strict=True):
        ranks[row] = rank
    return ranks
