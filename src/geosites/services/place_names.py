"""The names of streets and stations, as the store has them loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import cast

import numpy.typing as npt
import sqlalchemy as sa

from geosites.analysis.street_index import NearestPlace, StreetIndex, street_index
from geosites.core.documents.places import Whereabouts
from geosites.core.ground import GroundKind
from geosites.core.lru import OwnedCaches
from geosites.db import ground

_INDEXES = OwnedCaches(2)


def index(conn: sa.Connection) -> StreetIndex:
    """Return the streets and stations of the store; built once for as long as they stay."""
    digest = ground.digest(conn)
    found: StreetIndex = _INDEXES.of(conn.engine).get(("streets", digest), lambda: _built(conn))
    return found


def near(conn: sa.Connection, xy: npt.ArrayLike) -> list[Whereabouts | None]:
    """Return the street and crossing, or the station, of each position (n, 2) in metres."""
    return rows(index(conn).nearest(xy))


def rows(places: Sequence[NearestPlace | None]) -> list[Whereabouts | None]:
    """Return places as documents have them."""
    return [None if place is None else cast("Whereabouts", asdict(place)) for place in places]


def _built(conn: sa.Connection) -> StreetIndex:
    features = ground.get(conn).features
    return street_index(
        [
            (item.name, item.shape)
            for item in features
            if item.kind is GroundKind.ROAD and item.name and item.grade != "motorway"
        ],
        [
            (item.name, item.shape)
            for item in features
            if item.kind is GroundKind.STATION and item.name
        ],
    )
