"""A second estimate: a negative-binomial panel by place and week, with effort as offset.

log E[heads] = log(visits) + place + after + effect (target and after), variance m + k m^2 (Hilbe
2011). The model treats weeks as independent, which they are not at places that vary by themselves,
so its interval is too narrow: it is shown beside the place test and never replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy import optimize

from geosites.analysis.displacement.levels import Floats

_ROUNDS = 60
_CLOSE = 1e-8
_MOST = 50.0


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Level of the target after relative to before (`ratio`, 0.5 is a halving), its interval,
    one-sided p of a fall.

    `dispersion` is k in the variance m + k m^2 of one week's count at a place.
    """

    ratio: float
    low: float
    high: float
    p: float
    dispersion: float


@dataclass(frozen=True)
class _Cells:
    """Visited cells of places with any heads: heads, offset, place index, two 0/1 columns."""

    heads: Floats
    offset: Floats
    place: npt.NDArray[np.int64]
    columns: Floats


def panel(
    heads: Floats,
    visits: Floats,
    after: npt.NDArray[np.bool_],
    target: npt.NDArray[np.bool_],
    level: float = 0.90,
) -> Panel | None:
    """Return the panel estimate from (places, weeks) heads and visits, or None.

    None if nobody at all was seen at the target, or at the others, before or after: the ratio has
    no logarithm. By hand, with equal visits: target 20 then 10 a week, the others unchanged: ratio
    0.5.
    """
    groups = [np.ix_(who, when) for who in (target, ~target) for when in (~after, after)]
    if min(heads[group].sum() for group in groups) <= 0:
        return None
    cells = _cells(heads, visits, after, target)
    k = 0.0
    for _ in range(8):
        mean, effect, variance = _fit(cells, k)
        past, k = k, _dispersion(cells, mean)
        if abs(k - past) <= 1e-4 * (1 + k):
            break
    reach = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(variance)
    return Panel(
        ratio=float(np.exp(effect)),
        low=float(np.exp(effect - reach)),
        high=float(np.exp(effect + reach)),
        p=NormalDist().cdf(effect / float(np.sqrt(variance))),
        dispersion=k,
    )


def _cells(
    heads: Floats,
    visits: Floats,
    after: npt.NDArray[np.bool_],
    target: npt.NDArray[np.bool_],
) -> _Cells:
    place, week = np.nonzero((visits > 0) & (heads.sum(axis=1, keepdims=True) > 0))
    late = after[week].astype(np.float64)
    return _Cells(
        heads=heads[place, week],
        offset=np.log(visits[place, week]),
        place=np.unique(place, return_inverse=True)[1],
        columns=np.column_stack([late, late * target[place]]),
    )


def _fit(cells: _Cells, k: float) -> tuple[Floats, float, float]:
    """Return means, effect and its variance by Fisher scoring; place effects are swept out."""
    place = cells.place
    effort = np.bincount(place, np.exp(cells.offset))
    own: Floats = np.log(np.bincount(place, cells.heads) / effort)
    slopes = np.zeros(2)
    information = np.eye(2)
    for _ in range(_ROUNDS):
        mean = np.exp(cells.offset + own[place] + cells.columns @ slopes)
        weight = mean / (1 + k * mean)
        gap = (cells.heads - mean) / mean
        total: Floats = np.bincount(place, weight).astype(np.float64)
        centred = cells.columns - _by_place(place, weight, cells.columns, total)[place]
        information = centred.T @ (weight[:, None] * centred)
        step = np.linalg.solve(information, centred.T @ (weight * gap))
        slopes = slopes + step
        rest = gap - cells.columns @ step
        own = own + np.clip(_by_place(place, weight, rest[:, None], total)[:, 0], -2, 2)
        if np.abs(step).max() <= _CLOSE:
            break
    return mean, float(slopes[1]), float(np.linalg.inv(information)[1, 1])


def _by_place(
    place: npt.NDArray[np.int64], weight: Floats, columns: Floats, total: Floats
) -> Floats:
    sums = [np.bincount(place, weight * column) for column in columns.T]
    return np.column_stack(sums) / total[:, None]


def _dispersion(cells: _Cells, mean: Floats) -> float:
    """Return k such that the Pearson statistic equals its degrees of freedom; 0 if Poisson."""
    squares = (cells.heads - mean) ** 2
    freedom = max(len(mean) - cells.place.max() - 3, 1)

    def excess(k: float) -> float:
        return float((squares / (mean + k * mean**2)).sum() - freedom)

    if excess(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, _MOST)) if excess(_MOST) < 0 else _MOST
