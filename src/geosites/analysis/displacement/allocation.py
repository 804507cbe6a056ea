"""Where the fall of the target is found again: one account, with intervals from redrawn counts.

fall = found nearby at known places + at new places + not found. The flows to territories add up to
what was found, so that pages, maps and files tell one story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.displacement.changes import Yardstick, change
from geosites.analysis.displacement.design import Design, Mask
from geosites.analysis.displacement.flow_bounds import bounds_between
from geosites.analysis.displacement.levels import Floats, Levels
from geosites.analysis.displacement.log_ratios import Drift
from geosites.analysis.displacement.new_places import NewPlaces
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import Accounting, Allocation, Estimate, Flow

_BOUND_ERRORS = 4.0
_RECEIVES = 0.15
"""The chance that a place nearby received of what left, before anything is seen of it."""

_LEAST_ERROR = 0.3
_TINY = 1e-300


@dataclass(frozen=True)
class Movement:
    """The account of the fall; the share found again and flows, None where nothing fell."""

    accounting: Accounting
    displaced: Estimate | None
    allocation: Allocation | None


@dataclass(frozen=True)
class _Around:
    """The target's fall and the gains around it: as estimated, and redrawn.

    `fall` (), `falls` (draws,) of the target. Receivers are the near territories with known places,
    then the new places near: `gains` (receivers,), `drawn` (draws, receivers), signed; `codes`
    their territories, `new` which are new places. `members` (territories, places) are the known
    places behind the first of them. `arrived` (receivers,) is what is believed to have come
    to each (`_believed`).
    """

    source: str
    fall: float
    falls: Floats
    codes: tuple[str, ...]
    new: Mask
    gains: Floats
    drawn: Floats
    members: npt.NDArray[np.bool_]
    arrived: Floats


def movement(
    seen: Observed,
    found: Drift,
    own: Mapping[str, Yardstick],
    new: NewPlaces,
    design: Design,
    spread: float,
    rng: np.random.Generator,
) -> Movement:
    """Return where the target's fall was found again.

    `own` is what each territory is judged by, so that its gain here is its change there.
    Changes are redrawn `design.draws` times, for account, share and flows alike; `spread` widens
    them by what placebo dates showed. The share is signed: with positive parts alone noise would
    be found everywhere.
    """
    around = _around(seen, found, own, new, design, spread, rng)
    account = _accounting(around, design.level)
    if around.fall <= 0:
        return Movement(account, None, None)
    again = around.drawn.sum(axis=1)[around.falls > 0] / around.falls[around.falls > 0]
    return Movement(
        accounting=account,
        displaced=_estimate(around.gains.sum() / around.fall, again, design.level),
        allocation=_allocation(seen, found, around, design, spread) if around.codes else None,
    )


def redraw(
    before: Levels, after: Levels, some: Mask, found: Drift, draws: int, rng: np.random.Generator
) -> Floats:
    """Return redrawn changes (draws, places) of the places marked in `some`.

    Counts before and after are negative binomial with the mean and error of the level; the
    expectation wanders by tau and by the drift's error, both with the t law of the intervals.
    """
    old, new = (_counts(side, some, draws, rng) for side in (before, after))
    heavy = np.sqrt(found.quantile_df / rng.chisquare(found.quantile_df, (draws, 1)))
    own = found.tau * rng.standard_normal(old.shape)
    common = np.sqrt(found.variance) * rng.standard_normal((draws, 1))
    return np.asarray(new - found.factor * (old + before.level[some] * heavy * (own + common)))


def _counts(levels: Levels, some: Mask, draws: int, rng: np.random.Generator) -> Floats:
    visits = levels.visits[some]
    mean = levels.level[some] * visits
    extra = np.maximum((levels.se[some] * visits) ** 2 - mean, 0)
    shape = np.divide(mean**2, extra, out=np.full(len(mean), np.inf), where=extra > 0)
    mixed = np.isfinite(shape) & (mean > 0)
    rate = np.broadcast_to(mean, (draws, len(mean))).copy()
    rate[:, mixed] *= rng.gamma(shape[mixed], 1 / shape[mixed], (draws, int(mixed.sum())))
    return np.asarray(rng.poisson(rate) / visits)


def _around(
    seen: Observed,
    found: Drift,
    own: Mapping[str, Yardstick],
    new: NewPlaces,
    design: Design,
    spread: float,
    rng: np.random.Generator,
) -> _Around:
    before, after = seen.standing.before, seen.standing.after
    receivers = seen.near & ~seen.target
    gap = after.level - seen.standing.expected(found)
    some = seen.target | receivers
    drawn = redraw(before, after, some, found, design.draws, rng)
    drawn = gap[some] + spread * (drawn - gap[some])
    hit = seen.target[some]
    codes = np.unique(seen.territory[receivers])
    members = receivers & (seen.territory == codes[:, None])
    fresh = [place for place in new.places if place.near]
    within = members[:, receivers].T.astype(np.float64)
    gains, wider = _as_told(seen, members, [own.get(str(code)) for code in codes], found)
    shifted = gains + wider * (drawn[:, ~hit] @ within - gap[receivers] @ within)
    largest = np.argmax(np.where(seen.target, before.level, -1))
    fall, new_gains = -float(gap[seen.target].sum()), [place.heads for place in fresh]
    error = spread * np.sqrt(seen.standing.variance(found)[receivers])
    believed = _believed(gap[receivers], error, fall) @ within
    return _Around(
        source=str(seen.territory[largest]),
        fall=fall,
        falls=-drawn[:, hit].sum(axis=1),
        codes=(*map(str, codes), *(place.territory for place in fresh)),
        new=np.arange(len(codes) + len(fresh)) >= len(codes),
        gains=np.concatenate([gains, new_gains]),
        drawn=np.column_stack([shifted, new.drawn[:, new.near]]),
        members=members,
        arrived=np.concatenate([believed, np.clip(new_gains, 0, max(fall, 0))]),
    )


def _believed(gap: Floats, error: Floats, fall: float) -> Floats:
    """Return the gain (places,) believed of each place, of `fall` heads that left the target.

    A place received nothing, or with a chance of `_RECEIVES` anything from 0 to the fall: the
    expected gain by Bayes, given that `gap` was seen with its `error`. What a large place wanders
    by itself so counts less than the same heads more at a small one. By hand: 9 heads more where
    the error is 3, of a fall of 20, are 7.7; where the error is 12, 1.7.
    """
    if fall <= 0:
        return np.zeros_like(gap)
    sd = np.maximum(error, _LEAST_ERROR)
    low, high = -gap / sd, (fall - gap) / sd
    whole = np.maximum(special.ndtr(high) - special.ndtr(low), _TINY)
    middle = gap + sd * (_density(low) - _density(high)) / whole
    some, none = _RECEIVES * whole / fall, (1 - _RECEIVES) * _density(low) / sd
    return np.asarray(some / (some + none) * np.clip(middle, 0, fall))


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))


def _as_told(
    seen: Observed,
    members: npt.NDArray[np.bool_],
    own: Sequence[Yardstick | None],
    found: Drift,
) -> tuple[Floats, Floats]:
    """Return the gains (territories,) as each is told, and how much wider its interval is.

    A territory is judged by the controls outside it, and by how far its places move together;
    where there are none, by those of the target.
    """
    gains, wider = np.empty(len(members)), np.empty(len(members))
    for number, (places, yardstick) in enumerate(zip(members, own, strict=True)):
        drift = found if yardstick is None else yardstick.drift
        together = 0.0 if yardstick is None else yardstick.together
        alone = change(seen.standing, places, drift)
        answer = change(seen.standing, places, drift, together=together)
        gains[number] = answer.change
        wider[number] = answer.se / alone.se if alone.se > 0 else 1.0
    return gains, wider


def _accounting(around: _Around, level: float) -> Accounting:
    """Return the account; each interval is of the same draws, so that no part is told twice."""
    known, fresh = around.gains[~around.new].sum(), around.gains[around.new].sum()
    drawn = {
        "fall": around.falls,
        "found_nearby": around.drawn[:, ~around.new].sum(axis=1),
        "new_places": around.drawn[:, around.new].sum(axis=1),
    }
    drawn["not_found"] = drawn["fall"] - drawn["found_nearby"] - drawn["new_places"]
    values = {
        "fall": around.fall,
        "found_nearby": float(known),
        "new_places": float(fresh),
        "not_found": float(around.fall - known - fresh),
    }
    return Accounting(
        **values,
        intervals={name: _estimate(value, drawn[name], level) for name, value in values.items()},
    )


def _allocation(
    seen: Observed, found: Drift, around: _Around, design: Design, spread: float
) -> Allocation:
    """Return flows that add up to what was found, and the rest.

    What was found, from 0 to the fall, is divided among those that gained in proportion to their
    gains. With one source there is nothing else to decide; that gains come from it is an
    assumption, and whether more arrived than left is told apart.
    """
    point = _divided(np.array([around.fall]), around.gains[None, :], around.arrived[None, :])[0]
    drawn = _divided(around.falls, around.drawn, np.maximum(around.drawn, 0))
    flows = _flows(around, point, drawn, _bounds(seen, found, around, spread), design.level)
    found_again, falls = around.drawn.sum(axis=1), np.maximum(around.falls, 0)
    rest = around.fall - float(point.sum())
    return Allocation(
        flows=flows,
        left_or_not_found=_left(flows, rest, falls - drawn.sum(axis=1), around, design.level),
        arrived=_estimate(
            max(float(around.gains.sum()) - around.fall, 0.0),
            np.maximum(found_again - falls, 0),
            design.level,
        ),
    )


def _divided(falls: Floats, gains: Floats, arrived: Floats) -> Floats:
    """Return flows (draws, receivers): the sum of signed gains, within the fall, by `arrived`.

    By hand: a fall of 30 with gains of 12, 6 and -3 gives 15 in all; where 8, 4 and 0 are believed
    to have arrived: 10, 5 and 0.
    """
    total = np.minimum(np.maximum(gains.sum(axis=1), 0), np.maximum(falls, 0))
    whole = arrived.sum(axis=1)
    share = np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
    return np.asarray(arrived * share[:, None])


def _bounds(seen: Observed, found: Drift, around: _Around, spread: float) -> tuple[Floats, Floats]:
    """Return Frechet bounds (receivers,) for all losses and gains that the counts allow for.

    A territory received at least its net gain and at most the sum of its places' gains, each give
    or take four errors; a new place what its draws allow.
    """
    made = [change(seen.standing, members, found) for members in (seen.target, *around.members)]
    reach = spread * _BOUND_ERRORS * np.array([each.se for each in made])
    gap = seen.standing.after.level - seen.standing.expected(found)
    gross = around.members @ np.maximum(gap, 0)
    net = np.array([each.change for each in made[1:]])
    fresh = around.drawn[:, around.new]
    least, most = fresh.min(axis=0, initial=np.inf), fresh.max(axis=0, initial=0.0)
    losses = np.maximum(around.fall + reach[0] * np.array([[-1.0], [1.0]]), 0)
    gains = (
        np.concatenate([np.maximum(net - reach[1:], 0), np.maximum(least, 0)]),
        np.concatenate([gross + reach[1:], np.maximum(most, 0)]),
    )
    lower, upper = bounds_between(
        (losses[0], losses[1]), gains, max(losses[1].sum(), gains[1].sum())
    )
    return lower[0], upper[0]


def _flows(
    around: _Around,
    point: Floats,
    drawn: Floats,
    bounds: tuple[Floats, Floats],
    level: float,
) -> tuple[Flow, ...]:
    """Return the flows: low from the draws, high from the most allowed.

    The most is each draw's upper Frechet bound, its fall or the receiver's gain.
    """
    most = np.minimum(np.maximum(around.falls, 0)[:, None], np.maximum(around.drawn, 0))
    low = np.quantile(drawn, (1 - level) / 2, axis=0)
    high = np.maximum(*(np.quantile(each, (1 + level) / 2, axis=0) for each in (drawn, most)))
    rows = [
        Flow(
            source=around.source,
            target=code,
            new=bool(around.new[j]),
            heads=float(point[j]),
            low=float(min(low[j], point[j])),
            high=float(max(high[j], point[j])),
            bound_low=float(min(bounds[0][j], low[j], point[j])),
            bound_high=float(max(bounds[1][j], high[j], point[j])),
        )
        for j, code in enumerate(around.codes)
    ]
    return tuple(rows[j] for j in np.argsort(-point, kind="stable"))


def _left(
    flows: tuple[Flow, ...], value: float, drawn: Floats, around: _Around, level: float
) -> Estimate:
    """Return what was not found; at most all of the fall that no flow holds with confidence."""
    least = _estimate(value, drawn, level)
    most = float(np.quantile(around.falls, (1 + level) / 2)) - sum(flow.low for flow in flows)
    return Estimate(value=least.value, low=least.low, high=max(least.high, most))


def _estimate(value: float, drawn: Floats, level: float) -> Estimate:
    if not len(drawn):
        return Estimate(value=float(value), low=float(value), high=float(value))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=float(value), low=float(min(low, value)), high=float(max(high, value)))
