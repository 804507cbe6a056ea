"""The binomial mixture (N-mixture) model: abundance from the spread of repeated counts.

Counts a, b of the same N people, each seen with probability p independently of the others, have
E(a-b)^2 / 2 = N p (1-p) and mean N p. The mean of (a-b)^2 / 2 divided by the mean count is
therefore the share unseen, 1 - p, whatever the distribution of N (the moments under Royle 2004).
Nothing else in two counts carries information about p, so everything depends on people being seen
independently of each other. Where they are seen or missed in groups of g, the share comes out g
times too high (Barker et al. 2018; Link et al. 2018).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from geosites.analysis.abundance.double_counts import (
    DoubleCounts,
    Floats,
    Interval,
    effective,
    jackknife,
    reach,
)

_TINY = 1e-9


def unseen(counts: DoubleCounts) -> Interval:
    """Return the share unseen by one crew, if people are seen or missed independently.

    Weighted so that a few large scenes do not dominate: w = 1 / (mean count of the scene + mean
    over all). A constant difference between the first and the second crew is removed first. The
    interval is a jackknife over scenes on the log scale, and never narrower than that of a variance
    from as many differences, sqrt(2 / scenes). The value may be above 1: then the counts differ
    more than independent misses explain.
    """
    everything = np.ones(len(counts), dtype=bool)
    value = _moment(counts, everything)
    scenes = effective(_weight(counts.mean) * counts.mean)
    spread = max(
        jackknife(lambda chosen: math.log(max(_moment(counts, chosen), _TINY)), len(counts)),
        math.sqrt(2.0 / scenes),
    )
    factor = math.exp(reach(spread, scenes))
    return Interval(value=value, low=value / factor, high=value * factor)


def _weight(mean: Floats) -> Floats:
    return np.asarray(1.0 / (mean + mean.mean()), dtype=np.float64)


def _moment(counts: DoubleCounts, chosen: npt.NDArray[np.bool_]) -> float:
    mean = counts.mean[chosen]
    difference = (counts.first - counts.second)[chosen]
    weight = _weight(mean)
    total = float((weight * mean).sum())
    steady = float((weight * difference).sum()) / total
    residual = difference - steady * mean
    scenes = effective(weight * mean)
    freedom = scenes / (scenes - 1.0) if scenes > 1.0 else 1.0
    return float((weight * residual**2).sum()) / 2.0 / total * freedom


def log_likelihood(
    counts: npt.ArrayLike,
    mean: npt.ArrayLike,
    detection: npt.ArrayLike,
    *,
    size: float | None = None,
    most: int,
) -> float:
    """Return the log-likelihood of repeated counts (n, visits) of n scenes (Royle 2004).

    `mean` (n,) or one number is the mean of the people present, `detection` (n, visits) or one
    number the probability to see one of them. People present are Poisson, or negative binomial with
    `size` (variance mean + mean^2 / size), and are summed over up to `most`.
    """
    seen = np.asarray(counts, dtype=np.float64)
    present = np.arange(most + 1, dtype=np.float64)
    average = np.broadcast_to(np.asarray(mean, dtype=np.float64), len(seen))[:, None]
    chance = np.broadcast_to(np.asarray(detection, dtype=np.float64), seen.shape)
    return float(
        special.logsumexp(
            _log_present(present, average, size) + _log_seen(seen, present, chance), axis=1
        ).sum()
    )


def _log_present(present: Floats, mean: Floats, size: float | None) -> Floats:
    """Return the log-probability (n, most + 1) of each number of people present."""
    if size is None:
        log = present * np.log(mean) - mean
    else:
        log = (
            special.gammaln(present + size)
            - special.gammaln(size)
            + size * np.log(size / (size + mean))
            + present * np.log(mean / (size + mean))
        )
    return np.asarray(log - special.gammaln(present + 1.0), dtype=np.float64)


def _log_seen(seen: Floats, present: Floats, chance: Floats) -> Floats:
    """Return the log-probability (n, most + 1) of the counts (n, visits), by number present."""
    missed = present - seen[:, :, None]
    possible = missed >= 0.0
    missed = np.where(possible, missed, 0.0)
    log = (
        special.gammaln(present + 1.0)
        - special.gammaln(seen + 1.0)[:, :, None]
        - special.gammaln(missed + 1.0)
        + (seen * np.log(chance))[:, :, None]
        + missed * np.log1p(-chance)[:, :, None]
    )
    return np.asarray(np.where(possible, log, -np.inf).sum(axis=1), dtype=np.float64)


def most_likely_unseen(counts: DoubleCounts) -> float | None:
    """Return the share unseen of largest likelihood, people present being negative binomial.

    A second opinion, and no more: it draws on the assumed distribution of people over scenes too.
    None where the likelihood rises to the bounds of p, .1 and .99.
    """
    both = np.column_stack([counts.first, counts.second])
    most = int(5 * both.max()) + 50
    start = np.array([math.log(2.0 * both.mean()), 0.0, 0.0])
    bounds = [(None, None), (special.logit(0.1), special.logit(0.99)), (-3.0, 5.0)]

    def cost(parameters: Floats) -> float:
        mean, chance, size = parameters
        return -log_likelihood(
            both, math.exp(mean), special.expit(chance), size=math.exp(size), most=most
        )

    found = optimize.minimize(cost, start, method="L-BFGS-B", bounds=bounds)
    chance = float(found.x[1])
    low, high = bounds[1]
    inside = low + 0.01 < chance < high - 0.01
    return 1.0 - float(special.expit(chance)) if inside else None
