"""Search on the map: sites, territories, stations and streets by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from geosites.analysis.name_search import NameIndex
from geosites.core.ground import GroundKind
from geosites.core.lru import OwnedCaches
from geosites.core.records import TerritoryLevel
from geosites.db import ground, sites, territories

KINDS = ("site", "territory", "station", "street")
"""From what comes first."""

_INDEXES = OwnedCaches(2)


@dataclass(frozen=True)
class SearchedPlace:
    """A place that can be looked for; `code` is the slug of a site or the code of a territory.

    `territory` is that in which a site lies.
    """

    kind: str
    name: str
    extent: shapely.Geometry
    code: str | None = None
    territory: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaceSearch:
    """Every place with a name, and their index."""

    places: list[SearchedPlace]
    index: NameIndex

    def find(
        self, query: str, kinds: Collection[str] = KINDS, most: int = 8
    ) -> list[SearchedPlace]:
        """Return the places that a query means, the best first."""
        found = [self.places[number] for number in self.index.find(query, 4 * most)]
        return [place for place in found if place.kind in kinds][:most]


def search(conn: sa.Connection) -> PlaceSearch:
    """Return the search over what the store holds; built once for as long as that stays."""
    known = sites.list_all(conn)
    key = ground.digest(conn), tuple((site.slug, site.name) for site in known)
    found: PlaceSearch = _INDEXES.of(conn.engine).get(key, lambda: _built(conn))
    return found


def _built(conn: sa.Connection) -> PlaceSearch:
    places = [*_sites(conn), *_territories(conn), *_ground(conn)]
    weight = [KINDS.index(place.kind) for place in places]
    return PlaceSearch(
        places=places, index=NameIndex(names=[place.name for place in places], weight=weight)
    )


def _sites(conn: sa.Connection) -> list[SearchedPlace]:
    return [
        SearchedPlace("site", site.name, site.perimeter, site.slug, site.territory)
        for site in sites.list_all(conn)
    ]


def _territories(conn: sa.Connection) -> list[SearchedPlace]:
    frame = territories.frame(conn, tuple(TerritoryLevel))
    return [
        SearchedPlace("territory", str(row.name), row.geometry, str(row.code))
        for row in frame.itertuples(index=False)
    ]


def _ground(conn: sa.Connection) -> list[SearchedPlace]:
    """Return stations, and streets whole: one name is one place, however many lines it has."""
    features = ground.get(conn).features
    streets: dict[str, list[shapely.Geometry]] = {}
    for item in features:
        if item.kind is GroundKind.ROAD and item.name:
            streets.setdefault(item.name, []).append(shapely.box(*item.shape.bounds))
    return [
        *(
            SearchedPlace("station", item.name, item.shape)
            for item in features
            if item.kind is GroundKind.STATION and item.name
        ),
        *(
            SearchedPlace("street", name, shapely.box(*shapely.total_bounds(parts)))
            for name, parts in streets.items()
        ),
    ]
