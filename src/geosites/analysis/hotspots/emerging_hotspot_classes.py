"""Emerging-hot-spot classes: new, consecutive, intensifying, persistent, diminishing, sporadic.

The classes are those of ESRI's space-time pattern mining, on the Mann-Kendall test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from geosites.analysis.hotspots.clusters import Hotspot
from geosites.analysis.hotspots.mann_kendall import Floats, mann_kendall
from geosites.analysis.hotspots.week_cells import Cells, keys

Mask = npt.NDArray[np.bool_]


MOST = 0.9
"""Share of the observed weeks from which a hotspot counts as always there."""


class Trend(StrEnum):
    """The classes of emerging hot spot analysis."""

    NEW = "new"
    CONSECUTIVE = "consecutive"
    INTENSIFYING = "intensifying"
    PERSISTENT = "persistent"
    DIMINISHING = "diminishing"
    SPORADIC = "sporadic"
    OSCILLATING = "oscillating"
    HISTORICAL = "historical"


def classify(
    hot: npt.ArrayLike,
    values: npt.ArrayLike,
    cold: npt.ArrayLike | None = None,
    alpha: float = 0.05,
) -> Trend | None:
    """Return the emerging-hot-spot class of a series of weeks, the last one last, or None.

    `hot` marks the weeks in which it was a hotspot, `values` is its level, NaN without visits: such
    weeks are left out. `cold` marks the weeks in which it was significantly low. The classes are
    those of ESRI's space-time pattern mining, on Mann-Kendall for the trend of those that are
    nearly always hot: hot for the first time is new; an unbroken run up to now and never before is
    consecutive; 90 % of the weeks is intensifying, persistent or diminishing by its trend, and
    historical if it ended; the rest is oscillating if it was ever cold, else sporadic.
    """
    level = np.asarray(values, dtype=np.float64)
    seen = ~np.isnan(level)
    was_hot = np.asarray(hot, dtype=bool)[seen]
    was_cold = np.zeros(len(was_hot), bool) if cold is None else np.asarray(cold, bool)[seen]
    if not was_hot.any():
        return None
    mostly = was_hot.mean() >= MOST
    if not was_hot[-1]:
        return Trend.HISTORICAL if was_hot[:-1].mean() >= MOST else None
    if was_hot.sum() == 1:
        return Trend.NEW
    if mostly and len(was_hot) > 2:
        return _direction(level[seen], alpha)
    if was_hot[int(was_hot.argmax()) :].all():
        return Trend.CONSECUTIVE
    return Trend.OSCILLATING if was_cold.any() else Trend.SPORADIC


def _direction(values: Floats, alpha: float) -> Trend:
    test = mann_kendall(values)
    if test.p > alpha:
        return Trend.PERSISTENT
    return Trend.INTENSIFYING if test.s > 0 else Trend.DIMINISHING


@dataclass(frozen=True, kw_only=True)
class HotspotHistory:
    """A hotspot's area over some weeks, the last one last: whether any of it was hot, or cold.

    `level` is the mean count per visit in the area, NaN in weeks without visits.
    """

    hot: Mask
    cold: Mask
    level: Floats
    trend: Trend | None


def course(spot: Hotspot, weeks: Sequence[Cells], alpha: float = 0.05) -> HotspotHistory:
    """Return what the cells of a hotspot showed in each of `weeks` (12 by policy), and the class.

    Heads per visit, not heads standing, so that a week with fewer visits is not a fall.
    """
    column, row = np.array(spot.cells, dtype=np.int64).T
    shown = [_shown(cells, keys(column, row)) for cells in weeks]
    hot, cold, level = (np.array(column) for column in zip(*shown, strict=True))
    return HotspotHistory(hot=hot, cold=cold, level=level, trend=classify(hot, level, cold, alpha))


def _shown(cells: Cells, ground: npt.NDArray[np.int64]) -> tuple[bool, bool, float]:
    on = np.isin(cells.keys, ground)
    visits = int(cells.visits[on].sum())
    level = float(cells.heads[on].sum()) / visits if visits else np.nan
    return bool(cells.significant[on].any()), bool(cells.cold[on].any()), level
