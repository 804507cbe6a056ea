"""Weekly variance components of a place, estimated from all controls together.

The error of a weekly mean has two parts. One comes from its visits: it is independent of the next
week, and smaller with more visits. The other is the place's own variation, which following weeks
share. Effects are tested against both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from geosites.analysis.displacement.levels import Floats

Mask = npt.NDArray[np.bool_]

_VISITS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.1, 1.6, 2.4, 3.5, 5.0)
_WANDERS = (0.0, 0.01, 0.02, 0.04, 0.06, 0.09, 0.13, 0.2, 0.3, 0.5, 0.8)
_MEMORIES = (0.3, 0.5, 0.7, 0.85, 0.95)
_GRID = (_VISITS, _WANDERS)
_START = (3, 4)
_AROUND = tuple(move for move in product((-1, 0, 1), repeat=2) if any(move))


@dataclass(frozen=True, kw_only=True)
class WeeklyNoise:
    """Variance components of the logs of weekly means: `visit` is that of one visit beyond Poisson.

    `wander` is the variance of the place's own variation, `memory` its weekly autocorrelation.
    """

    visit: float
    wander: float
    memory: float


@dataclass(frozen=True, kw_only=True)
class WeeklyLogs:
    """Logs of weekly means by place and week, and what they rest on.

    `response`, `visits` and `exposure` (places, weeks); `level` (places,) heads per exposure. Weeks
    without visits are left out.
    """

    response: Floats
    visits: Floats
    exposure: Floats
    level: Floats

    @property
    def seen(self) -> Mask:
        """The weeks with visits, (places, weeks)."""
        return self.visits > 0

    def where(self, places: Mask, less: Floats | float = 0.0) -> WeeklyLogs:
        """Return some of the places, with `less` (weeks,) taken off their logs."""
        return WeeklyLogs(
            response=self.response[places] - less,
            visits=self.visits[places],
            exposure=self.exposure[places],
            level=self.level[places],
        )

    def covariance(self, noise: WeeklyNoise) -> Floats:
        """Return the covariance of each place's weeks, (places, weeks, weeks).

        Relative variance of a mean of n visits: 1/(n level) + visit/n; 1 in weeks unseen, which
        nothing ties to the others.
        """
        seen = self.seen
        counted = 1 / np.where(seen, self.exposure * self.level[:, None], 1.0)
        own = counted + noise.visit / np.where(seen, self.visits, 1.0)
        weeks = np.arange(seen.shape[1])
        apart = np.abs(np.subtract.outer(weeks, weeks)).astype(np.float64)
        both = seen[:, :, None] & seen[:, None, :]
        whole = np.where(both, noise.wander * noise.memory**apart, 0.0)
        whole[:, weeks, weeks] += np.where(seen, own, 1.0)
        return np.asarray(whole)


@dataclass(frozen=True)
class Generalised:
    """Fits of places by generalised least squares: coefficients and variances (places, k).

    `error` (places,) is what remains: squared residuals in units of their covariance.
    """

    value: Floats
    variance: Floats
    error: Floats
    likelihood: float
    """The restricted log likelihood of all places together, twice, up to a constant."""


def weekly_noise(logs: WeeklyLogs, columns: Floats) -> WeeklyNoise:
    """Return the noise of places whose logs follow `columns` (weeks, k).

    Restricted maximum likelihood over all places together (Patterson & Thompson 1971), so that the
    fitted coefficients do not bias the variances; for each memory by steps on a grid until no
    neighbour is more likely.
    """
    best, found = _START, []
    for memory in _MEMORIES:
        best, likelihood = _climbed(logs, columns, memory, best)
        found.append((likelihood, _noise(best, memory)))
    return max(found, key=itemgetter(0))[1]


def _climbed(
    logs: WeeklyLogs, columns: Floats, memory: float, at: tuple[int, int]
) -> tuple[tuple[int, int], float]:
    """Return the likeliest point of the grid uphill of `at`, and its likelihood."""

    @cache
    def likelihood(at: tuple[int, int]) -> float:
        return generalised(logs, columns, _noise(at, memory)).likelihood

    while True:
        around = [(at[0] + visit, at[1] + wander) for visit, wander in _AROUND]
        likeliest = max(filter(_on_grid, around), key=likelihood)
        if not likelihood(likeliest) > likelihood(at):
            return at, likelihood(at)
        at = likeliest


def generalised(logs: WeeklyLogs, columns: Floats, noise: WeeklyNoise) -> Generalised:
    """Return the fits of the logs on `columns` (weeks, k)."""
    covariance = logs.covariance(noise)
    x = logs.seen[:, :, None] * columns
    y = np.where(logs.seen, logs.response, 0.0)[:, :, None]
    solved = np.linalg.solve(covariance, np.concatenate([x, y], axis=2))
    k = columns.shape[1]
    across = np.swapaxes(x, 1, 2)
    information = across @ solved[:, :, :k]
    variance = np.linalg.inv(information)
    value = variance @ (across @ solved[:, :, k:])
    explained = (np.swapaxes(value, 1, 2) @ (across @ solved[:, :, k:]))[:, 0, 0]
    whole = (np.swapaxes(y, 1, 2) @ solved[:, :, k:])[:, 0, 0]
    error = np.maximum(whole - explained, 0.0)
    shape = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return Generalised(
        value=value[:, :, 0],
        variance=np.diagonal(variance, axis1=1, axis2=2),
        error=error,
        likelihood=-float((shape + error).sum()),
    )


def _noise(at: tuple[int, int], memory: float) -> WeeklyNoise:
    return WeeklyNoise(visit=_VISITS[at[0]], wander=_WANDERS[at[1]], memory=memory)


def _on_grid(at: tuple[int, int]) -> bool:
    return all(0 <= index < len(grid) for index, grid in zip(at, _GRID, strict=True))
