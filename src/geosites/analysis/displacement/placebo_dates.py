"""Placebo dates: wider intervals where places near the target vary more than the controls."""

from __future__ import annotations

import numpy as np

from geosites.analysis.displacement.control_places_test import drift_of, log_ratios
from geosites.analysis.displacement.levels import Floats, levels
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.study_design import MIN_CONTROLS, Mask

_SHARES = (1 / 3, 1 / 2, 2 / 3)
_SHORTEST = 4
_PRIOR = 10.0
_CAP = 9.0


def placebo_spread(seen: Observed) -> float:
    """Return the factor by which intervals around the target are widened, 1 or more.

    The weeks before are cut at a third, a half and two thirds, as if an event had been there, if
    there are four weeks on both sides. Each place near the target then gives z = (L - g)/sqrt(s^2 +
    tau^2 + v_g) as in the place test; if controls are representative, the mean of z^2 is 1. The
    result is the root of that mean, shrunk towards 1 with the weight of ten places. By hand: ten
    places with a mean z^2 of 2 give sqrt((20 + 10)/20) = 1.22.
    """
    cuts = [round(share * seen.table.first) for share in _SHARES]
    long = [cut for cut in cuts if seen.table.first + _SHORTEST <= cut <= -_SHORTEST]
    squares = [z**2 for z in (_standardised(seen, cut) for cut in long) if len(z)]
    if not squares:
        return 1.0
    places = float(np.mean([len(each) for each in squares]))
    mean = float(np.mean([np.minimum(each, _CAP).mean() for each in squares]))
    return float(np.sqrt(max(1.0, (places * mean + _PRIOR) / (places + _PRIOR))))


def _standardised(seen: Observed, cut: int) -> Floats:
    """Return z of the near places at one placebo date; empty if too few controls were seen."""
    week = seen.table.weeks
    early, late = (
        levels(seen.table, part, seen.typical[0])
        for part in (week < cut, (week >= cut) & (week < 0))
    )
    both: Mask = (early.weeks > 0) & (late.weeks > 0)
    controls = both & seen.controls_for(seen.target)
    if controls.sum() < MIN_CONTROLS:
        return np.empty(0)
    result = drift_of(early, late, controls)
    near = both & (seen.near | seen.target) & ~controls
    ratio, se = log_ratios(early, late)
    spread = np.sqrt(se[near] ** 2 + result.tau**2 + result.variance)
    return np.asarray((ratio[near] - result.log_ratio) / spread)
