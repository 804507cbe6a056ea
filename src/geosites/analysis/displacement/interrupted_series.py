"""Interrupted time series with a slope, judged against the controls: was a decline under way?

A target that loses 3 % each week loses a third in thirteen weeks without any event, and the plain
comparison attributes that loss to the event. Extrapolating the slope halves the precision. Both
figures are therefore given, and the text follows the cautious one where a slope fits the weeks
better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from geosites.analysis.displacement.change_intervals import HeadChange
from geosites.analysis.displacement.control_places_test import MAD_TO_SD, SMALL
from geosites.analysis.displacement.levels import Floats, Weekly
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import Slope
from geosites.analysis.displacement.study_design import MIN_CONTROLS
from geosites.analysis.displacement.weekly_noise import (
    Generalised,
    Mask,
    WeeklyLogs,
    WeeklyNoise,
    generalised,
    weekly_noise,
)

_ROUNDS = 25
_LARGEST_STEP = 1.0
_RIDGE = 1e-6
_LEAST_WEEKS = 8
_TRUST = 10.0
"""Weight of the pooled noise, in controls, relative to the spread of the controls' steps."""

_TELLS = 0.6
"""Minimum reduction of the squared error of the target's weeks for a slope to be considered
possible.

Chosen by trial: a slope that does not exist reduces it by one on average; with a decline of 3 % a
week and no event, the text reports a fall in .12 of the studies, and intervals cover nine in ten.
"""

_ENOUGH = 100
"""Number of places for estimating the noise; more would cost time and change little."""

_QUANTILES = 1000


def slope(seen: Observed, level: float) -> Slope | None:
    """Return the effect beyond the slope before the event, or None if it cannot be estimated.

    Each place has log E[heads] = log(exposure) + a + b week + d after, with variance m + k m^2 and
    k that of weekly means (a segmented regression: Wagner et al. 2002), and an autocorrelated error
    estimated from all controls (`weekly_noise`). The slope of the target is extrapolated, and its d
    is compared with the median d of the controls. None with fewer than 8 weeks before, or without
    six controls.
    """
    controls = seen.controls_for(seen.target)
    if -seen.table.first < _LEAST_WEEKS or controls.sum() < MIN_CONTROLS:
        return None
    table = _beside(_summed(seen.table.where(seen.target)), seen.table.where(controls))
    stands = float(seen.standing.after.level[seen.target].sum())
    return beyond_slope(table, max(sum(seen.typical) / 2, 0.05), stands, level)


def beyond_slope(table: Weekly, kappa: float, stands: float, level: float) -> Slope:
    """Return the effect at the first place of `table` beyond its slope; the others are controls.

    `kappa` is the relative variance of weekly means, `stands` the people at the first place after.
    """
    early = np.asarray(table.weeks[table.weeks < 0] + 0.5, dtype=np.float64)[:, None]
    before = _fit(_first_weeks(table), early, kappa)[:, 1]
    series = _series(table, kappa)
    beside, alone = series.judged(_BOTH, level), series.judged(_STEP, level)
    return Slope(
        before=float(before[0]),
        controls=float(np.median(before[1:])),
        estimate=_effect(stands, np.exp(beside.gap)),
        low=_effect(stands, np.exp(beside.gap - beside.reach)),
        high=_effect(stands, np.exp(beside.gap + beside.reach)),
        p=beside.p,
        step_p=alone.p,
        ratio=float(np.exp(beside.gap)),
        df=beside.df,
        explains=series.gained_by_slope() >= _TELLS,
    )


def either(trend: Slope, plain: HeadChange, df: int, level: float) -> Slope:
    """Return the estimate with an interval that covers both the presence and absence of a slope.

    If a slope fits the weeks of the target better, it may be real, or the weeks may have varied by
    chance, in which case the estimated slope is too steep because it was selected. The plain
    estimate therefore has the same weight: the quantiles are those of the mixture of both
    distributions (model averaging: Hoeting et al. 1999). `plain` is the change of the target, `df`
    the degrees of freedom of its interval.
    """
    stands = plain.after + SMALL
    middle, near, far = (
        -np.log(max(1 - value / stands, 1e-9)) for value in (trend.estimate, trend.low, trend.high)
    )
    at = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    spread = (far - near) / (2 * special.stdtrit(trend.df, (1 + level) / 2))
    both = np.concatenate(
        [
            plain.change + plain.se * special.stdtrit(df, at),
            stands * (1 - np.exp(-(middle + spread * special.stdtrit(trend.df, at)))),
        ]
    )
    low, high = np.quantile(both, [(1 - level) / 2, (1 + level) / 2])
    return replace(trend, low=float(low), high=float(high))


def with_target(
    net: HeadChange, plain: HeadChange, told: Slope, df: int, level: float
) -> HeadChange:
    """Return the change of the city with the uncertainty of the target's slope in its interval.

    The target's interval on each side and that of the rest of the city are combined as independent
    (Zou & Donner 2008).
    """
    reach = special.stdtrit(df, (1 + level) / 2)
    rest = float(reach * np.sqrt(max(net.se**2 - plain.se**2, 0.0)))
    low = net.change - float(np.hypot(rest, max(plain.change - told.low, 0.0)))
    high = net.change + float(np.hypot(rest, max(told.high - plain.change, 0.0)))
    return replace(net, low=min(low, net.low), high=max(high, net.high))


def _summed(table: Weekly) -> Weekly:
    """Return several places as one: the sum of their weekly means, with unvisited places imputed.

    In a week in which only some of them were visited, the others are assumed to have their average
    share of the sum.
    """
    means = table.means
    seen = ~np.isnan(means)
    level = np.where(seen, means, 0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1) + SMALL
    part = (seen * level[:, None]).sum(axis=0) / level.sum()
    whole = np.where(seen, means, 0).sum(axis=0) / np.where(part > 0, part, 1)
    exposure = table.exposure.sum(axis=0)
    return Weekly(
        heads=(whole * exposure)[None, :],
        visits=table.visits.sum(axis=0)[None, :],
        exposure=exposure[None, :],
        first=table.first,
    )


def _beside(first: Weekly, others: Weekly) -> Weekly:
    return Weekly(
        heads=np.vstack([first.heads, others.heads]),
        visits=np.vstack([first.visits, others.visits]),
        exposure=np.vstack([first.exposure, others.exposure]),
        first=first.first,
    )


def _effect(stands: float, ratio: float) -> float:
    """Return the number of people beyond the prediction of the slope."""
    return (stands + SMALL) * (1 - 1 / max(ratio, 1e-9))


def _first_weeks(table: Weekly) -> Weekly:
    early = table.weeks < 0
    return Weekly(
        heads=table.heads[:, early],
        visits=table.visits[:, early],
        exposure=table.exposure[:, early],
        first=table.first,
    )


@dataclass(frozen=True)
class _Judged:
    """The target's step beyond the controls' in logs, how far its interval reaches, and p."""

    gap: float
    reach: float
    p: float
    df: int


def _judged(step: Floats, variance: Floats, level: float) -> _Judged:
    """Return the first place's step compared with those of the others, the controls.

    The variances are those of the pooled noise. They are widened by the excess spread of the
    controls' steps (their MAD^2), where the noise counts as ten additional controls (Smyth 2004).
    """
    others, own = step[1:], variance[1:]
    middle = float(np.median(others))
    found = (MAD_TO_SD * float(np.median(np.abs(others - middle) / np.sqrt(own)))) ** 2
    df = int(_TRUST) + len(others) - 1
    wider = max((_TRUST + (len(others) - 1) * found) / df, 1.0)
    common = np.pi / 2 / float((1 / own).sum())
    sigma = float(np.sqrt(wider * (variance[0] + common)))
    gap = float(step[0]) - middle
    return _Judged(
        gap=gap,
        reach=float(special.stdtrit(df, (1 + level) / 2)) * sigma,
        p=float(special.stdtr(df, gap / sigma)),
        df=df,
    )


_STEP, _BOTH = (0, 2), (0, 1, 2)


@dataclass(frozen=True)
class _Series:
    """The weekly logs of all places, the target first, on `columns` (weeks, 3), and their noise."""

    logs: WeeklyLogs
    columns: Floats
    noise: WeeklyNoise

    def fit(self, kept: tuple[int, ...]) -> Generalised:
        """Return the fits of all places on some of the columns."""
        return generalised(self.logs, self.columns[:, kept], self.noise)

    def judged(self, kept: tuple[int, ...], level: float) -> _Judged:
        """Return the target's step, the last of the columns `kept`, compared with the controls'."""
        fit = self.fit(kept)
        return _judged(fit.value[:, -1], fit.variance[:, -1], level)

    def gained_by_slope(self) -> float:
        """Return by how much a slope in addition to the step reduces the target's squared error.

        The controls' median slope and step are subtracted first.
        """
        drift = np.median(self.fit(_BOTH).value[1:, 1:], axis=0) @ self.columns[:, 1:].T
        own = self.logs.where(np.arange(len(self.logs.level)) == 0, less=drift)
        alone, beside = (
            float(generalised(own, self.columns[:, kept], self.noise).error[0])
            for kept in (_STEP, _BOTH)
        )
        return alone - beside


def _series(table: Weekly, kappa: float) -> _Series:
    """Return the places as series of logs, linearised at their fits, with the pooled noise."""
    columns = np.column_stack([np.ones(len(table.weeks)), table.weeks + 0.5, table.weeks >= 0])
    line = np.clip(_fit(table, columns[:, 1:], kappa) @ columns.T, -20, 20)
    mean = np.maximum(table.exposure * np.exp(line), 1e-9)
    logs = WeeklyLogs(
        response=line + (table.heads + SMALL * table.exposure) / mean - 1,
        visits=table.visits,
        exposure=table.exposure,
        level=np.maximum(table.heads.sum(axis=1) / table.exposure.sum(axis=1), SMALL),
    )
    return _Series(logs, columns, weekly_noise(logs.where(telling(len(table.heads))), columns))


def telling(places: int) -> Mask:
    """Return the places for estimating the noise, without the first: all, or evenly chosen ones."""
    place = np.arange(places)
    return np.asarray((place > 0) & (place % -(-(places - 1) // _ENOUGH) == 0))


def _fit(table: Weekly, columns: Floats, kappa: float) -> Floats:
    """Return the coefficients (places, k) by Fisher scoring; unvisited weeks weigh nothing."""
    exposure = table.exposure
    seen = table.visits > 0
    heads = table.heads + SMALL * exposure
    base = np.where(seen, np.log(np.maximum(exposure, 1e-9)), 0.0)
    x = np.column_stack([np.ones(len(columns)), columns])
    value = np.zeros((len(heads), x.shape[1]))
    value[:, 0] = np.log(heads.sum(axis=1) / np.where(seen, np.exp(base), 0).sum(axis=1))
    ridge = _RIDGE * np.eye(x.shape[1])
    for _ in range(_ROUNDS):
        mean = np.exp(np.clip(base + value @ x.T, -20, 20))
        weight = np.where(seen, mean / (1 + kappa * mean), 0)
        information = np.einsum("pw,wi,wj->pij", weight, x, x) + ridge
        score = (weight * np.where(seen, heads / mean - 1, 0)) @ x
        step = np.linalg.solve(information, score[..., None])[..., 0]
        value = value + np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        if np.abs(step).max() < 1e-6:
            break
    return value
