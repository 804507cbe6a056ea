"""Who stopped reporting that nobody was there: a rise that is made by silence.

Visits that saw nobody are the effort. If a unit, or everybody in a territory, no longer sends them
after the event, the mean of what is left rises without anybody having come. What was not sent
cannot be put back; it can be noticed, since empty visits do not all end by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from geosites.analysis.displacement.design import Mask, Visits
from geosites.analysis.displacement.levels import Floats, Ints
from geosites.analysis.displacement.result import Caveat

_EXPECTED = 5.0
_LEFT = 0.2
_P = 1e-4
_FEW = 10
_FILLED = 2.0
"""Where those who see anybody count so many times as many, the place itself has changed."""

_LAST_WEEKS = 4
_K = np.geomspace(1e-3, 20, 60)


@dataclass(frozen=True)
class Silence:
    """Units and territories that stopped reporting empty visits, and whether the target did."""

    units: tuple[str, ...]
    territories: tuple[str, ...]
    target: bool
    warnings: tuple[Caveat, ...]


def silence(visits: Visits, place: Ints, target: Mask) -> Silence:
    """Return who stopped reporting visits that saw nobody after the event.

    `place` (n,) is the place of each visit, `target` (n,) marks visits to the target. A group of
    visits is silent if at least 5 empty ones are expected after the event, at most a fifth of them
    came, and so few have a chance below 1e-4. Expected is what each place led to expect: the share
    of empty visits before, brought to the heads that those who saw anybody counted after (a
    negative binomial keeps its dispersion), so that a true rise is no silence; where they counted
    twice as many, the place has changed and is left out. Both the weeks after
    and the last four of them are looked at. A unit is looked at first; the others without it.
    """
    after = visits.week >= 0
    expected = _expected(visits, place, after)
    units = [] if visits.unit is None else list(_groups(visits.unit))
    mute, warnings = _judged(visits, after, expected, units, "unit")
    rest = np.ones(len(visits), dtype=bool)
    if mute and visits.unit is not None:
        rest = ~np.isin(visits.unit, mute)
    grounds = [(code, members & rest) for code, members in _groups(visits.territory)]
    silent, more = _judged(visits, after, expected, grounds, "territory")
    return Silence(
        units=tuple(mute),
        territories=tuple(silent),
        target=_silent(visits, after, expected, target & rest) is not None,
        warnings=(*warnings, *more),
    )


def _groups(column: npt.NDArray[np.str_]) -> Iterator[tuple[str, Mask]]:
    for name in np.unique(column):
        if name:
            yield str(name), column == name


def _judged(
    visits: Visits, after: Mask, expected: Floats, groups: list[tuple[str, Mask]], kind: str
) -> tuple[list[str], list[Caveat]]:
    names, warnings = [], []
    for name, members in groups:
        shares = _silent(visits, after, expected, members)
        if shares is not None:
            names.append(name)
            warnings.append(
                Caveat(code="zeros_missing", before=shares[0], after=shares[1], **{kind: name})
            )
    return names, warnings


def _silent(
    visits: Visits, after: Mask, expected: Floats, members: Mask
) -> tuple[float, float] | None:
    """Return the shares of empty visits before and after if a group went silent, else None."""
    empty = visits.heads == 0
    last = after & (visits.week >= visits.week.max(initial=0) - _LAST_WEEKS + 1)
    for window in (after, last):
        some = members & window
        awaited = float(expected[some].sum())
        came = int(empty[some].sum())
        if awaited < _EXPECTED or came > _LEFT * awaited:
            continue
        if stats.binom.cdf(came, int(some.sum()), awaited / some.sum()) <= _P:
            before = empty[members & ~after]
            return float(before.mean()) if len(before) else 0.0, came / int(some.sum())
    return None


def _expected(visits: Visits, place: Ints, after: Mask) -> Floats:
    """Return the chance (n,) that each visit sees nobody, by what its place was before."""
    count = int(place.max(initial=-1)) + 1
    heads, empty = visits.heads, (visits.heads == 0).astype(np.float64)

    def rate(values: Floats, some: Mask) -> Floats:
        made = np.bincount(place[some], minlength=count)
        sums = np.bincount(place[some], values[some], count)
        return np.asarray(sums / np.maximum(made, 1), dtype=np.float64)

    known = np.bincount(place[~after], minlength=count) >= _FEW
    share, level = rate(empty, ~after), rate(heads, ~after)
    positive, were = (rate(heads, side & (heads > 0)) for side in (after, ~after))
    elsewhere = empty[~after & ~known[place]]
    other = float(elsewhere.mean()) if len(elsewhere) else 0.0
    chance = np.where(known, _carried(share, level, positive), np.minimum(other, 0.5))
    return np.asarray(np.where(known & (positive > _FILLED * were), 0.0, chance)[place])


def _carried(share: Floats, level: Floats, positive: Floats) -> Floats:
    """Return the share of empty visits where those who see anybody count `positive` heads.

    The dispersion k is that at which a negative binomial of mean `level` is empty with `share`.
    By hand: 6 heads with a quarter empty have k = 1.75; at 18 heads a seventh is empty.
    """
    none = (1 + _K[:, None] * level[None, :]) ** (-1 / _K[:, None])
    k = _K[np.abs(none - share[None, :]).argmin(axis=0)]
    carried = (1 + k * positive * (1 - share)) ** (-1 / k)
    return np.where(positive > 0, np.minimum(carried, share), share)
