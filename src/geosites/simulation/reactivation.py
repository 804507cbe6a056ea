"""Simulated reactivation of closed sites, for evaluating the closure filter.

Each site is an active scene that is closed at one instant. The closing clears it with a given
probability; a clear site becomes active at one rate, an active one is cleared at another. Patrols
visit at varying intervals and detect an active scene with a probability for each part of the day.
Crews sometimes come twice within one part of a day and then see the same. Citizens report what they
see, and sometimes what is not there.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.evidence import DAY_US, HOUR_US, SiteVisits, instant, microseconds
from geosites.core import city
from geosites.core.errors import Refused
from geosites.core.records import Closure
from geosites.core.weeks import DAY_PARTS

CLOSED_AT = dt.datetime(2022, 1, 3, 6, tzinfo=dt.UTC)

_PART_HOURS = 24 // len(DAY_PARTS)

Instants = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ReactivationScenario:
    """Parameters of the simulation. Rates are per year of 365.25 days.

    Patrols come every `days_between` days or one day earlier, so that 3 makes at least two visits
    in any week. `detection` is the range from which each site draws its probability for each part
    of the day; `detection_after` replaces it from the closure on, for scenes that hide, and
    `returns_in` names the only parts of the day in which scenes are there from then on.
    `visited_parts` are the shares of visits by night, morning, afternoon, evening.
    """

    sites: int = 50
    days_before: int = 120
    days_after: int = 730
    days_between: int = 3
    detection: tuple[float, float] = (0.5, 0.95)
    detection_after: tuple[float, float] | None = None
    returns_in: tuple[int, ...] | None = None
    visited_parts: tuple[float, ...] = (0.1, 0.3, 0.3, 0.3)
    cleared_by_closing: float = 0.5
    reactivation_per_year: float = 0.5
    clearing_per_year: float = 6.0
    repeat_share: float = 0.2
    verified_share: float = 0.5
    calls_per_year: float = 12.0
    false_alarms_per_year: float = 0.5

    def __post_init__(self) -> None:
        if self.sites < 1 or self.days_between < 1 or self.days_after < 1:
            raise Refused("a scenario needs a site, a day after the closure and a visit rhythm")


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedSite:
    """One site with its truth: it is active from `active_from[i]` until `active_until[i]`."""

    slug: str
    closure: Closure
    visits: SiteVisits
    active_from: Instants
    active_until: Instants

    def active_at(self, at: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return for each instant (microseconds) whether the site is active."""
        return _within(np.asarray(at, dtype=np.int64), self.active_from, self.active_until)

    @property
    def reactivations(self) -> Instants:
        """When activity began again after the closure, in microseconds."""
        return self.active_from[self.active_from > microseconds(self.closure.closed_from)]


def simulate(scenario: ReactivationScenario, rng: np.random.Generator) -> tuple[SimulatedSite, ...]:
    """Return sites with their visits, closures and truth; the same seed gives the same sites."""
    return tuple(_site(f"site-{number:04d}", scenario, rng) for number in range(scenario.sites))


def _site(slug: str, scenario: ReactivationScenario, rng: np.random.Generator) -> SimulatedSite:
    closed = microseconds(CLOSED_AT)
    start = closed - scenario.days_before * DAY_US
    end = closed + scenario.days_after * DAY_US
    active_from, active_until = _truth(start, closed, end, scenario, rng)
    detection = rng.uniform(*scenario.detection, size=len(DAY_PARTS))
    after = _detection_after(detection, scenario, rng)
    at, seen = _patrols(
        start, closed, end, (active_from, active_until), (detection, after), scenario, rng
    )
    calls = _calls(start, end, active_from, active_until, scenario, rng)
    return SimulatedSite(
        slug=slug,
        closure=Closure(id=UUID(int=int(rng.integers(2**63))), site=slug, closed_from=CLOSED_AT),
        visits=_visits(slug, at, seen, calls, scenario, rng),
        active_from=active_from,
        active_until=active_until,
    )


def _detection_after(
    before: npt.NDArray[np.float64], scenario: ReactivationScenario, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    after = before
    if scenario.detection_after is not None:
        after = rng.uniform(*scenario.detection_after, size=len(DAY_PARTS))
    if scenario.returns_in is None:
        return after
    return np.where(np.isin(np.arange(len(DAY_PARTS)), scenario.returns_in), after, 0.0)


def _truth(
    start: int, closed: int, end: int, scenario: ReactivationScenario, rng: np.random.Generator
) -> tuple[Instants, Instants]:
    year = 365.25 * DAY_US
    begins, ends, at = [start], [], float(closed)
    if rng.random() >= scenario.cleared_by_closing:
        at += rng.exponential(year / scenario.clearing_per_year)
    ends.append(int(at))
    while (at := at + rng.exponential(year / scenario.reactivation_per_year)) < end:
        begins.append(int(at))
        at += rng.exponential(year / scenario.clearing_per_year)
        ends.append(int(at))
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64)


def _patrols(
    start: int,
    closed: int,
    end: int,
    active: tuple[Instants, Instants],
    detection: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    scenario: ReactivationScenario,
    rng: np.random.Generator,
) -> tuple[Instants, npt.NDArray[np.bool_]]:
    """Return when patrols came, and whether they saw heads, before and after the closure."""
    most = (end - start) // DAY_US
    shortest = max(1, scenario.days_between - 1)
    days = np.cumsum(rng.integers(shortest, scenario.days_between + 1, size=most))
    days = days[days < most]
    parts = rng.choice(len(DAY_PARTS), p=scenario.visited_parts, size=days.size)
    into_part = rng.uniform(0, _PART_HOURS - 1, size=days.size) * HOUR_US
    at = _parts_begin(start, days, parts) + into_part.astype(np.int64)
    before, after = detection
    shows = rng.random(days.size) < np.where(at < closed, before[parts], after[parts])
    seen = shows & _within(at, *active)
    again = rng.random(days.size) < scenario.repeat_share
    later = at[again] + HOUR_US // 2
    seen_later = shows[again] & _within(later, *active)
    return np.concatenate([at, later]), np.concatenate([seen, seen_later])


def _parts_begin(start: int, days: Instants, parts: Instants) -> Instants:
    first = instant(start).astimezone(city.zone()).date()
    begins = (
        dt.datetime.combine(
            first + dt.timedelta(days=day), dt.time(part * _PART_HOURS), city.zone()
        )
        for day, part in zip(days.tolist(), parts.tolist(), strict=True)
    )
    return np.array([microseconds(begin) for begin in begins], dtype=np.int64)


def _calls(
    start: int,
    end: int,
    active_from: Instants,
    active_until: Instants,
    scenario: ReactivationScenario,
    rng: np.random.Generator,
) -> Instants:
    years = (end - start) / (365.25 * DAY_US)
    true = rng.integers(start, end, size=rng.poisson(scenario.calls_per_year * years))
    false = rng.integers(start, end, size=rng.poisson(scenario.false_alarms_per_year * years))
    return np.concatenate([true[_within(true, active_from, active_until)], false])


def _visits(
    slug: str,
    at: Instants,
    seen: npt.NDArray[np.bool_],
    calls: Instants,
    scenario: ReactivationScenario,
    rng: np.random.Generator,
) -> SiteVisits:
    rows = at.size + calls.size
    positive = np.concatenate([seen, np.ones(calls.size, dtype=bool)])
    verified = np.full(rows, None, dtype=object)
    verified[: at.size][rng.random(at.size) < scenario.verified_share] = True
    return SiteVisits(
        ids=[f"{slug}-{row}" for row in range(rows)],
        observed_at=np.concatenate([at, calls]),
        headcount=np.where(positive, 1 + rng.poisson(12, size=rows), 0),
        verified=verified,
        time_precision=["instant"] * rows,
        covers=np.ones(rows, dtype=bool),
        inside=np.ones(rows, dtype=bool),
        effort=np.arange(rows) < at.size,
    )


def _within(at: Instants, starts: Instants, ends: Instants) -> npt.NDArray[np.bool_]:
    place = np.searchsorted(starts, at, side="right") - 1
    return (place >= 0) & (at < ends[np.maximum(place, 0)])
