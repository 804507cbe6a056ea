"""Simulated visits to a city: places, times, counts, losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused
from geosites.simulation import visit_changes
from geosites.simulation.patrols import (
    EVEN,
    SimulatedVisits,
    follow_heads,
    observe,
    shift_effort,
    uneven_effort,
)
from geosites.simulation.plan import Plan, Turn, Unreported
from geosites.simulation.world import Facts, World, facts

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BY_NIGHT, BY_DAY, MIXED = (0.6, 0.1, 0.1, 0.2), (0.1, 0.4, 0.4, 0.1), (0.4, 0.2, 0.2, 0.2)
"""Shares of visits by part of the day."""

_TURNING_WEEKS = 8
_LATE_WEEKS, _LATE_SHARE = 3, 0.7
_CLEARED_M = 250.0
_IN_SIGHT_M = 120.0


def world(rng: np.random.Generator, plan: Plan) -> World:
    """Return one world; the same seed gives the same world."""
    more = rng.spawn(1)[0]
    made = facts(rng, more, plan)
    seen = _at_places(rng, more, made)
    if plan.patrols.scattered:
        seen = visit_changes.joined(seen, _scattered(more, made))
    return World(**vars(made), seen=_reported(more, seen, made))


def _at_places(rng: np.random.Generator, more: np.random.Generator, made: Facts) -> SimulatedVisits:
    """Return what patrols see at the places."""
    counting, patrols, truth = made.plan.counting, made.plan.patrols, made.truth
    there = 1 - counting.empty
    if not 0 < there <= 1:
        raise Refused(f"empty is {counting.empty}, and must lie in [0, 1)")
    seen = observe(
        replace(truth, heads=truth.heads / there),
        rng,
        rng.poisson(follow_heads(truth, _effort(rng, more, made), patrols.follow)),
        jitter_m=_per_place(more, counting.jitter_m, truth.places),
        extent_m=made.extents if made.extents.any() else None,
        dispersion=_per_place(more, counting.dispersion, truth.places),
        p_detect=there,
        day_parts=_day_parts(made),
        day_part_factor=counting.day_factor,
    )
    return visit_changes.with_outliers(more, seen, counting.outliers) if counting.outliers else seen


def _effort(rng: np.random.Generator, more: np.random.Generator, made: Facts) -> Floats:
    """Return expected visits (places, weeks); a new place is visited once it is found."""
    city, patrols, weeks = made.plan.city, made.plan.patrols, np.arange(made.truth.weeks)
    if patrols.uneven:
        effort = uneven_effort(rng, city.places, city.weeks, city.visits)
        effort[made.target] *= max(city.visits / effort[made.target].mean(), 1.0)
    else:
        effort = np.full((city.places, city.weeks), city.visits)
    if patrols.shifted:
        effort = shift_effort(effort, city.event_week, [made.target], 3.0)
    rows = [effort]
    if made.second is not None:
        rows.append(np.full((1, len(weeks)), city.visits))
    if made.new is not None:
        first, last = patrols.found_after
        result = city.event_week + int(more.integers(first, last + 1))
        rows.append(np.where(weeks >= result, city.visits, 0.0)[None, :])
    return np.vstack(rows)


def _per_place(
    rng: np.random.Generator, between: tuple[float, float], places: int
) -> float | Floats:
    low, high = between
    return low if low == high else rng.uniform(low, high, places)


def _day_parts(made: Facts) -> npt.ArrayLike:
    """Return the shares of visits by part of the day, (4,) or (places, weeks, 4)."""
    turn = made.plan.patrols.turn
    if turn is Turn.NO and made.plan.counting.day_factor == EVEN:
        return EVEN
    week = np.arange(made.truth.weeks) - made.plan.city.event_week
    ramp = (week + 1) / _TURNING_WEEKS if turn is Turn.TARGET_GRADUALLY else week >= 0
    turned = np.clip(ramp.astype(np.float64), 0, 1)[:, None]
    shares = np.broadcast_to(np.asarray(MIXED), (*made.truth.heads.shape, 4)).copy()
    if turn is not Turn.NO:
        who = slice(None) if turn is Turn.CITY else made.target
        shares[who] = np.asarray(BY_NIGHT) * (1 - turned) + np.asarray(BY_DAY) * turned
    return shares


def _scattered(rng: np.random.Generator, made: Facts) -> SimulatedVisits:
    """Return the visits that go anywhere, where nobody is in sight."""
    city, patrols = made.plan.city, made.plan.patrols
    visits = visit_changes.scattered(
        rng, city.window, city.weeks, patrols.scattered, city.code_of, passer_by=patrols.passer_by
    )
    visits = visits.take(~_in_sight(visits, made))
    if made.new is None or not made.plan.event.cleared:
        return visits
    there = np.hypot(*(visits.xy - made.truth.xy[made.new]).T) < _CLEARED_M
    return visits.take(~(there & (visits.week < city.event_week)))


def _in_sight(visits: SimulatedVisits, made: Facts) -> Mask:
    """Return which visits are so near to people that they would have counted them."""
    seen = np.zeros(len(visits), dtype=bool)
    for place in range(made.truth.places):
        beyond = np.maximum(abs(visits.xy - made.truth.xy[place]) - made.extents[place] / 2, 0)
        seen |= (np.hypot(*beyond.T) < _IN_SIGHT_M) & (made.truth.heads[place, visits.week] > 0)
    return seen


def _reported(rng: np.random.Generator, seen: SimulatedVisits, made: Facts) -> SimulatedVisits:
    """Return the visits as they reach the record: with units, hours, crews, without lost zeros."""
    patrols = made.plan.patrols
    if patrols.by_position:
        seen = replace(seen, territory=made.plan.city.code_of(seen.xy))
    seen = visit_changes.with_units(rng, visit_changes.timed(rng, seen))
    if patrols.crews > 1:
        seen = visit_changes.crews(rng, seen, patrols.crews)
    if patrols.doubled:
        seen = visit_changes.doubled(rng, seen, patrols.doubled)
    if patrols.unreported is Unreported.NOBODYS:
        return seen
    share = _LATE_SHARE if patrols.unreported is Unreported.LATE else 1.0
    return visit_changes.without_zeros(rng, seen, _unreported(seen, made), share)


def _unreported(seen: SimulatedVisits, made: Facts) -> Mask:
    """Return the visits whose zeros go missing."""
    who, code = made.plan.patrols.unreported, made.truth.territory
    since = seen.week >= made.plan.city.event_week
    where = {
        Unreported.TARGET: since & (seen.place == made.target),
        Unreported.TERRITORY: since & (seen.territory == code[made.neighbours[0]]),
        Unreported.UNIT: since & (seen.unit == f"unit-{code[made.target]}"),
        Unreported.BEGUN: ~since & (seen.place == made.target),
        Unreported.LATE: seen.week >= made.truth.weeks - _LATE_WEEKS,
    }
    return np.asarray(where[who])
