"""One simulated site before and after its closing: true activity, and visits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from geosites.simulation.patrols import EVEN

Floats = npt.NDArray[np.float64]
Rhythm = Literal["random", "weekly", "clumped"]

_CLUMP = 5
_CLUMP_DAYS = 1.5


@dataclass(frozen=True)
class SiteLog:
    """Visits to one site in order of `day` (n,), counted from the closing (before it: negative).

    `day_part` (n,) index into `weeks.DAY_PARTS`; `heads` (n,), 0 where nobody was seen; `verified`
    (n,) of a positive. Truth: `active` (n,) at each visit, `episodes` (k, 2) days of activity after
    the closing, the end not included.
    """

    day: Floats
    day_part: npt.NDArray[np.int64]
    heads: npt.NDArray[np.int64]
    verified: npt.NDArray[np.bool_]
    active: npt.NDArray[np.bool_]
    episodes: Floats

    def active_at(self, day: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return whether the site was truly active at each day (before the closing: yes)."""
        return _active(np.asarray(day, dtype=np.float64), self.episodes)


def site_log(
    rng: np.random.Generator,
    *,
    days_before: float = 180.0,
    days_after: float = 365.0,
    visits_per_week: float = 3.0,
    p_detect: float = 0.8,
    clear_at_closing: float = 0.5,
    hazard_per_day: float = 1 / 730.5,
    episode_days: float = 20.0,
    false_alarm: float = 0.0,
    verified_share: float = 1.0,
    mean_heads: float = 15.0,
    p_after: float | None = None,
    returns_in: int | None = None,
    builds_up_days: float = 0.0,
    rhythm: Rhythm = "random",
    parts: tuple[float, ...] = EVEN,
) -> SiteLog:
    """Return the log of one site: active before day 0, then clear and active by turns.

    A clear site becomes active with `hazard_per_day` (default once in two years); activity lasts
    `episode_days` on average, exponential both. Crews repeat themselves: all visits of one day-part
    of one day see the same. A visit to a clear site reports heads with probability `false_alarm`,
    never verified; true positives are verified with `verified_share`.

    After the closing a visit sees an active site with `p_after` where that is given, in the part
    of the day `returns_in` only where that is, and less in the first `builds_up_days` of activity
    that begins then. Visits come at `rhythm`: at random, on the same days of each week, or in
    clumps of five or so over a few days. `parts` shares them among the parts of the day.
    """
    episodes = _episodes(rng, days_after, clear_at_closing, hazard_per_day, episode_days)
    day = _days(rng, rhythm, -days_before, days_after, visits_per_week)
    n = len(day)
    part = rng.choice(4, size=n, p=parts)
    day = np.floor(day) + (part + day % 1) / 4
    order = np.argsort(day, kind="stable")
    day, part = day[order], part[order]
    active = _active(day, episodes)
    p = np.where(day < 0, p_detect, p_detect if p_after is None else p_after)
    if returns_in is not None:
        p = np.where((day < 0) | (part == returns_in), p, 0.0)
    p = p * np.where(day < 0, 1.0, _built_up(day, episodes, builds_up_days))
    seen = _per_shift(rng, day, p) & active
    false = ~active & (rng.random(n) < false_alarm)
    heads = np.where(seen | false, 1 + rng.poisson(max(mean_heads - 1, 0), n), 0)
    verified = seen & (rng.random(n) < verified_share)
    return SiteLog(day, part, heads, verified, active, episodes)


def _episodes(
    rng: np.random.Generator, days: float, clear: float, hazard: float, length: float
) -> Floats:
    start = 0.0 if rng.random() >= clear else _wait(rng, hazard)
    result: list[tuple[float, float]] = []
    while start < days:
        end = start + rng.exponential(length)
        result.append((start, end))
        start = end + _wait(rng, hazard)
    return np.array(result, dtype=np.float64).reshape(-1, 2)


def _days(
    rng: np.random.Generator, rhythm: Rhythm, first: float, last: float, per_week: float
) -> Floats:
    """Return the days of visits, in fractions of a day, in any order."""
    count = rng.poisson((last - first) * per_week / 7)
    if rhythm == "random":
        return rng.uniform(first, last, count)
    if rhythm == "weekly":
        weekdays = rng.choice(7, size=max(1, min(7, round(per_week))), replace=False)
        weeks = np.arange(math.floor(first), last, 7.0)
        result = np.add.outer(weeks, weekdays).ravel() + rng.random(weeks.size * weekdays.size)
    else:
        clumps = rng.uniform(first, last, max(1, count // _CLUMP))
        result = np.repeat(clumps, _CLUMP) + rng.exponential(_CLUMP_DAYS, _CLUMP * len(clumps))
    return np.asarray(result[(result >= first) & (result < last)], dtype=np.float64)


def _built_up(day: Floats, episodes: Floats, days: float) -> Floats:
    """Return how far a scene has come back at each day: from 0 to 1 over a number of days.

    Activity that the closing did not end is at 1.
    """
    if days <= 0 or len(episodes) == 0:
        return np.ones_like(day)
    starts = np.where(episodes[:, 0] > 0, episodes[:, 0], -np.inf)
    latest = np.maximum(np.searchsorted(starts, day, side="right") - 1, 0)
    return np.asarray(np.clip((day - starts[latest]) / days, 0.0, 1.0), dtype=np.float64)


def _wait(rng: np.random.Generator, hazard: float) -> float:
    return float(rng.exponential(1 / hazard)) if hazard > 0 else float("inf")


def _active(day: Floats, episodes: Floats) -> npt.NDArray[np.bool_]:
    within = (day[..., None] >= episodes[:, 0]) & (day[..., None] < episodes[:, 1])
    return np.asarray((day < 0) | within.any(axis=-1))


def _per_shift(rng: np.random.Generator, day: Floats, p: Floats) -> npt.NDArray[np.bool_]:
    shifts, shift = np.unique(np.floor(day * 4), return_inverse=True)
    return np.asarray(rng.random(len(shifts))[shift] < p)
