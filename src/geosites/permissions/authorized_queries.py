"""The questions of `studies`, answered as precisely as who asks may see.

Every channel that shows a result asks here: what the policy granted decides, in this one place,
what is told of it. Only who sees everything everywhere is given a result as it is; for anybody else
a document is built from the fields that are named for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import shapely
import sqlalchemy as sa

from geosites import services
from geosites.analysis.cell_suppression import THRESHOLD
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureDocument, HistoryDocument
from geosites.core.documents.detection import DetectionDocument
from geosites.core.documents.displacement import (
    AnyDisplacement,
    DisplacementDocument,
    PartnerDisplacement,
)
from geosites.core.documents.displacement_figures import NothingOfChange, WarningRow
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.published import CountDocument
from geosites.core.documents.rounds import RoundsDocument
from geosites.core.documents.territories import TerritoriesDocument, TerritoryDocument
from geosites.core.documents.weeks import AnyWeek, BorderRow, PartnerWeek, WeekDocument
from geosites.core.errors import Forbidden, NotEnoughData, NotFound
from geosites.core.weeks import IsoWeek
from geosites.db import sites, territories
from geosites.db.partner_releases import Release
from geosites.permissions.partner_releases import latest_released, released, released_event
from geosites.permissions.policy import Grant
from geosites.permissions.redaction import partner_documents, partner_fields
from geosites.permissions.redaction import reader_fields as fields
from geosites.permissions.redaction.allow_list import AllowList
from geosites.reference_data.published_counts import PublishedCount
from geosites.services import CountBeside
from geosites.services.alarm import WeekAlarm
from geosites.services.closure import ClosureAnswer
from geosites.services.events import DispersalEvent, ListedDispersal
from geosites.services.history import SiteHistory
from geosites.services.rounds import RoundSheet
from geosites.validation.places import GAP_M

Told = TypeVar("Told", bound=Mapping[str, object])


@dataclass(frozen=True, kw_only=True)
class QueryContext:
    """Who asks, when, and below which count of persons nothing is told to partners."""

    grant: Grant
    now: dt.datetime
    threshold: float = THRESHOLD

    @property
    def scope(self) -> tuple[str, ...]:
        """The territories that are seen; empty is everywhere."""
        return self.grant.principal.scope

    def told(self, document: Told, named: AllowList[Told]) -> Told:
        """Return a document with the fields named for who asks; whole to who sees everything."""
        return document if self.grant.whole else named.tell(document)

    def sees(self, territory: str | None) -> bool:
        """Return whether a territory is in scope."""
        return not self.scope or territory in self.scope

    def require_site(self, conn: sa.Connection, slug: str) -> None:
        """Treat a site out of scope as one that is not there; raises `NotFound`."""
        if self.scope and not self.sees(sites.get(conn, slug).territory):
            raise NotFound("site", slug)

    def holds(self, conn: sa.Connection, area: shapely.Geometry) -> bool:
        """Return whether an area, metres, lies in scope for the most part."""
        return _lies_in(ground_in_scope(conn, self), area)

    def require_area(self, conn: sa.Connection, area: shapely.Geometry) -> None:
        """Refuse to write about an area, metres, of which a part lies out of scope: `Forbidden`.

        Boundaries as published leave slivers of some metres, which count as within.
        """
        ground = ground_in_scope(conn, self)
        if ground is not None and not ground.buffer(GAP_M).covers(area):
            raise Forbidden(
                "%(login)s: this lies outside your territories, in whole or in part",
                login=self.grant.principal.login,
            )

    def require_places(self) -> None:
        """Refuse those who see territories only what cannot be shown without its places."""
        if self.grant.coarse:
            raise Forbidden("this shows places; partners see territories")

    def require_latest(self, as_known_at: dt.datetime | None) -> None:
        """Refuse a look at an earlier state to those who see released figures only."""
        if self.grant.coarse and as_known_at is not None:
            raise Forbidden("as_known_at: partners see figures as they were released")


def week(
    conn: sa.Connection, asked: QueryContext, week: IsoWeek, as_known_at: dt.datetime | None = None
) -> AnyWeek:
    """Return the document of a week; for partners as released, for others in their scope."""
    asked.require_latest(as_known_at)
    if asked.grant.coarse:
        return released_week(conn, asked, week)
    return in_scope(conn, asked, services.hotspots(conn, week, as_known_at=as_known_at).document())


def released_week(conn: sa.Connection, asked: QueryContext, week: IsoWeek) -> PartnerWeek:
    """Return a week as it was released to partners, in the scope of who asks."""
    document = services.hotspots(conn, week).document()  # before others have to wait
    (release,) = released(conn, [week], asked.now, asked.threshold)
    answer = partner_documents.week(document, release, asked.threshold)
    inside = names_in_scope(conn, asked)
    if inside is None:
        return answer
    rows = [row for row in answer["territories"] if row["code"] in asked.scope]
    return {
        **answer,
        "visits": sum(row["visits"] for row in rows),
        "places": sum(row["places"] for row in rows),
        "heads": _total([row["heads"] for row in rows]),
        "heads_counted": _total([row["heads_counted"] for row in rows]),
        "scope": list(asked.scope),
        "observed_share": None,
        "reports": 0,
        "hotspots": [spot for spot in answer["hotspots"] if spot["territory"] in inside],
        "territories": rows,
    }


def _total(counts: Sequence[int | None]) -> int | None:
    """Return the sum of some counts; None where one of them is withheld."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def names_in_scope(conn: sa.Connection, asked: QueryContext) -> frozenset[str] | None:
    """Return the names of the territories in scope; None is everywhere."""
    if not asked.scope:
        return None
    names = territories.names(conn)
    return frozenset(names[code] for code in asked.scope if code in names)


def in_scope(conn: sa.Connection, asked: QueryContext, document: WeekDocument) -> WeekDocument:
    """Return a week with what lies in scope; totals are those of the scope."""
    inside = names_in_scope(conn, asked)
    if inside is None:
        return asked.told(document, fields.WEEK)
    rows = [row for row in document["territories"] if row["code"] in asked.scope]
    result: WeekDocument = {
        **document,
        "visits": sum(row["visits"] for row in rows),
        "places": sum(row["places"] for row in rows),
        "heads": sum(row["heads"] for row in rows),
        "heads_counted": sum(row["heads_counted"] for row in rows),
        "scope": list(asked.scope),
        "heads_robust": None,
        "imprecise": None,
        "heaviest_visit": None,
        "borders": [item for item in document["borders"] if _touches(item, asked.scope)],
        "observed_share": None,
        "reports": 0,
        "hotspots": [spot for spot in document["hotspots"] if spot["territory"] in inside],
        "territories": rows,
    }
    return asked.told(result, fields.WEEK)


def _touches(border: BorderRow, scope: Collection[str]) -> bool:
    """Return whether a place on a border counts in scope; elsewhere it is not theirs to see."""
    return border["territories"][0]["code"] in scope


def closure(
    conn: sa.Connection,
    asked: QueryContext,
    slug: str,
    as_of: dt.datetime,
    as_known_at: dt.datetime | None = None,
) -> ClosureDocument:
    """Return whether a site is still closed; a site out of scope is not found."""
    asked.require_latest(as_known_at)
    result = services.closure(conn, slug, as_of, as_known_at=as_known_at)
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
    result = services.board(conn, as_of, as_known_at=as_known_at)
    return closures(asked, result)


def closures(asked: QueryContext, found: Iterable[ClosureAnswer]) -> list[ClosureDocument]:
    """Return the answers for the sites in scope, in their order."""
    return [closed(asked, item.document()) for item in found if asked.sees(item.site.territory)]


def closed(asked: QueryContext, document: ClosureDocument) -> ClosureDocument:
    """Return the document of a closure as who asks may see it."""
    if asked.grant.coarse:
        return partner_documents.closure(document)
    return asked.told(document, fields.CLOSURE)


def history(asked: QueryContext, found: SiteHistory) -> HistoryDocument:
    """Return the status of a site over time as who asks may see it."""
    if asked.grant.coarse:
        return partner_documents.history(found.document())
    return asked.told(found.document(), fields.HISTORY)


def alarms(
    conn: sa.Connection, asked: QueryContext, found: Sequence[WeekAlarm]
) -> list[AlarmDocument]:
    """Return the alarms in scope; partners, who see no single place, are told of none."""
    if asked.grant.coarse:
        return []
    inside = names_in_scope(conn, asked)
    seen = [item for item in found if inside is None or item.territory in inside]
    return [asked.told(item.document(), fields.ALARM) for item in seen]


def rounds(asked: QueryContext, found: RoundSheet) -> RoundsDocument:
    """Return round sheets as who asks may see them."""
    return asked.told(found.document(), fields.ROUNDS)


def published(
    conn: sa.Connection, asked: QueryContext, counts: Sequence[PublishedCount]
) -> list[CountDocument]:
    """Return published counts beside what was seen; for partners, beside released territories."""
    return [_published(conn, asked, item) for item in services.published(conn, counts)]


def _published(conn: sa.Connection, asked: QueryContext, found: CountBeside) -> CountDocument:
    document = found.document()
    inside = all(asked.sees(code) for code in found.territories)
    if not asked.grant.coarse:
        elsewhere: CountDocument = {**document, "seen": {}}
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


def events(
    conn: sa.Connection, asked: QueryContext, listed: Sequence[ListedDispersal]
) -> list[ListedEvent]:
    """Return events as a list tells them; partners are not told how many were dispersed."""
    names = {site.slug: site.name for site in sites.list_all(conn, retired=True)}
    ground = ground_in_scope(conn, asked)
    answer = [item.document(names) for item in listed if _lies_in(ground, item.event.target)]
    if asked.grant.coarse:
        return [partner_documents.listed(item) for item in answer]
    return [asked.told(item, fields.LISTED) for item in answer]


def ground_in_scope(conn: sa.Connection, asked: QueryContext) -> shapely.Geometry | None:
    """Return the ground of the territories in scope, in metres; None is everywhere."""
    if not asked.scope:
        return None
    tiling = territories.frame(conn)
    return shapely.union_all(tiling.geometry[tiling.code.isin(asked.scope)].to_numpy())


def _lies_in(ground: shapely.Geometry | None, area: shapely.Geometry) -> bool:
    return ground is None or bool(ground.covers(shapely.point_on_surface(area)))


def displacement(
    conn: sa.Connection,
    asked: QueryContext,
    event: DispersalEvent,
    *,
    before_weeks: int = 26,
    after_weeks: int = 13,
    as_known_at: dt.datetime | None = None,
) -> AnyDisplacement:
    """Return what followed an event. Partners ask of recorded events, with the usual windows.

    Two windows that differ by a day would tell that day's count.
    """
    asked.require_latest(as_known_at)
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
    return asked.told(
        _moves_in_scope(result, asked) if asked.scope else result, fields.DISPLACEMENT
    )


def released_displacement(
    conn: sa.Connection, asked: QueryContext, event: DispersalEvent
) -> PartnerDisplacement:
    """Return what partners are told of an event, which late sightings do not change."""
    about = services.events.recorded(conn, event)

    def tell() -> PartnerDisplacement:
        return partner_documents.displacement(
            services.displacement(conn, about).document(), asked.threshold
        )

    kept = released_event(conn, about, asked.now, tell)
    result = partner_documents.as_released(kept)
    return _released_in_scope(result, asked) if asked.scope else result


def _released_in_scope(document: PartnerDisplacement, asked: QueryContext) -> PartnerDisplacement:
    """Return what was released of an event with what lies in scope."""
    scope = set(asked.scope)
    return {
        **document,
        "course": [],
        "slope": None,
        "accounting": None,
        "new_places": [],
        "farther": [],
        "borders": [],
        "warnings": [],
        "scope": list(asked.scope),
        "territories": [row for row in document["territories"] if row["code"] in scope],
        "flows": [item for item in document["flows"] if {item["from"], item["to"]} <= scope],
    }


_NOTHING: NothingOfChange = {
    "before": None,
    "after": None,
    "expected": None,
    "change": None,
    "se": None,
    "low": None,
    "high": None,
    "places": None,
}


def _moves_in_scope(document: DisplacementDocument, asked: QueryContext) -> DisplacementDocument:
    """Return a study with what lies in scope.

    Of the spot it tells in the scope that holds it. The account of the fall sums near territories:
    it is told where all of them are in scope.
    """
    scope = set(asked.scope)
    rows = [row for row in document["territories"] if row["code"] in scope]
    own = any(row["holds_target"] for row in rows)
    near = {row["code"] for row in document["territories"] if row["near"]}
    return {
        **document,
        "scope": list(asked.scope),
        "imprecise": None,
        "territories": rows,
        "flows": [item for item in document["flows"] if {item["from"], item["to"]} <= scope],
        "target": document["target"] if own else _NOTHING,
        "net": _NOTHING,
        "rings": document["rings"] if own else [],
        "course": document["course"] if own else [],
        "slope": document["slope"] if own else None,
        "accounting": document["accounting"] if own and near <= scope else None,
        "new_places": [item for item in document["new_places"] if item["territory"] in scope],
        "farther": [row for row in document["farther"] if row["code"] in scope],
        "borders": [item for item in document["borders"] if item["territories"][0] in scope],
        "warnings": [item for item in document["warnings"] if _warns(item, scope, own=own)],
    }


def _warns(warning: WarningRow, scope: Collection[str], *, own: bool) -> bool:
    """Return whether a warning is of a territory in scope; without a territory, of the spot."""
    code = warning["territory"]
    return own if code is None else code in scope


def detection(
    conn: sa.Connection,
    asked: QueryContext,
    as_of: dt.datetime,
    weeks: int,
    as_known_at: dt.datetime | None = None,
) -> DetectionDocument:
    """Return how many of the people present crews see: in scope; for partners as shares alone."""
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
        return asked.told(result.document(), fields.TERRITORY)
    latest = latest_released(conn, asked.now)
    last = min(last, latest, key=lambda week: week.monday)
    span = [last.shift(-back) for back in reversed(range(weeks))]
    document = services.territory(conn, code, last, as_of, weeks=weeks).document()
    return partner_documents.territory(document, released(conn, span, asked.now, asked.threshold))


def all_territories(
    conn: sa.Connection, asked: QueryContext, last: IsoWeek, weeks: int
) -> TerritoriesDocument:
    """Return every territory in scope, in the same weeks; partners see the effort alone."""
    if asked.grant.coarse:
        last = min(last, latest_released(conn, asked.now), key=lambda week: week.monday)
    document = services.territory_weeks(conn, last, weeks).document()
    rows = [row for row in document["territories"] if asked.sees(row["code"])]
    result: TerritoriesDocument = {**document, "territories": rows}
    if asked.grant.coarse:
        return partner_documents.all_territories(result)
    return asked.told(result, fields.TERRITORIES)
