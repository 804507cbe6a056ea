"""What the map layers are drawn from, read in the handler's transaction."""

from __future__ import annotations

import datetime as dt
from weakref import WeakKeyDictionary

import shapely
import sqlalchemy as sa

from geosites import studies
from geosites.analysis.hotspots import Hotspots
from geosites.records import CarePlace, Closure
from geosites.render.bands import Band, bands, class_bounds
from geosites.render.week import SiteState, WeekPicture
from geosites.store import care, closures, operations, territories
from geosites.studies import WeekHotspots
from geosites.studies.closure import ClosureAnswer
from geosites.studies.events import Event
from geosites.weeks import IsoWeek

M2_PER_HA = 10_000.0


def care_open(conn: sa.Connection, week: IsoWeek) -> list[CarePlace]:
    """Return the care places with a known position that were open in a week."""
    return [place for place in care.everything(conn) if place.point and _open(place, week)]


def _open(place: CarePlace, week: IsoWeek) -> bool:
    begun = place.open_from is None or place.open_from < week.end
    return begun and (place.open_until is None or place.open_until > week.start)


def classes(answer: WeekHotspots) -> tuple[float, ...]:
    """Return the lower bounds of the density classes of a week, in heads per hectare."""
    peak = float(answer.surface.values.max(initial=0.0)) * M2_PER_HA
    return class_bounds(peak)


_DRAWN: WeakKeyDictionary[Hotspots, list[Band]] = WeakKeyDictionary()


def drawn_bands(answer: WeekHotspots) -> list[Band]:
    """Return the density of a week as classes of area, drawn once for as long as it is kept."""
    drawn = _DRAWN.get(answer.result)
    if drawn is None:
        surface = answer.surface
        drawn = bands(surface.values * M2_PER_HA, surface.x, surface.y, classes(answer))
        _DRAWN[answer.result] = drawn
    return drawn


def week(conn: sa.Connection, answer: WeekHotspots, now: dt.datetime) -> WeekPicture:
    """Return everything that the map of a week shows; closures as of its end, or of now."""
    span = answer.week
    as_of = min(span.end, studies.reading_time(conn, now))
    known = answer.as_known_at
    claims = closures.everything(conn, known)
    states = studies.closures(conn, as_of, as_known_at=known)
    return WeekPicture(
        document=answer.document(),
        bands=drawn_bands(answer),
        areas=answer.areas,
        unobserved=answer.unobserved,
        sites=[_state(state, claims, as_of) for state in states],
        operations=operations.during(conn, span.start, span.end, as_known_at=known),
        exercise=answer.exercise,
    )


def site(conn: sa.Connection, slug: str, as_of: dt.datetime) -> SiteState:
    """Return a site and what is known of its closure."""
    return _state(studies.closure(conn, slug, as_of), closures.of_site(conn, slug), as_of)


def _state(answer: ClosureAnswer, claims: list[Closure], as_of: dt.datetime) -> SiteState:
    own = [claim for claim in claims if claim.site == answer.site.slug]
    covering = [claim for claim in own if _covers(claim, as_of)]
    return SiteState(
        site=answer.site, answer=answer.document(), claim=covering[-1] if covering else None
    )


def _covers(claim: Closure, as_of: dt.datetime) -> bool:
    return claim.closed_from <= as_of and (claim.closed_until is None or as_of < claim.closed_until)


def territory_points(conn: sa.Connection, about: Event) -> dict[str, shapely.Point]:
    """Return a point of each territory by code; the event's own stands in for where it lies."""
    frame = territories.frame(conn)
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    centre = shapely.point_on_surface(about.target)
    holds = shapely.covers(frame.geometry.to_numpy(), centre)
    return {
        code: centre if own else point
        for code, point, own in zip(frame.code, points, holds, strict=True)
    }
