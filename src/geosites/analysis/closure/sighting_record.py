"""Extinction tests on a record of sightings, for sites whose empty visits were not recorded.

Sources: Solow 1993 (constant rate, and declining rate); McCarthy 1998 (effort that changes).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from geosites.core.errors import NotEnoughData, Refused

Effort = Mapping[float, float] | Sequence[float] | npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SightingRecord:
    """Tests on a record of sightings: `n` of them count, the first is the origin of time.

    `p` is the probability of so long a silence if the rate had not changed, `bayes_factor` the odds
    of active over gone, `p_active` with a prior of .5, `upper` the end at confidence 1 - alpha.
    """

    n: int
    p: float
    bayes_factor: float
    p_active: float
    upper: float


def sighting_record_p(sightings: npt.ArrayLike, now: float, effort: Effort | None = None) -> float:
    """Return the probability of so long a silence if the rate is constant: (t_n / T)^n.

    Time runs from the first sighting, which is then dropped (Solow 1993). With `effort`, time is
    counted in effort (McCarthy 1998): either {time: effort}, or one value for each unit of time
    after the first sighting up to now. Sightings in years 0, 1 and 2, evaluated in year 4, give
    (2/4)^2 = .25. Raises `NotEnoughData` below two sightings.
    """
    times = _ordered(sightings, now)
    if effort is None:
        share = (times[-1] - times[0]) / (now - times[0]) if now > times[0] else 1.0
    else:
        share = _effort_share(times, now, effort)
    return float(share ** (times.size - 1))


def sighting_record(
    sightings: npt.ArrayLike, now: float, prior_active: float = 0.5, alpha: float = 0.05
) -> SightingRecord:
    """Return Solow's test, Bayes factor and upper limit at constant effort (Solow 1993).

    The factor is (n - 1) / ((T / t_n)^(n - 1) - 1). Monk seals seen in 1915, 22, 32, 48 and 52,
    evaluated in 1992: p = (37/77)^4 = .0533, factor .374. Raises `NotEnoughData` below three
    sightings.
    """
    times = _ordered(sightings, now)
    n = times.size - 1
    last, span = times[-1] - times[0], now - times[0]
    if n < 2 or not 0 < last < span:
        raise NotEnoughData("three sightings at different times, and a silence after them")
    factor = (n - 1) / ((span / last) ** (n - 1) - 1)
    odds = factor * prior_active / (1 - prior_active)
    return SightingRecord(
        n=n,
        p=float((last / span) ** n),
        bayes_factor=float(factor),
        p_active=float(odds / (1 + odds)),
        upper=float(times[0] + last * alpha ** (-1 / n)),
    )


def declining_record_p(sightings: Sequence[int], now: int) -> float:
    """Return the probability of so long a silence if the rate declines anyway (Solow 1993).

    Times are whole units since the start of the record. p = F(t_n) / F(T), where F is the
    distribution of the largest of n exponential times given their sum. The sum alternates, so it is
    computed in exact fractions. Two sightings at 1 and 3, evaluated at 4: F(3) = 1/2, F(4) = 1, p =
    .5.
    """
    times = sorted(int(time) for time in sightings)
    if len(times) < 2 or times[0] < 0 or times[-1] <= 0 or now < times[-1]:
        raise NotEnoughData("two sightings from time 0 on, asked after the last of them")
    total = sum(times)
    return float(
        _largest_below(times[-1], total, len(times)) / _largest_below(now, total, len(times))
    )


def _largest_below(limit: int, total: int, n: int) -> Fraction:
    terms = (
        (-1) ** (i - 1) * math.comb(n, i) * Fraction(total - i * limit, total) ** (n - 1)
        for i in range(1, min(n, total // limit) + 1)
    )
    return 1 - sum(terms, Fraction(0))


def _ordered(sightings: npt.ArrayLike, now: float) -> npt.NDArray[np.float64]:
    times = np.sort(np.asarray(sightings, dtype=np.float64).ravel())
    if times.size < 2:
        raise NotEnoughData("a sighting record needs two sightings, of which the first is dropped")
    if not np.all(np.isfinite(times)) or now < times[-1]:
        raise Refused(f"a sighting at {times[-1]:g} lies after now ({now:g})")
    return times


def _effort_share(times: npt.NDArray[np.float64], now: float, effort: Effort) -> float:
    at, amount = _effort_columns(times[0], now, effort)
    if np.any(amount < 0):
        raise Refused("effort cannot be negative")
    counted = (at > times[0]) & (at <= now)
    total = amount[counted].sum()
    if total <= 0:
        raise NotEnoughData("effort between the first sighting and now")
    return float(amount[counted & (at <= times[-1])].sum() / total)


def _effort_columns(
    first: float, now: float, effort: Effort
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if isinstance(effort, Mapping):
        at = np.array(list(effort), dtype=np.float64)
        return at, np.array(list(effort.values()), dtype=np.float64)
    amount = np.asarray(effort, dtype=np.float64).ravel()
    units = round(now - first)
    if amount.size == units + 1:
        amount = amount[1:]
    if amount.size != units:
        raise Refused(
            f"effort has {amount.size} values for the {units} units after the first sighting"
        )
    return first + np.arange(1, units + 1, dtype=np.float64), amount
