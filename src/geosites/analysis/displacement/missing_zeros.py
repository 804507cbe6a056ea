"""Missing zeros: reporters who stopped or began to report empty visits around the event.

Visits that saw nobody are part of the effort. If a unit, or everybody in a territory, stops sending
them after the event, the mean of what is left rises although nobody came; if they are sent only
since the event, it falls although nobody left. Reports that were not sent cannot be restored, but
the change can be detected: empty visits neither end nor begin all at once by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from geosites.analysis.displacement.levels import Floats, Ints
from geosites.analysis.displacement.result import Caveat
from geosites.analysis.displacement.study_design import Coded, EffortVisits, Mask, coded

_EXPECTED = 5.0
_LEFT = 0.2
_P = 1e-4
_FEW = 10
_FILLED = 2.0
"""Ratio of positive counts, after to before, from which the place itself has changed."""

_LAST_WEEKS = 4
_K = np.geomspace(1e-3, 20, 60)


@dataclass(frozen=True)
class Silence:
    """Units and territories that stopped reporting empty visits, and whether the target did.

    `territories` also has those that began to, `begun` is whether the target did.
    """

    units: tuple[str, ...]
    territories: tuple[str, ...]
    target: bool
    begun: bool
    warnings: tuple[Caveat, ...]


def silence(visits: EffortVisits, place: Ints, target: Mask) -> Silence:
    """Return who stopped reporting visits that saw nobody after the event.

    `place` (n,) is the place of each visit, `target` (n,) marks visits to the target. A group of
    visits is silent if at least 5 empty ones are expected after the event, at most a fifth of them
    came, and the probability of so few is below 1e-4. The expectation comes from each place: its
    share of empty visits before, adjusted to the positive counts after (a negative binomial with
    unchanged dispersion), so that a true rise is not taken for silence; if these are twice as
    large, the place has changed and is left out. Both all weeks after and the last four of them are
    tested. Units are tested first; territories and target without the silent ones.
    """
    after = visits.week >= 0
    seen = _Seen(
        expected=_expected(visits, place, after),
        empty=visits.heads == 0,
        windows=(after, after & (visits.week >= visits.week.max(initial=0) - _LAST_WEEKS + 1)),
    )
    everyone = np.ones(len(visits), dtype=bool)
    units = [] if visits.unit is None else _judged(seen, coded(visits.unit), everyone, "unit")
    mute = [caveat.unit for caveat in units if caveat.unit]
    rest = everyone if visits.unit is None else ~np.isin(visits.unit, mute)
    grounds = _judged(seen, visits.territories, rest, "territory")
    own = Coded(target.astype(np.int64), np.array(["", "target"]))
    turned = _turned(visits, place, target, after)
    started = _judged(turned, visits.territories, rest, "territory")
    return Silence(
        units=tuple(mute),
        territories=tuple(item.territory for item in (*grounds, *started) if item.territory),
        target=bool(_judged(seen, own, rest, "unit")),
        begun=bool(_judged(turned, own, rest, "unit")),
        warnings=(*units, *grounds, *started),
    )


def _turned(visits: EffortVisits, place: Ints, target: Mask, after: Mask) -> _Seen:
    """Return the same values with time reversed: which zeros were not yet reported.

    The expectation before the event comes from each place after it, and is at most the share of
    empty visits at the places elsewhere before: if no place was ever empty, a scene that is
    sometimes absent since the event has changed, not the reporting.
    """
    expected = np.minimum(_expected(visits, place, ~after), _usual(visits, place, ~target & ~after))
    return _Seen(expected=expected, empty=visits.heads == 0, windows=(~after,), code="zeros_begun")


def _usual(visits: EffortVisits, place: Ints, some: Mask) -> float:
    """Return the share of empty visits at the median place that is seldom without anybody."""
    made = np.bincount(place[some], minlength=int(place.max(initial=-1)) + 1)
    heads = np.bincount(place[some], visits.heads[some], len(made))
    empty = np.bincount(place[some], visits.heads[some] == 0, len(made))
    held = (made >= _FEW) & (heads >= made)
    return float(np.median(empty[held] / made[held])) if held.any() else 0.0


@dataclass(frozen=True)
class _Seen:
    """Values of each visit (n,): the probability that it is empty, whether it is, and when.

    `windows` are the masks of visits that are tested; the first has all visits on that side of the
    event.
    """

    expected: Floats
    empty: Mask
    windows: tuple[Mask, ...]
    code: str = "zeros_missing"


def _judged(seen: _Seen, column: Coded, rest: Mask, kind: str) -> list[Caveat]:
    """Return the groups of visits, by the names in a column, that are silent."""
    code, names = column

    def counted(some: Mask, weights: Floats | Mask | None = None) -> Floats:
        values = None if weights is None else weights[some]
        return np.bincount(code[some], values, len(names)).astype(np.float64)

    other = rest & ~seen.windows[0]
    shares = counted(other, seen.empty) / np.maximum(counted(other), 1)
    result: dict[int, float] = {}
    for window in (each & rest for each in seen.windows):
        made, awaited = counted(window), counted(window, seen.expected)
        came = counted(window, seen.empty)
        chance = special.bdtr(came, made.astype(np.int64), awaited / np.maximum(made, 1))
        silent = (awaited >= _EXPECTED) & (came <= _LEFT * awaited) & (chance <= _P)
        for group in np.flatnonzero(silent).tolist():
            result.setdefault(group, float(came[group] / made[group]))
    return [
        _caveat(seen.code, kind, str(names[group]), float(shares[group]), share)
        for group, share in sorted(result.items())
        if names[group]
    ]


def _caveat(code: str, kind: str, name: str, spoken: float, silent: float) -> Caveat:
    before, after = (silent, spoken) if code == "zeros_begun" else (spoken, silent)
    return Caveat(code=code, before=before, after=after, **{kind: name})


def _expected(visits: EffortVisits, place: Ints, after: Mask) -> Floats:
    """Return P(nobody seen) (n,) for each visit, from the earlier visits to its place."""
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
    """Return the share of empty visits if positive counts have the mean `positive`.

    The dispersion k is that at which a negative binomial of mean `level` is empty with `share`.
    By hand: 6 heads with a quarter empty have k = 1.75; at 18 heads a seventh is empty.
    """
    none = (1 + _K[:, None] * level[None, :]) ** (-1 / _K[:, None])
    k = _K[np.abs(none - share[None, :]).argmin(axis=0)]
    carried = (1 + k * positive * (1 - share)) ** (-1 / k)
    return np.where(positive > 0, np.minimum(carried, share), share)
