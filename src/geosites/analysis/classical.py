"""The classical view of a hotspot: heads counted there beside what the city's mean would give.

It stands beside the effort test and is not believed: one visit counts many heads at once, so that
Poisson errors on heads are far too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geosites.analysis.groups import Hotspot
from geosites.analysis.significance import dispersion, exceedance
from geosites.analysis.trend import Course
from geosites.analysis.week_cells import Cells, keys


@dataclass(frozen=True, kw_only=True)
class Exceedance:
    """Heads counted on a hotspot, those expected, and P(as many or more) by two models."""

    counted: float
    expected: float
    p_poisson: float
    p_negative_binomial: float


def exceedances(
    cells: Cells, spots: Sequence[Hotspot], courses: Sequence[Course]
) -> list[Exceedance]:
    """Return the exceedance of each hotspot of a week.

    Expected are its visits times the mean heads per visit everywhere else. The dispersion comes
    from the weeks before, pooled over the hotspots' grounds. By hand: 3 visits counting 30 heads
    where the other 10 visits counted 20 expect 6.
    """
    if not spots:
        return []
    before = np.array([one.level[:-1] for one in courses]).T
    spread = dispersion(before)
    return [_exceedance(cells, spot, spread) for spot in spots]


def _exceedance(cells: Cells, spot: Hotspot, spread: float) -> Exceedance:
    column, row = np.array(spot.cells, dtype=np.int64).T
    on = np.isin(cells.keys, keys(column, row))
    elsewhere = max(int(cells.visits[~on].sum()), 1)
    rate = max(float(cells.heads[~on].sum()), 0.5) / elsewhere
    counted, expected = float(cells.heads[on].sum()), rate * float(cells.visits[on].sum())
    return Exceedance(
        counted=counted,
        expected=expected,
        p_poisson=float(exceedance(counted, expected)),
        p_negative_binomial=float(exceedance(counted, expected, spread)),
    )
