"""What is new besides alarms, for those who follow: weeks, hotspots, states of closures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from geosites import studies
from geosites.analysis.closure import Status
from geosites.store import changes, sightings, territories
from geosites.store.changes import ChangeKind
from geosites.weeks import IsoWeek

MOST_WEEKS = 4
"""How many weeks are caught up with where nobody looked for longer."""

_WEEK = dt.timedelta(weeks=1)


def note_weeks(conn: sa.Connection, since: dt.datetime, now: dt.datetime) -> None:
    """Note each week that has ended since the last look, and the hotspots that were not before.

    A week in which nothing was recorded is none.
    """
    codes = {name: code for code, name in territories.names(conn).items()}
    for week in _ended(since, now):
        if sightings.during(conn, week.start, week.end).empty:
            continue
        changes.note(conn, ChangeKind.WEEK_NEW, monday=week.monday, at=now)
        for spot in studies.hotspots(conn, week).document()["hotspots"]:
            if spot["since_week"] == str(week):
                changes.note(
                    conn,
                    ChangeKind.HOTSPOT_NEW,
                    monday=week.monday,
                    territory=codes.get(spot["territory"]),
                    detail=_told(spot),
                    at=now,
                )


def note_states(
    conn: sa.Connection,
    before: Mapping[str, Status],
    told: list[studies.SiteHistory],
    now: dt.datetime,
) -> None:
    """Note each site whose closure has another status than at the last look."""
    for one in told:
        status = one.band[-1].status
        if status is not before.get(one.site.slug, Status.NEVER_CLOSED):
            changes.note(
                conn,
                ChangeKind.CLOSURE_STATE,
                site=one.site.slug,
                territory=one.site.territory,
                detail={"status": status.value, "name": one.site.name},
                at=now,
            )


def _ended(since: dt.datetime, now: dt.datetime) -> Iterator[IsoWeek]:
    """Yield the weeks that ended after `since` and by `now`, the last few of them."""
    first = max(since, now - MOST_WEEKS * _WEEK)
    week = IsoWeek.containing(first)
    while week.end <= now:
        yield week
        week = IsoWeek.containing(week.end)


def _told(spot: Mapping[str, Any]) -> dict[str, Any]:
    """Return the little that goes along with a new hotspot: no place and no count."""
    return {name: spot[name] for name in ("rank", "quartier")}
