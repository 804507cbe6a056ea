"""Query context: principal, clock, and the geography and events visible to the principal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import shapely
import sqlalchemy as sa

from geosites.analysis.cell_suppression import THRESHOLD
from geosites.core import city
from geosites.core.errors import Forbidden, NotFound
from geosites.core.weeks import midnight
from geosites.db.geography import sites, territories
from geosites.permissions.policy import Grant
from geosites.permissions.redaction.allow_list import AllowList
from geosites.services.displacement_studies.events import DispersalEvent
from geosites.validation.positions.coordinates import GAP_M

Told = TypeVar("Told", bound=Mapping[str, object])


@dataclass(frozen=True, kw_only=True)
class QueryContext:
    """Principal, instant, and the threshold of small counts that are withheld from partners."""

    grant: Grant
    now: dt.datetime
    threshold: float = THRESHOLD

    @property
    def scope(self) -> tuple[str, ...]:
        """The territories that are seen; empty is everywhere."""
        return self.grant.principal.scope

    def told(self, document: Told, named: AllowList[Told]) -> Told:
        """Return a document with the fields for this principal; complete for one who sees
        everything.
        """
        return document if self.grant.whole else named.tell(document)

    def sees(self, territory: str | None) -> bool:
        """Return whether a territory is in scope."""
        return not self.scope or territory in self.scope

    def require_site(self, conn: sa.Connection, slug: str) -> None:
        """Treat a site out of scope as one that is not there; raises `NotFound`."""
        if self.scope and not self.sees(sites.get(conn, slug).territory):
            raise NotFound("site", slug)

    def holds_whole_site(self, conn: sa.Connection, slug: str) -> bool:
        """Return whether a site is entirely in scope."""
        return not self.scope or lies_whole_in(
            ground_in_scope(conn, self), sites.get(conn, slug).perimeter
        )

    def require_whole_site(self, conn: sa.Connection, slug: str) -> None:
        """Refuse to act on a site that is partly out of scope: `Forbidden`, as for areas.

        A site that is entirely out of scope is `NotFound`.
        """
        self.require_site(conn, slug)
        if self.scope:
            self.require_area(conn, sites.get(conn, slug).perimeter)

    def holds(self, conn: sa.Connection, area: shapely.Geometry) -> bool:
        """Return whether an area, metres, is mostly in scope."""
        return lies_in(ground_in_scope(conn, self), area)

    def instant(self, at: dt.datetime) -> dt.datetime:
        """Return the effective instant of a query: for partners the beginning of its day.

        Otherwise they could find the minute of each visit by repeated queries.
        """
        return midnight(_day(at)) if self.grant.coarse else at

    def require_event(self, conn: sa.Connection, event: DispersalEvent) -> None:
        """Treat an event out of scope as one that is not there; raises `NotFound`."""
        if self.scope and not self.holds(conn, event.target):
            raise NotFound("event", event.key)

    def require_area(self, conn: sa.Connection, area: shapely.Geometry) -> None:
        """Refuse to write about an area, metres, that is partly out of scope: `Forbidden`."""
        if not lies_whole_in(ground_in_scope(conn, self), area):
            raise Forbidden(
                "%(login)s: this lies outside your territories, in whole or in part",
                login=self.grant.principal.login,
            )

    def require_places(self) -> None:
        """Refuse those who see territories only what cannot be shown without its places."""
        if self.grant.coarse:
            raise Forbidden("this shows places; partners see territories")

    def require_latest(self, as_known_at: dt.datetime | None) -> None:
        """Refuse `as_known_at` for those who see released figures only."""
        if self.grant.coarse and as_known_at is not None:
            raise Forbidden("as_known_at: partners see figures as they were released")


def ground_in_scope(conn: sa.Connection, asked: QueryContext) -> shapely.Geometry | None:
    """Return the area of the territories in scope, in metres; None is everywhere."""
    if not asked.scope:
        return None
    tiling = territories.frame(conn)
    return shapely.union_all(tiling.geometry[tiling.code.isin(asked.scope)].to_numpy())


def lies_whole_in(ground: shapely.Geometry | None, area: shapely.Geometry) -> bool:
    """Return whether an area, metres, is entirely inside another; None is everywhere.

    Boundaries as published leave slivers of some metres, which count as within.
    """
    return ground is None or bool(ground.buffer(GAP_M).covers(area))


def lies_in(ground: shapely.Geometry | None, area: shapely.Geometry) -> bool:
    """Return whether an area, metres, is mostly inside another; None is everywhere."""
    return ground is None or bool(ground.covers(shapely.point_on_surface(area)))


def _day(at: dt.datetime) -> dt.date:
    """Return the day of an instant in the city, or at the ends of the calendar that of UTC."""
    try:
        return at.astimezone(city.zone()).date()
    except OverflowError:
        return at.date()
