"""How far care is from where heads stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Care:
    """Care places with a known point: `xy` (k, 2) metres, open in weeks `open_from` (k,) to
    `open_until` (k,), both included, counted from the event; minus or plus infinity where no end is
    known.
    """

    xy: Floats
    open_from: Floats
    open_until: Floats


@dataclass(frozen=True, kw_only=True)
class CareDistance:
    """Head-weighted crow-fly metres to the nearest open care place; None if none was open."""

    before: float | None
    after: float | None


def nearest_open_m(xy: Floats, care: Care, week: int) -> Floats | None:
    """Return the crow-fly metres (n,) from each point to the nearest care place open in a week.

    None if no care place was open in that week.
    """
    is_open = (care.open_from <= week) & (week <= care.open_until)
    if not is_open.any():
        return None
    gap = xy[:, None, :] - care.xy[is_open][None, :, :]
    return np.asarray(np.hypot(gap[..., 0], gap[..., 1]).min(axis=1))


def head_weighted_m(
    xy: Floats, heads: Floats, care: Care, weeks: npt.NDArray[np.int64]
) -> float | None:
    """Return the mean distance to the nearest open care place, each place weighing its heads.

    Mean over the weeks in which a care place was open; None if there was no such week or nobody
    stood anywhere. By hand: 30 heads at 100 m and 10 heads at 500 m are (3000 + 5000)/40 = 200 m.
    """
    distances = [nearest_open_m(xy, care, int(week)) for week in weeks]
    known = [metres for metres in distances if metres is not None]
    if not known or heads.sum() <= 0:
        return None
    return float(np.average(np.mean(known, axis=0), weights=heads))
