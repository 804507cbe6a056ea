"""What changed, and where, after an operation or a closure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geosites.analysis.care_distance import Care
from geosites.analysis.displacement import (
    Allocation,
    Caveat,
    Design,
    DisplacementResult,
    EffortVisits,
    Estimate,
    Surroundings,
    TerritoryChange,
    study,
    weeks_since_last,
    weeks_until_next,
)
from geosites.core import city
from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.displacement_figures import (
    CaveatFigures,
    EstimateFigures,
    FlowRow,
    TerritoryChangeRow,
    WarningRow,
)
from geosites.core.documents.displacement_statistics import SlopeFigures
from geosites.core.errors import NotEnoughData
from geosites.db.geography import care_places, sites, territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import visits
from geosites.db.reports.visits import VisitColumns
from geosites.services import cache
from geosites.services.displacement_studies import displacement_figures as figures
from geosites.services.displacement_studies import events
from geosites.services.displacement_studies.events import WEEK, DispersalEvent
from geosites.services.metrics import timed
from geosites.services.patrols import walking_distances

SEED = 20221005
"""The random seed is the same for the same query."""


@dataclass(frozen=True, kw_only=True)
class DisplacementStudy:
    """The result of a study with the names around it."""

    event: DispersalEvent
    result: DisplacementResult
    names: dict[str, str]
    cut_by: tuple[str, ...]
    as_known_at: dt.datetime | None
    exercise: bool
    imprecise: int
    """How many visits are left out because their position is known too badly."""

    @property
    def before(self) -> tuple[dt.datetime, dt.datetime]:
        """The window before the event."""
        return self.event.at - self.result.design.weeks_before * WEEK, self.event.at

    @property
    def after(self) -> tuple[dt.datetime, dt.datetime]:
        """The window after the event."""
        return self.event.at, self.event.at + self.result.design.weeks_after * WEEK

    def document(self) -> DisplacementDocument:
        """Return the study as the JSON document of the contract."""
        result, counts, moved = self.result, self.result.counts, self.result.allocation
        return {
            "event": self.event.document(),
            "exercise": self.exercise,
            "as_known_at": self.as_known_at,
            "imprecise": self.imprecise,
            "before": {"start": self.before[0], "end": self.before[1]},
            "after": {"start": self.after[0], "end": self.after[1]},
            "cut_by": list(self.cut_by),
            "level": result.design.level,
            "finding": result.finding.value,
            "belief": result.belief.value,
            "target": figures.change(result.target),
            "net": figures.change(result.net),
            "displaced_share": _estimate(result.displaced),
            "placebo": figures.placebo(result.placebo),
            "cautious_p": result.cautious_p,
            "slope": self._slope(),
            "course": [figures.course(week) for week in result.course],
            "accounting": figures.account(result.accounting),
            "new_places": [
                figures.new_place(place, self.names.get(place.territory, place.territory))
                for place in result.new_places
            ],
            "farther": [self._territory(row) for row in result.farther],
            "borders": [figures.border(place) for place in result.borders],
            "warnings": [self._warning(caveat) for caveat in result.warnings],
            "wdd": figures.wdd(counts.wdd),
            "wdd_heads": figures.wdd(counts.wdd_heads),
            "wdq": {"value": counts.wdq, "reason": counts.wdq_reason},
            "effort_ratio": counts.effort_ratio,
            "panel": None if result.panel is None else figures.panel(result.panel),
            "territories": [self._territory(row) for row in result.territories],
            "not_predicted": list(result.not_predicted),
            "rings": [figures.ring(ring) for ring in result.rings],
            "flows": _flows(moved),
            "left_or_not_found": None if moved is None else figures.heads(moved.left_or_not_found),
            "arrived": None if moved is None else figures.heads(moved.arrived),
            "care_distance_m": figures.care(result.care),
            "sample": figures.sample(result.sample),
            "parameters": figures.design(result.design),
        }

    def _slope(self) -> SlopeFigures | None:
        """Return the estimate with a slope if it contradicts the plain one."""
        slope = self.result.slope
        return figures.slope(slope) if slope is not None and slope.explains else None

    def _warning(self, caveat: Caveat) -> WarningRow:
        """Return a warning with its English text; other languages are worded from its figures."""
        why: CaveatFigures = {
            "code": caveat.code,
            "unit": caveat.unit,
            "territory": caveat.territory,
            "before": caveat.before,
            "after": caveat.after,
        }
        text, code = figures.CAVEATS[caveat.code] % why, caveat.territory
        named = {} if code is None else {"name": self.names.get(code, code)}
        return cast("WarningRow", {**why, **named, "text": text})

    def _territory(self, row: TerritoryChange) -> TerritoryChangeRow:
        return {
            "code": row.code,
            "name": self.names.get(row.code, row.code),
            **figures.change(row.change),
            "share": row.share,
            "near": row.near,
            "holds_target": row.holds_target,
            "visits_before": row.visits_before,
            "visits_after": row.visits_after,
        }


def _estimate(found: Estimate | None) -> EstimateFigures | None:
    return None if found is None else figures.estimate(found)


def _flows(allocation: Allocation | None) -> list[FlowRow]:
    """Return the flows; where the target did not fall there is nothing to allocate."""
    return [] if allocation is None else [figures.flow(flow) for flow in allocation.flows]


def displacement(
    conn: sa.Connection,
    event: DispersalEvent,
    *,
    before_weeks: int = 26,
    after_weeks: int = 13,
    as_known_at: dt.datetime | None = None,
) -> DisplacementStudy:
    """Return the displacement study of an event, by place, ring and territory.

    The windows are cut at the next event nearby. Raises `NotEnoughData`, naming what is missing,
    rather than return a number from too little data. Page and map share one computation.
    """
    question = ("displacement", event, before_weeks, after_weeks, as_known_at)
    return cache.answer(
        conn,
        question,
        lambda: _studied(conn, event, before_weeks, after_weeks, as_known_at),
        (event.at + after_weeks * WEEK).astimezone(city.zone()).date(),
    )


@timed("displacement")
def _studied(
    conn: sa.Connection,
    event: DispersalEvent,
    before_weeks: int,
    after_weeks: int,
    as_known_at: dt.datetime | None,
) -> DisplacementStudy:
    wanted = Design(weeks_before=before_weeks, weeks_after=after_weeks)
    start, end = event.at - before_weeks * WEEK, event.at + after_weeks * WEEK
    other = events.others(conn, event, start, end, as_known_at)
    design, cut_by = cut_at_events(wanted, event, other)
    tiling = territories.frame(conn, as_known_at=as_known_at)
    seen = visits.during(conn, start, end, as_known_at=as_known_at, effort_only=True)
    surroundings = Surroundings(
        sites=[site.perimeter for site in sites.list_all(conn, as_known_at)],
        other_events=[item.target for item in other],
        near=_near(tiling, event, design),
        care=_care(conn, event, as_known_at),
    )
    return DisplacementStudy(
        event=event,
        result=study(
            effort_visits(event, seen),
            event.target,
            surroundings,
            design,
            rng=np.random.default_rng(SEED),
        ),
        names=dict(zip(tiling.code, tiling.name, strict=True)),
        cut_by=cut_by,
        as_known_at=as_known_at,
        exercise=store_flags.is_exercise(conn),
        imprecise=visits.imprecise(conn, start, end, as_known_at=as_known_at, effort_only=True),
    )


def cut_at_events(
    wanted: Design, event: DispersalEvent, other: Sequence[DispersalEvent]
) -> tuple[Design, tuple[str, ...]]:
    """Return the design with its windows cut at other events nearby, and what cut them.

    Raises `NotEnoughData` where no whole week is left on either side.
    """
    clearance = wanted.event_clearance_m
    near = [item for item in other if shapely.dwithin(item.target, event.target, clearance)]
    weeks = [event.week_of(item.at) for item in near]
    before = weeks_since_last(weeks, wanted.weeks_before)
    after = weeks_until_next(weeks, wanted.weeks_after)
    if min(before, after) < 1:
        raise NotEnoughData("a whole week between this event and the one before nearby", "cut")
    design = replace(wanted, weeks_before=before, weeks_after=after)
    return design, tuple(item.key for item in near) if design != wanted else ()


def effort_visits(event: DispersalEvent, seen: VisitColumns) -> EffortVisits:
    """Return visits as a study reads them, by week from the event."""
    began = np.datetime64(event.at.astimezone(dt.UTC).replace(tzinfo=None), "us")
    clock = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(city.zone())
    hour = clock.hour.to_numpy(dtype=np.float64) + clock.minute.to_numpy() / 60
    return EffortVisits(
        xy=seen.xy,
        week=(seen.observed_at - began) // np.timedelta64(WEEK),
        heads=seen.heads.astype(np.float64),
        territory=seen.territory,
        hour=np.where(seen.day_only, np.nan, hour),
        unit=seen.unit,
        accuracy_m=seen.accuracy_m,
    )


def _near(tiling: gpd.GeoDataFrame, event: DispersalEvent, design: Design) -> list[str]:
    close = shapely.dwithin(tiling.geometry.to_numpy(), event.target, design.reach_m)
    return [str(code) for code in tiling.code[close]]


def _care(conn: sa.Connection, event: DispersalEvent, as_known_at: dt.datetime | None) -> Care:
    places = [place for place in care_places.list_all(conn, as_known_at) if place.point is not None]
    return Care(
        xy=shapely.get_coordinates([place.point for place in places]).reshape(-1, 2),
        open_from=np.array([_week(event, place.open_from, -np.inf) for place in places]),
        open_until=np.array([_week(event, place.open_until, np.inf) for place in places]),
        between=walking_distances.router(conn).between,
    )


def _week(event: DispersalEvent, instant: dt.datetime | None, unbounded: float) -> float:
    return unbounded if instant is None else float(event.week_of(instant))
