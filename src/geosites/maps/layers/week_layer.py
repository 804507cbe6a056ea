"""Map layers of a week: density, hotspots, unobserved ground, sites, closures, operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from geosites.core.care_records import CarePlace
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.geojson import CardProperties, Feature, Layer
from geosites.core.documents.weeks import WeekDocument
from geosites.core.records import Closure, Operation, Site
from geosites.core.weeks import IsoWeek
from geosites.maps.geojson import bbox, collection, feature
from geosites.maps.layers import popups
from geosites.maps.layers.contours import Band
from geosites.maps.layers.territory_layer import first_view
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links

MARGIN_M = 300.0
CONTEXT_M = 600.0
"""Margin of a site's map around the site."""

WEEK_KINDS = frozenset(
    {"density", "hotspot", "unobserved", "unranked", "operation", "closure", "site", "care"}
)
"""Kinds of features of a week's map."""


@dataclass(frozen=True, kw_only=True)
class SiteState:
    """A site, the status of its closure, and the closure in force at the instant, if any."""

    site: Site
    answer: ClosureDocument
    claim: Closure | None = None


@dataclass(frozen=True, kw_only=True)
class WeekPicture:
    """Content of a week's map, in metres.

    `bands` is the density from patrols and surveys, `reported` that from calls and partners, in the
    same classes. `areas` are the hotspots' cells, in the order of the document's hotspots;
    `unobserved` is the area that nobody visited, `unranked` that with too few visits for a test.
    """

    document: WeekDocument
    bands: Sequence[Band] = ()
    reported: Sequence[Band] = ()
    areas: Sequence[shapely.Geometry] = ()
    unobserved: shapely.Geometry | None = None
    unranked: shapely.Geometry | None = None
    sites: Sequence[SiteState] = ()
    operations: Sequence[Operation] = ()
    care: Sequence[CarePlace] = ()
    exercise: bool = False


def week_kinds(answer: WeekDocument) -> frozenset[str]:
    """Return the map of a week, with calls and partners if they are separate."""
    return WEEK_KINDS | {"reported"} if answer["reports"] else WEEK_KINDS


def week_layer(words: Words, links: Links, picture: WeekPicture, *, leads: bool = True) -> Layer:
    """Return the GeoJSON document of a week; `classes` are the lower bounds of its bands.

    `leads`: whether the card of an operation leads to what followed it, which not all may read.
    """
    features = [
        *_density("density", picture.bands),
        *_density("reported", picture.reported),
        *_ground("unobserved", picture.unobserved),
        *_ground("unranked", picture.unranked),
        *_hotspots(words, picture),
        *_operations(words, links, picture.operations, leads),
        *_closed(words, picture.sites),
        *_care(words, picture.care),
        *site_marks(words, links, picture.sites, dated=_over(picture.document)),
    ]
    return collection(
        features,
        bbox=bbox(_extent(picture)),
        week=picture.document["week"],
        as_known_at=picture.document["as_known_at"],
        exercise=picture.exercise,
        classes=[band.bound for band in picture.bands],
        territories=_territories(words, links, picture.document),
    )


def _over(document: WeekDocument) -> bool:
    """Return whether the week was over at the time of the query: its last day is not today."""
    known = document["as_known_at"]
    return known is not None and IsoWeek.parse(document["week"]).end < known


def _extent(picture: WeekPicture) -> shapely.Geometry:
    """Return the extent of the map: sites, and hotspots or else places with people."""
    perimeters = [state.site.perimeter for state in picture.sites]
    seen = picture.areas or [band.area for band in picture.bands]
    ground = shapely.union_all([*seen, *perimeters])
    return ground.buffer(MARGIN_M) if not ground.is_empty else first_view()


def _territories(words: Words, links: Links, document: WeekDocument) -> dict[str, CardProperties]:
    """Return the popup of each territory in that week, by code."""
    rows = document["territories"]
    return {
        row["code"]: popups.territory(words, row, links.territory(row["code"])).properties()
        for row in rows
    }


def _density(kind: str, found: Sequence[Band]) -> list[Feature]:
    return [feature(kind, band.area, rank=band.rank, at_least=band.bound) for band in found]


def _ground(kind: str, ground: shapely.Geometry | None) -> list[Feature]:
    if ground is None or ground.is_empty:
        return []
    return [feature(kind, ground)]


def _hotspots(words: Words, picture: WeekPicture) -> list[Feature]:
    spots = picture.document["hotspots"]
    drawn = []
    for spot, area in zip(spots, picture.areas, strict=True):
        card = popups.hotspot(words, spot)
        drawn.append(feature("hotspot", area, card))
        drawn.append(feature("hotspot-rank", _corner(area), card, label=str(spot["rank"])))
    return drawn


def _corner(area: shapely.Geometry) -> shapely.Point:
    """Return the north-western corner of an area, where a number covers the least."""
    west, _, _, north = area.bounds
    return shapely.Point(west, north)


def _operations(
    words: Words, links: Links, done: Sequence[Operation], leads: bool
) -> list[Feature]:
    return [
        feature(
            "operation",
            operation.area,
            popups.operation(
                words, operation, links.displacement(str(operation.id)) if leads else None
            ),
        )
        for operation in done
    ]


def _closed(words: Words, states: Sequence[SiteState]) -> list[Feature]:
    return [
        feature(
            "closure", state.site.perimeter, popups.closure(words, state.site.name, state.claim)
        )
        for state in states
        if state.claim is not None
    ]


def site_marks(
    words: Words, links: Links, states: Sequence[SiteState], *, dated: bool = False
) -> list[Feature]:
    """Return one point per site, with the shape of its closure status, identified by its slug.

    `dated`: the popups give the day of the last visit, for maps of past weeks.
    """
    return [
        feature(
            "site",
            shapely.point_on_surface(state.site.perimeter),
            popups.site(
                words, state.site.name, state.answer, links.site(state.site.slug), dated=dated
            ),
            status=state.answer["status"],
            slug=state.site.slug,
        )
        for state in states
    ]


def site_layer(words: Words, links: Links, state: SiteState) -> Layer:
    """Return the GeoJSON document of one site: its mark, and its perimeter where it is closed.

    `bbox` (RFC 7946, section 5) is where the map looks.
    """
    around = shapely.box(*state.site.perimeter.buffer(CONTEXT_M).bounds)
    shapes = _closed(words, [state]) or [feature("perimeter", state.site.perimeter)]
    marks = site_marks(words, links, [state])
    return collection([*shapes, *marks], bbox=bbox(around))


def _care(words: Words, places: Sequence[CarePlace]) -> list[Feature]:
    return [
        feature("care", place.point, popups.care(words, place))
        for place in places
        if place.point is not None
    ]
