"""Total number of people present in the city over four weeks, from nine months of visits.

A simple mean gives a place without recent visits the mean of earlier weeks, and a place seen once
the value of that visit. Here each place is predicted from all its visits, with more weight on
recent ones, and shrunk towards the city's mean where little is known of it: the best linear
unbiased predictor (Henderson 1975; Robinson 1991, Stat. Sci. 6:15). All places share the variances,
so that a low count has no more weight than a high one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.core.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WEEKS = 39
"""Number of weeks used, the last one included."""

NOW = 4
"""Number of weeks over which the total is averaged."""

LEAST_PLACES = 6

MEMORY = 0.9
"""Correlation of a place's level with that of the week before."""

WANDER = 0.2
"""Variance of a place's levels over the mean square of all levels: a judgement, tried on seasons.

`docs/calibration/rounds.md` shows how little the total depends on it.
"""

_LAGS = 13
_LEAST_SPREAD = 0.3
_FLOOR = 0.25
_Z90 = 1.6449


@dataclass(frozen=True, kw_only=True, eq=False)
class PresentTotal:
    """People standing on the mean of the last weeks: `heads`, standard error, by place (places,).

    `unseen` (places,) marks those that nobody went to in these weeks: known from before only.
    """

    heads: float
    se: float
    level: Floats
    unseen: npt.NDArray[np.bool_]

    @property
    def interval(self) -> tuple[float, float]:
        """The 90 % interval, from 0 up."""
        return max(self.heads - _Z90 * self.se, 0.0), self.heads + _Z90 * self.se


def present_total(place: Ints, week: Ints, heads: Floats, *, places: int) -> PresentTotal:
    """Return who stands at `places` places, from visits (n,) to them: place, week and heads.

    Week 0 is the last one, earlier weeks are negative. Visits to a place from before an operation
    there should be left out, since it may have changed the number. A place without a visit is
    predicted by the mean of the others. Raises `NotEnoughData` with fewer than 6 visited places.
    """
    first = 1 - WEEKS
    kept = (week >= first) & (week <= 0)
    cell, shape = (place * WEEKS + week - first)[kept], (places, WEEKS)
    visits = np.bincount(cell, minlength=places * WEEKS).reshape(shape).astype(np.float64)
    seen = np.bincount(cell, heads[kept], places * WEEKS).reshape(shape)
    means = np.divide(seen, visits, out=np.zeros(shape), where=visits > 0)
    if (visits.sum(axis=1) > 0).sum() < LEAST_PLACES:
        raise NotEnoughData(
            "fewer than %(least)s places were visited in nine months", least=LEAST_PLACES
        )
    return _predicted(visits, means, _Spread.of(visits, means))


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """Variances: of one visit, over the weeks of a place, between places, on the mean of places.

    `scatter` is the overdispersion of one visit: scatter x level^2 + level.
    """

    scatter: float
    visit: float
    weeks: float
    places: float

    @classmethod
    def of(cls, visits: Floats, means: Floats) -> _Spread:
        """Return them from levels, and from squared differences between weeks of one place."""
        been = visits.sum(axis=1) > 0
        level = (means.sum(axis=1) / np.maximum((visits > 0).sum(axis=1), 1))[been]
        square, mean = float((level**2).mean()), max(float(level.mean()), _FLOOR)
        scatter = _scatter(visits[been], means[been], level)
        visit = scatter * square + mean
        noise = float((visit / visits.sum(axis=1)[been]).mean())
        return cls(
            scatter=scatter,
            visit=visit,
            weeks=WANDER * max(square, _FLOOR),
            places=max(float(level.var()) - noise, (_LEAST_SPREAD * mean) ** 2),
        )


def _scatter(visits: Floats, means: Floats, level: Floats) -> float:
    """Return the overdispersion of one visit relative to the squared level, from differences.

    Half the squared difference of two weekly means of a place is on average the variance of its
    weeks x (1 - memory^lag) and that of a visit over the harmonic mean of both weeks' visits.
    """
    above, below = 0.0, 0.0
    for lag in range(1, _LAGS + 1):
        early, late = visits[:, :-lag], visits[:, lag:]
        row, column = np.nonzero((early > 0) & (late > 0))
        share = 0.5 * (1 / early[row, column] + 1 / late[row, column])
        half = 0.5 * (means[row, column + lag] - means[row, column]) ** 2
        square = level[row] ** 2
        wandered = WANDER * square * (1 - MEMORY**lag)
        above += float((half - share * level[row] - wandered).sum())
        below += float((share * square).sum())
    return max(above / below, 0.0) if below > 0 else 0.0


def _predicted(visits: Floats, means: Floats, spread: _Spread) -> PresentTotal:
    """Return the prediction of each place, with what all share: the city's mean and its error."""
    size = visits.shape[1]
    lag = abs(np.subtract.outer(np.arange(size), np.arange(size)))
    alike = np.asarray(MEMORY**lag, dtype=np.float64)
    common = spread.places + spread.weeks * alike
    root = np.sqrt(visits / spread.visit)
    system = np.eye(size) + root[:, :, None] * common * root[:, None, :]
    asked = np.stack([root, root * common[-NOW:].mean(axis=0)], axis=-1)
    ones, lately = np.moveaxis(np.linalg.solve(system, asked), -1, 0)
    known = (root * ones).sum(axis=1)
    mean = float((root * ones * means).sum() / known.sum())
    weight = root * lately
    level = mean + (weight * (means - mean)).sum(axis=1)
    left = 1 - weight.sum(axis=1)
    variance = _variance(visits, weight, level, mean, spread, alike)
    shared = float(left.sum()) ** 2 / float(known.sum())
    return PresentTotal(
        heads=max(float(level.sum()), 0.0),
        se=float(np.sqrt(variance.sum() + shared)),
        level=level,
        unseen=visits[:, -NOW:].sum(axis=1) == 0,
    )


def _variance(
    visits: Floats, weight: Floats, level: Floats, mean: float, spread: _Spread, alike: Floats
) -> Floats:
    """Return the variance of each prediction (places,) at the level of its own place.

    It includes the error of the mean, the drift between earlier and last weeks, and that of visits.
    """
    left = 1 - weight.sum(axis=1)
    square = level**2 + spread.places * left
    late = np.where(np.arange(weight.shape[1]) < weight.shape[1] - NOW, 0.0, 1 / NOW)
    gap = weight - late
    seen = np.divide(weight**2, visits, out=np.zeros_like(visits), where=visits > 0).sum(axis=1)
    return np.asarray(
        left**2 * ((level - mean) ** 2 + spread.places * left)
        + WANDER * square * ((gap @ alike) * gap).sum(axis=1)
        + (spread.scatter * square + np.maximum(level, 0.0)) * seen,
        dtype=np.float64,
    )
