"""Round sheets: which sites are due for a visit, and in what order they are walked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.evidence import SiteVisits, case_at, events, microseconds
from geosites.analysis.closure.parameters import DEFAULTS, EvidenceParameters
from geosites.analysis.closure.result import ClosureState
from geosites.analysis.closure.site_list_order import visit_first
from geosites.analysis.closure.state import path_of
from geosites.analysis.closure.status_at_instant import Path
from geosites.analysis.closure.status_table import STATUS_ROW, Status
from geosites.analysis.walking import Walking, crow_fly
from geosites.core.records import Closure
from geosites.core.weeks import DayPart

REST = dt.timedelta(days=3)
"""How long a site rests between visits that are due one after the other."""


@dataclass(frozen=True, kw_only=True)
class StatusAt:
    """The status of a site at one instant; P is None where no closure is in force."""

    at: dt.datetime
    status: Status
    p_clear: float | None


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One stop of a round: which site, in which part of the day, how far from the stop before."""

    site: str
    status: Status
    day_part: DayPart | None
    visits_needed: int | None
    due: dt.datetime | None
    leg_m: float


def status_series(
    visits: SiteVisits,
    closures: Sequence[Closure],
    instants: Sequence[dt.datetime],
    *,
    hazard_per_year: float = 0.5,
    parameters: EvidenceParameters = DEFAULTS,
) -> tuple[StatusAt, ...]:
    """Return the status at each instant from the visits made until then, in the given order.

    Each equals `closure_state` at that instant; a closure is evaluated once for all of them.
    """
    asked = [microseconds(moment) for moment in instants]
    result = events(visits, max(asked, default=0))
    paths: dict[int, Path] = {}
    series = []
    for moment, at in zip(instants, asked, strict=True):
        case = case_at(closures, at)
        if case is None or not case.in_force:
            status = Status.NEVER_CLOSED if case is None else Status.LIFTED
            series.append(StatusAt(at=moment, status=status, p_clear=None))
            continue
        if case.since not in paths:
            path, _ = path_of(
                case.since, result, closures, hazard_per_year, parameters, visits.ground
            )
            paths[case.since] = path
        path = paths[case.since]
        p = path.point_at(at).p * path.decay_to(at)
        series.append(StatusAt(at=moment, status=path.status_at(at), p_clear=p))
    return tuple(series)


def is_due(state: ClosureState, until: dt.datetime) -> bool:
    """Return whether a closed site is due for a visit by an instant.

    One that was visited in the last `REST` is not due again, since further visits are hardly
    informative, unless people were reported since.
    """
    due, last = state.next_visit_due, state.last_visit_at
    if not STATUS_ROW[state.status].closed or due is None or due > until:
        return False
    contradicted = state.status is Status.CONTRADICTED
    return contradicted or last is None or last <= max(due, state.as_of) - REST


def round_sheet(
    states: Sequence[ClosureState],
    places: Mapping[str, npt.ArrayLike],
    due_by: dt.datetime,
    *,
    most: int = 12,
    start: npt.ArrayLike | None = None,
    walking: Walking = crow_fly,
) -> tuple[Stop, ...]:
    """Return the stops of a round: sites whose visit is due by an instant, nearest first.

    `places` gives the metric coordinates of each site. The `most` urgent sites are selected, then
    put in nearest-neighbour order from `start`, or from the most urgent site. `leg_m` is the
    walking distance from the previous stop by `walking`, 0 at a first stop without a start.
    """
    urgent = [
        state
        for state in visit_first(states)
        if STATUS_ROW[state.status].closed
        and state.next_visit_due is not None
        and state.next_visit_due <= due_by
    ][:most]
    if not urgent:
        return ()
    begin = places[urgent[0].site] if start is None else start
    xy = np.array([begin, *(places[state.site] for state in urgent)], dtype=np.float64)
    metres = walking(xy)
    rows = {state.site: row for row, state in enumerate(urgent, start=1)}
    stops, here = [], 0
    while urgent:
        legs = [float(metres[here, rows[state.site]]) for state in urgent]
        nearest = int(np.argmin(legs))
        state = urgent.pop(nearest)
        here = rows[state.site]
        stops.append(
            Stop(
                site=state.site,
                status=state.status,
                day_part=state.next_day_part,
                visits_needed=state.visits_needed,
                due=state.next_visit_due,
                leg_m=legs[nearest],
            )
        )
    return tuple(stops)
