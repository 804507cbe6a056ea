"""Bandwidth evaluation: how well past weeks predict the next one at each bandwidth.

The bandwidth is fixed by policy and the same every week. This shows what the choice costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots.kernel_density import Surface, surface
from geosites.core.errors import NotEnoughData

Floats = npt.NDArray[np.float64]
CANDIDATES_M = tuple(range(100, 401, 25))
_CELL_M = 25.0
_ANYWHERE = 0.01
"""Share of the heads that a forecast puts anywhere, so that a first sighting costs no infinity."""


@dataclass(frozen=True, kw_only=True)
class WeekWeights:
    """The visits of one week: positions (n, 2) and their parts of the people present (n,)."""

    xy: Floats
    weights: Floats


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """How one bandwidth does: mean log density at next week's heads (per m2), and the PAI."""

    bandwidth_m: float
    log_likelihood: float
    pai: float


@dataclass(frozen=True, kw_only=True)
class BandwidthStudy:
    """The forecasts of every bandwidth; `recommended_m` is None where `reason` says why."""

    forecasts: tuple[Forecast, ...]
    weeks: int
    area_share: float
    recommended_m: float | None
    reason: str | None


def forward_chaining(
    weeks: Sequence[WeekWeights],
    window: shapely.Geometry,
    candidates_m: Sequence[float] = CANDIDATES_M,
    *,
    memory_weeks: int = 4,
    area_share: float = 0.01,
) -> BandwidthStudy:
    """Return how well the last `memory_weeks` weeks predict the next one, by bandwidth.

    Every week after the first is scored by the density of the weeks before it, never by itself: the
    mean of log f at its heads, where f integrates to 1, and the PAI, the share of its heads in the
    densest `area_share` of the window over that share (Chainey, Tompson & Uhlig 2008): half of the
    people in 1 % of the area is a PAI of 50. The likelihood recommends, except at an end of the
    range: an optimum at the low end means that the same places are reported again and again, at the
    high end that nothing clusters. Raises `NotEnoughData` below two weeks with heads.
    """
    known = [week for week in weeks if week.weights.sum() > 0]
    if len(known) < 2:
        raise NotEnoughData(
            "weeks with people present: %(count)s; a forecast needs 2", count=len(known)
        )
    forecasts = tuple(
        _forecast(known, window, bandwidth, memory_weeks, area_share) for bandwidth in candidates_m
    )
    recommended, reason = _recommended(forecasts)
    return BandwidthStudy(
        forecasts=forecasts,
        weeks=len(known) - 1,
        area_share=area_share,
        recommended_m=recommended,
        reason=reason,
    )


def _forecast(
    weeks: Sequence[WeekWeights],
    window: shapely.Geometry,
    bandwidth: float,
    memory: int,
    area_share: float,
) -> Forecast:
    """Return the mean scores over all weeks but the first, every head weighing the same."""
    scores = []
    for index in range(1, len(weeks)):
        past = weeks[max(0, index - memory) : index]
        drawn = surface(
            np.vstack([week.xy for week in past]),
            np.concatenate([week.weights for week in past]),
            window,
            bandwidth,
            _CELL_M,
        )
        scores.append(_scored(drawn, weeks[index], window.area, area_share))
    likelihood, hits, heads = np.sum(scores, axis=0)
    return Forecast(
        bandwidth_m=float(bandwidth),
        log_likelihood=float(likelihood / heads),
        pai=float(hits / heads / area_share),
    )


def _scored(
    drawn: Surface, week: WeekWeights, area: float, area_share: float
) -> tuple[float, float, float]:
    """Return log likelihood, people in the densest area, and people, of one week."""
    density = drawn.values / drawn.integral
    at = drawn.at(week.xy) / drawn.integral
    forecast = (1 - _ANYWHERE) * at + _ANYWHERE / area
    cells = max(1, round(area_share * area / drawn.cell**2))
    edge = np.partition(density, -cells, axis=None)[-cells]
    weights = week.weights
    inside = weights[at >= max(edge, np.finfo(float).tiny)].sum()
    return float(weights @ np.log(forecast)), float(inside), float(weights.sum())


def _recommended(forecasts: Sequence[Forecast]) -> tuple[float | None, str | None]:
    """Return the bandwidth with the best likelihood, or why none is recommended."""
    best = int(np.argmax([forecast.log_likelihood for forecast in forecasts]))
    width = forecasts[best].bandwidth_m
    if best == 0:
        return None, (
            f"the best lies at the low end of the range ({width:g} m): "
            "the same places are reported again and again"
        )
    if best == len(forecasts) - 1:
        return None, f"the best lies at the high end of the range ({width:g} m): nothing clusters"
    return width, None
