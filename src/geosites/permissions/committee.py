"""The page of a committee member: partner documents for the member's territories.

Whoever opens it gets partner documents, limited to the reader's own scope.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import sqlalchemy as sa

from geosites import services
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.committee import CareReach, CommitteeDocument
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.weeks import PartnerWeek
from geosites.core.errors import NotEnoughData
from geosites.core.precision import Precision
from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites, territories
from geosites.permissions import authorized_answers, query_context
from geosites.permissions.partner_releases import latest_released
from geosites.permissions.query_context import QueryContext
from geosites.permissions.redaction import partner_documents, scoped_documents
from geosites.reference_data.committee import Member
from geosites.services.places.care_reach import care_reach

MOST_OPERATIONS = 8
OPERATIONS_SINCE = dt.timedelta(weeks=13)


def committee_page(conn: sa.Connection, asked: QueryContext, member: Member) -> CommitteeDocument:
    """Return the sections of a member, of the latest week that was released."""
    asked = _as_partner(asked)
    week = latest_released(conn, asked.now)
    released = _week(conn, asked, member, week)
    return {
        "name": member.name,
        "week": released,
        "closures": _closures(conn, asked, member) if "closures" in member.sections else None,
        "operations": _operations(conn, asked, member) if "operations" in member.sections else None,
        "care": _care(conn, released, week) if "care" in member.sections else None,
    }


def _as_partner(asked: QueryContext) -> QueryContext:
    """Return the principal with partner precision, whatever their own is, and the same scope."""
    return replace(asked, grant=replace(asked.grant, precision=Precision.TERRITORY))


def _week(conn: sa.Connection, asked: QueryContext, member: Member, week: IsoWeek) -> PartnerWeek:
    answer = authorized_answers.released_week(conn, asked, week)
    if not member.territories:
        return answer
    inside = [row["code"] for row in answer["territories"] if member.sees(row["code"])]
    names = territories.names(conn)
    return scoped_documents.released_week(answer, inside, {names[code] for code in inside})


def _closures(conn: sa.Connection, asked: QueryContext, member: Member) -> list[ClosureDocument]:
    now = asked.instant(services.reading_time(conn, asked.now))
    return [
        partner_documents.closure(item.document())
        for item in services.board(conn, now)
        if asked.sees(item.site.territory) and member.sees(item.site.territory)
    ]


def _operations(conn: sa.Connection, asked: QueryContext, member: Member) -> list[ListedEvent]:
    names = {site.slug: site.name for site in sites.list_all(conn, retired=True)}
    since = asked.now - OPERATIONS_SINCE
    areas = territories.frame(conn)
    mine = areas[[member.sees(code) for code in areas.code]].geometry.union_all()
    scope = query_context.ground_in_scope(conn, asked)
    listed = [
        item
        for item in services.events.list_all(conn)
        if item.event.at >= since
        and mine.covers(item.event.target)
        and (scope is None or scope.covers(item.event.target))
    ]
    newest = sorted(listed, key=lambda item: item.event.at, reverse=True)[:MOST_OPERATIONS]
    return [partner_documents.listed(item.document(names)) for item in newest]


def _care(conn: sa.Connection, released: PartnerWeek, week: IsoWeek) -> CareReach:
    """Return the care places and their reach, from the week as it was known when released.

    As with the counts, later reports enter no figure; if nothing was known then, there is no reach.
    """
    try:
        known = services.hotspots(conn, week, as_known_at=released["as_known_at"]).document()
    except NotEnoughData:
        return care_reach(conn, week, (), ())
    return care_reach(conn, week, known.get("occupied", ()), released["territories"])
