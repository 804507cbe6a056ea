"""Displacement studies that are not over, and which of their places lack visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from geosites.analysis.displacement import Design, Surroundings
from geosites.analysis.displacement.study_coverage import StudyCoverage, study_coverage
from geosites.core import deadline
from geosites.core.errors import NotEnoughData
from geosites.core.records import OperationKind
from geosites.db.geography import sites
from geosites.db.reports import visits
from geosites.services.displacement_studies import events
from geosites.services.displacement_studies.displacement import cut_at_events, effort_visits
from geosites.services.displacement_studies.events import WEEK, DispersalEvent

MOST_STUDIES = 5
"""Number of studies that a plan considers, the latest first."""


@dataclass(frozen=True, kw_only=True)
class OngoingStudy:
    """A study under way and its coverage so far."""

    event: DispersalEvent
    coverage: StudyCoverage
    last_day: dt.datetime


def studies_under_way(
    conn: sa.Connection, as_of: dt.datetime, ground: shapely.Geometry
) -> tuple[list[OngoingStudy], int]:
    """Return the studies at `as_of` whose target is in an area, and how many are left out.

    A study ends with its weeks, or with the next event nearby. Those whose target was not seen
    before the event are left out without being counted: no visit can complete them.
    """
    wanted = Design()
    recent = [
        item.event
        for item in events.list_all(conn)
        if item.kind != OperationKind.PRESENCE
        and as_of - wanted.weeks_after * WEEK < item.event.at <= as_of
        and shapely.intersects(item.event.target, ground)
    ]
    perimeters = [site.perimeter for site in sites.list_all(conn)]
    found = [_of(conn, event, as_of, perimeters) for event in recent[:MOST_STUDIES]]
    return [item for item in found if item is not None], len(recent[MOST_STUDIES:])


def _of(
    conn: sa.Connection,
    event: DispersalEvent,
    as_of: dt.datetime,
    perimeters: Sequence[shapely.Geometry],
) -> OngoingStudy | None:
    deadline.check()
    wanted = Design()
    start, end = event.at - wanted.weeks_before * WEEK, event.at + wanted.weeks_after * WEEK
    other = [item for item in events.others(conn, event, start, end) if item.at <= as_of]
    try:
        design, _ = cut_at_events(wanted, event, other)
    except NotEnoughData:
        return None
    week = event.week_of(as_of)
    if week >= design.weeks_after:
        return None
    seen = visits.during(conn, start, as_of, effort_only=True)
    around = Surroundings(sites=perimeters, other_events=[item.target for item in other])
    coverage = study_coverage(effort_visits(event, seen), event.target, around, design, week)
    if coverage is None:
        return None
    return OngoingStudy(
        event=event, coverage=coverage, last_day=event.at + design.weeks_after * WEEK
    )
