"""From the target's fall and the gains around it to flows, with intervals from redrawn counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from geosites.analysis.displacement.changes import Change, change
from geosites.analysis.displacement.design import Design, Mask
from geosites.analysis.displacement.levels import Floats, Levels
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.ratios import Drift
from geosites.analysis.displacement.result import Allocation, Estimate, Flow
from geosites.analysis.flows import allocate, allocate_many, bounds_between

_REAL_FALL = 1.645
_BOUND_LEVEL = 0.998


@dataclass(frozen=True)
class Nodes:
    """Groups of places: the target by territory, then the other places of near territories."""

    codes: tuple[str, ...]
    members: npt.NDArray[np.bool_]
    sources: int

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Return values (..., nodes) of the parts of the target, and of the others."""
        return values[..., : self.sources], values[..., self.sources :]


def nodes(seen: Observed) -> Nodes:
    """Return the groups between which heads may have moved."""
    rest = seen.near & ~seen.target
    hit = np.unique(seen.territory[seen.target])
    around = np.unique(seen.territory[rest])
    groups = [(code, seen.target & (seen.territory == code)) for code in hit]
    groups += [(code, rest & (seen.territory == code)) for code in around]
    return Nodes(
        codes=tuple(str(code) for code, _ in groups),
        members=np.array([members for _, members in groups]),
        sources=len(hit),
    )


@dataclass(frozen=True)
class Movement:
    """The signed share of the target's fall found around it, and flows; None where undefined."""

    displaced: Estimate | None
    allocation: Allocation | None


NO_MOVEMENT = Movement(None, None)


def movement(
    seen: Observed, found: Drift, design: Design, spread: float, rng: np.random.Generator
) -> Movement:
    """Return where the target's fall may have gone; empty if it did not fall or nothing lies near.

    Changes are redrawn `design.draws` times, for the share and for the flows alike; `spread` widens
    them by what placebo dates showed.
    """
    groups = nodes(seen)
    made = [change(seen.standing, members, found, design.level) for members in groups.members]
    changes = np.array([each.change for each in made])
    if groups.sources == len(made) or groups.split(changes)[0].sum() >= 0:
        return NO_MOVEMENT
    drawn = changes + spread * (redraw(seen, groups, found, design, rng) - changes)
    return Movement(
        displaced=_displaced(groups, changes, drawn, design.level),
        allocation=_allocation(seen, groups, made, drawn, design, spread, rng),
    )


def _displaced(groups: Nodes, changes: Floats, drawn: Floats, level: float) -> Estimate:
    """Return the changes around the target over its fall, signed; draws without a fall are left."""
    target, others = groups.split(drawn)
    fall = -target.sum(axis=-1)
    share = others.sum(axis=-1)[fall > 0] / fall[fall > 0]
    lost, gained = (part.sum() for part in groups.split(changes))
    return _estimate(gained / -lost, share, level)


def _allocation(
    seen: Observed,
    groups: Nodes,
    made: list[Change],
    drawn: Floats,
    design: Design,
    spread: float,
    rng: np.random.Generator,
) -> Allocation:
    shortest, longest = design.deterrence_m
    errors = spread * np.array([each.se for each in made])
    changes = np.array([[each.change for each in made]])
    cost = design.detour * _distances(seen, groups)
    lost, gained = _margins(groups, changes, errors)
    point = allocate(lost[0], gained[0], cost, deterrence=math.sqrt(shortest * longest))
    deterrence = np.exp(rng.uniform(math.log(shortest), math.log(longest), design.draws))
    many = allocate_many(*_margins(groups, drawn, errors), cost, deterrence)
    most = _most(groups, drawn)
    between = _bounds(groups, made, spread)
    return Allocation(
        flows=_flows(groups, point.plan, (many.plan, most), between, design.level),
        left_or_not_found=_estimate(point.left.sum(), many.left.sum(axis=-1), design.level),
        arrived=_estimate(point.arrived.sum(), many.arrived.sum(axis=-1), design.level),
    )


def gains_of(changes: Floats, errors: Floats) -> Floats:
    """Return gains (draws, n) that are not negative and sum to what the changes sum to.

    Positive parts of noise would find gains everywhere, so the changes are projected: gain =
    max(change - a error^2, 0), a such that gains add up to the signed sum, the most likely sizes
    under normal errors. A territory that clearly fell is a fall of its own and is left out of
    the sum; a sum below zero gives no gains. By hand, equal errors: changes 10, 2 and -2 sum to
    10 and give 9, 1 and 0.
    """
    noise = changes > -_REAL_FALL * errors
    whole = np.maximum(np.where(noise, changes, 0).sum(axis=-1), 0)
    weight = np.broadcast_to(errors**2, changes.shape)
    order = np.argsort(-changes / weight, axis=-1)
    ordered = np.take_along_axis(changes, order, axis=-1)
    width = np.take_along_axis(weight, order, axis=-1)
    cut = (np.cumsum(ordered, axis=-1) - whole[..., None]) / np.cumsum(width, axis=-1)
    kept = np.maximum((ordered > cut * width).sum(axis=-1) - 1, 0)
    level = np.take_along_axis(cut, kept[..., None], axis=-1)
    return np.where(whole[..., None] > 0, np.maximum(changes - np.maximum(level, 0) * weight, 0), 0)


def redraw(
    seen: Observed, groups: Nodes, found: Drift, design: Design, rng: np.random.Generator
) -> Floats:
    """Return redrawn changes (draws, nodes): counts, each place's wandering, the drift.

    Counts before and after are negative binomial with the mean and error of the level; the
    expectation wanders by tau and by the drift's error, both with the t law of the intervals.
    """
    some = np.asarray(groups.members.any(axis=0))
    size = design.draws
    before = _counts(seen.standing.before, some, size, rng)
    after = _counts(seen.standing.after, some, size, rng)
    heavy = np.sqrt(found.quantile_df / rng.chisquare(found.quantile_df, (size, 1)))
    own = found.tau * rng.standard_normal(before.shape)
    common = np.sqrt(found.variance) * rng.standard_normal((size, 1))
    level = found.factor * seen.standing.before.level[some]
    expected = found.factor * before + level * heavy * (own + common)
    return np.asarray((after - expected) @ groups.members[:, some].T)


def _counts(levels: Levels, some: Mask, draws: int, rng: np.random.Generator) -> Floats:
    visits = levels.visits[some]
    mean = levels.level[some] * visits
    extra = np.maximum((levels.se[some] * visits) ** 2 - mean, 0)
    shape = np.divide(mean**2, extra, out=np.full(len(mean), np.inf), where=extra > 0)
    mixed = np.isfinite(shape) & (mean > 0)
    rate = np.broadcast_to(mean, (draws, len(mean))).copy()
    rate[:, mixed] *= rng.gamma(shape[mixed], 1 / shape[mixed], (draws, int(mixed.sum())))
    return np.asarray(rng.poisson(rate) / visits)


def _margins(groups: Nodes, changes: Floats, errors: Floats) -> tuple[Floats, Floats]:
    target, others = groups.split(changes)
    return np.maximum(-target, 0), gains_of(others, groups.split(errors)[1])


def _distances(seen: Observed, groups: Nodes) -> Floats:
    """Return crow-fly metres from each part of the target to the heads of each territory."""
    heads = seen.standing.before.level + seen.standing.after.level + 1e-3
    centres = np.array(
        [np.average(seen.centre[m], axis=0, weights=heads[m]) for m in groups.members]
    )
    gap = centres[: groups.sources, None, :] - centres[None, groups.sources :, :]
    return np.asarray(np.hypot(gap[..., 0], gap[..., 1]))


def _bounds(groups: Nodes, made: list[Change], spread: float) -> tuple[Floats, Floats]:
    """Return Frechet bounds for all losses and gains that the counts allow for."""
    changes = np.array([each.change for each in made])
    reach = spread * stats.norm.ppf((1 + _BOUND_LEVEL) / 2) * np.array([each.se for each in made])
    low, high = np.maximum(-(changes + reach), 0), np.maximum(-(changes - reach), 0)
    less, more = np.maximum(changes - reach, 0), np.maximum(changes + reach, 0)
    losses = groups.split(low)[0], groups.split(high)[0]
    gains = groups.split(less)[1], groups.split(more)[1]
    return bounds_between(losses, gains, max(losses[1].sum(), gains[1].sum()))


def _most(groups: Nodes, drawn: Floats) -> Floats:
    """Return the upper Frechet bound of each draw: the most that its counts allow."""
    lost, gained = (np.maximum(part, 0) for part in groups.split(drawn * _signs(groups)))
    return np.asarray(np.minimum(lost[:, :, None], gained[:, None, :]))


def _signs(groups: Nodes) -> Floats:
    """Return -1 for parts of the target, whose falls are losses, and 1 for the others."""
    return np.where(np.arange(len(groups.codes)) < groups.sources, -1.0, 1.0)


def _flows(
    groups: Nodes,
    point: Floats,
    drawn: tuple[Floats, Floats],
    bounds: tuple[Floats, Floats],
    level: float,
) -> tuple[Flow, ...]:
    """Return the flows: low from the allocations drawn, high from the most each draw allows."""
    low = np.quantile(drawn[0], (1 - level) / 2, axis=0)
    high = np.quantile(drawn[1], (1 + level) / 2, axis=0)
    rows = []
    for i, j in np.ndindex(point.shape):
        rows.append(
            Flow(
                source=groups.codes[i],
                target=groups.codes[groups.sources + j],
                heads=float(point[i, j]),
                low=float(min(low[i, j], point[i, j])),
                high=float(max(high[i, j], point[i, j])),
                bound_low=float(bounds[0][i, j]),
                bound_high=float(bounds[1][i, j]),
            )
        )
    return tuple(sorted(rows, key=lambda flow: -flow.heads))


def _estimate(value: float, drawn: Floats, level: float) -> Estimate:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=float(value), low=float(min(low, value)), high=float(max(high, value)))
