"""Walking distances along the store's street network, where it has one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from geosites.analysis.rounds import Walking
from geosites.analysis.street_routing import StreetRouter, Way, WayKind
from geosites.core.documents.places import WayLeg
from geosites.core.lru import OwnedCaches
from geosites.services.places import place_names

NOWHERE_M = 100_000.0
"""Penalty for a place that no street reaches, so that a plan goes there last, or by vehicle."""

_ROUTERS = OwnedCaches(2)


def router(conn: sa.Connection) -> StreetRouter:
    """Return the router of the store, cached until its streets change."""
    key = place_names.digests(conn)
    found: StreetRouter = _ROUTERS.of(conn.engine).get(
        key, lambda: StreetRouter(network=place_names.network(conn))
    )
    return found


def walking(found: StreetRouter) -> Walking:
    """Return a function for metres on foot (n, n) between points (n, 2), for planning."""

    def metres(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        ways = found.between(xy, xy)
        return np.asarray(ways.metres + NOWHERE_M * ways.unreachable, dtype=np.float64)

    return metres


def legs(found: StreetRouter, xy: Sequence[npt.ArrayLike]) -> list[Way]:
    """Return the way to each of some positions from the one before it; to the first, no way."""
    if not len(xy):
        return []
    stand = Way(metres=0.0, kind=WayKind.STREETS if len(found.network) else WayKind.STRAIGHT)
    return [stand, *(found.way(start, goal) for start, goal in pairwise(xy))]


def along(way: Way) -> list[WayLeg]:
    """Return the streets of a way as documents have them."""
    return [{"street": leg.street, "metres": leg.metres} for leg in way.legs]


def by_streets(ways: Iterable[Way]) -> bool:
    """Return whether every way follows streets."""
    return all(way.kind is WayKind.STREETS for way in ways)
