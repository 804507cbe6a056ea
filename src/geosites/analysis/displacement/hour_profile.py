"""Occupancy by hour of the day, so that a change of patrol hours is not taken for displacement.

When patrols move from night to day, they count different numbers at a place that did not change.
The hourly profile is estimated within place and week, where only the hour differs; places share
information (partial pooling).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geosites.analysis.displacement.levels import Floats, Ints

BINS = 12
"""Two hours each."""

_SMOOTH = 0.8
_NUGGET = 0.02
_ROUNDS = 40
_EM_ROUNDS = 60
_CLOSE = 1e-3
_FEWEST_CELLS = 5
_FEWEST_PLACES = 4
_TAUGHT_BY = 200
"""Maximum number of places for estimating the mean curve, the most informative ones."""

_LEAST_SPREAD = 1e-3
_VISITED = 0.25
"""Minimum part of an equal share of the visits for an hour to count as visited."""


def bins_of(hour: Floats) -> Ints:
    """Return the bin (n,) of hours of the day from 0 to 24, -1 where the hour is not known."""
    known = np.isfinite(hour)
    return np.where(known, (np.where(known, hour, 0) % 24) * BINS // 24, -1).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class HourProfile:
    """Hourly profile of each place: log factors (places, bins) and their covariance.

    The factors of every place have mean 1 over the hours of the day at which the city was visited
    before the event, with equal weights: a level is then not higher because patrols go mostly when
    most people are there, and levels of places visited at different hours are comparable.
    `covariance` (places, bins, bins).
    """

    log_factor: Floats
    covariance: Floats

    @classmethod
    def flat(cls, places: int) -> HourProfile:
        """Return factors of 1, for unknown hours."""
        return cls(log_factor=np.zeros((places, BINS)), covariance=np.zeros((places, BINS, BINS)))

    def exposure(self, place: Ints, hour: Ints) -> Floats:
        """Return the exposure (n,) of visits in bins of hours; 1 where the hour is unknown."""
        factor = np.exp(self.log_factor)[place, np.maximum(hour, 0)]
        return np.where(hour >= 0, factor, 1.0)

    def doubt(self, before: Floats, after: Floats) -> Floats:
        """Return the error (places,) of log(after/before) from the shares (places, bins) of hours.

        The delta method: the log of a mean of factors moves with each by its part of the mean.
        """
        factor = np.exp(self.log_factor)
        old, new = (
            share * factor / np.maximum((share * factor).sum(axis=1, keepdims=True), 1e-12)
            for share in (before, after)
        )
        moved = new - old
        variance = np.einsum("pi,pij,pj->p", moved, self.covariance, moved)
        return np.asarray(np.sqrt(np.maximum(variance, 0)))


def hour_profile(place: Ints, week: Ints, hour: Ints, heads: Floats) -> HourProfile:
    """Return the hourly profiles, from visits (n,) in weeks counted from the event.

    Within each place and week the expected count is m times the factor of the hour (a Poisson model
    with fixed effects, its errors widened by the place's own dispersion). The log factors of a
    place are a smooth curve round the clock (a Gaussian process, Rasmussen & Williams 2006),
    distributed around the mean curve of all places with a spread estimated from them (empirical
    Bayes by EM, Efron & Morris 1975): a place seen at all hours keeps its own curve; a place seen
    at a single hour gets the mean of the others, with their spread as its uncertainty. With fewer
    than four informative places: all 1.
    """
    places = int(place.max(initial=-1)) + 1
    known = hour >= 0
    cells = _Cells.of(place[known], week[known], hour[known], heads[known])
    if len(cells.place) < _FEWEST_PLACES:
        return HourProfile.flat(places)
    own, precision = cells.fitted()
    root = _root()
    answer = np.einsum("ji,pjk,pk->pi", root, precision, own)
    precise = _turned(precision, root)
    most = np.argsort(-np.trace(precise, axis1=1, axis2=2), kind="stable")[:_TAUGHT_BY]
    mean, spread = _population(answer[most], precise[most])
    middle, doubt = _posterior(answer, precise, mean, spread)
    log_factor = np.tile(root @ mean, (places, 1))
    covariance = np.tile(spread * root @ root.T, (places, 1, 1))
    log_factor[cells.place] = middle @ root.T
    covariance[cells.place] = root @ doubt @ root.T
    usual = _visited_hours(hour[known & (week < 0)])
    log_factor -= np.log(np.exp(log_factor)[:, usual].mean(axis=1, keepdims=True))
    return HourProfile(log_factor=log_factor, covariance=covariance)


def _visited_hours(hour: Ints) -> np.ndarray:
    """Return which bins (bins,) have a quarter of an even share of the visits (n,) or more."""
    visits = np.bincount(hour, minlength=BINS)
    return np.asarray(visits >= visits.sum() * _VISITED / BINS)


def shares(place: Ints, hour: Ints, some: np.ndarray, places: int) -> Floats:
    """Return the shares (places, bins) of the visits marked in `some` by hour."""
    made = np.bincount(place[some] * BINS + hour[some], minlength=places * BINS)
    counts = made.reshape(places, BINS).astype(np.float64)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _root() -> Floats:
    """Return a root of the prior covariance of one curve: smooth round the clock, mean square 1."""
    angle = 2 * np.pi * np.arange(BINS) / BINS
    gap = np.sin((angle[:, None] - angle[None, :]) / 2)
    covariance = np.exp(-2 * gap**2 / _SMOOTH**2) + _NUGGET * np.eye(BINS)
    return np.asarray(np.linalg.cholesky(covariance))


def _turned(precision: Floats, root: Floats) -> Floats:
    """Return root' P root (places, bins, bins); `root` holds nothing above its diagonal."""
    places_last = np.ascontiguousarray(np.moveaxis(precision, 0, 2))
    turned = np.zeros_like(places_last)
    for j, k in np.ndindex(BINS, BINS):
        left = places_last[j, k] * root[j, : j + 1, None]
        turned[: j + 1, : k + 1] += left[:, None, :] * root[k, : k + 1, None]
    return np.ascontiguousarray(np.moveaxis(turned, 2, 0))


def _population(told: Floats, precision: Floats) -> tuple[Floats, float]:
    """Return mean (bins,) and variance of the places' curves, in the coordinates of the root."""
    mean, spread = np.zeros(BINS), 0.1
    for _ in range(_EM_ROUNDS):
        middle, doubt = _posterior(told, precision, mean, spread)
        new = middle.mean(axis=0)
        scatter = ((middle - new) ** 2).mean() + np.diagonal(doubt, axis1=1, axis2=2).mean()
        done = abs(scatter - spread) < _CLOSE * spread
        mean, spread = new, max(float(scatter), _LEAST_SPREAD)
        if done:
            break
    return mean, spread


def _posterior(
    told: Floats, precision: Floats, mean: Floats, spread: float
) -> tuple[Floats, Floats]:
    covariance = np.linalg.inv(precision + np.eye(BINS) / spread)
    middle = np.einsum("pij,pj->pi", covariance, told + mean / spread)
    return np.asarray(middle), np.asarray(covariance)


@dataclass(frozen=True)
class _Cells:
    """Places and weeks seen at several hours: heads and visits (cells, bins).

    `cell` (cells,) is the index of the place into `place`.
    """

    place: Ints
    cell: Ints
    heads: Floats
    visits: Floats

    @classmethod
    def of(cls, place: Ints, week: Ints, hour: Ints, heads: Floats) -> _Cells:
        first = int(week.min(initial=0))
        span = int(week.max(initial=0)) - first + 1
        keys, cell = np.unique(place * span + (week - first), return_inverse=True)
        at, size = cell * BINS + hour, len(keys) * BINS
        visits = np.bincount(at, minlength=size).reshape(-1, BINS).astype(np.float64)
        seen = np.bincount(at, heads, size).reshape(-1, BINS).astype(np.float64)
        tells = ((visits > 0).sum(axis=1) > 1) & (seen.sum(axis=1) > 0)
        of_place = keys // span
        often = np.bincount(of_place[tells], minlength=int(place.max(initial=0)) + 1)
        tells &= often[of_place] >= _FEWEST_CELLS
        used, index = np.unique(of_place[tells], return_inverse=True)
        return cls(place=used, cell=index, heads=seen[tells], visits=visits[tells])

    def fitted(self) -> tuple[Floats, Floats]:
        """Return the places' own log factors (places, bins) and their precision."""
        count, heads = len(self.place), self.heads.sum(axis=1)
        factor = np.ones((count, BINS))
        total = self._by_place(self.heads) + 1e-3
        for _ in range(_ROUNDS):
            expected = self._by_place(self.visits * self._means(factor, heads)[:, None])
            last, factor = factor, np.where(expected > 0, total / np.maximum(expected, 1e-9), 1.0)
            factor /= np.exp(np.log(factor).mean(axis=1, keepdims=True))
            if np.abs(factor / last - 1).max() < _CLOSE:
                break
        awaited = self.visits * factor[self.cell] * self._means(factor, heads)[:, None]
        whole = np.maximum(awaited.sum(axis=1), 1e-9)
        information = np.empty((count, BINS, BINS))
        for bin_ in range(BINS):
            pairs = awaited[:, bin_ : bin_ + 1] * awaited[:, bin_:] / whole[:, None]
            information[:, bin_, bin_:] = information[:, bin_:, bin_] = -self._by_place(pairs)
        information[:, range(BINS), range(BINS)] += self._by_place(awaited)
        information /= self._dispersion(awaited)[:, None, None]
        return np.log(factor), information

    def _means(self, factor: Floats, heads: Floats) -> Floats:
        exposure = (self.visits * factor[self.cell]).sum(axis=1)
        return np.asarray(heads / np.maximum(exposure, 1e-9))

    def _by_place(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self._starts(), axis=0))

    def _starts(self) -> Ints:
        """Return the first cell of each place; cells are ordered by place."""
        return np.searchsorted(self.cell, np.arange(len(self.place)))

    def _dispersion(self, awaited: Floats) -> Floats:
        """Return by how much heads vary more than a Poisson count at each place, at least 1."""
        seen = awaited > 0
        square = np.where(seen, (self.heads - awaited) ** 2 / np.maximum(awaited, 1e-9), 0)
        count = len(self.place)
        used = (self._by_place(self.visits) > 0).sum(axis=1)
        freedom = np.bincount(self.cell, seen.sum(axis=1) - 1, count) - (used - 1)
        total = np.bincount(self.cell, square.sum(axis=1), count)
        return np.asarray(np.maximum(total / np.maximum(freedom, 1), 1.0))
