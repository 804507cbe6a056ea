"""Shift plan for several crews: walking routes through a balanced sample and due visits.

Each crew begins at a cell of the sample, so that all ground has a chance of being visited. From
there it makes due visits, and those that most reduce the uncertainty of closures, studies and the
city's total.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from geosites.analysis.rounds.crew_shift import ShiftLimits
from geosites.analysis.rounds.team_orienteering import team_routes
from geosites.analysis.sampling import grts, inclusion_probabilities
from geosites.analysis.walking import Walking, crow_fly

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LIST = 256
"""Cells on the list of four weeks; the crews take them from the top."""

ROUNDS = 20
"""Rounds of a crew in four weeks: one on every working day."""

WINDOW = 4
"""Number of next cells on the list from which a crew's start is chosen, close to due visits."""

WEIGHTS = (0.3, 1.0, 2.0)
"""Weights of the uncertainty of closures, of studies and of the total.

Closures are already covered by the rules for due visits.
"""

DUE = 0.1
"""Additional value of a due visit, as a share of the uncertainty of a study."""

_NEAR_M = 2000.0
_CANDIDATES = 120


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Possible stops (n,): `xy` (n, 2) metres, and their purpose.

    `share` (n, 3) is the expected reduction of the uncertainty of the closures, of the studies and
    of the total by a visit, each as a share of its total. `due` (n,): a visit is due. `rank` (n,)
    is the place on the list of sampled cells, -1 if it is not on it or was seen.
    """

    xy: Floats
    share: Floats
    due: Mask
    rank: Ints

    @property
    def value(self) -> Floats:
        """What a visit is worth (n,)."""
        return np.asarray(self.share @ np.array(WEIGHTS) + DUE * self.due, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class PlannedStop:
    """One stop: the row of the candidate, metres from the stop before, minutes into the shift.

    `ridden`: the way is too long to be walked.
    """

    row: int
    leg_m: float
    arrives_min: float
    ridden: bool


@dataclass(frozen=True, kw_only=True)
class CrewRound:
    """The stops of one crew in the order to go, and how long it takes."""

    stops: tuple[PlannedStop, ...]
    minutes: float

    @property
    def length_m(self) -> float:
        """Walking distance in metres from the first stop to the last, without vehicle legs."""
        return sum(stop.leg_m for stop in self.stops if not stop.ridden)


@dataclass(frozen=True, kw_only=True)
class ShiftPlan:
    """A round for each crew, and the rows of due visits that none of them reaches."""

    rounds: tuple[CrewRound, ...]
    missed: tuple[int, ...] = field(default=())

    @property
    def rows(self) -> list[int]:
        """The rows of all stops, crew by crew."""
        return [stop.row for crew in self.rounds for stop in crew.stops]


def sample_list(xy: Floats, size: Floats, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Return the list of sampled cells for four weeks, and each cell's probability to be on it
    (N,).

    Any first part of the list is balanced. A cell is among its first m with m/`len(list)` of its
    probability.
    """
    chance = inclusion_probabilities(size, min(LIST, len(xy)))
    return grts(xy, chance, rng), chance


def chance_within(chance: Floats, listed: int, visits: int) -> Floats:
    """Return the probability (N,) that one of `visits` rounds of a list begins at a cell."""
    return np.asarray(chance * min(visits / listed, 1.0), dtype=np.float64)


def shift_plan(
    candidates: Candidates, limits: ShiftLimits, walking: Walking = crow_fly
) -> ShiftPlan:
    """Return the rounds of one shift.

    There are fewer rounds than crews where there are fewer stops. Due visits that no round reaches
    are named in `missed`.
    """
    starts = _starts(candidates, limits.crews)
    if not starts:
        return ShiftPlan(rounds=(), missed=())
    pool = _pool(candidates, starts, limits)
    metres = walking(candidates.xy[pool])
    anchors = np.isin(pool, starts) | candidates.due[pool]
    ridden = anchors[:, None] | anchors
    ridden &= metres > limits.ride_min * limits.metres_per_min
    routes = team_routes(
        limits.minutes(metres, ridden),
        candidates.value[pool],
        range(len(starts)),
        shift_min=limits.shift_min,
        visit_min=limits.visit_min,
        most=limits.most,
        patience=limits.patience,
    )
    rounds = tuple(_round(route, pool, metres, ridden, limits) for route in routes)
    made = {stop.row for crew in rounds for stop in crew.stops}
    due = np.flatnonzero(candidates.due).tolist()
    return ShiftPlan(rounds=rounds, missed=tuple(row for row in due if row not in made))


def _starts(candidates: Candidates, crews: int) -> list[int]:
    """Return where each crew begins: one of the next cells of the list.

    Each crew takes the one with the most due visits within reach that no other crew reaches (greedy
    maximal covering), the first on the list in a tie. When the list is used up, the most valuable
    stops.
    """
    listed = np.flatnonzero(candidates.rank >= 0)
    listed = listed[np.argsort(candidates.rank[listed])][: WINDOW * crews].tolist()
    open_due = candidates.due.copy()
    starts: list[int] = []
    while listed and len(starts) < crews:
        near = [_near(candidates, row) & open_due for row in listed]
        best = int(np.argmax([int(mask.sum()) for mask in near]))
        open_due &= ~near[best]
        starts.append(listed.pop(best))
    rest = np.argsort(-candidates.value, kind="stable").tolist()
    starts += [row for row in rest if row not in set(starts)][: crews - len(starts)]
    return starts


def _near(candidates: Candidates, row: int) -> Mask:
    away = np.hypot(*(candidates.xy - candidates.xy[row]).T)
    return np.asarray(away <= _NEAR_M)


def _pool(candidates: Candidates, starts: list[int], limits: ShiftLimits) -> Ints:
    """Return the rows that the search considers, the starts first: due visits, and the most
    informative ones for the time it takes to get there.
    """
    value = candidates.value
    legs = np.hypot(*(candidates.xy[:, None] - candidates.xy[starts][None]).transpose(2, 0, 1))
    way = limits.minutes(legs.min(axis=1))
    within = (way + 2 * limits.visit_min <= limits.shift_min) & (value > 0)
    within[starts] = False
    worth = np.where(candidates.due, np.inf, value / (way + limits.visit_min))
    order = np.argsort(-worth, kind="stable")
    return np.array([*starts, *order[within[order]][:_CANDIDATES]], dtype=np.int64)


def _round(
    route: tuple[int, ...], pool: Ints, metres: Floats, ridden: Mask, limits: ShiftLimits
) -> CrewRound:
    clock, stops = 0.0, []
    for before, place in zip((route[0], *route), route, strict=False):
        leg, rides = float(metres[before, place]), bool(ridden[before, place])
        clock += float(limits.minutes(metres[before, place], rides))
        stops.append(PlannedStop(row=int(pool[place]), leg_m=leg, arrives_min=clock, ridden=rides))
        clock += limits.visit_min
    return CrewRound(stops=tuple(stops), minutes=clock)
