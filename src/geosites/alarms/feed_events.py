"""Events for feed subscribers besides alarms: new weeks, new hotspots, closure statuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from geosites import services
from geosites.analysis.closure import Status
from geosites.core.alarm_messages import AlarmKind
from geosites.core.documents.changes import ChangeDetail
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closures
from geosites.db.geography import sites, territories
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind
from geosites.db.reports import visits

MOST_WEEKS = 4
"""How many weeks are caught up with where nobody looked for longer."""

_WEEK = dt.timedelta(weeks=1)
_KINDS = {
    AlarmKind.NEW_WEEK: ChangeKind.WEEK_NEW,
    AlarmKind.NEW_HOTSPOT: ChangeKind.HOTSPOT_NEW,
}


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """Something new about a week that has ended."""

    kind: AlarmKind
    week: IsoWeek
    territory: str | None = None
    detail: ChangeDetail = field(default_factory=lambda: ChangeDetail())
    """Details of a new hotspot event, without place or count."""


def note_weeks(conn: sa.Connection, since: dt.datetime, now: dt.datetime) -> list[FeedEvent]:
    """Record each week that has ended since the last run, and its new hotspots.

    Returns the recorded events. Weeks without records are skipped.
    """
    result = list(_found(conn, since, now))
    codes = {name: code for code, name in territories.names(conn).items()}
    for event in result:
        changes.note(
            conn,
            _KINDS[event.kind],
            monday=event.week.monday,
            territory=codes.get(event.territory or ""),
            detail=event.detail or None,
            at=now,
        )
    return result


def _found(conn: sa.Connection, since: dt.datetime, now: dt.datetime) -> Iterator[FeedEvent]:
    for week in _ended(since, now):
        if not len(visits.during(conn, week.start, week.end).heads):
            continue
        yield FeedEvent(kind=AlarmKind.NEW_WEEK, week=week)
        for spot in services.hotspots(conn, week).document()["hotspots"]:
            if spot["since_week"] == str(week):
                detail: ChangeDetail = {"rank": spot["rank"], "quartier": spot["quartier"]}
                yield FeedEvent(
                    kind=AlarmKind.NEW_HOTSPOT,
                    week=week,
                    territory=spot["territory"],
                    detail=detail,
                )


def note_states(
    conn: sa.Connection,
    before: Mapping[str, Status],
    told: list[services.SiteHistory],
    now: dt.datetime,
) -> None:
    """Record each site whose closure has another status than at the last run."""
    for item in told:
        status = item.band[-1].status
        if status is not before.get(item.site.slug, Status.NEVER_CLOSED):
            changes.note(
                conn,
                ChangeKind.CLOSURE_STATE,
                site=item.site.slug,
                territory=item.site.territory,
                detail={"status": status.value, "name": item.site.name},
                at=now,
            )


def note_withdrawn(
    conn: sa.Connection, before: Mapping[str, Status], now: dt.datetime
) -> list[str]:
    """Note each site that had a closure at the last look and has none any more; return them."""
    closed = {item.site for item in closures.list_all(conn)}
    known = {item.slug: item for item in sites.list_all(conn, retired=True)}
    gone = [
        slug
        for slug, status in before.items()
        if status is not Status.NEVER_CLOSED and slug not in closed and slug in known
    ]
    for slug in gone:
        changes.note(
            conn,
            ChangeKind.CLOSURE_STATE,
            site=slug,
            territory=known[slug].territory,
            detail={"status": Status.NEVER_CLOSED.value, "name": known[slug].name},
            at=now,
        )
    return gone


def _ended(since: dt.datetime, now: dt.datetime) -> Iterator[IsoWeek]:
    """Yield the weeks that ended after `since` and by `now`, the last few of them."""
    first = max(since, now - MOST_WEEKS * _WEEK)
    week = IsoWeek.containing(first)
    while week.end <= now:
        yield week
        week = IsoWeek.containing(week.end)
