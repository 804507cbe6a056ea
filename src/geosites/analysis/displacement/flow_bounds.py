"""Flows between territories: bounds that always hold, and one allocation under an assumption.

Counts do not determine flows between territories: many tables of flows have the same losses and
gains. `bounds` gives the range in which each flow must lie. `allocate` picks the table that walking
distance makes most likely. It is an allocation and tracks nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]

REACH = 30.0
"""Reach over deterrence: the cost of leaving people unmatched."""

_ROUNDS = 400
_CLOSE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Flows:
    """People allocated from each loss to each gain, and the unmatched ones.

    `plan` (losses, gains); `left` (losses,) left the observed area or were not found; `arrived`
    (gains,) came from elsewhere. Rows of the plan and `left` sum to the losses, columns and
    `arrived` to the gains.
    """

    plan: Floats
    left: Floats
    arrived: Floats


def bounds(
    losses: npt.ArrayLike, gains: npt.ArrayLike, total: float | None = None
) -> tuple[Floats, Floats]:
    """Return the minimum and maximum flow (losses, gains) from each loss to each gain.

    max(0, loss_i + gain_j - M) <= F_ij <= min(loss_i, gain_j) (Frechet 1951; Hoeffding 1940), M
    being `total`, by default the larger of the two sums: nobody is assumed to leave while others
    arrive. By hand: losses 60 and 20, gains 50 and 30: from the first loss to the first gain at
    least 60 + 50 - 80 = 30 and at most 50.
    """
    lost, gained = _margins(losses, gains)
    whole = max(lost.sum(), gained.sum()) if total is None else total
    return bounds_between((lost, lost), (gained, gained), whole)


def bounds_between(
    losses: tuple[Floats, Floats], gains: tuple[Floats, Floats], total: float
) -> tuple[Floats, Floats]:
    """Return bounds that hold for every loss and gain between the (low, high) given."""
    lower = np.maximum(losses[0][..., :, None] + gains[0][..., None, :] - total, 0)
    upper = np.minimum(losses[1][..., :, None], gains[1][..., None, :])
    return lower, upper


def allocate(
    losses: npt.ArrayLike,
    gains: npt.ArrayLike,
    cost: npt.ArrayLike,
    *,
    deterrence: float,
    reach: float | None = None,
) -> Flows:
    """Return the allocation by unbalanced entropic optimal transport.

    `cost` (losses, gains) is a distance, `deterrence` the distance over which a move becomes e
    times less likely, `reach` (default thirty times that) the distance beyond which a loss is left
    unmatched. (Cuturi 2013; Chizat et al. 2018; solver: POT.) The plan is then cut to the margins,
    so that no territory sends more than it lost or receives more than it gained. By hand: equal
    losses of 10 and gains of 10 at distance 0 from each other give a plan of 10.
    """
    lost, gained = _margins(losses, gains)
    distance = np.asarray(cost, dtype=np.float64).reshape(len(lost), len(gained))
    plan = np.zeros_like(distance)
    some, other = lost > 0, gained > 0
    if some.any() and other.any():
        import ot  # takes half a second that only this needs

        size = max(lost.sum(), gained.sum())
        plan[np.ix_(some, other)] = size * ot.unbalanced.sinkhorn_unbalanced(
            lost[some] / size,
            gained[other] / size,
            distance[np.ix_(some, other)],
            deterrence,
            REACH * deterrence if reach is None else reach,
            method="sinkhorn_translation_invariant",
            numItermax=_ROUNDS * 10,
            stopThr=_CLOSE * 1e-3,
        )
    return _within_margins(plan, lost, gained)


def allocate_many(
    losses: Floats, gains: Floats, cost: Floats, deterrence: Floats, reach: float = REACH
) -> Flows:
    """Return the allocations of many draws at once: losses (draws, n), gains (draws, m).

    The same answer as `allocate` draw by draw, in one loop over all draws; `deterrence` (draws,),
    `reach` is a multiple of it.
    """
    size = np.maximum(losses.sum(axis=1), gains.sum(axis=1))
    unit = np.where(size > 0, size, 1)[:, None]
    kernel_cost = cost[None, :, :] / deterrence[:, None, None]
    plan = unbalanced(losses / unit, gains / unit, kernel_cost, 1.0, reach)
    return _within_margins(plan * unit[:, :, None], losses, gains)


def unbalanced(
    losses: Floats, gains: Floats, cost: Floats, entropy: float, marginal: float
) -> Floats:
    """Return the plans (draws, n, m) of entropic transport with Kullback-Leibler margins.

    Sinkhorn scaling as in Chizat et al. (2018), the entropy taken against the product of the
    margins; `marginal` may be infinite, which holds the margins exactly.
    """
    power = 1.0 if np.isinf(marginal) else marginal / (marginal + entropy)
    nearest = cost.min(axis=(-2, -1), keepdims=True)
    kernel = np.exp(-(cost - nearest) / entropy) * losses[..., :, None] * gains[..., None, :]
    start = np.exp(-nearest[..., 0] / entropy)
    rows, columns = np.ones_like(losses), np.ones_like(gains)
    for _ in range(_ROUNDS):
        past = columns
        rows = _ratio(losses, start * np.einsum("...ij,...j->...i", kernel, columns)) ** power
        if power < 1:
            rows = rows * _translation(losses, gains, rows, columns, marginal / entropy)
        columns = _ratio(gains, start * np.einsum("...ij,...i->...j", kernel, rows)) ** power
        if (np.abs(columns - past) <= _CLOSE * columns).all():
            break
    return np.asarray(rows[..., :, None] * kernel * columns[..., None, :] * start[..., None])


def _translation(
    losses: Floats, gains: Floats, rows: Floats, columns: Floats, stiffness: float
) -> Floats:
    """Return the factor that balances the two scalings (Sejourne, Vialard & Peyre 2022).

    Without it the number of rounds grows with the stiffness of the margins.
    """
    left = (losses * _power(rows, -1 / stiffness)).sum(axis=-1, keepdims=True)
    right = (gains * _power(columns, -1 / stiffness)).sum(axis=-1, keepdims=True)
    even = (left > 0) & (right > 0)
    return np.where(even, _power(_ratio(left, right), stiffness / 2), 1.0)


def _power(base: Floats, exponent: float) -> Floats:
    return np.power(base, exponent, out=np.zeros_like(base), where=base > 0)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _within_margins(plan: Floats, lost: Floats, gained: Floats) -> Flows:
    """Return the plan cut so that rows do not exceed losses, nor columns gains."""
    fitted = plan * np.minimum(_ratio(lost, plan.sum(axis=-1)), 1)[..., :, None]
    fitted = fitted * np.minimum(_ratio(gained, fitted.sum(axis=-2)), 1)[..., None, :]
    return Flows(
        plan=fitted,
        left=np.maximum(lost - fitted.sum(axis=-1), 0),
        arrived=np.maximum(gained - fitted.sum(axis=-2), 0),
    )


def _margins(losses: npt.ArrayLike, gains: npt.ArrayLike) -> tuple[Floats, Floats]:
    lost, gained = np.asarray(losses, dtype=np.float64), np.asarray(gains, dtype=np.float64)
    if min(lost.min(initial=0), gained.min(initial=0)) < 0:
        raise Refused("losses and gains are sizes: none may be negative")
    return lost, gained
