"""A square city of places in territories: positions, assignment, sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.displacement.study_design import Codes
from geosites.core.errors import Refused
from geosites.simulation.scene import random_places, scatter

Floats = npt.NDArray[np.float64]

REACH_M = 1500.0
"""Places farther than this from the target are its controls."""

EVENT_WEEK = 26
"""The week of the event, if nothing else is said."""

_DARTS = 5000


@dataclass(frozen=True, kw_only=True)
class City:
    """A square city of `side_m`, cut into `cuts` x `cuts` territories; one large site, the target.

    `heads` and `spread` are the median and log standard deviation of the other places; `wander` and
    `autocorrelation` those of each place's weeks; `visits` per place and week, the
    event in week `event_week` of `weeks`. `controls`: if
    given, from so many to so many places lie beyond 1.5 km of the target, all others within.
    `season` is the amplitude of a year that all places share, `shock` the standard deviation of
    their common wandering. No two places are nearer than `gap_m`.
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
    event_week: int = EVENT_WEEK
    controls: tuple[int, int] | None = None
    season: float = 0.0
    shock: float = 0.0
    gap_m: float = 500.0

    @property
    def window(self) -> shapely.Polygon:
        """The whole city."""
        return shapely.box(0, 0, self.side_m, self.side_m)

    @property
    def cut_m(self) -> float:
        """The side of a territory."""
        return self.side_m / self.cuts

    def code_of(self, xy: Floats) -> Codes:
        """Return the territory (n,) of points (n, 2); those outside belong to the nearest."""
        inside = np.clip((xy // self.cut_m).astype(int), 0, self.cuts - 1)
        return np.array([f"{i}{j}" for i, j in inside], dtype="U8")

    def near(self, point: Floats, reach_m: float = REACH_M) -> frozenset[str]:
        """Return the territories within reach of a point."""
        area = shapely.Point(point).buffer(reach_m)
        return frozenset(
            f"{i}{j}"
            for i, j in np.ndindex(self.cuts, self.cuts)
            if area.intersects(shapely.box(*(self.cut_m * np.array([i, j, i + 1, j + 1]))))
        )


def layout(rng: np.random.Generator, city: City) -> tuple[Floats, int]:
    """Return the places (places, 2) of a city, and which of them is the target."""
    if city.controls is None:
        xy = random_places(rng, city.window, city.places, city.gap_m)
        return xy, int(np.argmin(np.hypot(*(xy - city.side_m / 2).T)))
    low, high = city.controls
    far = int(rng.integers(low, high + 1))
    target = city.side_m / 2 + rng.uniform(-300, 300, 2)
    disc = shapely.Point(target).buffer(REACH_M - 100)
    beyond = city.window - shapely.Point(target).buffer(REACH_M + 100)
    xy = target[None, :]
    for ground, number in ((disc, city.places - 1 - far), (beyond, far)):
        xy = _added(rng, xy, ground, number, city.gap_m)
    return xy, 0


def base_heads(rng: np.random.Generator, city: City, places: int, target: int) -> Floats:
    """Return the mean heads (places,) around which each place wanders."""
    base = city.heads * np.exp(rng.normal(0.0, city.spread, places))
    base[target] = rng.uniform(*city.target_heads)
    return np.asarray(base)


def free_point(
    rng: np.random.Generator, xy: Floats, start: int, distance_m: float, city: City
) -> Floats:
    """Return the point `distance_m` from place `start` that is farthest from every other place.

    The best of 60 directions, starting at random; it is in the city, 100 m from its edge.
    """
    angles = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi, 60, endpoint=False)
    points = xy[start] + distance_m * np.column_stack([np.cos(angles), np.sin(angles)])
    inside = ((points > 100) & (points < city.side_m - 100)).all(axis=1)
    if not inside.any():
        raise Refused(f"nothing {distance_m:g} m from place {start} lies in the city")
    others = np.delete(xy, start, axis=0)
    gap = np.hypot(*(points[:, None] - others[None]).transpose(2, 0, 1)).min(axis=1)
    return np.asarray(points[np.argmax(np.where(inside, gap, -1.0))])


def _added(
    rng: np.random.Generator, xy: Floats, ground: shapely.Geometry, number: int, gap_m: float
) -> Floats:
    wanted = len(xy) + number
    for dart in scatter(rng, ground, _DARTS):
        if len(xy) == wanted:
            break
        if np.hypot(*(xy - dart).T).min() >= gap_m:
            xy = np.vstack([xy, dart])
    if len(xy) < wanted:
        raise Refused(f"{number} places {gap_m:g} m apart do not fit: {wanted - len(xy)} left")
    return xy
