"""Pair reports that are two crews' counts of one scene: close in time and place, used once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.abundance.double_counts import DoubleCounts
from geosites.core.same_scene import MOST_ACCURACY_M, SAME_SCENE_M, SAME_SCENE_MIN

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class CrewCounts:
    """Counts by crews who were two at a scene, in the order of their ids.

    `xy` (n, 2) metres, `at_s` (n,) seconds, `heads` (n,), `accuracy_m` (n,) with NaN for unknown.
    `joint` (n,) marks what both crews agreed on.
    """

    xy: Floats
    at_s: Floats
    heads: Floats
    accuracy_m: Floats
    joint: npt.NDArray[np.bool_]


def paired(counts: CrewCounts) -> DoubleCounts:
    """Return the scenes that have two separate counts, with the joint count if any.

    The two nearest in time, and then in place, are paired first; then the joint count nearest to
    each pair is taken, once.
    """
    pairs = _matched(counts, ~counts.joint, ~counts.joint)
    agreed = dict(_matched(counts, np.isin(np.arange(len(counts.heads)), pairs), counts.joint))
    joint = [
        next((counts.heads[agreed[item]] for item in pair if item in agreed), np.nan)
        for pair in pairs
    ]
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return DoubleCounts.of(counts.heads[first], counts.heads[second], joint)


def _matched(
    counts: CrewCounts, of: npt.NDArray[np.bool_], others: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Return pairs of one of `of` and one of `others`, the nearest first, none of them twice."""
    left, right = np.flatnonzero(of), np.flatnonzero(others)
    late = np.abs(counts.at_s[left][:, None] - counts.at_s[right])
    away = np.hypot(*(counts.xy[left][:, None] - counts.xy[right]).transpose(2, 0, 1))
    reach = np.minimum(np.nan_to_num(counts.accuracy_m, nan=0.0), MOST_ACCURACY_M)
    near = away <= SAME_SCENE_M + reach[left][:, None] + reach[right]
    candidates = np.argwhere((late <= SAME_SCENE_MIN * 60) & near & (left[:, None] != right))
    order = np.lexsort((away[tuple(candidates.T)], late[tuple(candidates.T)]))
    used: set[int] = set()
    result: list[tuple[int, int]] = []
    for row, column in candidates[order]:
        pair = int(left[row]), int(right[column])
        if used.isdisjoint(pair):
            used.update(pair)
            result.append(pair)
    return result
