"""Weeks seen by several crews, who report one scene within the hour or the shift.

There are two generators, since calibration under one alone could be an artefact of it. In both, no
place of a null week has more people than another in the long run, so any hotspot is false.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.weeks import DAY_PARTS
from geosites.simulation.patrols import counts
from geosites.simulation.scene import random_places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAYS = 7
PART_H = 24 // len(DAY_PARTS)
SHIFTS = (6, 14, 22)
SHIFT_H = 8
BEATS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class CrewWeek:
    """Visits of a week: `xy` (n, 2) metres, heads, part of the day, part of which day.

    `planted` (2,) is the place with more people than the others, or an ordinary one.
    """

    xy: Floats
    heads: Ints
    day_part: Ints
    slot: Ints
    planted: Floats


def rounds_week(
    rng: np.random.Generator,
    window: shapely.Geometry,
    *,
    crews: int = 1,
    visits: int = 150,
    places: int = 30,
    mean_heads: float = 8.0,
    dispersion: float = 1.0,
    factor: float | None = None,
    planted_visits: int = 12,
) -> CrewWeek:
    """Return a week in which `crews` see a place together, whenever it is seen.

    Effort is lognormal over the places. A scene has its own gamma level each time (shape 1 /
    dispersion), which all crews of the hour count with Poisson error. With a `factor` the first
    place has that multiple of the others, and is visited `planted_visits` times.
    """
    xy = random_places(rng, window, places, 450.0)
    weight = np.exp(rng.normal(0.0, 0.8, places))
    seen = rng.choice(places, size=max(1, visits // crews), p=weight / weight.sum())
    if factor is not None:
        seen = np.append(seen[seen != 0], np.zeros(max(1, planted_visits // crews), np.int64))
    hour = rng.uniform(0, 24 * DAYS, len(seen))
    level = np.where(seen == 0, mean_heads * (factor or 1.0), mean_heads)
    level = level * rng.gamma(1 / dispersion, dispersion, len(seen))
    again = np.repeat(np.arange(len(seen)), crews)
    at = hour[again] + rng.uniform(0, 0.8, len(again))
    return _week(rng, xy, seen[again], at, rng.poisson(level[again]), 40.0)


def shifts_week(
    rng: np.random.Generator,
    window: shapely.Geometry,
    *,
    crews: int = 1,
    visits: int = 150,
    places: int = 36,
    mean_heads: float = 6.0,
    wander: float = 0.8,
    memory_h: float = 4.0,
    dispersion: float = 0.3,
    factor: float | None = None,
    planted_visits: int = 12,
) -> CrewWeek:
    """Return a week in which crews walk beats in shifts, each stop at any hour of the shift.

    The number of people at a place varies from hour to hour (log AR(1), standard deviation
    `wander`, memory `memory_h` hours) and is counted with a negative binomial. All crews of a shift
    walk the same beat, but not together, so that their counts are similar but not equal.
    """
    xy = random_places(rng, window, places, 420.0)
    level = mean_heads * _wandering(rng, 24 * DAYS + SHIFT_H, places, wander, memory_h)
    if factor is not None:
        level[:, 0] *= factor
    beats = np.array_split(np.argsort(xy[:, 0] + rng.normal(0, 1500, places)), BEATS)
    stops: list[tuple[int, float]] = []
    while len(stops) < visits:
        start, beat = _shift(rng), beats[rng.integers(BEATS)]
        for _ in range(crews):
            walked = rng.permutation(beat)[: rng.integers(3, len(beat) + 1)]
            kept = walked if factor is None else walked[walked != 0]
            stops += [(int(place), start + rng.uniform(0, SHIFT_H)) for place in kept]
    for _ in range(0 if factor is None else max(1, round(planted_visits / crews))):
        start = _shift(rng)
        stops += [(0, start + rng.uniform(0, SHIFT_H)) for _ in range(crews)]
    place = np.array([item for item, _ in stops])
    at = np.array([hour for _, hour in stops])
    heads = counts(rng, level[at.astype(np.int64), place], dispersion)
    return _week(rng, xy, place, at, heads, 50.0)


def _shift(rng: np.random.Generator) -> float:
    return float(24 * rng.integers(DAYS) + SHIFTS[rng.integers(len(SHIFTS))])


def _wandering(
    rng: np.random.Generator, hours: int, places: int, wander: float, memory_h: float
) -> Floats:
    keep = np.exp(-1 / memory_h)
    steps = rng.standard_normal((hours, places))
    for hour in range(1, hours):
        steps[hour] = keep * steps[hour - 1] + np.sqrt(1 - keep**2) * steps[hour]
    return np.asarray(np.exp(wander * steps - wander**2 / 2))


def _week(
    rng: np.random.Generator, xy: Floats, place: Ints, hour: Floats, heads: Ints, jitter_m: float
) -> CrewWeek:
    """Return the visits; a week in which nobody was never seen gets one such visit."""
    part = (hour % 24 // PART_H).astype(np.int64)
    seen = np.asarray(heads, dtype=np.int64).copy()
    if seen.min() > 0:
        seen[int(np.argmin(seen))] = 0
    return CrewWeek(
        xy=xy[place] + rng.normal(0.0, jitter_m, (len(place), 2)),
        heads=seen,
        day_part=part,
        slot=(hour // 24).astype(np.int64) * (len(DAY_PARTS) + 1) + part,
        planted=xy[0],
    )
