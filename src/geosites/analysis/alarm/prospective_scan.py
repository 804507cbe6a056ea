"""The weekly alarm: a prospective space-time scan of places against their own past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from geosites.core.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_HALF_A_HEAD = 0.5
_FEWEST_WEEKS = 8
_FEWEST_VISITED = 4


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """The circle and the number of last weeks with the largest excess.

    `heads` and `expected` are people present per week there; `members` are the sorted indices of
    its places; `p` is the share of randomised histories that have an equally strong circle.
    """

    score: float
    p: float
    weeks: int
    heads: float
    expected: float
    members: tuple[int, ...]
    centre: int
    radius_m: float


def alarm(
    levels: npt.ArrayLike,
    xy: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    max_weeks: int = 4,
    radius_m: float = 1000.0,
    permutations: int = 199,
) -> Alarm | None:
    """Return the strongest excess in the last 1 to `max_weeks` weeks, or None if nothing exceeds.

    `levels` (weeks, places) are weekly mean heads per visit, the current week last, NaN where
    nobody went. A place's expectation is its mean over the weeks before the last `max_weeks` (half
    a head is added to the sum), times the ratio of the whole city in the week. A circle of places
    with C heads over the expected B scores C ln(C/B) + B - C (expectation-based scan: Neill 2005,
    2009): 20 instead of 10 score 3.86. Heads are not Poisson counts: C and B of each place are
    divided by 1 + variance / mean of its own past, so that a more variable place needs a larger
    excess (twice as many true alarms in simulation), and the score alone means little. p compares
    it with the best score when the history of each place is rotated to start at another week, which
    preserves its autocorrelation.

    Raises `NotEnoughData` below 8 weeks. A place visited in fewer than 4 of the weeks before has no
    expectation and is left out.
    """
    seen = np.asarray(levels, dtype=np.float64)
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if len(seen) < max(_FEWEST_WEEKS, max_weeks + _FEWEST_VISITED):
        raise NotEnoughData(
            "weeks of history: %(count)s; the alarm needs %(fewest_weeks)s",
            count=len(seen),
            fewest_weeks=_FEWEST_WEEKS,
        )
    circles = _Circles.around(points, radius_m)
    scores = circles.scores(_Recent.of(seen, max_weeks))
    best = np.unravel_index(int(scores.argmax()), scores.shape)
    if not scores[best] > 0:
        return None
    turned = (_Recent.of(_turned(seen, rng), max_weeks) for _ in range(permutations))
    null = np.array([circles.scores(recent).max() for recent in turned])
    p = (1 + int((null >= scores[best] - 1e-9).sum())) / (1 + permutations)
    weeks, centre, last = (int(index) for index in best)
    members = np.sort(circles.order[centre, : last + 1])
    recent = _Recent.of(seen, max_weeks)
    return Alarm(
        score=float(scores[best]),
        p=p,
        weeks=weeks + 1,
        heads=float(recent.heads[weeks, members].sum()) / (weeks + 1),
        expected=float(recent.expected[weeks, members].sum()) / (weeks + 1),
        members=tuple(members.tolist()),
        centre=centre,
        radius_m=float(circles.away[centre, last]),
    )


def _turned(levels: Floats, rng: np.random.Generator) -> Floats:
    """Return the levels with the weeks of each place turned round by another number."""
    weeks, places = levels.shape
    start = rng.integers(weeks, size=places)
    turned = levels[(np.arange(weeks)[:, None] + start) % weeks, np.arange(places)]
    return np.asarray(turned)


@dataclass(frozen=True, eq=False)
class _Circles:
    """Circle j around place i holds `order[i, : j + 1]`, out to `away[i, j]`, if that is near."""

    order: Ints
    away: Floats
    near: npt.NDArray[np.bool_]

    @classmethod
    def around(cls, points: Floats, radius: float) -> _Circles:
        away = cdist(points, points)
        order = np.argsort(away, axis=1, kind="stable")
        away = np.take_along_axis(away, order, axis=1)
        size = int((away <= radius).sum(axis=1).max(initial=1))
        return cls(order[:, :size], away[:, :size], away[:, :size] <= radius)

    def scores(self, recent: _Recent) -> Floats:
        """Return the score of each circle, (max_weeks, places, circles), 0 without an excess."""
        inside = np.cumsum((recent.heads / recent.restless)[:, self.order], axis=2)
        due = np.cumsum((recent.expected / recent.restless)[:, self.order], axis=2)
        excess = self.near & (inside > due)
        ratio = np.divide(inside, due, out=np.ones(inside.shape), where=excess & (due > 0))
        return np.where(excess, inside * np.log(ratio) + due - inside, 0.0)


@dataclass(frozen=True, eq=False)
class _Recent:
    """Heads and expected heads (max_weeks, places) over the last 1, 2, … weeks.

    `restless` (places,) is 1 + variance / mean of a place's weeks before.
    """

    heads: Floats
    expected: Floats
    restless: Floats

    @classmethod
    def of(cls, levels: Floats, max_weeks: int) -> _Recent:
        seen = ~np.isnan(levels)
        heads = np.where(seen, levels, 0.0)
        visited = seen[:-max_weeks].sum(axis=0)
        usual = (heads[:-max_weeks].sum(axis=0) + _HALF_A_HEAD) / np.maximum(visited, 1)
        known = visited >= _FEWEST_VISITED
        away = np.where(seen, levels - usual, 0.0)[:-max_weeks]
        variance = (away**2).sum(axis=0) / np.maximum(visited - 1, 1)
        heads, due = heads * known, seen * usual * known
        total = due.sum(axis=1)
        city = np.divide(heads.sum(axis=1), total, out=np.ones(len(total)), where=total > 0)
        due = due * city[:, None]
        return cls(
            np.cumsum(heads[::-1][:max_weeks], axis=0),
            np.cumsum(due[::-1][:max_weeks], axis=0),
            1 + variance / usual,
        )
