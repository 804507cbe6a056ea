"""Detect a target that split into two spots after the event.

If half of a scene moves 150 m, it remains one place, and each visit counts only one half: half of
the people seem gone although nobody left. Only positions show this: before the event they lay
around one spot.
"""

from __future__ import annotations

import numpy as np

from geosites.analysis.displacement.levels import Floats
from geosites.analysis.displacement.study_design import EffortVisits, Mask
from geosites.analysis.places import Places

_FEWEST = 30
_WIDER = 2.0
"""Minimum ratio of the width of the middle half of the positions, after to before."""

_APART_M = 100.0
_CLEARLY = 3.6
_LEAST_SHARE = 0.2
_DIRECTIONS = 12


def two_spots(visits: EffortVisits, made: Places, target: Mask) -> float | None:
    """Return the distance in metres between the two spots of a split target, or None.

    Visits since the event are at two spots if along some direction the middle half of their
    positions is twice as wide as before, and if dividing them in two (least squares) leaves a fifth
    or more on each side, 100 m between the means, and 3.6 times the spread within the parts (it is
    3.5 for a uniform line, 2.7 for one spot). At least 30 visits before and after are needed. A
    known site is one place wherever in it the visits are, and is left out. `target` marks the
    places of the target.
    """
    for place in np.flatnonzero(target & (made.site < 0)).tolist():
        own = made.index == place
        before, after = (visits.xy[own & side] for side in (visits.week < 0, visits.week >= 0))
        if min(len(before), len(after)) < _FEWEST:
            continue
        angle = np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS
        along = np.vstack([np.cos(angle), np.sin(angle)])
        old, new = before @ along, after @ along
        wider = _middle_half(new) / np.maximum(_middle_half(old), 1.0)
        if wider.max() < _WIDER:
            continue
        apart, within, share = _parted(new[:, wider.argmax()])
        if apart >= max(_APART_M, _CLEARLY * within) and share >= _LEAST_SHARE:
            return apart
    return None


def _middle_half(x: Floats) -> Floats:
    low, high = np.percentile(x, [25, 75], axis=0)
    return np.asarray(high - low)


def _parted(x: Floats) -> tuple[float, float, float]:
    """Return the gap between the means of the best two parts of x (n,), the standard deviation
    within them, and the share of the smaller.

    By hand: -80, -70, 70, 80 divide into two halves whose means are 150 apart, 5 within.
    """
    ordered, left = np.sort(x - x.mean()), np.arange(1, len(x))
    total = np.cumsum(ordered)[:-1]
    right = len(x) - left
    gap = -total / right - total / left
    between = left * right * gap**2 / len(x)
    best = int(np.argmax(between))
    within = np.sqrt(max(float((ordered**2).sum() - between[best]), 0.0) / len(x))
    return float(gap[best]), float(within), float(min(left[best], right[best]) / len(x))
