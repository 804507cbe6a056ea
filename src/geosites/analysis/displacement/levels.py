"""People present at each place before and after the event: the panel behind all estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PRIOR = 4.0


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """Heads, visits and exposure by place and week: (places, weeks) arrays; `first` is a week.

    Week 0 is the week that begins with the event, so columns before it have negative weeks. The
    exposure of a visit is 1, or how full places are at its time of day, 1 on the mean.
    """

    heads: Floats
    visits: Floats
    exposure: Floats
    first: int

    @property
    def weeks(self) -> Ints:
        """The week of each column, counted from the event."""
        return self.first + np.arange(self.heads.shape[1])

    @property
    def means(self) -> Floats:
        """Mean count per visit by place and week, adjusted for hours; NaN without visits."""
        return np.divide(
            self.heads, self.exposure, out=np.full_like(self.heads, np.nan), where=self.visits > 0
        )

    def where(self, places: npt.NDArray[np.bool_]) -> Weekly:
        """Return some of the places."""
        return Weekly(
            heads=self.heads[places],
            visits=self.visits[places],
            exposure=self.exposure[places],
            first=self.first,
        )


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Level (mean of weekly means), its standard error, weeks and visits behind it, by place."""

    level: Floats
    se: Floats
    weeks: Ints
    visits: Ints


def weekly(
    place: Ints, week: Ints, heads: Floats, first: int, last: int, exposure: Floats | None = None
) -> Weekly:
    """Return heads, visits and exposure by place and week, weeks `first` to `last` included."""
    places = int(place.max(initial=-1)) + 1
    width = last - first + 1
    cell = place * width + (week - first)

    def summed(weights: Floats | None) -> Floats:
        sums = np.bincount(cell, weights, places * width)
        return np.asarray(sums.reshape(places, width), dtype=np.float64)

    visits = summed(None)
    return Weekly(
        heads=summed(heads),
        visits=visits,
        exposure=visits if exposure is None else summed(exposure),
        first=first,
    )


def levels(table: Weekly, columns: npt.NDArray[np.bool_], typical: float | None = None) -> Levels:
    """Return the level of each place over the weeks marked in `columns`; NaN where unvisited.

    The mean of weekly means does not change when patrols go where the people are: two visits of 10
    in one week and one of 4 in the next give (10 + 4)/2 = 7, not 8. The standard error is that of
    the weekly means, with their variance shrunk towards the typical one with the weight of four
    weeks (Smyth 2004): a place seen in few weeks would otherwise look more certain than it is.
    `typical` is the variance of one weekly mean over its squared level (`typical_variance`), that
    of all places by default.
    """
    means = table.means[:, columns]
    seen = ~np.isnan(means)
    weeks = seen.sum(axis=1)
    level = np.divide(
        np.where(seen, means, 0).sum(axis=1),
        weeks,
        out=np.full(len(weeks), np.nan),
        where=weeks > 0,
    )
    if typical is None:
        typical = typical_variance(table, columns)
    squares = np.where(seen, (means - level[:, None]) ** 2, 0).sum(axis=1)
    variance = (squares + _PRIOR * typical * level**2) / (np.maximum(weeks, 1) - 1 + _PRIOR)
    return Levels(
        level=level,
        se=np.sqrt(variance / np.maximum(weeks, 1)),
        weeks=weeks,
        visits=table.visits[:, columns].sum(axis=1).astype(np.int64),
    )


def typical_variance(
    table: Weekly, columns: npt.NDArray[np.bool_], places: npt.NDArray[np.bool_] | None = None
) -> float:
    """Return the median over `places` of the variance of weekly means over the squared level.

    Places with hardly any people have an unbounded relative variance, so the selected places should
    have people. 1 if no place is informative.
    """
    means = table.means[:, columns] if places is None else table.means[places][:, columns]
    seen = ~np.isnan(means)
    weeks = seen.sum(axis=1)
    level = np.where(seen, means, 0).sum(axis=1) / np.maximum(weeks, 1)
    squares = np.where(seen, (means - level[:, None]) ** 2, 0).sum(axis=1)
    known = (weeks > 1) & (level > 0)
    relative = squares[known] / (weeks[known] - 1) / level[known] ** 2
    return float(np.median(relative)) if known.any() else 1.0
