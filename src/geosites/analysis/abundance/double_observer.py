"""The independent double-observer estimator: number of people from two crews' counts.

Of N people, two independent crews count A and B. M = A + B - C people were seen by both, where C
were seen by at least one. If the crews do not help each other, M / B estimates the chance that the
first crew sees a person, so that N = A B / M (Petersen 1896; Chapman 1951; Nichols et al. 2000). A,
B and C are sums over scenes. The estimate also holds where people are seen or missed in groups,
since grouping changes the variance of the counts but not their mean. Where some people are harder
to see for both crews, or cannot be seen at all, N is too low: it is then a lower bound.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geosites.analysis.abundance.double_counts import (
    DoubleCounts,
    Interval,
    effective,
    jackknife,
    reach,
)

_HALF = 0.5
"""Half a person on each side, so that the share unseen of crews who missed nobody has a logit."""


def petersen(first: float, second: float, joint: float) -> float:
    """Return how many people there were: A B / M; infinite if no one was seen by both.

    260 and 173 counted, 339 by at least one: 94 by both, so 478.5 people.
    """
    both = first + second - joint
    return first * second / both if both > 0 else math.inf


def chapman(first: float, second: float, joint: float) -> float:
    """Return the same with Chapman's correction for few people: (A+1)(B+1)/(M+1) - 1."""
    return max((first + 1.0) * (second + 1.0) / (first + second - joint + 1.0) - 1.0, joint)


def unseen(counts: DoubleCounts) -> Interval:
    """Return the share of the people present that one crew does not see, from joint counts.

    The interval is a jackknife over scenes on the logit scale, and never narrower than for people
    seen independently of each other.
    """
    everything = np.ones(len(counts), dtype=bool)
    value = _logit_unseen(counts, everything)
    spread = max(
        jackknife(lambda chosen: _logit_unseen(counts, chosen), len(counts)),
        _binomial_error(counts),
    )
    wide = reach(spread, effective(counts.mean))
    return Interval(value=_share(value), low=_share(value - wide), high=_share(value + wide))


def _logit_unseen(counts: DoubleCounts, chosen: npt.NDArray[np.bool_]) -> float:
    first, second, joint = (
        float(item[chosen].sum()) for item in (counts.first, counts.second, counts.joint)
    )
    seen = (first + second) / 2.0
    return math.log((chapman(first, second, joint) - seen + _HALF) / (seen + _HALF))


def _binomial_error(counts: DoubleCounts) -> float:
    """Return the error of the logit for people seen one by one: var(N) = N (1-p)^2 / p^2."""
    seen = float(counts.mean.sum())
    present = chapman(
        float(counts.first.sum()), float(counts.second.sum()), float(counts.joint.sum())
    )
    missed = max(present - seen, _HALF)
    p = seen / (seen + missed)
    return math.sqrt((seen + missed) * (1.0 - p) ** 2 / p**2) / missed


def _share(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
