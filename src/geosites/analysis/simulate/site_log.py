"""One site before and after its closing: when it was truly active, and what visits found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.simulate.patrols import EVEN

Floats = npt.NDArray[np.float64]


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
) -> SiteLog:
    """Return the log of one site: active before day 0, then clear and active by turns.

    A clear site becomes active with `hazard_per_day` (default once in two years); activity lasts
    `episode_days` on average, exponential both. Crews repeat themselves: all visits of one day-part
    of one day see the same. A visit to a clear site reports heads with probability `false_alarm`,
    never verified; true positives are verified with `verified_share`.
    """
    episodes = _episodes(rng, days_after, clear_at_closing, hazard_per_day, episode_days)
    n = rng.poisson((days_before + days_after) * visits_per_week / 7)
    day = np.sort(rng.uniform(-days_before, days_after, n))
    part = rng.choice(4, size=n, p=EVEN)
    day = np.floor(day) + (part + day % 1) / 4
    order = np.argsort(day, kind="stable")
    day, part = day[order], part[order]
    active = _active(day, episodes)
    seen = _per_shift(rng, day, p_detect) & active
    false = ~active & (rng.random(n) < false_alarm)
    heads = np.where(seen | false, 1 + rng.poisson(max(mean_heads - 1, 0), n), 0)
    verified = seen & (rng.random(n) < verified_share)
    return SiteLog(day, part, heads, verified, active, episodes)


def _episodes(
    rng: np.random.Generator, days: float, clear: float, hazard: float, length: float
) -> Floats:
    start = 0.0 if rng.random() >= clear else _wait(rng, hazard)
    found: list[tuple[float, float]] = []
    while start < days:
        end = start + rng.exponential(length)
        found.append((start, end))
        start = end + _wait(rng, hazard)
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _wait(rng: np.random.Generator, hazard: float) -> float:
    return float(rng.exponential(1 / hazard)) if hazard > 0 else float("inf")


def _active(day: Floats, episodes: Floats) -> npt.NDArray[np.bool_]:
    within = (day[..., None] >= episodes[:, 0]) & (day[..., None] < episodes[:, 1])
    return np.asarray((day < 0) | within.any(axis=-1))


def _per_shift(rng: np.random.Generator, day: Floats, p: float) -> npt.NDArray[np.bool_]:
    shifts, shift = np.unique(np.floor(day * 4), return_inverse=True)
    return np.asarray((rng.random(len(shifts)) < p)[shift])
