"""What the map layers are drawn from, read in the handler's transaction."""

from __future__ import annotations

import datetime as dt

import shapely
import sqlalchemy as sa

from geosites import studies
from geosites.records import CarePlace, Closure
from geosites.render.week import SiteState
from geosites.store import care, closures, territories
from geosites.studies.closure import ClosureAnswer
from geosites.studies.events import Event
from geosites.weeks import IsoWeek


def care_open(conn: sa.Connection, week: IsoWeek) -> list[CarePlace]:
    """Return the care places with a known position that were open in a week."""
    return [place for place in care.everything(conn) if place.point and _open(place, week)]


def _open(place: CarePlace, week: IsoWeek) -> bool:
    begun = place.open_from is None or place.open_from < week.end
    return begun and (place.open_until is None or place.open_until > week.start)


def site(conn: sa.Connection, slug: str, as_of: dt.datetime) -> SiteState:
    """Return a site and what is known of its closure."""
    return _state(studies.closure(conn, slug, as_of), closures.of_site(conn, slug), as_of)


def _state(answer: ClosureAnswer, claims: list[Closure], as_of: dt.datetime) -> SiteState:
    covering = [claim for claim in claims if _covers(claim, as_of)]
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
