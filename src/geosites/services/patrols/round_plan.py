"""Plan one shift of several crews from closures, studies and the city's total."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa

from geosites.analysis.closure import STATUS_ROW, is_due
from geosites.analysis.rounds import (
    CELL_M,
    DoubtAt,
    GroundVisits,
    SamplingFrame,
    ShiftLimits,
    ShiftPlan,
    Stops,
    Walking,
    cells,
    chance_within,
    closure_doubt,
    closure_reduction,
    frame,
    joined_doubt,
    sample_list,
    shift_plan,
    stops,
)
from geosites.analysis.street_index import StreetIndex
from geosites.analysis.street_routing import StreetRouter
from geosites.core import city
from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.core.weeks import DAY_PARTS, DayPart, IsoWeek
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.db.reports import visits
from geosites.db.reports.visits import VisitColumns
from geosites.services import cache
from geosites.services.closure_status.closure import ClosureAnswer, board
from geosites.services.displacement_studies.studies_under_way import OngoingStudy, studies_under_way
from geosites.services.metrics import timed
from geosites.services.patrols.walking_distances import router as street_router
from geosites.services.patrols.walking_distances import walking as metres_on_foot
from geosites.services.places import place_names
from geosites.services.places.geography import no_ground
from geosites.services.territories.people_present import LOOK_BACK, PeopleStanding, people_standing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SEED = 20221005
"""The random seed is the same for every query in the same four weeks."""

LIST_DAYS = 28
DUE_WITHIN = dt.timedelta(days=1)
_MAX_DOUBT = closure_doubt(0.5)
_BEFORE_ALL = dt.date(1980, 1, 1)
"""No sighting touches the cells, only the territories."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SampleList:
    """The cells listed for four weeks: rows in order, probability of each (N,), first day."""

    order: Ints
    chance: Floats
    drawn_on: dt.date

    def rank(self, known: SamplingFrame) -> Ints:
        """Return each cell's place on the list (N,), -1 if it is not on it or was seen since."""
        rank = np.full(len(known), -1, dtype=np.int64)
        rank[self.order] = np.arange(len(self.order))
        rank[known.seen_since] = -1
        return rank


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundPlan:
    """The rounds of one shift and their inputs.

    `answers` are the closed sites in the order of the sites of `stops`, whose places are those of
    the studies one after the other.
    """

    as_of: dt.datetime
    part: DayPart
    limits: ShiftLimits
    plan: ShiftPlan
    stops: Stops
    router: StreetRouter
    streets: StreetIndex
    known: SamplingFrame
    listed: SampleList
    answers: Sequence[ClosureAnswer]
    studies: Sequence[OngoingStudy]
    studies_left_out: int
    standing: PeopleStanding | None
    tiling: gpd.GeoDataFrame
    quartiers: gpd.GeoDataFrame
    exercise: bool
    cell_m: float = CELL_M

    def document(self) -> RoundPlanDocument:
        """Return the plan as a JSON document."""
        from geosites.services.patrols.round_plan_rows import document

        return document(self)

    def chance(self, rounds: int) -> Floats:
        """Return the probability (N,) of every cell to be the first stop of one of the rounds."""
        return chance_within(self.listed.chance, len(self.listed.order), rounds)


@timed("round plan")
def round_plan(
    conn: sa.Connection,
    as_of: dt.datetime,
    limits: ShiftLimits,
    *,
    part: DayPart | None = None,
    within: Collection[str] = (),
    walking: Walking | None = None,
) -> RoundPlan:
    """Return where to look next in one shift, as of an instant.

    Without a `part` of the day it is the most informative one for visits to the closed sites, or
    else the one with the fewest visits in four weeks. `within` are codes of territories; none means
    everywhere. `walking` returns walking distances, by default those of the store. Raises `Refused`
    for impossible shifts.
    """
    IsoWeek.containing(as_of)  # refuses the ends of the calendar
    tiling = territories.frame(conn)
    if within:
        tiling = tiling[tiling.code.isin(list(within))]
    if tiling.empty:
        raise no_ground(None)
    ground = shapely.coverage_union_all(tiling.geometry.to_numpy())
    codes = tuple(tiling.code)
    key, middle = cache.answer(conn, ("round cells", codes), lambda: cells(ground), _BEFORE_ALL)
    seen = visits.during(conn, as_of - LOOK_BACK, as_of, effort_only=True)
    listed, known = _sample(seen, ground, as_of, key, middle)
    closed = [
        answer
        for answer in board(conn, as_of)
        if STATUS_ROW[answer.state.status].closed and answer.site.territory in codes
    ]
    router = street_router(conn)
    chosen = part or _best_part(closed, seen, as_of)
    studies, left_out = studies_under_way(conn, as_of, ground)
    made = stops(
        _closures(closed, chosen),
        np.array([is_due(item.state, as_of + DUE_WITHIN) for item in closed], dtype=bool),
        _studies(studies, ground),
        known,
        listed.rank(known),
    )
    return RoundPlan(
        as_of=as_of,
        part=chosen,
        limits=limits,
        plan=shift_plan(made.candidates, limits, walking or metres_on_foot(router)),
        stops=made,
        router=router,
        streets=place_names.index(conn),
        known=known,
        listed=listed,
        answers=closed,
        studies=studies,
        studies_left_out=left_out,
        standing=people_standing(conn, seen, _inside(seen, ground), as_of),
        tiling=tiling,
        quartiers=territories.frame(conn, city.current().parts),
        exercise=store_flags.is_exercise(conn),
    )


def _sample(
    seen: VisitColumns, ground: shapely.Geometry, as_of: dt.datetime, key: Ints, middle: Floats
) -> tuple[SampleList, SamplingFrame]:
    """Return the list of the four weeks around an instant, and the state of each cell then.

    The list is drawn from sightings before its first day, so that it does not change while it is
    worked through.
    """
    today = as_of.astimezone(city.zone()).date().toordinal()
    drawn = today - (today - 1) % LIST_DAYS  # a Monday: 1 January of the year 1 was one
    on = _inside(seen, ground)
    heads = seen.heads.astype(np.float64)
    now = GroundVisits(xy=seen.xy[on], day=(_local_days(seen) - today)[on], heads=heads[on])
    known = frame(key, middle, now, since=drawn - today)
    order, chance = sample_list(middle, known.size, np.random.default_rng([SEED, drawn]))
    return SampleList(order=order, chance=chance, drawn_on=dt.date.fromordinal(drawn)), known


def _inside(seen: VisitColumns, ground: shapely.Geometry) -> npt.NDArray[np.bool_]:
    shapely.prepare(ground)
    return np.asarray(shapely.contains_xy(ground, seen.xy))


def _local_days(seen: VisitColumns) -> Ints:
    """Return the ordinal of the day in the city of each visit (n,)."""
    clock = pd.DatetimeIndex(seen.observed_at).tz_localize(dt.UTC).tz_convert(city.zone())
    epoch = dt.date(1970, 1, 1).toordinal()
    days = clock.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.asarray(days + epoch)


def _best_part(closed: Sequence[ClosureAnswer], seen: VisitColumns, as_of: dt.datetime) -> DayPart:
    tells = [float(_closures(closed, part).reduction.sum()) for part in DAY_PARTS]
    if max(tells) > 0:
        return DAY_PARTS[int(np.argmax(tells))]
    recent = (
        _local_days(seen) > as_of.astimezone(city.zone()).toordinal() - LIST_DAYS
    ) & ~seen.day_only
    hours = (
        pd.DatetimeIndex(seen.observed_at[recent]).tz_localize(dt.UTC).tz_convert(city.zone()).hour
    )
    made = np.bincount(hours.to_numpy() // 6, minlength=len(DAY_PARTS))
    return DAY_PARTS[int(made.argmin())]


def _closures(closed: Sequence[ClosureAnswer], part: DayPart) -> DoubtAt:
    centres = [item.site.perimeter.centroid for item in closed]
    number = DAY_PARTS.index(part)
    return DoubtAt(
        xy=shapely.get_coordinates(centres).reshape(-1, 2),
        reduction=np.array(
            [
                closure_reduction(item.state.p_clear or 0.0, item.state.next_detection[number])
                for item in closed
            ],
            dtype=np.float64,
        ),
        doubt=_MAX_DOUBT * len(closed),
    )


def _studies(found: Sequence[OngoingStudy], ground: shapely.Geometry) -> DoubtAt:
    """Return the value of visits for the studies; places outside the area are left out."""
    parts = []
    for item in found:
        on = shapely.contains_xy(ground, item.coverage.xy)
        reduction = np.where(on, item.coverage.reduction, 0.0)
        parts.append(DoubtAt(xy=item.coverage.xy, reduction=reduction, doubt=item.coverage.unseen))
    return joined_doubt(parts)
