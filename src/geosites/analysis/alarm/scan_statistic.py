"""Scan statistics: the circle, or space-time cylinder, with the largest excess of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A circle with more cases than expected from its population. `members` are sorted indices.

    `p` is the share of simulated maps whose best circle scores as high; None if no simulation was
    requested.
    """

    llr: float
    cases: int
    expected: float
    members: tuple[int, ...]
    centre: int
    radius: float
    p: float | None


def scan(
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    xy: npt.ArrayLike,
    max_share: float = 0.5,
    *,
    permutations: int = 0,
    rng: np.random.Generator | None = None,
) -> tuple[Cluster, ...]:
    """Return circles with too many cases that do not overlap, best first (Kulldorff 1997).

    Circles are centred on every point and grow until they contain `max_share` of the population.
    With c cases of C in the circle and e expected, the score is c ln(c/e) + (C-c) ln((C-c)/(C-e))
    where c > e. Coordinates may have any number of columns. p comes from cases redistributed by
    population, which is right for cases and wrong for people in groups: one visit counts many at
    once.

    8 cases of 10 in a circle with half of the population: 8 ln 1.6 + 2 ln .4 = 1.927.
    """
    counts, people = np.asarray(cases, np.int64), np.asarray(population, np.float64)
    if counts.sum() == 0 or people.sum() <= 0:
        return ()
    zones = _Zones.around(np.asarray(xy, dtype=np.float64), people, max_share)
    total = int(counts.sum())
    scores = zones.scores(counts, total)
    best = _apart(scores, zones)
    null = _null(zones, people / people.sum(), total, permutations, rng)
    return tuple(zones.cluster(*where, scores, counts, null) for where in best)


@dataclass(frozen=True, eq=False)
class _Zones:
    """Circle j around point i holds `order[i, : j + 1]`, and only counts where `valid[i, j]`."""

    order: Ints
    away: Floats
    share: Floats
    valid: npt.NDArray[np.bool_]

    @classmethod
    def around(cls, points: Floats, people: Floats, max_share: float) -> _Zones:
        away = cdist(points, points)
        order = np.argsort(away, axis=1, kind="stable")
        away = np.take_along_axis(away, order, axis=1)
        share = np.cumsum(people[order], axis=1) / people.sum()
        last_of_ties = np.ones(away.shape, dtype=bool)
        last_of_ties[:, :-1] = away[:, 1:] > away[:, :-1] * (1 + 1e-12)
        valid = last_of_ties & (share <= max_share + 1e-12) & (share > 0)
        size = max(1, int(valid.any(axis=0).nonzero()[0].max(initial=0)) + 1)
        return cls(order[:, :size], away[:, :size], share[:, :size], valid[:, :size])

    def scores(self, counts: Ints, total: int) -> Floats:
        """Return the log likelihood ratio of every circle, 0 where it holds no excess."""
        inside = np.cumsum(counts[self.order], axis=1)
        logs = _times_log(np.arange(total + 1))
        outside = total - inside
        expected = self.share * total
        with np.errstate(divide="ignore"):
            llr = logs[inside] + logs[outside] - inside * np.log(expected)
            rest = np.log(np.maximum(total - expected, 1e-300))
        llr -= outside * rest
        return np.where(self.valid & (inside > expected), llr, 0.0)

    def cluster(
        self, centre: int, last: int, scores: Floats, counts: Ints, null: Floats
    ) -> Cluster:
        """Return circle `last` around `centre` as a cluster."""
        members = np.sort(self.order[centre, : last + 1])
        llr = float(scores[centre, last])
        p = (1 + int((null >= llr - 1e-9).sum())) / (1 + len(null)) if len(null) else None
        return Cluster(
            llr=llr,
            cases=int(counts[members].sum()),
            expected=float(self.share[centre, last] * counts.sum()),
            members=tuple(members.tolist()),
            centre=centre,
            radius=float(self.away[centre, last]),
            p=p,
        )


def _times_log(numbers: Ints) -> Floats:
    """Return n ln n, 0 at 0."""
    return np.asarray(numbers * np.log(np.maximum(numbers, 1)))


def _apart(scores: Floats, zones: _Zones) -> list[tuple[int, int]]:
    """Return the best circle of each centre, best first, that shares no point with a better one."""
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(best)), best]
    taken = np.zeros(len(best), dtype=bool)
    chosen = []
    for centre in np.argsort(-top, kind="stable").tolist():
        members = zones.order[centre, : best[centre] + 1]
        if top[centre] > 0 and not taken[members].any():
            taken[members] = True
            chosen.append((centre, int(best[centre])))
    return chosen


def _null(
    zones: _Zones, share: Floats, total: int, permutations: int, rng: np.random.Generator | None
) -> Floats:
    """Return the best score of maps with the cases dealt out by population."""
    if permutations and rng is None:
        raise Refused("permutations need a random generator")
    if rng is None:
        return np.zeros(0)
    maps = rng.multinomial(total, share, permutations)
    return np.array([zones.scores(counts, total).max() for counts in maps])
