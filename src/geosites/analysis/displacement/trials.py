"""Studies of simulated events whose truth is known: what the method is judged on.

A city of places that wander by themselves, patrols of several habits, and one event in week 26 that
does nothing, halves a site, moves part of it, or makes part of it vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis import simulate
from geosites.analysis.displacement.design import Design, Surroundings, Visits
from geosites.analysis.displacement.levels import Floats
from geosites.analysis.displacement.result import DisplacementResult
from geosites.analysis.displacement.study import study

EVENT_WEEK = 26
MOVED = 0.6


class Habit(StrEnum):
    """How the city and its patrols behave."""

    PLAIN = "plain"
    SHOCK = "city-wide shock"
    UNEVEN = "uneven effort"
    SHIFTED = "patrols shift to the target"
    FOLLOWING = "patrols follow the heads"
    EVERYTHING = "all of these"


class Happening(StrEnum):
    """What the event truly does to the target."""

    NOTHING = "nothing"
    HALVING = "a halving"
    MOVE = "60 % to two neighbours"
    FALL = "60 % gone"


@dataclass(frozen=True, kw_only=True)
class City:
    """A square city of `side_m`, cut into `cuts` x `cuts` territories; one large site, the target.

    `heads` and `spread` are the median and log standard deviation of the other places; `wander` and
    `autocorrelation` those of each place's weeks; `visits` per place and week.
    """

    places: int = 70
    side_m: float = 9000.0
    cuts: int = 4
    heads: float = 6.0
    spread: float = 0.6
    target_heads: tuple[float, float] = (30.0, 80.0)
    wander: float = 0.3
    autocorrelation: float = 0.7
    visits: float = 5.0
    weeks: int = 39


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One simulated event: the scene without and with it, what patrols saw, and the target."""

    without: simulate.Scene
    truth: simulate.Scene
    seen: Visits
    target: int
    receivers: tuple[int, int]
    around: Surroundings

    @property
    def area(self) -> shapely.Polygon:
        """The ground of the target: 100 m around it."""
        return shapely.Point(self.truth.xy[self.target]).buffer(100.0)

    def effect(self, members: npt.NDArray[np.bool_]) -> float:
        """Return the true change of heads standing at the places marked, mean of weeks after."""
        gap = self.truth.heads - self.without.heads
        return float(gap[members, EVENT_WEEK:].mean(axis=1).sum())

    def study(self, rng: np.random.Generator, design: Design | None = None) -> DisplacementResult:
        """Return the study of what patrols saw; the method is told nothing else."""
        return study(self.seen, self.area, self.around, design or Design(), rng=rng)


STANDARD_CITY = City()


def trial(
    rng: np.random.Generator, habit: Habit, happening: Happening, city: City = STANDARD_CITY
) -> Trial:
    """Return one simulated event; the same seed gives the same trial."""
    without, target = _scene(rng, habit, city)
    receivers = _neighbours(without, target)
    truth = _happened(without, target, receivers, happening)
    made = simulate.visits(
        truth,
        rng,
        _effort(rng, habit, target, city),
        follow=0.5 if habit in {Habit.FOLLOWING, Habit.EVERYTHING} else 0.0,
    )
    seen = Visits(
        xy=made.xy,
        week=made.week - EVENT_WEEK,
        heads=made.heads.astype(np.float64),
        territory=made.territory,
    )
    return Trial(
        without=without,
        truth=truth,
        seen=seen,
        target=target,
        receivers=receivers,
        around=Surroundings(near=_near(without.xy[target], city)),
    )


def _scene(rng: np.random.Generator, habit: Habit, city: City) -> tuple[simulate.Scene, int]:
    window = shapely.box(0, 0, city.side_m, city.side_m)
    xy = simulate.random_places(rng, window, city.places)
    target = int(np.argmin(np.hypot(*(xy - city.side_m / 2).T)))
    base = city.heads * np.exp(rng.normal(0.0, city.spread, city.places))
    base[target] = rng.uniform(*city.target_heads)
    made = simulate.scene(
        rng,
        xy,
        _codes(xy, city),
        city.weeks,
        base,
        wander=city.wander,
        autocorrelation=city.autocorrelation,
        shock=0.3 if habit in {Habit.SHOCK, Habit.EVERYTHING} else 0.0,
    )
    return made, target


def _codes(xy: Floats, city: City) -> npt.NDArray[np.str_]:
    column, row = (xy // (city.side_m / city.cuts)).astype(int).T
    return np.array([f"{i}{j}" for i, j in zip(column, row, strict=True)])


def _near(point: Floats, city: City) -> frozenset[str]:
    """Return the territories within reach of the rings."""
    side = city.side_m / city.cuts
    area = shapely.Point(point).buffer(Design().reach_m)
    return frozenset(
        f"{i}{j}"
        for i, j in np.ndindex(city.cuts, city.cuts)
        if area.intersects(shapely.box(i * side, j * side, (i + 1) * side, (j + 1) * side))
    )


def _neighbours(scene: simulate.Scene, target: int) -> tuple[int, int]:
    """Return the two nearest places to the target in two territories other than its own."""
    order = np.argsort(np.hypot(*(scene.xy - scene.xy[target]).T))
    codes = scene.territory[order]
    first = int(np.flatnonzero(codes != codes[0])[0])
    second = int(np.flatnonzero((codes != codes[0]) & (codes != codes[first]))[0])
    return int(order[first]), int(order[second])


def _happened(
    scene: simulate.Scene, target: int, receivers: tuple[int, int], happening: Happening
) -> simulate.Scene:
    if happening is Happening.MOVE:
        shares = dict.fromkeys(receivers, MOVED / 2)
        return simulate.move(scene, EVENT_WEEK, target, shares)
    gone = {Happening.NOTHING: 0.0, Happening.HALVING: 0.5, Happening.FALL: MOVED}[happening]
    return simulate.move(scene, EVENT_WEEK, target, gone=gone)


def _effort(rng: np.random.Generator, habit: Habit, target: int, city: City) -> Floats:
    if habit in {Habit.UNEVEN, Habit.EVERYTHING}:
        effort = simulate.uneven_effort(rng, city.places, city.weeks, city.visits)
        effort[target] *= max(city.visits / effort[target].mean(), 1.0)
    else:
        effort = np.full((city.places, city.weeks), city.visits)
    if habit in {Habit.SHIFTED, Habit.EVERYTHING}:
        effort = simulate.shift_effort(effort, EVENT_WEEK, [target], 3.0)
    return effort
