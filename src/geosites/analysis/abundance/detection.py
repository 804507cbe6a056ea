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
"""Below so many scenes counted twice nothing is said from how much the counts differ."""
FEWEST_JOINT = 8
"""Below so many scenes with a joint count as well, nothing is said from those."""
FEWEST_PEOPLE = 40.0
"""Below so many people counted by one crew over all these scenes, neither."""
GROUP = 2.0
"""People are allowed to be seen or missed in groups of so many (size-weighted mean)."""
MOST_UNSEEN = 0.9
"""A larger share unseen is too near everything to tell a large number from an endless one."""
ALIKE = 0.05
"""Counts that leave less unseen than this agree too well for two crews who did not talk."""

UNEQUAL = 0.25
"""Without joint counts, a crew that counted less than this share of the other's people is not told
from one that looked elsewhere: a steady difference says nothing of misses."""


class Method(StrEnum):
    """How the share was estimated."""

    DOUBLE_OBSERVER = "double_observer"
    N_MIXTURE = "n_mixture"


class NotIdentified(StrEnum):
    """Why nothing is said."""

    TOO_FEW_PAIRS = "too_few_pairs"
    TOO_FEW_PEOPLE = "too_few_people"
    UNEQUAL = "unequal"
    ALIKE = "alike"
    TOO_DIFFERENT = "too_different"
    HARDLY_SEEN = "hardly_seen"


@dataclass(frozen=True, kw_only=True)
class DetectionEstimate:
    """How much of who is present a crew sees, over the scenes that two crews counted.

    `pairs` counts those scenes, `joint` those of them with a joint count, `contradictory` those
    whose joint count does not fit the two others and was left out; `counted` is the mean of the two
    crews summed over the scenes. `unseen` is the share that one crew misses, `seen` the share that
    it sees, `present` the people at these scenes: all with 90 % intervals, all None where `reason`
    says why. `one_by_one` is the interval of `unseen` if nobody is seen or missed in a group, and
    `likely` that of the model with a negative binomial. `overdispersion` is how many times more the
    counts differ than misses one by one explain: 1 is none.
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
        """Return whether the counts differ more than misses one by one explain, beyond doubt."""
        return self.overdispersion is not None and self.overdispersion.low > 1.0

    def corrected(self, heads: float) -> Interval | None:
        """Return how many people a count of so many stands for, if as many are missed in it."""
        return None if self.seen is None else _divided(heads, self.seen)


def detection(counts: DoubleCounts, *, second_opinion: bool = True) -> DetectionEstimate:
    """Return what share a crew sees, or why that cannot be said.

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
    """Return how many people the crew that counted fewer saw, over those of the other."""
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
    """Return the answer; an upper bound of a share that is not below 1 is none."""
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
    """Return how many times one share is the other; the bounds take those of both, cautiously."""
    return Interval(
        value=spread.value / share.value,
        low=spread.low / (share.high or 1.0),
        high=None if spread.high is None else spread.high / share.low,
    )
