"""New places: those first visited after the event, and bounds on what they held before.

A scene that moves to ground that nobody visited has no "before". It is never assumed to be 0:
scattered visits within reach show how many people may have been there, with an interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.displacement.control_places_test import Drift
from geosites.analysis.displacement.levels import Floats, Levels, Weekly, levels
from geosites.analysis.displacement.observed import Observed, Scattered
from geosites.analysis.displacement.result import Estimate, NewPlace
from geosites.analysis.displacement.study_design import Design, Mask, Needed

_FEWEST_WEEKS = 3
_GRID = 200
_MOST = 1.5


@dataclass(frozen=True)
class NewPlaces:
    """The new places of a study, the largest first, and their redrawn gains (draws, places)."""

    places: tuple[NewPlace, ...]
    drawn: Floats

    @property
    def near(self) -> npt.NDArray[np.bool_]:
        """Which lie in a territory around the target."""
        return np.array([place.near for place in self.places], dtype=bool)


def new_places(seen: Observed, found: Drift, design: Design, rng: np.random.Generator) -> NewPlaces:
    """Return the places that have people after the event and are not places of the study.

    A place counts if it was visited in enough weeks after, if at least `design.new_heads` people
    are there, in most of the weeks since they were first seen (`often_held`), and if that is more
    than scattered visits within reach saw before. Gain = after -
    before e^m; its interval is that of redrawn counts. Visits in fewer than three weeks are not
    informative: the number before then is between 0 and the level around it.
    """
    spread = seen.scattered
    table, late = spread.table, spread.table.weeks >= 0
    after = levels(table, late, seen.typical[1])
    candidates = np.flatnonzero(
        spread.free
        & (after.weeks >= seen.needed.new)
        & (np.nan_to_num(after.level) >= design.new_heads)
        & often_held(table, seen.needed)
    )
    made = [_judged(seen, after, place, found, design, rng) for place in candidates.tolist()]
    kept = [(place, draws) for place, draws in made if place.low > 0 or not place.before_known]
    kept.sort(key=lambda each: -each[0].heads)
    drawn = np.column_stack([draws for _, draws in kept]) if kept else np.zeros((design.draws, 0))
    return NewPlaces(places=tuple(place for place, _ in kept), drawn=drawn)


def often_held(table: Weekly, needed: Needed) -> Mask:
    """Return which places (places,) had people in most of the weeks visited since the first.

    The event is the earliest first, and half of the weeks in which a new place must be visited the
    fewest. Two large counts at wrong positions among empty visits are not a place.
    """
    after = table.weeks >= 0
    held, visited = table.heads[:, after] > 0, table.visits[:, after] > 0
    since = np.maximum.accumulate(held, axis=1)
    weeks = held.sum(axis=1)
    often = 2 * weeks >= (visited & since).sum(axis=1)
    return np.asarray(often & (2 * weeks >= needed.new))


def _judged(
    seen: Observed,
    after: Levels,
    place: int,
    found: Drift,
    design: Design,
    rng: np.random.Generator,
) -> tuple[NewPlace, Floats]:
    spread = seen.scattered
    centre, level, se = spread.centre[place], float(after.level[place]), float(after.se[place])
    heads, exposure, weeks = _before(spread, centre, design.place_radius_m)
    known = weeks >= _FEWEST_WEEKS
    before = (
        _drawn_before(heads, exposure, max(seen.typical[0], 0.1), level, design.draws, rng)
        if known
        else rng.uniform(0, min(level, _around(seen, centre, design)), design.draws)
    )
    spread_of = np.hypot(se, level * found.tau)
    drawn = level + spread_of * rng.standard_t(found.quantile_df, design.draws)
    stands = np.maximum(drawn, 0)
    gains = stands - found.factor * before
    point = heads / exposure if known else 0.0
    tails = [(1 - design.level) / 2, (1 + design.level) / 2]
    low, high = np.quantile(gains if known else np.maximum(gains, 0), tails)
    if not known:
        high = np.quantile(stands, tails[1])
    least, most = np.quantile(before, tails)
    gain = level - found.factor * point
    code = str(spread.territory[place])
    return (
        NewPlace(
            xy=(float(centre[0]), float(centre[1])),
            territory=code,
            heads=gain,
            low=float(min(low, gain)),
            high=float(max(high, gain)),
            stands=level,
            weeks_seen=int(after.weeks[place]),
            near=code in seen.near_codes,
            before=Estimate(
                value=point, low=float(min(least, point)), high=float(max(most, point))
            ),
            before_known=known,
        ),
        gains,
    )


def _before(spread: Scattered, centre: Floats, reach_m: float) -> tuple[float, float, int]:
    """Return heads, exposure and weeks of the scattered visits within reach before the event."""
    close = (spread.week < 0) & (np.hypot(*(spread.xy - centre).T) <= reach_m)
    weeks = len(np.unique(spread.week[close]))
    return float(spread.heads[close].sum()), float(spread.exposure[close].sum()), weeks


def _around(seen: Observed, centre: Floats, design: Design) -> float:
    """Return the level around unvisited ground, infinite if nobody looked there.

    It includes the places of the study in the first ring around it, without the target, and the
    mean of scattered visits there.
    """
    reach = design.ring_edges_m[1]
    known = (np.hypot(*(seen.centre - centre).T) <= reach) & ~seen.target
    heads, exposure, _ = _before(seen.scattered, centre, reach)
    if not known.any() and exposure == 0:
        return float("inf")
    rate = heads / exposure if exposure else 0.0
    return float(seen.standing.before.level[known].sum()) + rate


def _drawn_before(
    heads: float,
    exposure: float,
    dispersion: float,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Return draws of the level before, given the counts of few visits.

    The sum of n visits is negative binomial with mean n m and dispersion k/n; m is uniform from 0
    to one and a half times the present level. One empty visit at k = 0.5: m < 6 with 90 %.
    """
    grid = np.linspace(0, _MOST * max(level, heads / exposure, 1.0), _GRID + 1)
    mean, size = np.maximum(grid * exposure, 1e-9), exposure / dispersion
    log = heads * np.log(mean / (mean + size)) - size * np.log1p(mean / size)
    weight = np.cumsum(special.softmax(log))
    return np.asarray(np.interp(rng.random(draws), weight, grid), dtype=np.float64)
