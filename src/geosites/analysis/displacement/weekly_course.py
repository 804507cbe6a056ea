"""Weekly series of the target beside those of comparable places, as charted."""

from __future__ import annotations

import warnings

import numpy as np

from geosites.analysis.displacement.levels import Floats
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import CourseWeek


def course(seen: Observed) -> tuple[CourseWeek, ...]:
    """Return the heads at the target week by week, and what comparable places would have made.

    Weeks in which a part of the target was not visited have no heads.
    """
    heads = seen.table.means[seen.target].sum(axis=0)
    before = seen.standing.before.level
    controls = seen.controls_for(seen.target) & (before > 0)
    held = _medians(seen.table.means[controls] / before[controls, None])
    comparable = held * before[seen.target].sum()
    return tuple(
        CourseWeek(week=int(week), heads=_known(here), comparable=_known(there))
        for week, here, there in zip(seen.table.weeks, heads, comparable, strict=True)
    )


def _medians(values: Floats) -> Floats:
    """Return the median of each column, NaN where it holds no number."""
    if not len(values):
        return np.full(values.shape[1], np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=0), dtype=np.float64)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
