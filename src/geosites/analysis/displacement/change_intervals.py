"""Change in people present in a group of places: observed minus predicted by controls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.displacement.control_places_test import MAD_TO_SD, SMALL, Drift
from geosites.analysis.displacement.levels import Floats, Levels
from geosites.analysis.displacement.study_design import MIN_CONTROLS, Codes

Mask = npt.NDArray[np.bool_]

_SEVERAL = 2
_DOUBT = 2.5


@dataclass(frozen=True, kw_only=True)
class HeadChange:
    """People present before and after, as expected, and the change with its interval."""

    before: float
    after: float
    expected: float
    change: float
    se: float
    low: float
    high: float
    places: int


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """What a territory is judged by: the drift outside it, and how far its places move together."""

    drift: Drift
    together: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The places seen in both periods: their levels before and after, aligned."""

    before: Levels
    after: Levels

    def expected(self, found: Drift) -> Floats:
        """Return the heads expected after at each place."""
        return self.before.level * found.factor

    def variance(self, found: Drift) -> Floats:
        """Return the variance of each place's change, without the common drift.

        s_A^2 + e^(2g) s_B^2 + (B e^g)^2 tau^2: two counts and the place's own drift.
        """
        counted = self.after.se**2 + (found.factor * self.before.se) ** 2
        return counted + (self.expected(found) * found.tau) ** 2


def change(
    standing: Standing,
    members: Mask,
    found: Drift,
    level: float = 0.90,
    controls: Mask | None = None,
    together: float = 0.0,
) -> HeadChange:
    """Return the change of the places marked in `members`, with its interval.

    change = sum(A - B e^g); variance = sum of the places' own + (sum B e^g)^2 v_g; quantile from t
    on J - 1 degrees of freedom. By hand: one place from 20 to 8 while controls kept 90 % gives 8 -
    18 = -10. `together` is the variance by which places of one territory move together
    (`co_movement`): where there are several it adds (sum B e^g)^2 times itself. Members among the
    `controls` that gave g move with it: twice (sum B e^g) (sum over those) v_g/(pi/2) is subtracted
    from the variance.
    """
    before = float(standing.before.level[members].sum())
    after = float(standing.after.level[members].sum())
    expected = before * found.factor
    own = float(standing.variance(found)[members].sum())
    shared_own = together if int(members.sum()) > 1 else 0.0
    common = expected**2 * (found.variance + shared_own)
    if controls is not None:
        shared = found.factor * float(standing.before.level[members & controls].sum())
        common -= 2 * expected * shared * found.influence
    se = float(np.sqrt(max(own + common, 0.0)))
    reach = float(special.stdtrit(found.quantile_df, (1 + level) / 2)) * se
    gap = after - expected
    return HeadChange(
        before=before,
        after=after,
        expected=expected,
        change=gap,
        se=se,
        low=gap - reach,
        high=gap + reach,
        places=int(members.sum()),
    )


def co_movement(standing: Standing, territory: Codes, controls: Mask, found: Drift) -> float:
    """Return the variance, in logs, by which the places of one territory move together.

    Over the territories with two controls or more: L_T = log(sum A/sum B) - g, and its variance if
    the places moved independently; the excess of MAD^2 over the median of these is common to a
    territory. The spread of few territories is uncertain and shrunk towards 0 with the weight of
    two and a half. 0 with fewer than six such territories, or without an excess.
    """
    code = np.unique(territory[controls], return_inverse=True)[1]

    def summed(values: Floats) -> Floats:
        return np.asarray(np.bincount(code, values[controls])[several], dtype=np.float64)

    several = np.bincount(code) >= _SEVERAL
    if several.sum() < MIN_CONTROLS:
        return 0.0
    expected = summed(standing.before.level) * found.factor + SMALL
    ratios = np.log((summed(standing.after.level) + SMALL) / expected)
    variances = summed(standing.variance(found)) / expected**2
    spread = MAD_TO_SD * float(np.median(np.abs(ratios - np.median(ratios))))
    held = len(ratios) / (len(ratios) + _DOUBT)
    return max(0.0, held * spread**2 - float(np.median(variances)))
