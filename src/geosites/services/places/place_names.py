"""Street and station names from the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy.typing as npt
import sqlalchemy as sa

from geosites.analysis.street_index import (
    NearestPlace,
    StreetIndex,
    network_index,
    street_index,
)
from geosites.core.documents.places import Whereabouts
from geosites.core.ground import GroundKind
from geosites.core.lru import OwnedCaches
from geosites.core.street_network import StreetNetwork
from geosites.db.geography import ground, street_map

_INDEXES = OwnedCaches(4)


def index(conn: sa.Connection) -> StreetIndex:
    """Return the index of streets and stations of the store, cached until they change."""
    found: StreetIndex = _INDEXES.of(conn.engine).get(
        ("names", *digests(conn)), lambda: _built(conn)
    )
    return found


def network(conn: sa.Connection) -> StreetNetwork:
    """Return the street network of the store, empty without a street map; read once."""
    key = ("network", *digests(conn))
    found: StreetNetwork = _INDEXES.of(conn.engine).get(key, lambda: street_map.get_network(conn))
    return found


def digests(conn: sa.Connection) -> tuple[str | None, str | None]:
    """Return a text that changes with the loaded streets, those of geosites and of a built map."""
    return street_map.digests(conn)[:2]


def near(conn: sa.Connection, xy: npt.ArrayLike) -> list[Whereabouts | None]:
    """Return the street and crossing, or the station, of each position (n, 2) in metres."""
    return rows(index(conn).nearest(xy))


def rows(places: Sequence[NearestPlace | None]) -> list[Whereabouts | None]:
    """Return places as documents have them."""
    return [None if place is None else cast("Whereabouts", {**vars(place)}) for place in places]


def _built(conn: sa.Connection) -> StreetIndex:
    features, whole = ground.get(conn).features, network(conn)
    stations = [
        (item.name, item.shape)
        for item in features
        if item.kind is GroundKind.STATION and item.name
    ]
    main = street_index(
        [
            (item.name, item.shape)
            for item in features
            if item.kind is GroundKind.ROAD and item.name and item.grade != "motorway"
        ],
        stations,
    )
    return network_index(whole, stations, beyond=main) if len(whole) else main
