"""Detection probability: the share of the people present that a crew counts.

Where enough scenes have a joint count, it is estimated by the double-observer estimator; otherwise
from the difference between the two counts. The interval allows for people who are seen or missed in
pairs. Where neither works, the result says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geosites.analysis.abundance import double_observer, n_mixture
from geosites.analysis.abundance.double_counts import DoubleCounts, Interval

FEWEST_PAIRS = 15
"""Minimum number of scenes counted twice for an estimate from the differences of counts."""
FEWEST_JOINT = 8
"""Minimum number of scenes with a joint count for an estimate from those."""
FEWEST_PEOPLE = 40.0
"""Minimum number of people counted by each crew over all these scenes."""
GROUP = 2.0
"""Group size (size-weighted mean) in which people may be seen or missed, for the interval."""
MOST_UNSEEN = 0.9
"""Maximum share unseen: above it, the number of people has no usable upper bound."""
ALIKE = 0.05
"""Counts that leave less unseen than this agree too well for two crews who did not talk."""

UNEQUAL = 0.25
"""Without joint counts, a crew that counted less than this share of the other's people cannot be
distinguished from one that looked elsewhere: a constant difference says nothing about misses.
"""


class Method(StrEnum):
    """How the share was estimated."""

    DOUBLE_OBSERVER = "double_observer"
    N_MIXTURE = "n_mixture"


class NotIdentified(StrEnum):
    """Why there is no estimate."""

    TOO_FEW_PAIRS = "too_few_pairs"
    TOO_FEW_PEOPLE = "too_few_people"
    UNEQUAL = "unequal"
    ALIKE = "alike"
    TOO_DIFFERENT = "too_different"
    HARDLY_SEEN = "hardly_seen"


@dataclass(frozen=True, kw_only=True)
class DetectionEstimate:
    """The share of the people present that a crew sees, over the scenes that two crews counted.

    `pairs` counts those scenes, `joint` those of them with a joint count, `contradictory` those
    whose joint count contradicts the two others and was left out; `counted` is the mean of the two
    crews summed over the scenes. `unseen` is the share that one crew misses, `seen` the share that
    it sees, `present` the people at these scenes: all with 90 % intervals, all None if there is a
    `reason`. `one_by_one` is the interval of `unseen` if nobody is seen or missed in a group, and
    `likely` that of the model with a negative binomial. `overdispersion` is the variance of the
    counts relative to independent misses: 1 is none.
    """

    pairs: int
    joint: int
    contradictory: int
    counted: float
    method: Method | None = None
    reason: NotIdentified | None = None
    seen: Interval | None = None
    unseen: Interval | None = None
    present: Interval | None = None
    one_by_one: Interval | None = None
    likely: float | None = None
    overdispersion: Interval | None = None

    @property
    def in_groups(self) -> bool:
        """Return whether the counts differ significantly more than independent misses explain."""
        return self.overdispersion is not None and self.overdispersion.low > 1.0

    def corrected(self, heads: float) -> Interval | None:
        """Return the number of people behind a count, if the same share is missed in it."""
        return None if self.seen is None else _divided(heads, self.seen)


def detection(counts: DoubleCounts, *, second_opinion: bool = True) -> DetectionEstimate:
    """Return the share that a crew sees, or why it cannot be estimated.

    The second opinion (`likely`) takes most of the time and changes nothing else.
    """
    agreed = counts.agreed
    about = DetectionEstimate(
        pairs=len(counts),
        joint=int(agreed.sum()),
        contradictory=int((~np.isnan(counts.joint) & ~agreed).sum()),
        counted=float(counts.mean.sum()),
    )
    joint = counts.where(agreed)
    if len(joint) >= FEWEST_JOINT and joint.mean.sum() >= FEWEST_PEOPLE:
        if _share_of_other(joint) == 0.0:
            return _refused(about, NotIdentified.UNEQUAL)
        return _by_joint_counts(about, counts, joint)
    if len(counts) < FEWEST_PAIRS:
        return _refused(about, NotIdentified.TOO_FEW_PAIRS)
    if about.counted < FEWEST_PEOPLE:
        return _refused(about, NotIdentified.TOO_FEW_PEOPLE)
    if _share_of_other(counts) < UNEQUAL:
        return _refused(about, NotIdentified.UNEQUAL)
    return _by_difference(about, counts, second_opinion)


def _share_of_other(counts: DoubleCounts) -> float:
    """Return the ratio of the smaller crew's total count to the larger one's."""
    totals = float(counts.first.sum()), float(counts.second.sum())
    return min(totals) / max(totals)


def _by_joint_counts(
    about: DetectionEstimate, counts: DoubleCounts, joint: DoubleCounts
) -> DetectionEstimate:
    share = double_observer.unseen(joint)
    if share.value >= MOST_UNSEEN:
        return _refused(about, NotIdentified.HARDLY_SEEN)
    enough = len(counts) >= FEWEST_PAIRS
    spread = n_mixture.unseen(counts) if enough else None
    return _told(
        about,
        Method.DOUBLE_OBSERVER,
        share,
        one_by_one=spread,
        overdispersion=None if spread is None else _ratio(spread, share),
    )


def _by_difference(
    about: DetectionEstimate, counts: DoubleCounts, second_opinion: bool
) -> DetectionEstimate:
    alone = n_mixture.unseen(counts)
    if alone.high is not None and alone.high < ALIKE:
        return _refused(about, NotIdentified.ALIKE)
    if alone.low >= MOST_UNSEEN:
        return _refused(about, NotIdentified.TOO_DIFFERENT)
    if alone.value >= MOST_UNSEEN:
        return _refused(about, NotIdentified.HARDLY_SEEN)
    share = Interval(value=alone.value, low=alone.low / GROUP, high=alone.high)
    likely = n_mixture.most_likely_unseen(counts) if second_opinion else None
    return _told(about, Method.N_MIXTURE, share, one_by_one=alone, likely=likely)


def _told(
    about: DetectionEstimate,
    method: Method,
    unseen: Interval,
    *,
    one_by_one: Interval | None,
    likely: float | None = None,
    overdispersion: Interval | None = None,
) -> DetectionEstimate:
    """Return the result; an upper bound of a share of 1 or more counts as missing."""
    high = unseen.high if unseen.high is not None and unseen.high < 1.0 else None
    seen = Interval(
        value=1.0 - unseen.value, low=0.0 if high is None else 1.0 - high, high=1.0 - unseen.low
    )
    return DetectionEstimate(
        pairs=about.pairs,
        joint=about.joint,
        contradictory=about.contradictory,
        counted=about.counted,
        method=method,
        seen=seen,
        unseen=Interval(value=unseen.value, low=unseen.low, high=1.0 if high is None else high),
        present=_divided(about.counted, seen),
        one_by_one=one_by_one,
        likely=likely,
        overdispersion=overdispersion,
    )


def _refused(about: DetectionEstimate, reason: NotIdentified) -> DetectionEstimate:
    return DetectionEstimate(
        pairs=about.pairs,
        joint=about.joint,
        contradictory=about.contradictory,
        counted=about.counted,
        reason=reason,
    )


def _divided(heads: float, seen: Interval) -> Interval:
    least = heads if seen.high is None else heads / seen.high
    most = heads / seen.low if seen.low > 0.0 else None
    return Interval(value=heads / seen.value, low=least, high=most)


def _ratio(spread: Interval, share: Interval) -> Interval:
    """Return the ratio of two shares, with conservative bounds from those of both."""
    return Interval(
        value=spread.value / share.value,
        low=spread.low / (share.high or 1.0),
        high=None if spread.high is None else spread.high / share.low,
    )
