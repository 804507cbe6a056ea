"""Week-to-week change in people present at the places visited in both weeks.

Only places seen in both weeks are compared, so that patrols who go elsewhere change nothing. Each
place contributes one difference: its mean count this week less that of last week. The interval is
computed from the variance of these differences across places, which includes both sampling error
and the places' own variation; it is therefore conservative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy import special

from geosites.analysis.place_levels import weighing
from geosites.analysis.places import Places, assign

FEWEST_PLACES = 6
LEVEL = 0.9

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WeekChange:
    """People present at the places visited in both weeks; `low` and `high` None if too few."""

    places: int
    before: float
    after: float
    change: float
    low: float | None
    high: float | None


def week_change(
    before: tuple[Floats, Floats],
    after: tuple[Floats, Floats],
    level: float = LEVEL,
    *,
    sites: Sequence[shapely.Geometry] = (),
    accuracy_m: tuple[Floats, Floats] | None = None,
) -> WeekChange:
    """Return the change between two weeks, each given as positions (n, 2) metres and heads (n,).

    `sites` are the known perimeters, `accuracy_m` (n,) that of each position (`assign`). Fewer
    than 6 places in common give no interval.
    """
    xy, heads = np.concatenate([before[0], after[0]]), np.concatenate([before[1], after[1]])
    late = np.arange(len(heads)) >= len(before[1])
    accuracy = None if accuracy_m is None else np.concatenate(accuracy_m)
    result = assign(xy.reshape(-1, 2), sites=sites, accuracy_m=accuracy)
    means = np.stack([_means(result, heads, late == week) for week in (False, True)])
    first, second = means[:, np.isfinite(means).all(axis=0)]
    gap = second - first
    reach = _reach(gap, level)
    change = float(gap.sum())
    return WeekChange(
        places=len(gap),
        before=float(first.sum()),
        after=float(second.sum()),
        change=change,
        low=None if reach is None else change - reach,
        high=None if reach is None else change + reach,
    )


def _means(found: Places, heads: Floats, chosen: npt.NDArray[np.bool_]) -> Floats:
    """Return the mean count of each place over the chosen visits, NaN without any."""
    size, place, seen = len(found), found.index[chosen], heads[chosen]
    weighs = weighing(place, found.core[chosen], seen)
    visits = np.bincount(place[weighs], minlength=size)
    total = np.bincount(place[weighs], seen[weighs], size)
    means = np.full(size, np.nan)
    np.divide(total, visits, out=means, where=visits > 0)
    return means


def _reach(gap: Floats, level: float) -> float | None:
    """Return half the width of the interval of a sum of independent differences."""
    count = len(gap)
    if count < FEWEST_PLACES:
        return None
    wide = float(special.stdtrit(count - 1, (1 + level) / 2))
    return wide * float(np.sqrt(count) * gap.std(ddof=1))
