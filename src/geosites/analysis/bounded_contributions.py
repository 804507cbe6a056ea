"""Counts for public tables: integers that one person changes by at most 1.

Computed in exact fractions rather than floating point, and rounded half up: rounding half to even
takes .5 to 0 and 1.5 to 2, and so may the last bit of a floating-point sum.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import numpy.typing as npt


def levels(place: npt.ArrayLike, week: npt.ArrayLike, heads: npt.ArrayLike) -> dict[int, Fraction]:
    """Return the level of each place: the mean of its weekly mean heads per visit, exactly.

    A person who is there at every visit adds exactly 1, at some of them at most 1.
    """
    keys = np.column_stack([np.asarray(place, np.int64), np.asarray(week, np.int64)])
    visited, group, visits = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros(len(visited), dtype=np.int64)
    np.add.at(sums, group.ravel(), np.asarray(heads, dtype=np.int64))
    weekly: dict[int, list[Fraction]] = defaultdict(list)
    for (at, _), total, made in zip(visited.tolist(), sums.tolist(), visits.tolist(), strict=True):
        weekly[at].append(Fraction(total, made))
    return {at: sum(means, Fraction(0)) / len(means) for at, means in weekly.items()}


def whole(levels: Mapping[int, Fraction], home: npt.ArrayLike) -> dict[int, int]:
    """Return the people present by `home` (places,), rounded half up, of places with a level."""
    homes = np.asarray(home, dtype=np.int64)
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for place, value in levels.items():
        sums[int(homes[place])] += value
    return {row: math.floor(total + Fraction(1, 2)) for row, total in sums.items()}
