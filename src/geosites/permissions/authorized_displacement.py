"""Displacement results at the precision that the principal may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core.documents.displacement import (
    AnyDisplacement,
    DisplacementDocument,
    PartnerDisplacement,
)
from geosites.core.documents.events import ListedEvent
from geosites.core.errors import Forbidden
from geosites.db.geography import sites
from geosites.permissions.partner_releases import released_event
from geosites.permissions.query_context import QueryContext, ground_in_scope, lies_in
from geosites.permissions.redaction import partner_documents, scoped_documents
from geosites.permissions.redaction import reader_fields as fields
from geosites.services.displacement_studies.events import DispersalEvent, ListedDispersal


def events(
    conn: sa.Connection, asked: QueryContext, listed: Sequence[ListedDispersal]
) -> list[ListedEvent]:
    """Return events for a list; partners do not see how many people were dispersed."""
    names = {site.slug: site.name for site in sites.list_all(conn, retired=True)}
    ground = ground_in_scope(conn, asked)
    answer = [item.document(names) for item in listed if lies_in(ground, item.event.target)]
    if asked.grant.coarse:
        return [partner_documents.listed(item) for item in answer]
    return [asked.told(item, fields.LISTED) for item in answer]


def displacement(
    conn: sa.Connection,
    asked: QueryContext,
    event: DispersalEvent,
    *,
    before_weeks: int = 26,
    after_weeks: int = 13,
    as_known_at: dt.datetime | None = None,
) -> AnyDisplacement:
    """Return the displacement study of an event. Partners can only query recorded events, with the
    default windows.

    Two windows that differ by a day would reveal that day's count.
    """
    asked.require_latest(as_known_at)
    asked.require_event(conn, event)
    if not asked.grant.coarse:
        return _study(conn, asked, event, before_weeks, after_weeks, as_known_at)
    if (before_weeks, after_weeks) != (26, 13):
        raise Forbidden("before_weeks, after_weeks: partners see the usual windows, 26 and 13")
    return released_displacement(conn, asked, event)


def placed_displacement(
    conn: sa.Connection, asked: QueryContext, event: DispersalEvent
) -> DisplacementDocument:
    """Return what followed an event with its places; raises `Forbidden` to partners."""
    asked.require_places()
    asked.require_event(conn, event)
    return _study(conn, asked, event, 26, 13, None)


def _study(
    conn: sa.Connection,
    asked: QueryContext,
    event: DispersalEvent,
    before_weeks: int,
    after_weeks: int,
    as_known_at: dt.datetime | None,
) -> DisplacementDocument:
    result = services.displacement(
        conn, event, before_weeks=before_weeks, after_weeks=after_weeks, as_known_at=as_known_at
    ).document()
    if not asked.scope:
        return asked.told(result, fields.DISPLACEMENT)
    ground = ground_in_scope(conn, asked)
    cuts = [key for key in result["cut_by"] if lies_in(ground, _target(conn, key))]
    seen = scoped_documents.displacement({**result, "cut_by": cuts}, asked.scope)
    return asked.told(seen, fields.DISPLACEMENT)


def _target(conn: sa.Connection, key: str) -> shapely.Geometry:
    return services.events.parse(conn, key).target


def released_displacement(
    conn: sa.Connection, asked: QueryContext, event: DispersalEvent
) -> PartnerDisplacement:
    """Return the partner document of an event, which late sightings do not change."""
    about = services.events.recorded(conn, event)
    asked.require_event(conn, about)

    def tell() -> PartnerDisplacement:
        return partner_documents.displacement(
            services.displacement(conn, about).document(), asked.threshold
        )

    kept = released_event(conn, about, asked.now, tell)
    result = partner_documents.as_released(kept)
    return scoped_documents.released_displacement(result, asked.scope) if asked.scope else result
