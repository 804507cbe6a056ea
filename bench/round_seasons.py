"""Seasons in which visits are planned, in two cities that were written apart.

A season is the 13 weeks after an operation, with 26 weeks of ordinary patrols before it: eight
closed sites, a study under way, and people at some seventy places. `city_of_scenes` is made by
`geosites.simulation`. `city_of_days` shares no line with it: clustered places that fill and empty
from day to day, crews that walk out from three stations, sites that come back in bursts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.closure import ClosureState, SiteVisits, closure_state, is_due, round_sheet
from geosites.analysis.displacement import Design, EffortVisits, Surroundings, study
from geosites.analysis.displacement.study_coverage import study_coverage
from geosites.analysis.rounds import (
    DoubtAt,
    GroundVisits,
    PresentTotal,
    ShiftLimits,
    cells,
    closure_reduction,
    frame,
    joined_doubt,
    present_total,
    sample_list,
    shift_plan,
    stops,
)
from geosites.core import city
from geosites.core.errors import NotEnoughData
from geosites.core.records import Closure
from geosites.core.weeks import DAY_PARTS
from geosites.simulation import City, Happening, Plan, SimulatedEvent, follow_heads, uneven_effort
from geosites.simulation.world import facts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BEFORE, AFTER = 26, 13
WEEKS = BEFORE + AFTER
START = dt.date(2022, 1, 3)
"""The Monday of the operation and of the closures."""

SITES = 8
DISPERSION = 0.5
SEES_M = 200.0
SCATTERED = 0.1
PARTS = np.array([0.1, 0.3, 0.3, 0.3])
WORKDAYS = 5
CREWS = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedSite:
    """A site: where, on which days it is active, the chance to see that by part of the day.

    `active` (days,) from the first day of the 26 weeks on; it is closed on that of the operation.
    """

    xy: Floats
    active: npt.NDArray[np.bool_]
    p: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Town:
    """The truth: mean heads of places (P, days), closed sites, where patrols go by habit (P, W).

    `effect` is by how many heads the operation changed the target on the mean of 13 weeks.
    """

    window: shapely.Polygon
    places: Floats
    heads: Floats
    target: int
    effect: float
    sites: Sequence[ClosedSite]
    habit: Floats


@dataclass(kw_only=True, eq=False)
class Log:
    """The visits made: where, on which day, in which part of it, how many heads."""

    xy: list[Floats] = field(default_factory=list)
    day: list[int] = field(default_factory=list)
    part: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    site: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Visits to sites: which, day, part, heads."""

    def copy(self) -> Log:
        """Return the log as it is now."""
        return Log(
            xy=[*self.xy],
            day=[*self.day],
            part=[*self.part],
            heads=[*self.heads],
            site=[*self.site],
        )


def city_of_scenes(rng: np.random.Generator, visits: float, follow: float) -> Town:
    """Return a city of `geosites.simulation`: 70 places, 60 % of the target gone."""
    city = City(visits=visits / 70, weeks=WEEKS)
    made = facts(
        rng, rng.spawn(1)[0], Plan(city=city, event=SimulatedEvent(happening=Happening.FALL))
    )
    truth = made.truth
    habit = follow_heads(truth, uneven_effort(rng, truth.places, WEEKS, city.visits), follow)
    sites = []
    for point in rng.uniform(500, city.side_m - 500, (SITES, 2)):
        p = rng.uniform(0.5, 0.95, 4)
        active = np.ones(WEEKS * 7, dtype=bool)
        after = np.zeros(AFTER * 7, dtype=bool)
        day = 0.0 if rng.random() < 0.5 else rng.exponential(60.0)
        after[: int(day)] = True
        while (day := day + rng.exponential(730.5)) < AFTER * 7:
            until = day + rng.exponential(60.0)
            after[int(day) : int(until)] = True
            day = until
        active[BEFORE * 7 :] = after
        sites.append(ClosedSite(xy=point, active=active, p=p))
    gone = (truth.heads - made.without.heads)[made.target, BEFORE:].mean()
    return Town(
        window=city.window,
        places=truth.xy,
        heads=np.repeat(truth.heads, 7, axis=1),
        target=made.target,
        effect=float(gone),
        sites=sites,
        habit=habit,
    )


def city_of_days(rng: np.random.Generator, visits: float, follow: float) -> Town:
    """Return an L-shaped city of clusters whose places are there on some days only."""
    window = shapely.Polygon(
        [(0, 0), (11_000, 0), (11_000, 5000), (6000, 5000), (6000, 9000), (0, 9000)]
    )
    centres = rng.uniform((500, 500), (5500, 8500), (9, 2))
    places: list[Floats] = []
    while len(places) < 60:
        draw = centres[rng.integers(9)] + rng.normal(0, 1100, 2)
        if rng.random() < 0.3:
            draw = rng.uniform((200, 200), (10_800, 8800))
        apart = all(np.hypot(*(draw - other)) > 420 for other in places)
        if apart and shapely.contains_xy(window.buffer(-100), *draw):
            places.append(draw)
    xy, days = np.array(places), WEEKS * 7
    size = np.minimum(2.0 * (1 - rng.random(60)) ** (-1 / 1.4), 60.0)
    target = int(np.argmin(np.hypot(*(xy - centres[0]).T)))
    size[target] = rng.uniform(25, 60)
    there = np.empty((60, days), dtype=bool)
    there[:, 0] = rng.random(60) < 0.8
    for day in range(1, days):
        stays = rng.random(60) < np.where(there[:, day - 1], 0.97, 0.12)
        there[:, day] = np.where(there[:, day - 1], stays, rng.random(60) < 0.12)
    there[target] = True
    walk = np.cumsum(rng.normal(0, 0.05, (60, days)), axis=1)
    walk -= np.linspace(0, 1, days) * walk[:, -1:]
    heads = size[:, None] * there * np.exp(walk)
    before = heads[target, BEFORE * 7 :].mean()
    heads[target, BEFORE * 7 :] *= 0.45
    stations = np.array([[2000.0, 2000.0], [4000.0, 7000.0], [8500.0, 2500.0]])
    near = np.hypot(*(xy[:, None] - stations[None]).transpose(2, 0, 1)).min(axis=1)
    pull = np.exp(-near / 1500) * np.exp(rng.normal(0, 0.4, 60))
    weekly = heads.reshape(60, WEEKS, 7).mean(axis=2)
    mixed = (1 - follow) * pull[:, None] / pull.sum() + follow * weekly / weekly.sum(axis=0)
    sites = []
    for _ in range(SITES):
        active = np.ones(days, dtype=bool)
        state = rng.random() < 0.4
        day = BEFORE * 7
        while day < days:
            stay = rng.weibull(0.8) * (25 if state else 250)
            active[day : day + int(stay) + 1] = state
            day, state = day + int(stay) + 1, not state
        p = np.clip(rng.beta(5, 2.5) + rng.normal(0, 0.1, 4), 0.05, 0.98)
        point = centres[rng.integers(9)] + rng.normal(0, 1200, 2)
        sites.append(ClosedSite(xy=np.clip(point, 300, 5700), active=active, p=p))
    return Town(
        window=window,
        places=xy,
        heads=heads,
        target=target,
        effect=float(-0.55 * before),
        sites=sites,
        habit=mixed * visits,
    )


CITIES = {"city of scenes": city_of_scenes, "city of days": city_of_days}


def visit(town: Town, log: Log, rng: np.random.Generator, xy: Floats, day: int, part: int) -> None:
    """Make a visit: what is seen of the nearest place and site within reach is reported."""
    away = np.hypot(*(town.places - xy).T)
    place, heads, at = int(np.argmin(away)), 0, xy
    if away[place] <= SEES_M:
        mean = town.heads[place, day]
        heads = int(rng.poisson(mean * rng.gamma(1 / DISPERSION, DISPERSION)))
        at = town.places[place] if heads else xy
    for number, site in enumerate(town.sites):
        if np.hypot(*(site.xy - xy)) <= SEES_M:
            seen = site.active[day] and rng.random() < site.p[part]
            log.site.append((number, day, part, int(1 + rng.poisson(8)) if seen else 0))
    log.xy.append(at + rng.normal(0, 25, 2))
    log.day.append(day)
    log.part.append(part)
    log.heads.append(heads)


def patrol(town: Town, log: Log, rng: np.random.Generator, week: int, visits: int) -> None:
    """Make the visits of a week where patrols go by habit; one in ten goes anywhere."""
    habit = town.habit[:, week] / town.habit[:, week].sum()
    for _ in range(visits):
        if rng.random() < SCATTERED:
            west, south, east, north = town.window.bounds
            xy = rng.uniform((west, south), (east, north))
        else:
            xy = town.places[rng.choice(len(habit), p=habit)]
        visit(town, log, rng, xy, week * 7 + int(rng.integers(7)), int(rng.choice(4, p=PARTS)))


def history(town: Town, rng: np.random.Generator, visits: int) -> Log:
    """Return the visits of the 26 weeks before, and two a week to each site while it was open."""
    log = Log()
    for week in range(BEFORE):
        patrol(town, log, rng, week, visits)
        for site in town.sites:
            for _ in range(2):
                day, part = week * 7 + int(rng.integers(7)), int(rng.choice(4, p=PARTS))
                visit(town, log, rng, site.xy, day, part)
    return log


def states(town: Town, log: Log, day: int) -> list[ClosureState]:
    """Return the state of each site on the morning of a day."""
    rows = np.array(log.site, dtype=np.int64).reshape(-1, 4)
    as_of = _instant(day, 1, 0)
    closed = _instant(BEFORE * 7, 1, -1)
    found = []
    for number in range(len(town.sites)):
        own = rows[(rows[:, 0] == number) & (rows[:, 1] < day)]
        at = [_instant(d, p, 2) for _, d, p, _ in own.tolist()]
        count = len(own)
        found.append(
            closure_state(
                f"s{number}",
                SiteVisits(
                    ids=[str(row) for row in range(count)],
                    observed_at=np.array([round(t.timestamp() * 1e6) for t in at], dtype=np.int64),
                    headcount=own[:, 3],
                    verified=np.where(own[:, 3] > 0, True, None),
                    time_precision=["instant"] * count,
                    covers=np.ones(count, dtype=bool),
                    inside=np.ones(count, dtype=bool),
                ),
                [Closure(id=UUID(int=number + 1), site=f"s{number}", closed_from=closed)],
                as_of,
            )
        )
    return found


def _instant(day: int, part: int, hour: int) -> dt.datetime:
    date = START + dt.timedelta(days=day - BEFORE * 7)
    return dt.datetime(
        date.year, date.month, date.day, 6 * part, tzinfo=city.zone()
    ) + dt.timedelta(hours=hour)


def present(town: Town, log: Log, rng: np.random.Generator, week: int, visits: int) -> None:
    """Spend the visits of a week in the present order: a sheet a day of what is due, then habit."""
    points = {f"s{number}": site.xy for number, site in enumerate(town.sites)}
    left = visits
    for day in range(week * 7, week * 7 + WORKDAYS):
        sheet = round_sheet(states(town, log, day), points, _instant(day + 1, 0, 0), most=12)
        for stop in sheet[:left]:
            part = 1 if stop.day_part is None else DAY_PARTS.index(stop.day_part)
            visit(town, log, rng, points[stop.site], day, part)
        left -= len(sheet[:left])
    patrol(town, log, rng, week, left)


@dataclass(kw_only=True, eq=False)
class Planner:
    """Spends visits by the plan; `begun` counts for each cell the rounds that began there."""

    key: Ints
    middle: Floats
    begun: Ints
    seen: Ints
    listed: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    drawn_in: int = BEFORE
    minutes: list[float] = field(default_factory=list)
    missed: int = 0
    study: DoubtAt = field(default_factory=lambda: joined_doubt([]))

    @classmethod
    def of(cls, town: Town) -> Planner:
        """Return the planner of a city."""
        key, middle = cells(town.window)
        nobody = np.zeros(len(key), dtype=np.int64)
        return cls(key=key, middle=middle, begun=nobody, seen=nobody.copy())

    def week(self, town: Town, log: Log, rng: np.random.Generator, week: int, visits: int) -> None:
        """Spend the visits of a week: two crews on five days."""
        if (week - BEFORE) % 4 == 0:
            ground = frame(self.key, self.middle, _ground(log, week * 7))
            self.listed, _ = sample_list(self.middle, ground.size, rng)
            self.drawn_in = week
        self.study = _study(town, log, week * 7)
        per_day = np.diff(np.linspace(0, visits, WORKDAYS + 1).round().astype(int))
        for day, wanted in enumerate(per_day.tolist(), start=week * 7):
            self._day(town, log, rng, day, wanted)

    def _day(self, town: Town, log: Log, rng: np.random.Generator, day: int, visits: int) -> None:
        known = frame(
            self.key, self.middle, _ground(log, day), since=min(self.drawn_in * 7 - day, 0)
        )
        found = states(town, log, day)
        part, closed = _closures(town, found)
        due = np.array([is_due(state, _instant(day + 1, 0, 0)) for state in found])
        rank = np.full(len(known), -1, dtype=np.int64)
        rank[self.listed] = np.arange(len(self.listed))
        rank[known.seen_since] = -1
        made = stops(closed, due, self.study, known, rank)
        limits = ShiftLimits(crews=CREWS, most=-(-visits // CREWS), patience=5)
        plan = shift_plan(made.candidates, limits)
        self.missed += len(plan.missed)
        for crew in plan.rounds:
            self.minutes.append(crew.minutes)
        starts = {crew.stops[0].row for crew in plan.rounds}
        self.begun += np.isin(made.cells, list(starts))
        self.seen += np.isin(made.cells, plan.rows)
        for row in plan.rows[:visits]:
            visit(town, log, rng, made.candidates.xy[row], day, part)


def _closures(town: Town, found: Sequence[ClosureState]) -> tuple[int, DoubtAt]:
    p = [state.p_clear or 0.0 for state in found]
    gain = np.array(
        [
            [closure_reduction(each, d) for d in state.next_detection]
            for each, state in zip(p, found, strict=True)
        ]
    )
    part = int(gain.sum(axis=0).argmax())
    return part, DoubtAt(
        xy=np.array([site.xy for site in town.sites]),
        reduction=gain[:, part],
        doubt=0.25 * len(p),
    )


def _study(town: Town, log: Log, day: int) -> DoubtAt:
    seen = study_coverage(_effort(log), _target(town), Surroundings(), Design(), day // 7 - BEFORE)
    if seen is None:
        return joined_doubt([])
    return DoubtAt(xy=seen.xy, reduction=seen.reduction, doubt=seen.unseen)


def _target(town: Town) -> shapely.Polygon:
    return shapely.Point(town.places[town.target]).buffer(100)


def _ground(log: Log, day: int) -> GroundVisits:
    return GroundVisits(
        xy=np.array(log.xy),
        day=np.array(log.day) - day,
        heads=np.array(log.heads, dtype=np.float64),
    )


def _effort(log: Log) -> EffortVisits:
    xy = np.array(log.xy)
    code = (xy // 3000).astype(int)
    return EffortVisits(
        xy=xy,
        week=np.array(log.day) // 7 - BEFORE,
        heads=np.array(log.heads, dtype=np.float64),
        territory=np.array([f"{i}{j}" for i, j in code.tolist()]),
        hour=np.array(log.part) * 6.0 + 2,
    )


@dataclass(frozen=True, kw_only=True)
class SeasonResult:
    """What is known at the end of a season.

    `closure`: mean width of P(clear)'s interval over sites and days; `confirmed`: share of those;
    `brier` of P(clear). `study`: width of the target's 90 % interval in heads, NaN where the study
    could not be made, and whether it holds the truth. `total_error`: heads standing as predicted
    minus the truth, over the last four weeks; `total_width` of its 90 % interval and whether that
    holds the truth. `counted_error`: the same of what was counted alone.
    """

    visits: float
    closure: float
    confirmed: float
    brier: float
    study: float
    study_holds: float
    total_error: float
    total_width: float
    total_holds: float
    counted_error: float


def season(
    town: Town, before: Log, rng: np.random.Generator, visits: int, planner: Planner | None
) -> SeasonResult:
    """Return what a season of so many visits a week tells, planned or in the present order."""
    log = before.copy()
    width, sure, brier = [], [], []
    for week in range(BEFORE, WEEKS):
        _spend(town, log, rng, week, visits, planner)
        for day in (week * 7 + 7,):
            for state, site in zip(states(town, log, day), town.sites, strict=True):
                width.append((state.p_high or 0.0) - (state.p_low or 0.0))
                sure.append(state.status.value == "confirmed_closed")
                clear = not site.active[min(day, WEEKS * 7 - 1)]
                brier.append(((state.p_clear or 0.0) - clear) ** 2)
    low_high, holds = _judged(town, log)
    total = _total(town, log)
    truth = float(town.heads[:, -28:].mean(axis=1).sum())
    low, high = total.interval
    made = len(log.day) - len(before.day)
    return SeasonResult(
        visits=made / AFTER,
        closure=float(np.mean(width)),
        confirmed=float(np.mean(sure)),
        brier=float(np.mean(brier)),
        study=low_high,
        study_holds=holds,
        total_error=total.heads - truth,
        total_width=high - low,
        total_holds=float(low <= truth <= high),
        counted_error=_counted(town, log) - truth,
    )


def total_error(
    town: Town, before: Log, rng: np.random.Generator, visits: int, planner: Planner | None
) -> float:
    """Return `SeasonResult.total_error` of a season alone, at a third of the work."""
    log = before.copy()
    for week in range(BEFORE, WEEKS):
        _spend(town, log, rng, week, visits, planner)
    return _total(town, log).heads - float(town.heads[:, -28:].mean(axis=1).sum())


def _spend(
    town: Town,
    log: Log,
    rng: np.random.Generator,
    week: int,
    visits: int,
    planner: Planner | None,
) -> None:
    if planner is None:
        present(town, log, rng, week, visits)
    else:
        planner.week(town, log, rng, week, visits)


def _judged(town: Town, log: Log) -> tuple[float, float]:
    try:
        result = study(_effort(log), _target(town), rng=np.random.default_rng(1))
    except NotEnoughData:
        return float("nan"), float("nan")
    hit = result.target
    return hit.high - hit.low, float(hit.low <= town.effect <= hit.high)


def _place(town: Town, log: Log) -> Ints:
    """Return the place that each visit saw (n,), -1 for none."""
    away = np.hypot(*(np.array(log.xy)[:, None] - town.places[None]).transpose(2, 0, 1))
    return np.where(away.min(axis=1) <= SEES_M, away.argmin(axis=1), -1)


def _total(town: Town, log: Log) -> PresentTotal:
    """Return the heads standing in the last four weeks as all visits predict them.

    The target counts from the operation on, which is known. What is off all places is nothing.
    """
    place, week = _place(town, log), np.array(log.day) // 7 - (WEEKS - 1)
    on = (place >= 0) & ((place != town.target) | (week > BEFORE - WEEKS))
    heads = np.array(log.heads, dtype=np.float64)
    return present_total(place[on], week[on], heads[on], places=len(town.places))


def _counted(town: Town, log: Log) -> float:
    """Return the heads standing in the last four weeks as they were counted.

    A place's level is the mean of its weekly means in these weeks, or that of the 26 weeks before
    where nobody went in them. What is off all places counts as nothing.
    """
    place, week = _place(town, log), np.array(log.day) // 7
    heads = np.array(log.heads, dtype=np.float64)
    total = 0.0
    for number in range(len(town.places)):
        own = place == number
        means = {
            w: heads[own & (week == w)].mean() for w in np.unique(week[own & (week >= WEEKS - 30)])
        }
        used = [mean for w, mean in means.items() if w >= WEEKS - 4] or list(means.values())
        total += float(np.mean(used)) if used else 0.0
    return total
