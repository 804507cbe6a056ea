"""Builders of closures and visits for the closure tests: small stories told in days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import numpy as np

from geosites.analysis.closure import SiteVisits
from geosites.core.records import Closure

CLOSED = dt.datetime(2022, 10, 5, 4, tzinfo=dt.UTC)
"""06:00 in Paris on the day of the closure, in summer time."""

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

Row = tuple[dt.datetime, int, bool | None]


def at(days: float, hours: float = 0) -> dt.datetime:
    """Return an instant so many days and hours after the closure began."""
    return CLOSED + days * DAY + hours * HOUR


def saw_nobody(*days: float) -> list[Row]:
    """Return visits that saw nobody, on these days after the closure."""
    return [(at(day), 0, None) for day in days]


def active_period(visits: int = 40, seen_every: int = 10) -> list[Row]:
    """Return visits before the closure over all parts of the day; one in so many saw nobody."""
    return [(at(-1 - n, 6 * (n % 4)), 12 if n % seen_every else 0, None) for n in range(visits)]


def visits(
    rows: Sequence[Row],
    *,
    day_only: Sequence[int] = (),
    outside: Sequence[int] = (),
    uncovered: Sequence[int] = (),
    calls: Sequence[int] = (),
) -> SiteVisits:
    """Return rows as visits that cover the site; the options name rows that differ."""
    numbers = range(len(rows))
    return SiteVisits(
        ids=[f"{when.isoformat()}-{heads}-{verified}" for when, heads, verified in rows],
        observed_at=np.array(
            [round(when.timestamp() * 1_000_000) for when, _, _ in rows], dtype=np.int64
        ),
        headcount=np.array([heads for _, heads, _ in rows], dtype=np.int64),
        verified=np.array([verified for _, _, verified in rows], dtype=object),
        time_precision=["day" if n in day_only else "instant" for n in numbers],
        covers=np.array([n not in uncovered for n in numbers], dtype=bool),
        inside=np.array([n not in outside for n in numbers], dtype=bool),
        effort=np.array([n not in calls for n in numbers], dtype=bool),
    )


def closed(
    start: dt.datetime = CLOSED,
    until: dt.datetime | None = None,
    legal_ref: str | None = "2022-1189",
    review_days: int = 14,
) -> Closure:
    """Return a closure of the site."""
    return Closure(
        id=UUID(int=round(start.timestamp())),
        site="forceval",
        closed_from=start,
        closed_until=until,
        legal_ref=legal_ref,
        review_days=review_days,
    )
