"""Map search: sites, territories, stations, places, streets and house numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
import sqlalchemy as sa

from geosites.analysis.name_search import NameIndex, folded, split_number
from geosites.analysis.street_extents import street_extents
from geosites.core import city
from geosites.core.ground import GroundKind
from geosites.core.lru import OwnedCaches
from geosites.db import fingerprint
from geosites.db.geography import ground, sites, street_map, territories
from geosites.services.places import geography, place_names

KINDS = ("address", "site", "territory", "station", "place", "street")
"""Kinds of places, in order of rank."""

APART_M = 300.0
"""Streets of one name that come closer than this are one street."""

_INDEXES = OwnedCaches(2)
_STREETS_ASKED = 6


@dataclass(frozen=True)
class SearchedPlace:
    """A place that can be searched; `code` is the slug of a site or the code of a territory.

    `territory` is that of a site; `within` names one where a name is ambiguous.
    """

    kind: str
    name: str
    extent: shapely.Geometry
    code: str | None = None
    territory: str | None = None
    within: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaceSearch:
    """Every place with a name, and their index."""

    places: Sequence[SearchedPlace]
    index: NameIndex

    def find(
        self, query: str, kinds: Collection[str] = KINDS, most: int = 8
    ) -> list[SearchedPlace]:
        """Return the places that a query means, the best first."""
        found = [self.places[number] for number in self.index.find(query, 4 * most)]
        return [place for place in found if place.kind in kinds][:most]


def search(conn: sa.Connection) -> PlaceSearch:
    """Return the search index of the store, cached until its places change."""
    key = fingerprint.of_names(conn)
    found: PlaceSearch = _INDEXES.of(conn.engine).get(key, lambda: _built(conn))
    return found


def find(conn: sa.Connection, query: str, most: int = 8) -> list[SearchedPlace]:
    """Return the places that match a query, the best first: a house before its street.

    Streets that share a name are given with their territory.
    """
    places = search(conn).find(query, most=most)
    return [*_houses(conn, query, places), *places][:most]


def _houses(
    conn: sa.Connection, query: str, streets: Sequence[SearchedPlace]
) -> list[SearchedPlace]:
    """Return the points of the house number in a query, in the matching streets."""
    house, suffix, _ = split_number(folded(query))
    asked = [place for place in streets if place.kind == "street"][:_STREETS_ASKED]
    if house is None or not asked:
        return []
    keys = {" ".join(folded(place.name)): n for n, place in enumerate(reversed(asked))}
    rows = street_map.addresses(conn, list(keys), house)
    exact = [row for row in rows if row.suffix == suffix] or rows
    near = [
        (-keys[row.key], row)
        for row in exact
        if any(
            shapely.dwithin(place.extent, shapely.Point(row.x, row.y), APART_M) for place in asked
        )
    ]
    return [
        SearchedPlace(
            "address",
            f"{row.house}{row.suffix and ' ' + row.suffix} {row.street}",
            shapely.Point(row.x, row.y),
            within=row.city or None,
        )
        for _, row in sorted(near, key=lambda pair: (pair[0], pair[1].suffix, pair[1].city))
    ]


def _told_apart(conn: sa.Connection, places: Sequence[SearchedPlace]) -> list[SearchedPlace]:
    """Return the places, with the territory of those that share kind and name with another."""
    count = Counter((place.kind, place.name) for place in places)
    doubtful = [n for n, place in enumerate(places) if count[place.kind, place.name] > 1]
    if not doubtful:
        return list(places)
    middles = shapely.get_coordinates([places[n].extent.centroid for n in doubtful])
    names = geography.names(territories.frame(conn), middles)
    answer = list(places)
    for n, name in zip(doubtful, names, strict=True):
        answer[n] = replace(answer[n], within=name)
    return answer


def _built(conn: sa.Connection) -> PlaceSearch:
    places = _told_apart(conn, [*_sites(conn), *_territories(conn), *_ground(conn)])
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
    frame = territories.frame(conn, city.current().level_ids)
    return [
        SearchedPlace("territory", str(row.name), row.geometry, str(row.code))
        for row in frame.itertuples(index=False)
    ]


def _ground(conn: sa.Connection) -> list[SearchedPlace]:
    """Return stations and places, and streets whole, however many lines they have."""
    features, whole = ground.get(conn).features, place_names.network(conn)
    stops = [
        SearchedPlace("station", item.name, item.shape)
        for item in features
        if item.kind is GroundKind.STATION and item.name
    ]
    there = {" ".join(folded(stop.name)) for stop in stops}
    places = [
        SearchedPlace(place.kind, place.name, shapely.Point(place.x, place.y))
        for place in whole.places
        if place.kind != "station" or " ".join(folded(place.name)) not in there
    ]
    return [*stops, *places, *_streets(conn)]


def _streets(conn: sa.Connection) -> list[SearchedPlace]:
    """Return the streets of the whole map, those of geosites, and those with house numbers.

    A street that one of the former has in the same place is not listed again.
    """
    extents: list[Extent] = [
        (whole.names[number], box)
        for whole in [place_names.network(conn)]
        for number, box in street_extents(whole, APART_M)
    ]
    main: dict[str, list[shapely.Geometry]] = {}
    for item in ground.get(conn).features:
        if item.kind is GroundKind.ROAD and item.name:
            main.setdefault(item.name, []).append(item.shape)
    extents += _new(
        extents, ((name, shapely.total_bounds(np.array(parts))) for name, parts in main.items())
    )
    extents += _new(extents, ((one.street, one.box) for one in street_map.addressed_streets(conn)))
    return [SearchedPlace("street", name, shapely.box(*box)) for name, box in extents]


Extent = tuple[str, Sequence[float]]


def _new(known: Iterable[Extent], more: Iterable[Extent]) -> list[Extent]:
    """Return the streets that are not among the known ones: another name, or elsewhere."""
    boxes: dict[str, list[shapely.Geometry]] = {}
    for name, box in known:
        boxes.setdefault(" ".join(folded(name)), []).append(shapely.box(*box))
    return [
        (name, box)
        for name, box in more
        if not any(
            shapely.dwithin(shapely.box(*box), other, APART_M)
            for other in boxes.get(" ".join(folded(name)), ())
        )
    ]
