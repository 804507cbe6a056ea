"""Effect sizes on event counts from the literature (WDD, WDQ and others).

All of them assume that effort was the same before and after, and everywhere. Where patrols shifted,
they show a change that did not happen: report them with that warning, and prefer the estimates by
place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy import special

from geosites.core.errors import Refused

Pair = Sequence[float]
_NONE: Pair = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Wdd:
    """A weighted displacement difference in events, with its normal interval.

    `local` is the part of the target, `displaced` that of the zones around it; `p_one_sided` is the
    probability of a fall at least this large if nothing changed.
    """

    estimate: float
    se: float
    z: float
    low: float
    high: float
    local: float
    displaced: float
    p_one_sided: float


@dataclass(frozen=True, kw_only=True)
class RateRatio:
    """A difference in differences of counts, as a ratio of rates."""

    log_irr: float
    se: float
    irr: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Success:
    """How a target and its buffer did against a control (Bowers & Johnson 2003).

    `success` and `buffer` are the two changes in share of the control, the terms of the WDQ;
    `gross_effect` counts the events less in the target; `net_effect` is the fall of the target's
    odds against the control; `total_net_effect` takes the buffer along, in events.
    """

    wdq: float | None
    success: float
    buffer: float
    gross_effect: float
    net_effect: float
    total_net_effect: float


def wdd(
    treated: Pair,
    control: Pair,
    disp_treated: Pair | None = None,
    disp_control: Pair | None = None,
    time_weights: Pair | None = None,
    area_weights: Mapping[str, float] | None = None,
    alpha: float = 0.05,
) -> Wdd:
    """Return the weighted displacement difference; every pair is (before, after).

    (dT - dCt) + (dD - dCd), with standard error the root of the sum of all counts, each count
    divided by its period and area weight (Wheeler & Ratcliffe 2018). By hand: target 20 then 10
    against a control of 20 then 20 gives -10, with error sqrt(20+10+20+20) = 8.37.
    Raises `Refused` on negative counts or weights that are not positive.
    """
    zones = {
        "treated": treated,
        "control": control,
        "disp_treated": disp_treated or _NONE,
        "disp_control": disp_control or _NONE,
    }
    areas = area_weights or {}
    parts = {
        k: _difference(k, v, time_weights or (1, 1), areas.get(k, 1)) for k, v in zones.items()
    }
    local = parts["treated"][0] - parts["control"][0]
    displaced = parts["disp_treated"][0] - parts["disp_control"][0]
    return _wdd(local, displaced, math.sqrt(sum(v for _, v in parts.values())), alpha)


def harm_weighted(
    effects: Mapping[str, Wdd], harm: Mapping[str, float], alpha: float = 0.05
) -> Wdd:
    """Return the sum of differences, each weighted by its harm (here: heads per event).

    Estimates add as sum(w e), errors as sqrt(sum(w^2 se^2)) (Wheeler & Ratcliffe 2018).
    Raises `Refused` if an effect has no weight.
    """
    missing = sorted(set(effects) - set(harm))
    if missing:
        raise Refused(f"no harm weight for {', '.join(missing)}")
    local = sum(harm[k] * e.local for k, e in effects.items())
    displaced = sum(harm[k] * e.displaced for k, e in effects.items())
    se = math.sqrt(sum((harm[k] * e.se) ** 2 for k, e in effects.items()))
    return _wdd(local, displaced, se, alpha)


def wdq(target: Pair, buffer: Pair, control: Pair) -> float | None:
    """Return the weighted displacement quotient, or None if the target did not improve.

    (Ba/Ca - Bb/Cb) / (Aa/Ca - Ab/Cb), a after and b before (Bowers & Johnson 2003): -1 is full
    displacement, above 0 a diffusion of benefit. By hand: target 100 then 50, buffer 100 then 150,
    control 100 then 100 gives 0.5 / -0.5 = -1. Without a fall there is nothing to be displaced,
    and without a control no share.
    """
    if min(control) <= 0:
        return None
    return success(target, buffer, control).wdq


def success(target: Pair, buffer: Pair, control: Pair) -> Success:
    """Return the terms of the quotient; raises `Refused` if the control holds no events."""
    if min(control) <= 0:
        raise Refused("the control has no events before or after: no share can be taken of it")
    (tb, ta), (bb, ba), (cb, ca) = target, buffer, control
    in_target = ta / ca - tb / cb
    in_buffer = ba / ca - bb / cb
    return Success(
        wdq=in_buffer / in_target if in_target < 0 else None,
        success=in_target,
        buffer=in_buffer,
        gross_effect=tb - ta,
        net_effect=1 - ta * cb / (tb * ca) if tb else math.nan,
        total_net_effect=(tb + bb) * ca / cb - (ta + ba),
    )


def did_log_irr(treated: Pair, control: Pair, alpha: float = 0.05) -> RateRatio:
    """Return the Poisson difference in differences: log((Ta/Tb)/(Ca/Cb)).

    Its error is the root of the summed inverse counts (a 2 x 2 log-linear model). By hand: 207 then
    110 against 308 then 318 gives log(0.5147) = -0.664. Raises `Refused` on a zero.
    """
    if min(*treated, *control) <= 0:
        raise Refused("a count of 0 has no logarithm: no ratio of rates can be given")
    log_irr = math.log(treated[1] / treated[0]) - math.log(control[1] / control[0])
    se = math.sqrt(sum(1 / count for count in (*treated, *control)))
    reach = NormalDist().inv_cdf(1 - alpha / 2) * se
    return RateRatio(
        log_irr=log_irr,
        se=se,
        irr=math.exp(log_irr),
        low=math.exp(log_irr - reach),
        high=math.exp(log_irr + reach),
    )


def e_test(first: int, second: int, effort_first: float = 1, effort_second: float = 1) -> float:
    """Return the two-sided p of two Poisson counts having the same rate per unit of effort.

    The E-test of Krishnamoorthy & Thomson (2004): the standardised difference is compared with its
    exact distribution at the pooled rate, with pooled variance too (the score form, which the tools
    in use report). Counts of 0 and 3 at equal effort give 0.088.
    """
    rate = (first + second) / (effort_first + effort_second)
    x = _support(rate * effort_first)[:, None]
    y = _support(rate * effort_second)[None, :]
    law = _poisson(x, rate * effort_first) * _poisson(y, rate * effort_second)
    observed = _standardised(np.array(first), np.array(second), effort_first, effort_second)
    extreme = _standardised(x, y, effort_first, effort_second) >= observed - 1e-12
    return min(1.0, float(law[extreme].sum()))


def _poisson(counts: np.ndarray, mean: float) -> np.ndarray:
    logs = special.xlogy(counts, mean) - special.gammaln(counts + 1) - mean
    return np.asarray(np.exp(logs))


def _support(mean: float) -> np.ndarray:
    return np.arange(math.ceil(mean + 12 * math.sqrt(mean) + 30))


def _standardised(x: np.ndarray, y: np.ndarray, first: float, second: float) -> np.ndarray:
    spread = np.sqrt((x + y) / (first + second) * (1 / first + 1 / second))
    return np.abs(x / first - y / second) / np.where(spread > 0, spread, 1)


def _difference(zone: str, pair: Pair, periods: Pair, area: float) -> tuple[float, float]:
    """Return after minus before and its variance, both per unit of time and area."""
    if min(pair) < 0:
        raise Refused(f"{zone} holds a negative count: {tuple(pair)}")
    if min(*periods, area) <= 0:
        raise Refused(f"the weights of {zone} must be positive: {tuple(periods)}, {area}")
    before, after = (count / (period * area) for count, period in zip(pair, periods, strict=True))
    variance = before / (periods[0] * area) + after / (periods[1] * area)
    return after - before, variance


def _wdd(local: float, displaced: float, se: float, alpha: float) -> Wdd:
    estimate = local + displaced
    z = estimate / se if se > 0 else 0.0
    reach = NormalDist().inv_cdf(1 - alpha / 2) * se
    return Wdd(
        estimate=estimate,
        se=se,
        z=z,
        low=estimate - reach,
        high=estimate + reach,
        local=local,
        displaced=displaced,
        p_one_sided=NormalDist().cdf(z),
    )
