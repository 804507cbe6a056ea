"""Detection probability of a visit by part of the day, learned from before the closure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, roots_jacobi

from geosites.analysis.closure.evidence import (
    DAY_US,
    NO_PART,
    POSITIVE,
    EvidenceKind,
    VisitEvidence,
)
from geosites.analysis.closure.parameters import EvidenceParameters
from geosites.core.weeks import DAY_PARTS

NODES = 12
"""Number of quadrature nodes for the unknown detection probability; exact up to 23 misses."""

FEW_NODES = 4
"""The same for a scene that comes in one part of the day only; up to 7 misses are exact."""

_ALMOST_ONE = 1 - 1e-12
_FEW_VISITS = 2.0
_MOST_RARE = 0.1

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Detection:
    """Possible kinds of an existing scene: how likely a visit is to see it.

    One row of `p` (s, 5) for each kind of scene: the detection probability by part of the day, and
    last if the part is not known. `share` (s,) is how likely each kind is. The last two rows, which
    have no share, are detection at its low and high quantile. `seen_in` (5, s) is how likely each
    kind is of a scene that was seen in a part of the day. `mean` (5,) is the expected probability
    by part of the day for a scene with unchanged hours, `visits` and `seen` the data behind it.
    """

    p: Floats
    share: Floats
    seen_in: Floats
    mean: Floats
    visits: tuple[int, ...]
    seen: tuple[int, ...]


def detection(
    before: Sequence[VisitEvidence],
    spans: Sequence[tuple[int, float]],
    parameters: EvidenceParameters,
) -> Detection:
    """Return the posterior of detection from the events before the closure.

    Visits count that were made while the site was active and not closed: heads were seen at most
    `active_days` before or after. A part of a date counts once, as seen if any visit saw heads.
    Other parts of the day add their visits with weight `borrowed` (a power prior, Ibrahim & Chen
    2000). Since a scene that comes back may hide, all of this counts as at most `learned_visits`: 8
    of 10 seen, all in one part, are 2.4 of 3, Beta(2.9, 1.1). Detection in the other parts is lower
    in proportion. Some scenes come in one part of the day only (`_one_part`).
    """
    seen, visits = _trials(before, spans, parameters.active_days)
    return _believed(tuple(seen), tuple(visits), parameters)


def _trials(
    before: Sequence[VisitEvidence], spans: Sequence[tuple[int, float]], active_days: int
) -> tuple[list[int], list[int]]:
    open_then = [e for e in before if not any(start <= e.at < end for start, end in spans)]
    heads_at = [e.at for e in open_then if e.kind in POSITIVE]
    slots: dict[int, bool] = {}
    for event in open_then:
        trial = event.kind in POSITIVE or event.kind is EvidenceKind.NEGATIVE
        if not trial or not event.effort or event.part == NO_PART:
            continue
        if _near(event.at, heads_at, active_days * DAY_US):
            slots[event.slot] = slots.get(event.slot, False) or event.kind in POSITIVE
    seen, visits = [0] * len(DAY_PARTS), [0] * len(DAY_PARTS)
    for slot, positive in slots.items():
        visits[slot % len(DAY_PARTS)] += 1
        seen[slot % len(DAY_PARTS)] += positive
    return seen, visits


def _near(at: int, ordered: Sequence[int], reach: int) -> bool:
    place = bisect_left(ordered, at - reach)
    return place < len(ordered) and ordered[place] <= at + reach


@lru_cache(maxsize=2**12)
def _believed(
    seen: tuple[int, ...], visits: tuple[int, ...], parameters: EvidenceParameters
) -> Detection:
    x, n = _borrowed(seen, parameters.borrowed), _borrowed(visits, parameters.borrowed)
    means = (parameters.prior_a + x) / (parameters.prior_a + parameters.prior_b + n)
    own = [part for part, count in enumerate(visits) if count]
    best = max(own, key=lambda part: float(means[part]), default=0)
    weight = min(1.0, parameters.learned_visits / n[best]) if own else 0.0
    a = parameters.prior_a + weight * x[best]
    b = parameters.prior_b + weight * (n[best] - x[best])
    pooled = (parameters.prior_a + sum(seen)) / (
        parameters.prior_a + parameters.prior_b + sum(visits)
    )
    relative = np.minimum(1.0, np.append(means, pooled) / means[best])
    nodes, weights = _beta_nodes(float(a), float(b), NODES)
    few, few_weights = _beta_nodes(float(a), float(b), FEW_NODES)
    tail = (1 - parameters.level) / 2
    ends = np.minimum(betaincinv(a, b, (tail, 1 - tail)), _ALMOST_ONE)
    only = [_only(np.outer(few, relative), part) for part in range(len(DAY_PARTS))]
    rare = _one_part(visits, parameters.one_part)
    return Detection(
        p=np.concatenate([np.outer(nodes, relative), *only, np.outer(ends, relative)]),
        share=np.concatenate([(1 - rare.sum()) * weights, np.outer(rare, few_weights).ravel()]),
        seen_in=_seen_in(weights, few_weights, parameters.same_part),
        mean=a / (a + b) * relative,
        visits=visits,
        seen=seen,
    )


def _one_part(visits: tuple[int, ...], one_part: float) -> Floats:
    """Return the share of scenes that come in only one part of the day, for each part.

    Returning people may avoid the hours of patrols: `one_part` is divided evenly if all parts were
    visited equally, and one visited half as often gets four times as much, up to `_MOST_RARE`. A
    part that was never visited gets an equal share, since no crew may work then.
    """
    counts = np.array(visits, dtype=np.float64)
    rarity = ((counts.mean() + _FEW_VISITS) / (counts + _FEW_VISITS)) ** 2
    shares = one_part / counts.size * np.where(counts > 0, rarity, 1.0)
    return np.asarray(np.minimum(shares, _MOST_RARE), dtype=np.float64)


def _seen_in(weights: Floats, few_weights: Floats, same_part: float) -> Floats:
    """Return the probability of each kind of scene after people were seen in a part of the day, or
    in an unknown one: a share comes in that part only.
    """
    parts = len(DAY_PARTS)
    only = np.kron(np.eye(parts), few_weights)
    known = np.hstack([np.tile((1 - same_part) * weights, (parts, 1)), same_part * only])
    unknown = np.append(weights, np.zeros(parts * FEW_NODES))
    return np.asarray(np.vstack([known, unknown]), dtype=np.float64)


def _borrowed(counts: tuple[int, ...], share: float) -> Floats:
    own = np.array(counts, dtype=np.float64)
    return np.asarray(own + share * (own.sum() - own), dtype=np.float64)


def _only(p: Floats, part: int) -> Floats:
    """Return the chances of a scene that comes in one part of the day only."""
    elsewhere = np.ones(p.shape[1], dtype=bool)
    elsewhere[[part, -1]] = False
    return np.asarray(np.where(elsewhere, 0.0, p), dtype=np.float64)


@lru_cache(maxsize=2**12)
def _beta_nodes(a: float, b: float, nodes: int) -> tuple[Floats, Floats]:
    """Return the nodes and weights that represent Beta(a, b) (Gauss-Jacobi quadrature)."""
    x, weights = roots_jacobi(nodes, b - 1, a - 1)
    values: Floats = (1 + x) / 2
    return values, weights / weights.sum()
