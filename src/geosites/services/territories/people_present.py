"""People present at the city's places in the last four weeks, from nine months of visits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from geosites.analysis.places import assign
from geosites.analysis.rounds import PresentTotal, present_total
from geosites.analysis.rounds.people_present_total import NOW, WEEKS
from geosites.core.documents.round_plan import PeoplePresent
from geosites.core.errors import NotEnoughData
from geosites.core.records import OperationKind
from geosites.db.geography import sites
from geosites.db.reports.visits import VisitColumns
from geosites.services.displacement_studies import events
from geosites.services.displacement_studies.events import WEEK

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LOOK_BACK = WEEKS * WEEK
STEADY_WEEKS = 3
"""Minimum number of weeks with visits for a place to be included."""

_REACH_M = 200.0


@dataclass(frozen=True, kw_only=True)
class PeopleStanding:
    """The total, and how many visited grounds are not part of it."""

    total: PresentTotal
    left_out: int

    def document(self) -> PeoplePresent:
        """Return it as a JSON document."""
        low, high = self.total.interval
        return {
            "weeks": NOW,
            "heads": self.total.heads,
            "low": low,
            "high": high,
            "places": len(self.total.level),
            "unseen": int(self.total.unseen.sum()),
            "left_out": self.left_out,
        }


def people_standing(
    conn: sa.Connection, seen: VisitColumns, on: Mask, as_of: dt.datetime
) -> PeopleStanding | None:
    """Return the people present in an area, from the visits `on` it; None with too few visits.

    Visits to a place before an operation or a closure there no longer count.
    """
    if not on.any():
        return None
    perimeters = [site.perimeter for site in sites.list_all(conn)]
    found = assign(seen.xy[on], sites=perimeters, accuracy_m=seen.accuracy_m[on])
    now = np.datetime64(as_of.astimezone(dt.UTC).replace(tzinfo=None))
    at = seen.observed_at[on]
    week = -((now - at) // np.timedelta64(7, "D")).astype(np.int64)
    steady = _weeks_seen(found.index, week, len(found)) >= STEADY_WEEKS
    kept = steady[found.index] & (at >= _since(conn, found.centre, as_of)[found.index])
    number = np.cumsum(steady) - 1
    try:
        total = present_total(
            number[found.index[kept]],
            week[kept],
            seen.heads[on][kept].astype(np.float64),
            places=int(steady.sum()),
        )
    except NotEnoughData:
        return None
    return PeopleStanding(total=total, left_out=int((~steady).sum()))


def _weeks_seen(place: Ints, week: Ints, places: int) -> Ints:
    """Return in how many weeks each place was visited (places,)."""
    pairs = np.unique(np.column_stack([place, week]), axis=0)
    return np.bincount(pairs[:, 0], minlength=places)


def _since(
    conn: sa.Connection, centres: npt.NDArray[np.float64], as_of: dt.datetime
) -> npt.NDArray[np.datetime64]:
    """Return from when on visits to each place count (places,): its last operation or closure."""
    since = np.full(len(centres), np.datetime64("1970-01-01", "us"))
    points = shapely.points(centres)
    for item in events.list_all(conn):
        at = item.event.at
        if item.kind != OperationKind.PRESENCE and as_of - LOOK_BACK < at <= as_of:
            near = shapely.dwithin(points, item.event.target, _REACH_M)
            began = np.datetime64(at.astimezone(dt.UTC).replace(tzinfo=None), "us")
            since[near] = np.maximum(since[near], began)
    return since
