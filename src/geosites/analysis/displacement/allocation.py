"""Allocation of the fall at the target to gains nearby, with intervals from redrawn counts.

fall = found nearby at known places + at new places + not found. The flows to territories add up to
what was found, so that pages, maps and files agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.displacement.change_intervals import Yardstick, change
from geosites.analysis.displacement.control_places_test import Drift
from geosites.analysis.displacement.flows import Around, allocation, estimate, middle
from geosites.analysis.displacement.levels import Floats, Levels
from geosites.analysis.displacement.new_places import NewPlaces
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import Accounting, Allocation, Estimate
from geosites.analysis.displacement.study_design import Design, Mask

_RECEIVES = 0.15
"""Prior probability that a place nearby received people from the target."""

_LEAST_ERROR = 0.3
_TINY = 1e-300


@dataclass(frozen=True)
class Movement:
    """The account of the fall; the share found again and flows, None where nothing fell."""

    accounting: Accounting
    displaced: Estimate | None
    allocation: Allocation | None


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

    `own` has the controls of each territory, so that its gain here equals its change there. Changes
    are redrawn `design.draws` times, for account, share and flows together; `spread` widens them by
    the result of placebo dates. The share is signed: with positive parts only, noise would appear
    as gains everywhere.
    """
    around = _around(seen, found, own, new, design, spread, rng)
    account = _accounting(around, design.level)
    if around.fall <= 0:
        return Movement(account, None, None)
    again = around.drawn.sum(axis=1)[around.falls > 0] / around.falls[around.falls > 0]
    return Movement(
        accounting=account,
        displaced=estimate(around.gains.sum() / around.fall, again, design.level),
        allocation=allocation(seen, found, around, design, spread) if around.codes else None,
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
) -> Around:
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
    came = believed(gap[receivers], error, fall) @ within
    return Around(
        source=str(seen.territory[largest]),
        fall=fall,
        falls=-drawn[:, hit].sum(axis=1),
        codes=(*map(str, codes), *(place.territory for place in fresh)),
        new=np.arange(len(codes) + len(fresh)) >= len(codes),
        gains=np.concatenate([gains, new_gains]),
        drawn=np.column_stack([shifted, new.drawn[:, new.near]]),
        members=members,
        arrived=np.concatenate([came, np.clip(new_gains, 0, max(fall, 0))]),
        start=middle(seen.centre[seen.target], before.level[seen.target]),
        ends=np.array(
            [middle(seen.centre[own], after.level[own]) for own in members]
            + [place.xy for place in fresh]
        ).reshape(-1, 2),
    )


def believed(gap: Floats, error: Floats, fall: float) -> Floats:
    """Return the expected gain (places,) of each place, of `fall` people who left the target.

    A place received nothing, or with probability `_RECEIVES` anything from 0 to the fall: the
    posterior mean, given that `gap` was observed with its `error`. The drift of a large place thus
    counts less than the same gain at a small one. By hand: for a fall of 20, a gain of 9 with an
    error of 3 counts as 7.7; with an error of 12, as 1.7.
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
    """Return the reported gains (territories,), and how much wider their intervals are.

    A territory is compared with the controls outside it, including the co-movement of its places;
    if there are none, with those of the target.
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


def _accounting(around: Around, level: float) -> Accounting:
    """Return the account; its intervals share the same draws, so that its parts are consistent."""
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
        intervals={name: estimate(value, drawn[name], level) for name, value in values.items()},
    )
