"""How likely a visit is to see activity: learned by part of the day, before the site was closed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

from geosites.analysis.closure.evidence import (
    DAY_US,
    NO_PART,
    POSITIVE,
    Event,
    EvidenceKind,
    Parameters,
)
from geosites.weeks import DAY_PARTS

_ALMOST_ONE = 1 - 1e-12


@dataclass(frozen=True, kw_only=True)
class Detection:
    """Posterior Beta(a, b) of detection for groups of day-parts, and which group a part is in.

    A part with visits of its own is its own group. Those without share one group, so that misses
    at two hours about which nothing is known are not taken for two independent proofs. The last
    group pools everything and serves reports whose part of the day is unknown. `visits` and `seen`
    count by part of the day.
    """

    a: tuple[float, ...]
    b: tuple[float, ...]
    group: tuple[int, ...]
    visits: tuple[int, ...]
    seen: tuple[int, ...]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]

    def group_of(self, part: int) -> int:
        """Return the group of a part of the day, the pooled one if the part is unknown."""
        return len(self.a) - 1 if part == NO_PART else self.group[part]

    def mean(self, part: int) -> float:
        """Return the expected chance of detection in a part of the day."""
        group = self.group_of(part)
        return self.a[group] / (self.a[group] + self.b[group])


def detection(
    before: Sequence[Event], spans: Sequence[tuple[int, float]], parameters: Parameters
) -> Detection:
    """Return the posterior of detection from the events before the closure.

    Visits count that were made while the site was active and not closed: heads were seen at most
    `active_days` before or after. A part of a date counts once, as seen if any visit saw heads.
    Other parts of the day add their visits with weight `borrowed` (a power prior, Ibrahim & Chen
    2000). 8 of 10 seen, all in one part: Beta(8.5, 2.5) there and Beta(4.5, 1.5) elsewhere.
    """
    seen, visits = _trials(before, spans, parameters.active_days)
    return _posterior(seen, visits, parameters)


def _trials(
    before: Sequence[Event], spans: Sequence[tuple[int, float]], active_days: int
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


def _posterior(seen: Sequence[int], visits: Sequence[int], parameters: Parameters) -> Detection:
    own = [part for part, count in enumerate(visits) if count]
    all_seen, all_visits, share = sum(seen), sum(visits), parameters.borrowed
    x = [seen[part] + share * (all_seen - seen[part]) for part in own] + [
        share * all_seen,
        all_seen,
    ]
    n = [visits[part] + share * (all_visits - visits[part]) for part in own]
    n += [share * all_visits, all_visits]
    a = np.array([parameters.prior_a + hits for hits in x])
    b = np.array([parameters.prior_b + count - hits for count, hits in zip(n, x, strict=True)])
    tail = (1 - parameters.level) / 2
    shared = len(own)
    return Detection(
        a=tuple(a.tolist()),
        b=tuple(b.tolist()),
        group=tuple(own.index(part) if part in own else shared for part in range(len(visits))),
        visits=tuple(visits),
        seen=tuple(seen),
        low=betaincinv(a, b, tail),
        high=np.minimum(betaincinv(a, b, 1 - tail), _ALMOST_ONE),
    )
