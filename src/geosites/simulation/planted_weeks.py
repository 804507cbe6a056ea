"""One simulated week of visits, without a hotspot or with one planted at a known place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geosites.simulation.patrols import EVEN, SimulatedVisits, counts
from geosites.simulation.scene import scatter

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PlantedWeek:
    """A week with one true hotspot: a disc of `radius_m` around `centre` (2,)."""

    visits: SimulatedVisits
    centre: Floats
    radius_m: float


def null_week(
    rng: np.random.Generator,
    window: shapely.Geometry,
    *,
    visits: int = 400,
    beats: int = 40,
    spread_m: float = 250.0,
    unevenness: float = 1.0,
    mean_heads: float = 4.0,
    dispersion: float = 1.0,
) -> SimulatedVisits:
    """Return a week in which no part of the city holds more heads per visit than another.

    Effort is very uneven: visits gather around `beats` of lognormal weight (log standard deviation
    `unevenness`), a fifth is anywhere. Heads are the same negative binomial at every visit, so any
    hotspot found is false. `place` is the beat, -1 for visits anywhere.
    """
    centres = scatter(rng, window, beats)
    weight = np.exp(rng.normal(0.0, unevenness, beats))
    beat = rng.choice(beats, size=visits, p=weight / weight.sum())
    beat = np.where(rng.random(visits) < 0.2, -1, beat)
    xy = np.where(
        beat[:, None] < 0,
        scatter(rng, window, visits),
        centres[beat] + rng.normal(0.0, spread_m, (visits, 2)),
    )
    inside = shapely.contains_xy(window, xy)
    xy[~inside] = scatter(rng, window, int((~inside).sum()))
    heads = counts(rng, np.full(visits, mean_heads), dispersion)
    return _week(rng, xy, heads, np.where(inside, beat, -1))


def planted_week(
    rng: np.random.Generator,
    window: shapely.Geometry,
    *,
    factor: float = 4.0,
    area_ha: float = 2.0,
    hotspot_visits: int = 12,
    visits: int = 400,
    mean_heads: float = 4.0,
    dispersion: float = 1.0,
) -> PlantedWeek:
    """Return a null week with `factor` times the heads in a disc of `area_ha` with known centre.

    Exactly `hotspot_visits` are in the disc (2 ha: radius 79.8 m), which is entirely in `window`.
    """
    radius_m = float(np.sqrt(area_ha * 1e4 / np.pi))
    centre = scatter(rng, window.buffer(-radius_m), 1)[0]
    around = null_week(rng, window, visits=visits, mean_heads=mean_heads, dispersion=dispersion)
    outside = np.hypot(*(around.xy - centre).T) > radius_m
    inner = scatter(rng, shapely.Point(centre).buffer(radius_m), hotspot_visits)
    heads = counts(rng, np.full(hotspot_visits, mean_heads * factor), dispersion)
    week = _week(
        rng,
        np.vstack([around.xy[outside], inner]),
        np.concatenate([around.heads[outside], heads]),
        np.concatenate([around.place[outside], np.full(hotspot_visits, -2)]),
    )
    return PlantedWeek(week, centre, radius_m)


def _week(
    rng: np.random.Generator,
    xy: Floats,
    heads: npt.NDArray[np.int64],
    place: npt.NDArray[np.int64],
) -> SimulatedVisits:
    n = len(xy)
    return SimulatedVisits(
        xy=xy,
        week=np.zeros(n, dtype=np.int64),
        heads=heads,
        place=place,
        territory=np.full(n, "city"),
        day_part=rng.choice(4, size=n, p=EVEN),
        origin=np.full(n, "patrol"),
    )
