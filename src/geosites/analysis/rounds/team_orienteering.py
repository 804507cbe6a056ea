"""Team orienteering: which stops each of several crews makes in one shift.

Each crew begins at a given stop, ends anywhere, and adds optional stops, each with a value, while
walking and visiting fit into the shift (Chao, Golden & Wasil 1996). Solved by iterated local search
(Vansteenwegen et al. 2009, Computers & OR 36:3281) from a seed: the same input gives the same
routes. OR-Tools, PyVRP and spopt were tried and found no better routes in more time
(`docs/methods/rounds.md`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]

PATIENCE = 40
"""The search ends after this many consecutive removals without improvement."""

_NOISE = 0.5
_EPSILON = 1e-9


def team_routes(
    minutes: Floats,
    value: Floats,
    starts: Sequence[int],
    *,
    shift_min: float,
    visit_min: float,
    most: int | None = None,
    patience: int = PATIENCE,
    seed: int = 1,
) -> tuple[tuple[int, ...], ...]:
    """Return the stops of each crew in the order to go, the first one its start.

    `minutes` (n, n) to walk, `value` (n,) of each stop, 0 or above; a stop of value 0 is made only
    as a start. Each stop takes `visit_min`; `most` bounds the stops of a crew.
    """
    if len(set(starts)) != len(starts) or visit_min > shift_min or not starts:
        raise Refused("each crew needs a stop of its own to begin at, and time to make it")
    rng = np.random.default_rng(seed)
    tours = _Tours(minutes, value, starts, shift_min, visit_min, most)
    tours.fill(np.ones(len(value)))
    best, worth, idle = tours.copy(), tours.worth(), 0
    while idle < patience:
        tours.shake(rng)
        tours.fill(np.exp(rng.normal(0.0, _NOISE, len(value))))
        idle += 1
        if tours.worth() > worth + _EPSILON:
            best, worth, idle = tours.copy(), tours.worth(), 0
        else:
            tours.restore(best)
    return tuple(tuple(route) for route in best)


class _Tours:
    """The rounds of all crews while they are built."""

    def __init__(
        self,
        minutes: Floats,
        value: Floats,
        starts: Sequence[int],
        shift_min: float,
        visit_min: float,
        most: int | None,
    ) -> None:
        self._walk, self._value = minutes, value
        self._shift, self._visit = shift_min + _EPSILON, visit_min
        self._most = len(value) if most is None else most
        self.routes = [[start] for start in starts]
        self._free = value > 0
        self._free[list(starts)] = False
        self._liking = np.ones(len(value))

    def copy(self) -> list[list[int]]:
        """Return the current rounds."""
        return [list(route) for route in self.routes]

    def worth(self) -> float:
        """Return the value of all stops made."""
        return float(sum(self._value[route].sum() for route in self.routes))

    def restore(self, routes: list[list[int]]) -> None:
        """Go back to other rounds."""
        self.routes = [list(route) for route in routes]
        self._free = self._value > 0
        self._free[[stop for route in routes for stop in route]] = False

    def fill(self, liking: Floats) -> None:
        """Insert stops, shorten the rounds, and insert what fits then.

        `liking` (n,) multiplies the worth of a stop when one is chosen.
        """
        self._liking = liking
        self._insert()
        for route in self.routes:
            self._shorten(route)
        self._insert()

    def _shorten(self, route: list[int]) -> None:
        """Reverse parts of a round while that makes it shorter (2-opt); the start is fixed."""
        turned = True
        while turned:
            turned = False
            for i in range(1, len(route) - 1):
                for j in range(i + 1, len(route)):
                    after = 0.0 if j + 1 == len(route) else self._walk[route[j], route[j + 1]]
                    closer = 0.0 if j + 1 == len(route) else self._walk[route[i], route[j + 1]]
                    before, entry = self._walk[route[i - 1], [route[i], route[j]]]
                    if entry + closer < before + after - _EPSILON:
                        route[i : j + 1] = route[i : j + 1][::-1]
                        turned = True

    def _insert(self) -> None:
        """Insert stops while any fits, that of the greatest value squared by extra time first."""
        offers = [self._offer(route) for route in self.routes]
        while True:
            crew = int(np.argmax([offer[0] for offer in offers]))
            ratio, stop, place = offers[crew]
            if ratio <= 0:
                return
            self.routes[crew].insert(place, stop)
            self._free[stop] = False
            for other, offer in enumerate(offers):
                if other == crew or offer[1] == stop:
                    offers[other] = self._offer(self.routes[other])

    def shake(self, rng: np.random.Generator) -> None:
        """Remove some stops in a row from each round, perhaps all, never the start."""
        for route in self.routes:
            count = len(route) - 1
            length = int(rng.integers(0, count + 1))
            first = 1 + int(rng.integers(0, max(count - length, 0) + 1))
            self._free[route[first : first + length]] = True
            del route[first : first + length]

    def _offer(self, route: list[int]) -> tuple[float, int, int]:
        """Return the best insertion into a round: value squared by extra time, stop, place."""
        free = np.flatnonzero(self._free)
        if not len(free) or len(route) >= self._most:
            return 0.0, -1, -1
        here = np.array(route)
        legs = self._walk[here[:-1], here[1:]]
        left = self._shift - legs.sum() - self._visit * len(route)
        there = self._walk[np.ix_(here, free)]
        extra = there.copy()
        extra[:-1] += self._walk[np.ix_(free, here[1:])].T - legs[:, None]
        place = extra.argmin(axis=0)
        more = extra[place, np.arange(len(free))] + self._visit
        ratio = np.where(more <= left, self._liking[free] * self._value[free] ** 2 / more, 0.0)
        best = int(ratio.argmax())
        return float(ratio[best]), int(free[best]), int(place[best]) + 1
