"""What changed, and where, after an operation or a closure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from geosites.analysis.displacement import (
    Care,
    Design,
    DisplacementResult,
    Surroundings,
    Visits,
    study,
    weeks_since_last,
    weeks_until_next,
)
from geosites.records import EFFORT
from geosites.store import care, marks, sightings, territories
from geosites.studies import events
from geosites.studies.events import WEEK, Event

SEED = 20221005
"""Chance is the same for everyone who asks the same question."""


@dataclass(frozen=True, kw_only=True)
class DisplacementStudy:
    """The result of a study with the names around it."""

    event: Event
    result: DisplacementResult
    names: dict[str, str]
    cut_by: tuple[str, ...]
    as_known_at: dt.datetime | None
    exercise: bool

    @property
    def before(self) -> tuple[dt.datetime, dt.datetime]:
        """The window before the event."""
        return self.event.at - self.result.design.weeks_before * WEEK, self.event.at

    @property
    def after(self) -> tuple[dt.datetime, dt.datetime]:
        """The window after the event."""
        return self.event.at, self.event.at + self.result.design.weeks_after * WEEK


def displacement(
    conn: sa.Connection,
    event: Event,
    *,
    before_weeks: int = 26,
    after_weeks: int = 13,
    as_known_at: dt.datetime | None = None,
) -> DisplacementStudy:
    """Return what an event did, by place, ring and territory.

    The windows are cut at the next event nearby. Raises `NotEnoughData`, naming what is missing,
    rather than give a number from too little.
    """
    wanted = Design(weeks_before=before_weeks, weeks_after=after_weeks)
    start, end = event.at - before_weeks * WEEK, event.at + after_weeks * WEEK
    other = events.others(conn, event, start, end, as_known_at)
    design, cut_by = _cut(wanted, event, other)
    tiling = territories.frame(conn, as_known_at=as_known_at)
    seen = sightings.during(conn, start, end, as_known_at=as_known_at)
    surroundings = Surroundings(
        other_events=[one.target for one in other],
        near=_near(tiling, event, design),
        care=_care(conn, event, as_known_at),
    )
    return DisplacementStudy(
        event=event,
        result=study(
            _visits(event, seen),
            event.target,
            surroundings,
            design,
            rng=np.random.default_rng(SEED),
        ),
        names=dict(zip(tiling.code, tiling.name, strict=True)),
        cut_by=cut_by,
        as_known_at=as_known_at,
        exercise=marks.is_exercise(conn),
    )


def _cut(wanted: Design, event: Event, other: Sequence[Event]) -> tuple[Design, tuple[str, ...]]:
    """Return the design with its windows cut at other events nearby, and what cut them."""
    clearance = wanted.event_clearance_m
    near = [one for one in other if shapely.dwithin(one.target, event.target, clearance)]
    weeks = [event.week_of(one.at) for one in near]
    design = replace(
        wanted,
        weeks_before=weeks_since_last(weeks, wanted.weeks_before),
        weeks_after=weeks_until_next(weeks, wanted.weeks_after),
    )
    return design, tuple(one.key for one in near) if design != wanted else ()


def _visits(event: Event, seen: gpd.GeoDataFrame) -> Visits:
    effort = seen[seen.origin.isin(EFFORT)]
    since = (effort.observed_at - event.at).dt.total_seconds().to_numpy()
    return Visits(
        xy=shapely.get_coordinates(effort.geometry.to_numpy()),
        week=np.floor_divide(since, WEEK.total_seconds()).astype(np.int64),
        heads=effort.headcount.to_numpy(dtype=np.float64),
        territory=effort.territory.to_numpy(),
    )


def _near(tiling: gpd.GeoDataFrame, event: Event, design: Design) -> list[str]:
    close = shapely.dwithin(tiling.geometry.to_numpy(), event.target, design.reach_m)
    return [str(code) for code in tiling.code[close]]


def _care(conn: sa.Connection, event: Event, as_known_at: dt.datetime | None) -> Care:
    places = [place for place in care.everything(conn, as_known_at) if place.point is not None]
    return Care(
        xy=shapely.get_coordinates([place.point for place in places]).reshape(-1, 2),
        open_from=np.array([_week(event, place.open_from, -np.inf) for place in places]),
        open_until=np.array([_week(event, place.open_until, np.inf) for place in places]),
    )


def _week(event: Event, instant: dt.datetime | None, unbounded: float) -> float:
    return unbounded if instant is None else float(event.week_of(instant))
