"""Place test: log ratio of the target's level against those of control places.

Each place gives L = log(after/before) of its level. Places vary by themselves, by an amount tau
that the controls show. A place is therefore compared with how much control places changed, never
with the scatter of its own visits alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.displacement.levels import Floats, Levels
from geosites.analysis.displacement.study_design import MIN_CONTROLS
from geosites.core.errors import NotEnoughData

SMALL = 0.05
"""Constant added to a level before taking its logarithm, so that an empty place has one.

A larger value such as 0.5 would pull small controls towards no change under a common shock.
"""
MAD_TO_SD = 1.4826
_TAU_FLOOR = 0.10
_MEDIAN_VARIANCE = np.pi / 2


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What happened to the controls: their median log ratio g, its variance, their wander tau.

    `log_mean` is g brought from a ratio of medians to one of means: heads are added, not logs.
    """

    log_ratio: float
    log_mean: float
    variance: float
    tau: float
    controls: int

    @property
    def factor(self) -> float:
        """Expected ratio of people present, after to before, if nothing happened."""
        return float(np.exp(self.log_mean))

    @property
    def influence(self) -> float:
        """The covariance of g with the log ratio of one control: v_g/(pi/2), sigma^2/J if variances
        are equal.

        A sum that includes controls is correlated with the drift that it is compared with.
        """
        return self.variance / _MEDIAN_VARIANCE

    @property
    def quantile_df(self) -> int:
        """Degrees of freedom of intervals."""
        return max(self.controls - 1, 1)


@dataclass(frozen=True, kw_only=True)
class Placebo:
    """The place t-test: `p` for a fall at least this large, `rank_p` its rank among the controls.

    `ratio` is the target's level after relative to before, corrected for the drift of the controls,
    with its interval: 0.5 is a halving. `rank_floor` is the smallest value that `rank_p` can take.
    """

    p: float
    rank_p: float
    rank_floor: float
    controls: int
    t: float
    ratio: float
    low: float
    high: float
    drift: float
    tau: float


def log_ratios(before: Levels, after: Levels) -> tuple[Floats, Floats]:
    """Return L = log((after + 0.05)/(before + 0.05)) by place, and its standard error."""
    old, new = before.level + SMALL, after.level + SMALL
    return np.log(new / old), np.hypot(before.se / old, after.se / new)


def drift_of(before: Levels, after: Levels, controls: npt.NDArray[np.bool_]) -> Drift:
    """Return the drift of the places marked in `controls`."""
    ratio, se = log_ratios(before, after)
    old = (before.se / (before.level + SMALL)) ** 2
    new = (after.se / (after.level + SMALL)) ** 2
    if not controls.any():
        return drift(ratio[controls], se[controls])
    weeks = float(before.weeks[controls].mean()), float(after.weeks[controls].mean())
    return drift(
        ratio[controls],
        se[controls],
        lean=float(np.median((new - old)[controls])) / 2,
        uneven=(weeks[0] - weeks[1]) / sum(weeks),
    )


def drift(log_ratio: Floats, se: Floats, lean: float = 0.0, uneven: float = 0.0) -> Drift:
    """Return the drift of control places from their log ratios and standard errors.

    g = median L, which is robust to a control that received people. tau^2 = max(0.1^2, MAD^2 -
    median s^2) is the variance of the places' own drift; var(g) = (pi/2)/sum(1/(s^2 + tau^2)), the
    variance of a median. By hand: controls at -0.3, -0.2, ..., 0.3 have g = 0 and MAD 1.4826 x 0.2
    = 0.30. The log of a noisy level is below the log of its mean by half its variance, so a shorter
    period after would bias the expectation downwards: the mean ratio is g + lean + uneven tau^2/2,
    with `lean` half the counts' variance after minus before, `uneven` the share (n_B - n_A)/(n_B +
    n_A) by which the weeks before outnumber those after. Raises `NotEnoughData` below six controls.
    """
    count = len(log_ratio)
    if count < MIN_CONTROLS:
        raise NotEnoughData(
            "control places visited before and after without an event nearby: %(count)s; at least "
            "%(min_controls)s are needed",
            "few_controls",
            count=count,
            min_controls=MIN_CONTROLS,
        )
    median = float(np.median(log_ratio))
    spread = MAD_TO_SD * float(np.median(np.abs(log_ratio - median)))
    tau2 = max(_TAU_FLOOR**2, spread**2 - float(np.median(se**2)))
    variance = _MEDIAN_VARIANCE / float(np.sum(1 / (se**2 + tau2)))
    return Drift(
        log_ratio=median,
        log_mean=median + lean + uneven * tau2 / 2,
        variance=variance,
        tau=float(np.sqrt(tau2)),
        controls=count,
    )


def place_test(
    log_ratio: float,
    se: float,
    control_log_ratios: npt.ArrayLike,
    control_ses: npt.ArrayLike,
    *,
    level: float = 0.90,
    spread: float = 1.0,
) -> Placebo:
    """Return the place test: did the target fall more than control places; p is one-sided.

    t = (L - g)/sqrt(s^2 + tau^2 + v_g) on J - 1 degrees of freedom (g, tau, v_g: `drift`); beside
    it the rank among the controls, p = (1 + #{L_j <= L})/(1 + J), which cannot go below 1/(1 + J):
    nine controls that all did better give 1/10. `spread` is the share of tau^2 that remains for a
    target of several places (1 for one place). Raises `NotEnoughData` below six controls.
    """
    others = np.asarray(control_log_ratios, dtype=np.float64)
    result = drift(others, np.asarray(control_ses, dtype=np.float64))
    sigma = float(np.sqrt(se**2 + spread * result.tau**2 + result.variance))
    gap = log_ratio - result.log_ratio
    reach = float(special.stdtrit(result.quantile_df, (1 + level) / 2)) * sigma
    floor = 1 / (1 + result.controls)
    return Placebo(
        p=float(special.stdtr(result.quantile_df, gap / sigma)),
        rank_p=floor * (1 + int(np.sum(others <= log_ratio))),
        rank_floor=floor,
        controls=result.controls,
        t=gap / sigma,
        ratio=float(np.exp(gap)),
        low=float(np.exp(gap - reach)),
        high=float(np.exp(gap + reach)),
        drift=float(np.exp(result.log_ratio)),
        tau=result.tau,
    )
