"""How weeks of a place scatter by themselves, learnt from all controls together.

A weekly mean is off by its count, which the next week knows nothing of, and by what the place
wanders, which the next weeks share. An effect beside a slope is judged by both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geosites.analysis.displacement.levels import Floats

Mask = npt.NDArray[np.bool_]

_WANDERS = (0.1, 0.2, 0.35, 0.6, 1.0, 1.6)
_MEMORIES = (0.5, 0.7, 0.85, 0.95)
_GRID = ((0.0, 0.0), *((wander, memory) for wander in _WANDERS for memory in _MEMORIES))


@dataclass(frozen=True, kw_only=True)
class WeeklyNoise:
    """How the standardised residuals of a place vary together: `white` (I + `wander` AR(1))."""

    white: float
    wander: float
    memory: float

    def covariance(self, weeks: int) -> Floats:
        """Return the covariance (weeks, weeks)."""
        return self.white * _covariance(self.wander, self.memory, weeks)


@dataclass(frozen=True)
class Generalised:
    """Fits of places by generalised least squares: coefficients and variances (places, k).

    `error` (places,) is what remains: squared residuals in units of their covariance.
    """

    value: Floats
    variance: Floats
    error: Floats


def weekly_noise(residual: Floats, columns: Floats) -> WeeklyNoise:
    """Return the noise under residuals (places, weeks) of fits on `columns` (weeks, k).

    Restricted maximum likelihood over all places together (Patterson & Thompson 1971), so that the
    fitted coefficients do not make the weeks look less alike than they are. Unvisited weeks, NaN,
    count as on the fit.
    """
    seen = ~np.isnan(residual)
    filled = np.where(seen, residual, 0.0)
    scatter, places = filled.T @ filled, len(filled)
    free = max(int(seen.sum()) - places * columns.shape[1], 1)
    likelihoods, whites = [], []
    for wander, memory in _GRID:
        covariance = _covariance(wander, memory, len(columns))
        inverse = np.linalg.inv(covariance)
        across = inverse @ columns
        within = columns.T @ across
        left = float(((inverse - across @ np.linalg.solve(within, across.T)) * scatter).sum())
        shape = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(within)[1]
        likelihoods.append(-(free * np.log(max(left, 1e-9)) + places * float(shape)))
        whites.append(left / free)
    best = int(np.argmax(likelihoods))
    wander, memory = _GRID[best]
    return WeeklyNoise(white=max(whites[best], 1e-9), wander=wander, memory=memory)


def generalised(
    response: Floats, spread: Floats, seen: Mask, columns: Floats, noise: WeeklyNoise
) -> Generalised:
    """Return the fits of `response` (places, weeks) on `columns` (weeks, k).

    `spread` (places, weeks) is the standard error of the count alone, in units of which the noise
    is; weeks that are not `seen` are left out.
    """
    weight = np.where(seen, 1 / spread, 0.0)
    both = seen[:, :, None] & seen[:, None, :]
    covariance = np.where(both, noise.covariance(len(columns)), 0.0)
    weeks = np.arange(len(columns))
    covariance[:, weeks, weeks] = np.where(seen, covariance[:, weeks, weeks], 1.0)
    x = weight[:, :, None] * columns
    y = (weight * np.where(seen, response, 0.0))[:, :, None]
    solved = np.linalg.solve(covariance, np.concatenate([x, y], axis=2))
    k = columns.shape[1]
    variance = np.linalg.inv(np.swapaxes(x, 1, 2) @ solved[:, :, :k])
    value = variance @ (np.swapaxes(x, 1, 2) @ solved[:, :, k:])
    explained = (np.swapaxes(value, 1, 2) @ (np.swapaxes(x, 1, 2) @ solved[:, :, k:]))[:, 0, 0]
    whole = (np.swapaxes(y, 1, 2) @ solved[:, :, k:])[:, 0, 0]
    return Generalised(
        value=value[:, :, 0],
        variance=np.diagonal(variance, axis1=1, axis2=2),
        error=np.maximum(whole - explained, 0.0),
    )


def _covariance(wander: float, memory: float, weeks: int) -> Floats:
    apart = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
    return np.asarray(np.eye(weeks) + wander * memory ** apart.astype(np.float64))
