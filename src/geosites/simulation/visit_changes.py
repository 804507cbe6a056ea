"""Changes to visits before they are read: hours, units, crews, missing zeros.

Each function takes and returns visits, so that they can be combined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.displacement.study_design import Codes
from geosites.simulation.patrols import EVEN, SimulatedVisits
from geosites.simulation.scene import scatter

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

DAYS = 7
PARTS = 4


def scattered(
    rng: np.random.Generator,
    window: shapely.Geometry,
    weeks: int,
    per_week: float,
    code_of: Callable[[Floats], Codes],
    *,
    passer_by: float = 0.03,
) -> SimulatedVisits:
    """Return visits anywhere in `window`, where nobody is; a few see one passer-by.

    Their number is Poisson with mean `weeks` * `per_week`; `code_of` gives the territory of points
    (n, 2); `place` is -1.
    """
    week = np.sort(rng.integers(0, weeks, rng.poisson(weeks * per_week)))
    xy = scatter(rng, window, len(week))
    return SimulatedVisits(
        xy=xy,
        week=week,
        heads=(rng.random(len(week)) < passer_by).astype(np.int64),
        place=np.full(len(week), -1),
        territory=code_of(xy),
        day_part=rng.choice(PARTS, size=len(week), p=EVEN),
        origin=np.full(len(week), "patrol"),
    )


def joined(*parts: SimulatedVisits) -> SimulatedVisits:
    """Return the visits of all parts in the order of the weeks."""
    columns = {}
    for field in fields(SimulatedVisits):
        given = [getattr(part, field.name) for part in parts]
        if all(values is not None for values in given):
            columns[field.name] = np.concatenate(given)
    together = SimulatedVisits(**columns)
    return together.take(np.argsort(together.week, kind="stable"))


def timed(rng: np.random.Generator, visits: SimulatedVisits) -> SimulatedVisits:
    """Return the visits with an hour and a slot, one number for each part of each day.

    Days are as likely as each other, and so are the hours within a part of the day.
    """
    day = visits.week * DAYS + rng.integers(0, DAYS, len(visits))
    return replace(
        visits,
        slot=day * PARTS + visits.day_part,
        hour=(visits.day_part + rng.random(len(visits))) * 24 / PARTS,
    )


def with_units(
    rng: np.random.Generator,
    visits: SimulatedVisits,
    *,
    own: float = 0.6,
    others: Sequence[str] = ("city-1", "city-2"),
) -> SimulatedVisits:
    """Return the visits with the unit that made each: its territory's own, or one of the city's."""
    local = np.char.add("unit-", visits.territory.astype(str))
    wide = rng.choice(list(others), len(visits))
    return replace(visits, unit=np.where(rng.random(len(visits)) < own, local, wide))


def crews(
    rng: np.random.Generator,
    visits: SimulatedVisits,
    number: int,
    *,
    disagreement: float = 0.2,
    apart_m: float = 15.0,
) -> SimulatedVisits:
    """Return the visits, each made by `number` crews in the same part of the same day.

    They count the same people: a further crew's count is the first one's times a lognormal error
    with mean 1 and log standard deviation `disagreement`, and 0 where that was 0.
    """
    further = [
        replace(
            visits,
            xy=visits.xy + rng.normal(0.0, apart_m, visits.xy.shape),
            heads=_recounted(rng, visits.heads, disagreement),
        )
        for _ in range(number - 1)
    ]
    return joined(visits, *further)


def doubled(rng: np.random.Generator, visits: SimulatedVisits, share: float) -> SimulatedVisits:
    """Return the visits with a share of them reported twice, word for word."""
    return joined(visits, visits.take(rng.random(len(visits)) < share))


def without_zeros(
    rng: np.random.Generator, visits: SimulatedVisits, where: Mask, share: float = 1.0
) -> SimulatedVisits:
    """Return the visits without a share of those marked in `where` that saw nobody."""
    gone = where & (visits.heads == 0) & (rng.random(len(visits)) < share)
    return visits.take(~gone)


def with_outliers(
    rng: np.random.Generator, visits: SimulatedVisits, share: float, factor: int = 10
) -> SimulatedVisits:
    """Return the visits with a share of the counts times `factor`, the others a little smaller.

    The mean count per visit is unchanged: the others are thinned (each person is kept with the same
    probability).
    """
    keep = 1 / (1 + share * (factor - 1))
    thinned = rng.binomial(visits.heads, keep)
    large = rng.random(len(visits)) < share
    return replace(visits, heads=np.where(large, thinned * factor, thinned))


def _recounted(
    rng: np.random.Generator, heads: npt.NDArray[np.int64], error: float
) -> npt.NDArray[np.int64]:
    off = np.exp(rng.normal(-(error**2) / 2, error, len(heads)))
    return np.rint(heads * off).astype(np.int64)
