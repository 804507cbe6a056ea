"""Data of the map layers, read in the handler's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import shapely
import sqlalchemy as sa

from geosites import services
from geosites.analysis.hotspots.kernel_density import Surface
from geosites.analysis.hotspots.week_cells import ground
from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots
from geosites.core import city
from geosites.core.care_records import CarePlace
from geosites.core.documents.geojson import Layer
from geosites.core.ground import Ground
from geosites.core.lru import LruCache
from geosites.core.records import Closure
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closures, operations
from geosites.db.geography import care_places, street_map, territories
from geosites.db.geography import ground as street_ground
from geosites.db.maintenance import density_classes
from geosites.maps import embedded_basemap
from geosites.maps.layers import ground_layer
from geosites.maps.layers.contours import Band, bands
from geosites.maps.layers.week_layer import SiteState, WeekPicture
from geosites.permissions import authorized_answers, masking, query_context
from geosites.permissions.query_context import QueryContext
from geosites.services import WeekHotspots
from geosites.services.closure_status.closure import ClosureAnswer
from geosites.services.displacement_studies.events import DispersalEvent

M2_PER_HA = 10_000.0

_GROUNDS = LruCache(2)
"""Grounds as they are drawn, by what changes with the one that is loaded."""


def care_open(conn: sa.Connection, week: IsoWeek) -> list[CarePlace]:
    """Return the care places with a known position that were open in a week."""
    return [place for place in care_places.list_all(conn) if place.point and _open(place, week)]


def _open(place: CarePlace, week: IsoWeek) -> bool:
    begun = place.open_from is None or place.open_from < week.end
    return begun and (place.open_until is None or place.open_until > week.start)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Density of a week as drawn: the lower bounds of its classes, and their areas.

    `seen` is from patrols and surveys, `reported` from calls and partners.
    """

    bounds: tuple[float, ...]
    seen: list[Band]
    reported: list[Band]


_DRAWN: WeakKeyDictionary[WeeklyHotspots, Drawn] = WeakKeyDictionary()


def drawn(answer: WeekHotspots, bounds: tuple[float, ...]) -> Drawn:
    """Return the density of sightings and of reports in a week as areas by class, the same for
    both.

    `bounds` are those of the service, the same every week. Computed once while the week is cached;
    the surfaces, 16 MB each, are not cached.
    """
    result = _DRAWN.get(answer.result)
    if result is None or result.bounds != bounds:
        surfaces = answer.surface, answer.result.reported_surface
        seen, reported = (_bands(surface, bounds) for surface in surfaces)
        result = _DRAWN[answer.result] = Drawn(bounds=bounds, seen=seen, reported=reported)
    return result


def _bands(surface: Surface, bounds: tuple[float, ...]) -> list[Band]:
    return bands(surface.values * M2_PER_HA, surface.x, surface.y, bounds)


def _unranked(answer: WeekHotspots) -> shapely.Geometry:
    """Return the area of the cells with too few visits for a test; metres."""
    cells = answer.result.cells
    blind = np.isnan(cells.p)
    return ground(cells.column[blind], cells.row[blind], cells.size_m)


def week(
    conn: sa.Connection,
    answer: WeekHotspots,
    now: dt.datetime,
    states: Sequence[ClosureAnswer] | None = None,
) -> WeekPicture:
    """Return everything that the map of a week shows; closures as of its end, or of now.

    `states` are those of all sites by slug as of then, where they are known already.
    """
    span = answer.week
    as_of = min(span.end, services.reading_time(conn, now))
    known = answer.as_known_at
    claims = closures.list_all(conn, known)
    if states is None:
        states = services.closures(conn, as_of, as_known_at=known)
    density = drawn(answer, density_classes.get(conn))
    return WeekPicture(
        document=answer.document(),
        bands=density.seen,
        reported=density.reported,
        areas=answer.areas,
        unobserved=answer.unobserved,
        unranked=_unranked(answer),
        sites=[_state(state, claims, as_of) for state in states],
        operations=operations.during(conn, span.start, span.end, as_known_at=known),
        care=care_open(conn, span),
        exercise=answer.exercise,
    )


def in_scope(conn: sa.Connection, asked: QueryContext, picture: WeekPicture) -> WeekPicture:
    """Return a week's map in the principal's scope, at the permitted precision.

    Readers by cell see hotspots and operations by the cells that they touch.
    """
    ground = query_context.ground_in_scope(conn, asked)
    document = authorized_answers.in_scope(conn, asked, picture.document)
    states = [
        as_seen(conn, asked, item) for item in picture.sites if asked.sees(item.site.territory)
    ]
    picture = _as_precise(asked, picture)
    if ground is None:
        return replace(picture, document=document, sites=states)
    ranks = {spot["rank"] for spot in document["hotspots"]}
    spots = zip(picture.document["hotspots"], picture.areas, strict=True)
    return replace(
        picture,
        document=document,
        bands=_clipped(picture.bands, ground),
        reported=_clipped(picture.reported, ground),
        areas=[area for spot, area in spots if spot["rank"] in ranks],
        unobserved=picture.unobserved and shapely.intersection(picture.unobserved, ground),
        unranked=picture.unranked and shapely.intersection(picture.unranked, ground),
        sites=states,
        operations=[
            item
            for item in picture.operations
            if ground.covers(shapely.point_on_surface(item.area))
        ],
    )


def _as_precise(asked: QueryContext, picture: WeekPicture) -> WeekPicture:
    if asked.grant.exact:
        return picture
    return replace(
        picture,
        areas=[masking.in_cells(area) for area in picture.areas],
        operations=[masking.operation(asked.grant, item) for item in picture.operations],
    )


def target(asked: QueryContext, about: DispersalEvent) -> shapely.Geometry:
    """Return the area of an event as drawn for the principal: exact, or in cells."""
    return about.target if asked.grant.exact else masking.in_cells(about.target)


def _clipped(found: Sequence[Band], ground: shapely.Geometry) -> list[Band]:
    """Return some bands clipped to an area."""
    cut = [(band, shapely.intersection(band.area, ground)) for band in found]
    return [replace(band, area=area) for band, area in cut if not area.is_empty]


def site(conn: sa.Connection, slug: str, as_of: dt.datetime) -> SiteState:
    """Return a site and the status of its closure."""
    return _state(services.closure(conn, slug, as_of), closures.of_site(conn, slug), as_of)


def as_seen(conn: sa.Connection, asked: QueryContext, state: SiteState) -> SiteState:
    """Return the status of a site's closure as the principal may see it.

    Readers by territory see the territory instead of the perimeter.
    """
    seen = replace(state, answer=authorized_answers.closed(asked, state.answer))
    if not asked.grant.coarse:
        return seen
    tiling = territories.frame(conn)
    areas: dict[str, shapely.Geometry] = dict(zip(tiling.code, tiling.geometry, strict=True))
    area = areas.get(state.site.territory, state.site.perimeter.envelope)
    return replace(seen, site=replace(state.site, perimeter=area))


def _state(answer: ClosureAnswer, claims: list[Closure], as_of: dt.datetime) -> SiteState:
    own = [claim for claim in claims if claim.site == answer.site.slug]
    covering = [claim for claim in own if _covers(claim, as_of)]
    return SiteState(
        site=answer.site, answer=answer.document(), claim=covering[-1] if covering else None
    )


def _covers(claim: Closure, as_of: dt.datetime) -> bool:
    return claim.closed_from <= as_of and (claim.closed_until is None or as_of < claim.closed_until)


def streets(conn: sa.Connection, *more: str, view: shapely.Geometry | None = None) -> Layer:
    """Return the map background: water, railways, main streets and stations.

    It credits its producer, those of the streets and house numbers that are named and searched on
    the map, and `more`, each once. A `view` in degrees is that of a map which leaves the service,
    where the built street map replaces the background.
    """
    layer = _ground_of(conn)
    if view is not None:
        layer = embedded_basemap.over(conn, layer, view)
    parts = (street_map.STREETS, street_map.ADDRESSES, *([street_map.TILES] if view else []))
    named = [street_map.credit(conn, part) for part in parts]
    every = dict.fromkeys([layer.get("credit", ""), *named, *more])
    return {**layer, "credit": "; ".join(filter(None, every))}


def _ground_of(conn: sa.Connection) -> Layer:
    """Return the ground as it is drawn; what is loaded is thinned once, for whoever holds it."""
    digest = street_ground.digest(conn)
    if digest is None:
        return ground_layer.ground_layer(Ground())
    key = digest, city.metric()
    return _GROUNDS.get(key, lambda: ground_layer.ground_layer(street_ground.get(conn)))


def territory_points(conn: sa.Connection, target: shapely.Geometry) -> dict[str, shapely.Point]:
    """Return a point of each territory by code; for the territory of an event, one of its area."""
    frame = territories.frame(conn)
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    centre = shapely.point_on_surface(target)
    holds = shapely.covers(frame.geometry.to_numpy(), centre)
    return {
        code: centre if own else point
        for code, point, own in zip(frame.code, points, holds, strict=True)
    }
