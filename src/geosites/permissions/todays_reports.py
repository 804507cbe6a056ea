"""Today's reports, shown before a new one is sent, so that nobody reports twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.core.documents.places import Whereabouts
from geosites.core.errors import NotFound
from geosites.core.records import Sighting
from geosites.core.weeks import midnight
from geosites.db import journal
from geosites.db.geography import sites
from geosites.db.reports import duplicates, sightings
from geosites.permissions.masking import in_scope, seen_by
from geosites.permissions.policy import Permission, Principal, decide
from geosites.services.places import place_names


@dataclass(frozen=True, kw_only=True)
class SeenToday:
    """A sighting of the day, as its reader may see it; without an id where that is by cell."""

    id: UUID | None
    at: dt.datetime
    heads: int
    place: str | None
    near: Whereabouts | None
    own: bool
    point: shapely.Point
    doubtful: bool


def today(conn: sa.Connection, principal: Principal, now: dt.datetime) -> list[SeenToday]:
    """Return the sightings of the local day as the principal may see them, the latest first.

    Rejected ones are left out, since the scene still has to be reported. The read is journaled
    here, since the reporting routes do not do it.
    """
    grant = decide(principal, Permission.READ_SIGHTINGS)
    start = midnight(now.astimezone(city.zone()).date())
    recorded = sightings.during(conn, start, now + dt.timedelta(minutes=1))
    frame = seen_by(grant, recorded[recorded.verified.ne(False)])
    doubtful = duplicates.of(conn, [UUID(item) for item in frame.id.dropna()])
    near = place_names.near(conn, shapely.get_coordinates(frame.geometry.to_numpy()))
    names = {site.slug: site.name for site in sites.list_all(conn, retired=True)}
    result = [
        SeenToday(
            id=UUID(row.id) if row.exact else None,
            at=row.observed_at.to_pydatetime(),
            heads=row.headcount,
            place=names.get(row.site) if row.exact else None,
            near=beside,
            own=row.own,
            point=row.geometry,
            doubtful=row.exact and UUID(row.id) in doubtful,
        )
        for row, beside in zip(frame.itertuples(), near, strict=True)
    ]
    journal.consulted(conn, f"{Permission.READ_SIGHTINGS}: today", [str(start.date())])
    return result[::-1]


def receipt(
    conn: sa.Connection, principal: Principal, identifier: UUID, motive: str | None = None
) -> tuple[Sighting, list[Sighting]]:
    """Return a sighting of the principal's unit, and its possible duplicates.

    Sightings of another unit are for those with exact access and a motive; for others they are not
    found, and neither is any out of scope. The read is journaled with the motive.
    """
    result = sightings.get(conn, identifier)
    exact = decide(principal, Permission.READ_SIGHTINGS, motive).exact
    inside = bool(in_scope(principal, [result.territory]).all())
    own = bool(principal.unit) and result.unit == principal.unit
    if not (inside and (own or exact)):
        raise NotFound("sighting", str(identifier))
    journal.consulted(conn, f"{Permission.READ_SIGHTINGS}: receipt", [str(identifier)])
    return result, duplicates.of(conn, [identifier]).get(identifier, [])
