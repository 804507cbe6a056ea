"""Figures over places that tests compare with: heads standing, and levels by week."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geosites.analysis.place_levels import standing_weights, weekly_means


def heads_standing(
    place: npt.NDArray[np.int64], heads: npt.ArrayLike, week: npt.ArrayLike | None = None
) -> float:
    """Return the heads standing: the sum over places of their level."""
    return float(standing_weights(place, heads, week).sum())


def weekly_levels(
    place: npt.NDArray[np.int64], week: npt.ArrayLike, heads: npt.ArrayLike, first: int, weeks: int
) -> npt.NDArray[np.float64]:
    """Return the mean heads per visit (weeks, places) from week `first` on; NaN without a visit."""
    means = weekly_means(place, week, heads)
    table = np.full((weeks, int(place.max(initial=-1)) + 1), np.nan)
    within = (means.week >= first) & (means.week < first + weeks)
    table[means.week[within] - first, means.place[within]] = means.mean[within]
    return table
