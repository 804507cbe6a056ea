"""Proof of absence: what empty visits show, and how many of them are needed.

Sources: Martin, Cameron & Greiner 2007 (freedom from disease over time); Kery 2002 and Wintle et
al. 2012 (visits needed); Hanley & Lippman-Hand 1983 (rule of three); Regan et al. 2006 (stopping).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused

_ROUNDING = 1e-9


def p_clear_series(
    prior: float, p_introduction: float, sensitivity: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return P(clear) after each round of search that found nothing, one value per round.

    Before each round the belief is discounted by the probability of a new introduction, then raised
    by Bayes' rule (Martin, Cameron & Greiner 2007). A prior of .5, no introduction and a
    sensitivity of .4 give .5 / (.5 + .5 * .6) = .625 after one round.
    """
    p = _probability(prior, "prior")
    keep = 1 - _probability(p_introduction, "p_introduction")
    series = []
    for result in np.atleast_1d(np.asarray(sensitivity, dtype=np.float64)).tolist():
        p = after_miss(p * keep, _probability(result, "sensitivity"))
        series.append(p)
    return np.array(series, dtype=np.float64)


def after_miss(p_clear: float, detection: float) -> float:
    """Return P(clear) after one visit that saw nobody: .5 and a detection of .75 give .8."""
    active = (1 - p_clear) * (1 - detection)
    return p_clear / (p_clear + active) if p_clear else 0.0


def equilibrium(p_introduction: float, sensitivity: float) -> float:
    """Return the P(clear) at which discount and evidence balance: (s - i) / (s (1 - i))."""
    result = _probability(sensitivity, "sensitivity")
    introduced = _probability(p_introduction, "p_introduction")
    if introduced >= result:
        return 0.0
    return (result - introduced) / (result * (1 - introduced))


def required_sensitivity(prior: float, target: float) -> float:
    """Return the sensitivity that lifts `prior` to `target`: .5 to .8 needs .75."""
    if not 0 <= prior < 1 or not 0 < target <= 1:
        raise Refused(f"prior {prior} must be in [0, 1) and target {target} in (0, 1]")
    return max(0.0, (1 - prior / target) / (1 - prior))


def system_sensitivity(units: int, unit_sensitivity: float, design_prevalence: float) -> float:
    """Return P(a survey of `units` finds at least one): 1 - (1 - prevalence s)^n."""
    each = design_prevalence * _probability(unit_sensitivity, "unit_sensitivity")
    return float(1 - (1 - each) ** units)


def p_all_missed(
    detections: int, visits: int, misses: int, a: float = 0.5, b: float = 0.5
) -> float:
    """Return the probability that `misses` more visits all miss an active site.

    The detection probability is not known: it has the posterior Beta(a + x, b + n - x) after x
    detections in n visits, and is integrated out, B(a + x, b + n - x + m) / B(a + x, b + n - x).
    Plugging in a point estimate understates it: 8 of 10 seen and 5 misses give .0039, plugged in
    .0006.
    """
    if not 0 <= detections <= visits or misses < 0 or a <= 0 or b <= 0:
        raise Refused(
            f"{detections} detections in {visits} visits and {misses} misses "
            f"with a prior Beta({a}, {b}) cannot be"
        )
    later = np.arange(misses, dtype=np.float64)
    return float(np.prod((b + visits - detections + later) / (a + b + visits + later)))


def visits_needed(confidence: float, prior_active: float, p: float) -> int:
    """Return how many visits that see nobody bring P(clear) to `confidence`.

    n = ln[((1 - c) / c) ((1 - psi) / psi)] / ln(1 - p), rounded up (Wintle et al. 2012): even odds
    and p = .5 need 5 visits for 95 %. It is 0 where the prior suffices.
    """
    _open(confidence, "confidence")
    _detection(p)
    if not 0 <= prior_active < 1:
        raise Refused(f"prior_active is {prior_active}, and must be in [0, 1)")
    if 1 - prior_active >= confidence:
        return 0
    if p == 1:
        return 1
    odds = (1 - confidence) / confidence * (1 - prior_active) / prior_active
    return _round_up(math.log(odds) / math.log1p(-p))


def visits_to_detect(alpha: float, p: float) -> int:
    """Return how many visits all miss an active site with probability at most `alpha` (Kery 2002).

    n = ln(alpha) / ln(1 - p), rounded up: p = .5 needs 5 visits for .05.
    """
    _open(alpha, "alpha")
    _detection(p)
    return 1 if p == 1 else _round_up(math.log(alpha) / math.log1p(-p))


def upper_bound(negatives: int, alpha: float = 0.05) -> float:
    """Return the upper bound on the rate after `negatives` empty visits: 1 - alpha^(1/n).

    About 3/n at 95 %, the rule of three (Hanley & Lippman-Hand 1983): 30 visits give .095.
    """
    _open(alpha, "alpha")
    if negatives < 1:
        raise Refused(f"negatives is {negatives}, and must be at least 1")
    return float(-math.expm1(math.log(alpha) / negatives))


def stop_after(
    persistence: float, p: float, cost_visit: float, cost_escape: float
) -> tuple[float, int]:
    """Return how many empty visits are worth their cost: the exact optimum and the best integer.

    Minimises n cost_visit + cost_escape r^n with r = persistence (1 - p), the probability of being
    there and unseen (Regan et al. 2006). r = .3 and an escape that costs 1000 visits give 5.89, 6.
    """
    unseen = persistence * (1 - _probability(p, "p"))
    if not 0 < unseen < 1 or cost_visit <= 0 or cost_escape <= 0:
        raise Refused("persistence * (1 - p) must lie between 0 and 1, and costs above 0")
    exact = max(0.0, math.log(-cost_visit / (cost_escape * math.log(unseen))) / math.log(unseen))

    def cost(visits: int) -> float:
        return visits * cost_visit + cost_escape * unseen**visits

    return exact, min(math.floor(exact), math.ceil(exact), key=cost)


def _round_up(visits: float) -> int:
    return max(0, math.ceil(visits - _ROUNDING))


def _probability(value: float, name: str) -> float:
    if not 0 <= value <= 1:
        raise Refused(f"{name} is {value}, and must lie in [0, 1]")
    return value


def _open(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise Refused(f"{name} is {value}, and must lie between 0 and 1")


def _detection(p: float) -> None:
    if not 0 < p <= 1:
        raise Refused(f"p is {p}, and must lie in (0, 1]: what is never seen needs endless visits")
