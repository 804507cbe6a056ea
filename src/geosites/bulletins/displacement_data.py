"""Displacement after recent operations, as far as it is known at the end of a week."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from geosites.core.documents.bulletins import LastOperations, ToldOperation
from geosites.core.documents.displacement import DisplacementDocument, DisplacementSummary
from geosites.core.errors import NotEnoughData
from geosites.core.records import OperationKind
from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites
from geosites.services.displacement_studies import events
from geosites.services.displacement_studies.displacement import displacement
from geosites.services.displacement_studies.events import WEEK, DispersalEvent

AFTER_WEEKS = 13
RECENT_WEEKS = 4
MOST_TOLD = 6

TOO_RECENT = "too_recent"


def last_operations(conn: sa.Connection, week: IsoWeek, known: dt.datetime) -> LastOperations:
    """Return studies of the operations and closures whose weeks after overlap the last four.

    Later observations do not count: the window after ends with the week. An event without a result
    has a `cause` instead of an `answer`. A permanent presence is not an event. The latest six are
    included, `total` counts all.
    """
    recent = [item.event for item in events.list_all(conn, known) if _recent(item, week)]
    names = {site.slug: site.name for site in sites.list_all(conn, known, retired=True)}
    return {
        "total": len(recent),
        "events": [_told(conn, event, week, known, names) for event in recent[:MOST_TOLD]],
    }


def _recent(listed: events.ListedDispersal, week: IsoWeek) -> bool:
    event = listed.event
    first = week.shift(1 - RECENT_WEEKS).start - AFTER_WEEKS * WEEK
    return listed.kind != OperationKind.PRESENCE and first < event.at < week.end


def _told(
    conn: sa.Connection,
    event: DispersalEvent,
    week: IsoWeek,
    known: dt.datetime,
    names: dict[str, str],
) -> ToldOperation:
    place = names.get(event.site or "")
    document: ToldOperation = {
        "event": event.document(),
        "place": place,
        "answer": None,
        "cause": None,
    }
    whole_weeks = min(AFTER_WEEKS, (week.end - event.at) // WEEK)
    if whole_weeks < 1:
        return {**document, "cause": TOO_RECENT}
    try:
        answer = displacement(conn, event, after_weeks=whole_weeks, as_known_at=known).document()
    except NotEnoughData as error:
        return {**document, "cause": error.cause or "unknown"}
    return {**document, "answer": _summary(answer)}


def _summary(answer: DisplacementDocument) -> DisplacementSummary:
    """Return the part of a study for a bulletin; second estimates are only on its own page."""
    return {
        "event": answer["event"],
        "before": answer["before"],
        "after": answer["after"],
        "cut_by": answer["cut_by"],
        "level": answer["level"],
        "finding": answer["finding"],
        "belief": answer["belief"],
        "target": answer["target"],
        "net": answer["net"],
        "displaced_share": answer["displaced_share"],
        "placebo": answer["placebo"],
        "cautious_p": answer["cautious_p"],
        "slope": answer["slope"],
        "accounting": answer["accounting"],
        "new_places": answer["new_places"],
        "farther": answer["farther"],
        "borders": answer["borders"],
        "warnings": answer["warnings"],
        "effort_ratio": answer["effort_ratio"],
        "territories": answer["territories"],
        "flows": answer["flows"],
        "left_or_not_found": answer["left_or_not_found"],
        "arrived": answer["arrived"],
        "sample": answer["sample"],
    }
