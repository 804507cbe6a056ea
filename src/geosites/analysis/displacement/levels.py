"""How many heads stood at each place before and after: the panel everything else is taken from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PRIOR = 4.0


@dataclass(frozen=True, kw_only=True)
class Weekly:
    """Heads and visits by place and week: two (places, weeks) arrays; `first` is the first week.

    Week 0 is the week that begins with the event, so columns before it have negative weeks.
    """

    heads: Floats
    visits: Floats
    first: int

    @property
    def weeks(self) -> Ints:
        """The week of each column, counted from the event."""
        return self.first + np.arange(self.heads.shape[1])

    @property
    def means(self) -> Floats:
        """Mean heads per visit by place and week; NaN where nobody went."""
        return np.divide(
            self.heads, self.visits, out=np.full_like(self.heads, np.nan), where=self.visits > 0
        )


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Level (mean of weekly means), its standard error, weeks and visits behind it, by place."""

    level: Floats
    se: Floats
    weeks: Ints
    visits: Ints


def weekly(place: Ints, week: Ints, heads: Floats, first: int, last: int) -> Weekly:
    """Return heads and visits by place and week, weeks `first` to `last` included."""
    places = int(place.max(initial=-1)) + 1
    width = last - first + 1
    cell = place * width + (week - first)
    shape = (places, width)
    total: Floats = np.bincount(cell, heads, places * width).astype(np.float64)
    visits = np.bincount(cell, minlength=places * width)
    return Weekly(
        heads=total.reshape(shape), visits=visits.reshape(shape).astype(float), first=first
    )


def levels(table: Weekly, columns: npt.NDArray[np.bool_]) -> Levels:
    """Return the level of each place over the weeks marked in `columns`; NaN where unvisited.

    The mean of weekly means does not move when patrols go where the heads are: two visits of 10 in
    one week and one of 4 in the next give (10 + 4)/2 = 7, not 8. The standard error is that of the
    weekly means, their variance held towards the typical one of all places with the weight of four
    weeks (Smyth 2004): a place seen in few weeks would else look surer than it is.
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
    return Levels(
        level=level,
        se=np.sqrt(_variance(means, seen, weeks, level) / np.maximum(weeks, 1)),
        weeks=weeks,
        visits=table.visits[:, columns].sum(axis=1).astype(np.int64),
    )


def _variance(means: Floats, seen: npt.NDArray[np.bool_], weeks: Ints, level: Floats) -> Floats:
    """Return the variance of one weekly mean at each place, held towards the typical one."""
    squares = np.where(seen, (means - level[:, None]) ** 2, 0).sum(axis=1)
    known = (weeks > 1) & (level > 0)
    relative = squares[known] / (weeks[known] - 1) / level[known] ** 2
    typical = float(np.median(relative)) if known.any() else 1.0
    return np.asarray((squares + _PRIOR * typical * level**2) / (weeks - 1 + _PRIOR))
