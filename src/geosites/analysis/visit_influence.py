"""Influence of single visits on the total, and a robust total with isolated counts shrunk.

A mean over few visits follows the largest of them: one count of 300 at a place with two visits may
be half of a city's total. It may also be true. The total therefore stays as it is, and both figures
are reported beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.place_levels import standing_weights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CORROBORATED = 3.0
"""A count up to this multiple of another one at the same place is corroborated."""

USUAL = 0.95
"""Share of the counts of a week that saw somebody which are as usual as can be."""


@dataclass(frozen=True, kw_only=True)
class Heaviest:
    """The visit that adds most to the total.

    `visit` is its index, `heads` its count, `adds` the part of the total that is due to it, `share`
    that part as a share, `visits` the number of visits to its place.
    """

    visit: int
    heads: float
    adds: float
    share: float
    visits: int


def heaviest(place: Ints, heads: Floats) -> Heaviest | None:
    """Return the visit that adds most to the total; None if nobody was seen.

    Without a visit its place has the mean of the others; without its only visit it has nothing.
    Of visits that add the same, the first.
    """
    if not len(heads) or heads.max() <= 0:
        return None
    visits, total = np.bincount(place), np.bincount(place, heads)
    others = visits[place] - 1
    without = np.divide(total[place] - heads, others, out=np.zeros(len(heads)), where=others > 0)
    adds = total[place] / visits[place] - without
    top = int(np.argmax(adds))
    return Heaviest(
        visit=top,
        heads=float(heads[top]),
        adds=float(adds[top]),
        share=float(adds[top] / standing_weights(place, heads).sum()),
        visits=int(visits[place[top]]),
    )


def robust_standing(place: Ints, heads: Floats) -> float:
    """Return the total with isolated counts reduced (winsorised: Tukey 1962).

    A count is kept if another visit to the place saw at least a third of it, or if it is not above
    the 95 % quantile of the positive counts of the week; otherwise it is replaced by the larger of
    these bounds.
    """
    if not len(heads):
        return 0.0
    bound = np.maximum(CORROBORATED * _highest_other(place, heads), _usual(heads))
    return float(standing_weights(place, np.minimum(heads, bound)).sum())


def _highest_other(place: Ints, heads: Floats) -> Floats:
    """Return the highest count (n,) of the other visits to the place of each visit, or 0."""
    order = np.lexsort((heads, place))
    last = np.append(np.flatnonzero(np.diff(place[order])), len(order) - 1)
    second = np.maximum(last - 1, 0)
    two = place[order[second]] == place[order[last]]
    runner_up = np.where(two & (last > 0), heads[order[second]], 0.0)
    others = np.array(heads[order[last]][place], dtype=np.float64)
    others[order[last]] = runner_up
    return others


def _usual(heads: Floats) -> float:
    """Return the count that 95 % of those above 0 do not exceed; of several, never the highest."""
    seen = heads[heads > 0]
    if len(seen) == 0:
        return 0.0
    return float(np.quantile(seen, USUAL, method="lower"))
