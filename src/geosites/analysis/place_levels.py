"""People present at each place, from visits that each counted the whole scene.

Counts are averaged over the visits to a place and only then summed over places ("heads standing").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FEWEST_AT_EDGE = 2
ANOTHER_CROWD = 2.0
"""Ratio to the core's mean count from which the edge of a place is another crowd."""


@dataclass(frozen=True, kw_only=True)
class WeeklyMeans:
    """Mean heads per visit for every place and week that was visited, by place, then week."""

    place: Ints
    week: Ints
    mean: Floats
    visits: Ints


def weekly_means(place: npt.ArrayLike, week: npt.ArrayLike, heads: npt.ArrayLike) -> WeeklyMeans:
    """Return the mean heads per visit of each place in each week it was visited."""
    places, weeks = np.asarray(place, dtype=np.int64), np.asarray(week, dtype=np.int64)
    first = int(weeks.min(initial=0))
    span = int(weeks.max(initial=0)) - first + 1
    keys, group, visits = np.unique(
        places * span + weeks - first, return_inverse=True, return_counts=True
    )
    mean = np.bincount(group, np.asarray(heads, dtype=np.float64), len(keys)) / visits
    return WeeklyMeans(place=keys // span, week=keys % span + first, mean=mean, visits=visits)


def level(place: npt.ArrayLike, week: npt.ArrayLike, heads: npt.ArrayLike) -> Floats:
    """Return the level (places,) of each place: the mean of its weekly mean heads per visit.

    Weeks weigh the same however often the place was visited, so that patrols who follow the heads
    do not raise it. NaN for an index without a visit.

    Ten visits that see 20 in one week and one that sees 0 in the next: level 10, not 18.2.
    """
    means = weekly_means(place, week, heads)
    size = int(means.place.max(initial=-1)) + 1
    weeks = np.bincount(means.place, minlength=size)
    sums = np.bincount(means.place, means.mean, size)
    levels = np.full(size, np.nan)
    np.divide(sums, weeks, out=levels, where=weeks > 0)
    return levels


def weighing(place: Ints, core: Mask, heads: npt.ArrayLike) -> Mask:
    """Return which visits (n,) count for the level of their place.

    The visits at the edge of a place may have seen all of its scene, or the empty ground beside it,
    or another crowd. They are left out if they saw no more per visit than those of the core: empty
    ground does not dilute a scene. Two or more that saw over twice as much are another crowd, and
    the core is left out: a closed site found empty does not dilute the people next to it.

    Ten visits that see 30 and two at the edge that see 0: the level is 30, not 25. Ten that see
    nobody and two at the edge that see 30: the level is 30, not 5.
    """
    counted = np.asarray(heads, dtype=np.float64)
    size = int(place.max(initial=-1)) + 1
    inner = np.bincount(place[core], minlength=size)
    outer = np.bincount(place, minlength=size) - inner
    within = np.bincount(place[core], counted[core], size)
    middle = within / np.maximum(inner, 1)
    edge = (np.bincount(place, counted, size) - within) / np.maximum(outer, 1)
    thin = (inner > 0) & (edge <= middle)
    crowd = (outer >= FEWEST_AT_EDGE) & (edge > ANOTHER_CROWD * middle)
    return np.asarray(np.where(core, ~crowd[place], ~thin[place]))


def standing_weights(
    place: Ints, heads: npt.ArrayLike, week: npt.ArrayLike | None = None
) -> Floats:
    """Return the weight (n,) of each visit so that the weights of a place sum to its level.

    In one week the weight is heads / visits to the place, and the sum over all visits is the
    heads standing: ten visits that see 30 each weigh 3 each, together 30.
    """
    counted = np.asarray(heads, dtype=np.float64)
    weeks = np.zeros(len(counted), dtype=np.int64) if week is None else np.asarray(week, np.int64)
    _, index = np.unique(weeks, return_inverse=True)
    span = int(index.max(initial=0)) + 1
    keys, group, visits = np.unique(place * span + index, return_inverse=True, return_counts=True)
    observed = np.bincount(keys // span)
    return np.asarray(counted / visits[group] / observed[place], dtype=np.float64)
