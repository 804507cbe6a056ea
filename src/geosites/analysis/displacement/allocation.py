"""From the target's fall and the gains around it to flows, with intervals from redrawn counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.displacement.changes import change
from geosites.analysis.displacement.design import Design, Mask
from geosites.analysis.displacement.levels import Floats, Levels
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.ratios import Drift
from geosites.analysis.displacement.result import Allocation, Estimate, Flow
from geosites.analysis.flows import allocate, allocate_many, bounds_between

_CLEAR_GAIN = 1.2816
_BOUND_ERRORS = 4.0


@dataclass(frozen=True)
class Movement:
    """The signed share of the target's fall found around it, and flows; None where undefined."""

    displaced: Estimate | None
    allocation: Allocation | None


@dataclass(frozen=True)
class _Around:
    """The target, the places around it, and their changes: as estimated, and redrawn.

    `fall` (), `falls` (draws,) of the target; `change`, `error` (places,), `changes` (draws,
    places); `within` (territories, places) says whose they are.
    """

    source: str
    codes: tuple[str, ...]
    receivers: Mask
    within: npt.NDArray[np.bool_]
    fall: float
    falls: Floats
    change: Floats
    error: Floats
    changes: Floats


def movement(
    seen: Observed, found: Drift, design: Design, spread: float, rng: np.random.Generator
) -> Movement:
    """Return where the target's fall may have gone; empty if it did not fall or nothing lies near.

    Changes are redrawn `design.draws` times, for the share and for the flows alike; `spread` widens
    them by what placebo dates showed.
    """
    around = _around(seen, found, design, spread, rng)
    if around.fall <= 0 or not around.codes:
        return Movement(None, None)
    share = around.changes.sum(axis=1)[around.falls > 0] / around.falls[around.falls > 0]
    return Movement(
        displaced=_estimate(around.change.sum() / around.fall, share, design.level),
        allocation=_allocation(seen, found, around, design, spread, rng),
    )


def gains_of(changes: Floats, errors: Floats) -> Floats:
    """Return the gains (..., places) that changes stand for, none of them negative.

    Positive parts of noise would find gains everywhere, so a change counts as far as it stands out
    of its error: gain = change max(0, 1 - (1.28 error/change)^2), a non-negative garrote (Breiman
    1995) that begins at the one-sided 90 % level. By hand, with an error of 2: a change of 10 gives
    10 (1 - 0.066) = 9.3, a change of 2.5 or below gives 0.
    """
    clear = changes > _CLEAR_GAIN * errors
    noise = np.divide(_CLEAR_GAIN * errors, changes, out=np.ones_like(changes), where=clear)
    return np.asarray(changes * (1 - noise**2) * clear)


def redraw(
    before: Levels, after: Levels, some: Mask, found: Drift, draws: int, rng: np.random.Generator
) -> Floats:
    """Return redrawn changes (draws, places) of the places marked in `some`.

    Counts before and after are negative binomial with the mean and error of the level; the
    expectation wanders by tau and by the drift's error, both with the t law of the intervals.
    """
    old, new = (_counts(side, some, draws, rng) for side in (before, after))
    heavy = np.sqrt(found.quantile_df / rng.chisquare(found.quantile_df, (draws, 1)))
    own = found.tau * rng.standard_normal(old.shape)
    common = np.sqrt(found.variance) * rng.standard_normal((draws, 1))
    return np.asarray(new - found.factor * (old + before.level[some] * heavy * (own + common)))


def _counts(levels: Levels, some: Mask, draws: int, rng: np.random.Generator) -> Floats:
    visits = levels.visits[some]
    mean = levels.level[some] * visits
    extra = np.maximum((levels.se[some] * visits) ** 2 - mean, 0)
    shape = np.divide(mean**2, extra, out=np.full(len(mean), np.inf), where=extra > 0)
    mixed = np.isfinite(shape) & (mean > 0)
    rate = np.broadcast_to(mean, (draws, len(mean))).copy()
    rate[:, mixed] *= rng.gamma(shape[mixed], 1 / shape[mixed], (draws, int(mixed.sum())))
    return np.asarray(rng.poisson(rate) / visits)


def _around(
    seen: Observed, found: Drift, design: Design, spread: float, rng: np.random.Generator
) -> _Around:
    before, after = seen.standing.before, seen.standing.after
    receivers = seen.near & ~seen.target
    gap = after.level - seen.standing.expected(found)
    variance = seen.standing.variance(found) + seen.standing.expected(found) ** 2 * found.variance
    members = seen.target | receivers
    drawn = redraw(before, after, members, found, design.draws, rng)
    drawn = gap[members] + spread * (drawn - gap[members])
    hit = seen.target[members]
    largest = np.argmax(np.where(seen.target, before.level, -1))
    codes = np.unique(seen.territory[receivers])
    return _Around(
        source=str(seen.territory[largest]),
        codes=tuple(str(code) for code in codes),
        receivers=receivers,
        within=codes[:, None] == seen.territory[receivers][None, :],
        fall=-float(gap[seen.target].sum()),
        falls=-drawn[:, hit].sum(axis=1),
        change=gap[receivers],
        error=spread * np.sqrt(variance[receivers]),
        changes=drawn[:, ~hit],
    )


def _allocation(
    seen: Observed,
    found: Drift,
    around: _Around,
    design: Design,
    spread: float,
    rng: np.random.Generator,
) -> Allocation:
    shortest, longest = design.deterrence_m
    cost = design.detour * _distances(seen, around.receivers)
    gains = gains_of(around.change, around.error)
    middle = math.sqrt(shortest * longest)
    point = allocate([around.fall], gains, cost, deterrence=middle)
    deterrence = np.exp(rng.uniform(math.log(shortest), math.log(longest), design.draws))
    falls = np.maximum(around.falls, 0)[:, None]
    drawn = allocate_many(falls, gains_of(around.changes, around.error), cost, deterrence)
    flows = _flows(
        around,
        point.plan[0] @ around.within.T,
        drawn.plan[:, 0] @ around.within.T,
        _bounds(seen, found, around, spread),
        design.level,
    )
    return Allocation(
        flows=flows,
        left_or_not_found=_left(around, flows, point.left.sum(), drawn.left[:, 0], design.level),
        arrived=_estimate(point.arrived.sum(), drawn.arrived.sum(axis=-1), design.level),
    )


def _distances(seen: Observed, receivers: Mask) -> Floats:
    """Return crow-fly metres (1, places) from the middle of the target to each place."""
    weights = seen.standing.before.level[seen.target] + 1e-6
    middle = np.average(seen.centre[seen.target], axis=0, weights=weights)
    return np.asarray(np.hypot(*(seen.centre[receivers] - middle).T))[None, :]


def _bounds(seen: Observed, found: Drift, around: _Around, spread: float) -> tuple[Floats, Floats]:
    """Return Frechet bounds (territories,) for all losses and gains that the counts allow for.

    A territory received at least its net gain and at most the sum of its places' gains, each give
    or take four errors.
    """
    groups = [around.receivers & (seen.territory == code) for code in around.codes]
    made = [change(seen.standing, members, found) for members in (seen.target, *groups)]
    reach = spread * _BOUND_ERRORS * np.array([each.se for each in made])
    gross = np.maximum(around.change, 0) @ around.within.T
    net = np.array([each.change for each in made[1:]])
    losses = np.maximum(around.fall + reach[0] * np.array([[-1.0], [1.0]]), 0)
    gains = np.maximum(net - reach[1:], 0), gross + reach[1:]
    lower, upper = bounds_between(
        (losses[0], losses[1]), gains, max(losses[1].sum(), gains[1].sum())
    )
    return lower[0], upper[0]


def _flows(
    around: _Around,
    point: Floats,
    drawn: Floats,
    bounds: tuple[Floats, Floats],
    level: float,
) -> tuple[Flow, ...]:
    """Return the flows by territory: low from the allocations, high from the most counts allow.

    The most is each draw's upper Frechet bound, its fall or the territory's gain.
    """
    net = np.maximum(around.changes @ around.within.T, 0)
    most = np.minimum(np.maximum(around.falls, 0)[:, None], net)
    low = np.quantile(drawn, (1 - level) / 2, axis=0)
    high = np.maximum(*(np.quantile(each, (1 + level) / 2, axis=0) for each in (drawn, most)))
    rows = [
        Flow(
            source=around.source,
            target=code,
            heads=float(point[j]),
            low=float(min(low[j], point[j])),
            high=float(max(high[j], point[j])),
            bound_low=float(min(bounds[0][j], low[j], point[j])),
            bound_high=float(max(bounds[1][j], high[j], point[j])),
        )
        for j, code in enumerate(around.codes)
    ]
    return tuple(sorted(rows, key=lambda flow: -flow.heads))


def _left(
    around: _Around, flows: tuple[Flow, ...], value: float, drawn: Floats, level: float
) -> Estimate:
    """Return what was not found; at most all of the fall that no flow holds with confidence."""
    least = _estimate(value, drawn, level)
    most = float(np.quantile(around.falls, (1 + level) / 2)) - sum(flow.low for flow in flows)
    return Estimate(value=least.value, low=least.low, high=max(least.high, most))


def _estimate(value: float, drawn: Floats, level: float) -> Estimate:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=float(value), low=float(min(low, value)), high=float(max(high, value)))
