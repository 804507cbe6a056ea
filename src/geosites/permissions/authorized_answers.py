"""The queries of `services`, answered at the precision that the principal may see.

Every channel that shows a result goes through this module: the permission granted by the policy
decides here, and only here, what is returned. Only a principal who sees everything everywhere gets
the result itself; for anybody else a document is built from the fields named for that reader.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from geosites import services
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureDocument, HistoryDocument
from geosites.core.documents.crew_detection import DetectionDocument
from geosites.core.documents.published import CountDocument
from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.core.documents.rounds import RoundsDocument
from geosites.core.documents.territories import TerritoriesDocument, TerritoryDocument
from geosites.core.documents.weeks import AnyWeek, PartnerWeek, WeekDocument
from geosites.core.errors import NotEnoughData, NotFound
from geosites.core.weeks import IsoWeek
from geosites.db.geography import territories
from geosites.db.publication.partner_releases import Release
from geosites.permissions.partner_releases import latest_released, released
from geosites.permissions.query_context import QueryContext
from geosites.permissions.redaction import (
    partner_documents,
    partner_fields,
    scoped_documents,
)
from geosites.permissions.redaction import reader_fields as fields
from geosites.reference_data.published_counts import PublishedCount
from geosites.services import CountBeside
from geosites.services.closure_status.closure import ClosureAnswer
from geosites.services.closure_status.history import SiteHistory
from geosites.services.patrols.round_plan import RoundPlan
from geosites.services.patrols.rounds import RoundSheet
from geosites.services.weekly.alarm import WeekAlarm


def week(
    conn: sa.Connection, asked: QueryContext, week: IsoWeek, as_known_at: dt.datetime | None = None
) -> AnyWeek:
    """Return the document of a week; for partners as released, for others in their scope."""
    asked.require_latest(as_known_at)
    if asked.grant.coarse:
        return released_week(conn, asked, week)
    return in_scope(conn, asked, services.hotspots(conn, week, as_known_at=as_known_at).document())


def released_week(conn: sa.Connection, asked: QueryContext, week: IsoWeek) -> PartnerWeek:
    """Return a week as released to partners, in the principal's scope."""
    document = services.hotspots(conn, week).document()  # before others have to wait
    (release,) = released(conn, [week], asked.now, asked.threshold)
    answer = partner_documents.week(document, release, asked.threshold)
    inside = names_in_scope(conn, asked)
    if inside is None:
        return answer
    return scoped_documents.released_week(answer, asked.scope, inside)


def names_in_scope(conn: sa.Connection, asked: QueryContext) -> frozenset[str] | None:
    """Return the names of the territories in scope; None is everywhere."""
    if not asked.scope:
        return None
    names = territories.names(conn)
    return frozenset(names[code] for code in asked.scope if code in names)


def in_scope(conn: sa.Connection, asked: QueryContext, document: WeekDocument) -> WeekDocument:
    """Return a week limited to the scope; totals are those of the scope."""
    inside = names_in_scope(conn, asked)
    if inside is None:
        return asked.told(document, fields.WEEK)
    return asked.told(scoped_documents.week(document, asked.scope, inside), fields.WEEK)


def closure(
    conn: sa.Connection,
    asked: QueryContext,
    slug: str,
    as_of: dt.datetime,
    as_known_at: dt.datetime | None = None,
) -> ClosureDocument:
    """Return whether a site is still closed; a site out of scope is not found."""
    asked.require_latest(as_known_at)
    result = services.closure(conn, slug, asked.instant(as_of), as_known_at=as_known_at)
    if not asked.sees(result.site.territory):
        raise NotFound("site", slug)
    return closed(asked, result.document())


def board(
    conn: sa.Connection,
    asked: QueryContext,
    as_of: dt.datetime,
    as_known_at: dt.datetime | None = None,
) -> list[ClosureDocument]:
    """Return the answer for every site in scope, by what needs a visit first."""
    asked.require_latest(as_known_at)
    result = services.board(conn, asked.instant(as_of), as_known_at=as_known_at)
    return closures(asked, result)


def closures(asked: QueryContext, found: Iterable[ClosureAnswer]) -> list[ClosureDocument]:
    """Return the answers for the sites in scope, in their order."""
    return [closed(asked, item.document()) for item in found if asked.sees(item.site.territory)]


def closed(asked: QueryContext, document: ClosureDocument) -> ClosureDocument:
    """Return the document of a closure as the principal may see it."""
    if asked.grant.coarse:
        return partner_documents.closure(document)
    return asked.told(document, fields.CLOSURE)


def history(asked: QueryContext, found: SiteHistory) -> HistoryDocument:
    """Return the status of a site over time as the principal may see it."""
    if asked.grant.coarse:
        return partner_documents.history(found.document())
    return asked.told(found.document(), fields.HISTORY)


def alarms(
    conn: sa.Connection, asked: QueryContext, found: Sequence[WeekAlarm]
) -> list[AlarmDocument]:
    """Return the alarms in scope; partners, who see no single place, get none."""
    if asked.grant.coarse:
        return []
    inside = names_in_scope(conn, asked)
    seen = [item for item in found if inside is None or item.territory in inside]
    return [asked.told(item.document(), fields.ALARM) for item in seen]


def rounds(asked: QueryContext, found: RoundSheet) -> RoundsDocument:
    """Return round sheets as the principal may see them."""
    return asked.told(found.document(), fields.ROUNDS)


def round_plan(asked: QueryContext, found: RoundPlan) -> RoundPlanDocument:
    """Return the round plan as the principal may see it."""
    return asked.told(found.document(), fields.ROUND_PLAN)


def published(
    conn: sa.Connection, asked: QueryContext, counts: Sequence[PublishedCount]
) -> list[CountDocument]:
    """Return published counts beside visits; for partners, beside released territories."""
    return [_published(conn, asked, item) for item in services.published(conn, counts)]


def _published(conn: sa.Connection, asked: QueryContext, found: CountBeside) -> CountDocument:
    document = found.document()
    inside = all(asked.sees(code) for code in found.territories)
    if not asked.grant.coarse:
        elsewhere: CountDocument = {**document, "seen": {}, "site": None}
        return asked.told(document if inside else elsewhere, fields.PUBLISHED)
    codes = found.territories if inside else ()
    release = _released_week(conn, asked, IsoWeek.of_day(found.count.day)) if codes else None
    return partner_documents.published(document, codes, release, asked.threshold)


def _released_week(conn: sa.Connection, asked: QueryContext, week: IsoWeek) -> Release | None:
    try:
        (release,) = released(conn, [week], asked.now, asked.threshold)
    except NotEnoughData:
        return None
    return release


def detection(
    conn: sa.Connection,
    asked: QueryContext,
    as_of: dt.datetime,
    weeks: int,
    as_known_at: dt.datetime | None = None,
) -> DetectionDocument:
    """Return the detection estimate in scope; for partners as shares only."""
    asked.require_latest(as_known_at)
    if asked.grant.coarse:
        made = services.detection(conn, as_of, weeks=weeks)
        return partner_fields.DETECTION.tell(made.document())
    made = services.detection(conn, as_of, weeks=weeks, as_known_at=as_known_at, within=asked.scope)
    return asked.told(made.document(), fields.DETECTION)


def territory(
    conn: sa.Connection,
    asked: QueryContext,
    code: str,
    last: IsoWeek,
    as_of: dt.datetime,
    weeks: int,
    as_known_at: dt.datetime | None = None,
) -> TerritoryDocument:
    """Return a territory through its weeks; one out of scope is not found."""
    asked.require_latest(as_known_at)
    if not asked.sees(code):
        raise NotFound("territory", code)
    if not asked.grant.coarse:
        result = services.territory(conn, code, last, as_of, weeks=weeks, as_known_at=as_known_at)
        document = result.document()
        seen = scoped_documents.territory(document) if asked.scope else document
        return asked.told(seen, fields.TERRITORY)
    latest, as_of = latest_released(conn, asked.now), asked.instant(as_of)
    last = min(last, latest, key=lambda week: week.monday)
    span = [last.shift(-back) for back in reversed(range(weeks))]
    document = services.territory(conn, code, last, as_of, weeks=weeks).document()
    return partner_documents.territory(document, released(conn, span, asked.now, asked.threshold))


def all_territories(
    conn: sa.Connection, asked: QueryContext, last: IsoWeek, weeks: int
) -> TerritoriesDocument:
    """Return every territory in scope, in the same weeks; partners see only the effort."""
    if asked.grant.coarse:
        last = min(last, latest_released(conn, asked.now), key=lambda week: week.monday)
    document = services.territory_weeks(conn, last, weeks).document()
    result = scoped_documents.territories(document, asked.scope) if asked.scope else document
    if asked.grant.coarse:
        return partner_documents.all_territories(result)
    return asked.told(result, fields.TERRITORIES)
