"""Simulated patrols: visits with uneven and shifting effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from geosites.analysis.displacement.study_design import Codes
from geosites.core.errors import Refused
from geosites.core.weeks import DAY_PARTS
from geosites.simulation.scene import Scene

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EVEN = (0.25, 0.25, 0.25, 0.25)


@dataclass(frozen=True)
class SimulatedVisits:
    """Visits in order of weeks. `place` is the truth, which no method gets.

    `xy` (n, 2) metres; `week`, `heads`, `place` (n,) whole numbers (place -1: none); `territory`
    (n,) of the place; `day_part` (n,) index into `weeks.DAY_PARTS`; `origin` (n,) text; `hour` (n,)
    of the day, 0 to 24; `slot` (n,) numbers the parts of the days; `unit` (n,) text, who reported.
    """

    xy: Floats
    week: Ints
    heads: Ints
    place: Ints
    territory: Codes
    day_part: Ints
    origin: npt.NDArray[np.str_]
    hour: Floats | None = None
    slot: Ints | None = None
    unit: npt.NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return len(self.week)

    def take(self, index: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> SimulatedVisits:
        """Return the visits at an index, or those marked in a mask."""
        each = ((field.name, getattr(self, field.name)) for field in fields(self))
        return replace(self, **{name: values[index] for name, values in each if values is not None})


class ObserveOptions(TypedDict, total=False):
    """Options of `observe` besides the visits made."""

    jitter_m: npt.ArrayLike
    extent_m: npt.ArrayLike | None
    dispersion: npt.ArrayLike
    p_detect: float
    day_parts: npt.ArrayLike
    day_part_factor: npt.ArrayLike
    origins: Mapping[str, float] | None


def visits(
    scene: Scene,
    rng: np.random.Generator,
    effort: npt.ArrayLike,
    *,
    follow: float = 0.0,
    **options: Unpack[ObserveOptions],
) -> SimulatedVisits:
    """Return the visits of patrols to a scene; a visit counts the whole place, 0 included.

    `effort` is the expected number of visits, one number or anything that spreads over (P, W).
    `follow` is the share of each week's effort that goes where people are, 0 to 1; the effort of
    the week is unchanged. The other options are those of `observe`.
    """
    made = rng.poisson(follow_heads(scene, effort, follow))
    return observe(scene, rng, made, **options)


def observe(
    scene: Scene,
    rng: np.random.Generator,
    made: Ints,
    *,
    jitter_m: npt.ArrayLike = 30.0,
    extent_m: npt.ArrayLike | None = None,
    dispersion: npt.ArrayLike = 0.5,
    p_detect: float = 1.0,
    day_parts: npt.ArrayLike = EVEN,
    day_part_factor: npt.ArrayLike = EVEN,
    origins: Mapping[str, float] | None = None,
) -> SimulatedVisits:
    """Return the observations of `made` (P, W) visits to a scene, in order of weeks.

    A position is the place's plus `jitter_m` each way (one number, or one per place); a place with
    an `extent_m` (P, 2), its width and height, is visited anywhere on that rectangle instead (0:
    no extent). Counts are negative binomial with variance m + dispersion * m^2 (one number, or one
    per place), Poisson at 0. A visit misses everything with probability 1 - `p_detect`. `day_parts`
    are the shares of visits by part of the day (4,), `day_part_factor` how full places are then,
    four numbers or anything that spreads over (P, W, 4); the factors are scaled so that their mean
    over visits is 1, and so the mean heads per visit are `scene.heads` * p_detect. Shares that
    differ by place and week are (P, W, 4); the mean of the factors over the hours of the day is
    then 1, and `scene.heads` is what stands on the mean of the day.
    """
    place, week = _each_visit(made)
    shares = np.asarray(day_parts, dtype=np.float64)
    part = _parts(rng, shares, place, week)
    scaled_by = EVEN if shares.ndim > 1 else shares
    full = np.broadcast_to(_relative(scaled_by, day_part_factor), (*scene.heads.shape, 4))
    mean = scene.heads[place, week] * full[place, week, part]
    spread = np.broadcast_to(np.asarray(dispersion, dtype=np.float64), scene.places)[place]
    heads = counts(rng, mean, spread) * (rng.random(len(week)) < p_detect)
    given = origins or {"patrol": 1.0}
    return SimulatedVisits(
        xy=scene.xy[place] + _away(rng, place, scene.places, jitter_m, extent_m),
        week=week,
        heads=heads,
        place=place,
        territory=scene.territory[place],
        day_part=part,
        origin=rng.choice(list(given), size=len(week), p=_shares(list(given.values()))),
    )


def follow_heads(scene: Scene, effort: npt.ArrayLike, follow: float) -> Floats:
    """Return expected visits (P, W) of which a share `follow` goes where the week's people are.

    Effort 2 at places with 10 and 30 heads becomes 1 and 3 at `follow=1`, 1.5 and 2.5 at .5.
    """
    if not 0 <= follow <= 1:
        raise Refused(f"follow is {follow}, and must lie in [0, 1]")
    even = np.broadcast_to(np.asarray(effort, dtype=np.float64), scene.heads.shape)
    seen = (even * scene.heads).sum(axis=0)
    total = even.sum(axis=0)
    pull = scene.heads * np.divide(total, seen, out=np.zeros_like(total), where=seen > 0)
    return even * np.where(seen > 0, 1 - follow + follow * pull, 1.0)


def counts(rng: np.random.Generator, mean: Floats, dispersion: npt.ArrayLike) -> Ints:
    """Return counts with variance mean + dispersion * mean^2 (negative binomial, Poisson at 0)."""
    spread = np.broadcast_to(np.asarray(dispersion, dtype=np.float64), mean.shape)
    safe = np.where(spread > 0, spread, 1.0)
    return rng.poisson(mean * np.where(spread > 0, rng.gamma(1 / safe, safe), 1.0))


def uneven_effort(
    rng: np.random.Generator,
    places: int,
    weeks: int,
    mean: float = 2.0,
    *,
    across: float = 0.8,
    within: float = 0.4,
) -> Floats:
    """Return expected visits (P, W) that are uneven: log standard deviations of places and weeks.

    The mean over all is `mean` exactly. With `across=0.8` the busiest fifth of the places gets
    about half of the visits.
    """
    place = rng.normal(0.0, across, (places, 1))
    week = rng.normal(0.0, within, (places, weeks))
    effort = np.exp(place + week)
    return np.asarray(effort * (mean / effort.mean()))


def shift_effort(
    effort: npt.NDArray[np.float64], week: int, places: Sequence[int], factor: float
) -> Floats:
    """Return the effort with visits to `places` times `factor` from `week` on.

    The other places compensate, so that each week's total is unchanged. Raises `Refused` if they
    cannot.
    """
    shifted = effort.copy()
    chosen = np.isin(np.arange(len(effort)), places)
    total = effort[:, week:].sum(axis=0)
    wanted = effort[chosen, week:].sum(axis=0) * factor
    rest = effort[~chosen, week:].sum(axis=0)
    if (wanted > total).any() or (rest == 0).any():
        raise Refused(f"effort times {factor:g} at {len(places)} places exceeds the week's total")
    shifted[chosen, week:] *= factor
    shifted[~chosen, week:] *= (total - wanted) / rest
    return shifted


def _parts(rng: np.random.Generator, shares: Floats, place: Ints, week: Ints) -> Ints:
    """Return the part of the day of each visit."""
    if shares.ndim == 1:
        return rng.choice(4, size=len(week), p=_shares(shares))
    each = shares[place, week]
    until = np.cumsum(each / each.sum(axis=1, keepdims=True), axis=1)[:, :-1]
    return np.asarray((rng.random(len(week))[:, None] >= until).sum(axis=1), dtype=np.int64)


def _away(
    rng: np.random.Generator,
    place: Ints,
    places: int,
    jitter_m: npt.ArrayLike,
    extent_m: npt.ArrayLike | None,
) -> Floats:
    """Return how far from the middle of its place each visit is made, (n, 2) metres."""
    jitter = np.broadcast_to(np.asarray(jitter_m, dtype=np.float64), places)[place, None]
    away = rng.normal(0.0, jitter, (len(place), 2))
    if extent_m is None:
        return away
    extent = np.broadcast_to(np.asarray(extent_m, dtype=np.float64), (places, 2))[place]
    return np.where(extent > 0, rng.uniform(-0.5, 0.5, away.shape) * extent, away)


def _each_visit(made: Ints) -> tuple[Ints, Ints]:
    cell = np.repeat(np.arange(made.size), made.T.ravel())
    return cell % len(made), cell // len(made)


def _shares(weights: npt.ArrayLike) -> Floats:
    array = np.asarray(weights, dtype=np.float64)
    return np.asarray(array / array.sum())


def _relative(day_parts: npt.ArrayLike, factor: npt.ArrayLike) -> Floats:
    array = np.asarray(factor, dtype=np.float64)
    if not np.size(day_parts) == array.shape[-1] == len(DAY_PARTS):
        raise Refused(f"day_parts and day_part_factor need {len(DAY_PARTS)} numbers each")
    return np.asarray(array / (array @ _shares(day_parts))[..., None])
