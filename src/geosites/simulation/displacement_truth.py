"""What truly happened in a simulated event, in the terms in which a study tells it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import shapely

from geosites import simulation
from geosites.analysis.displacement.result import DisplacementResult, NewPlace
from geosites.simulation.displacement_trials import Trial

NEW_PLACE_M = 200.0
"""A new place is found if it is named so near to where it truly is."""

_BORDER_SHARE = 0.1

Mask = npt.NDArray[np.bool_]


def counted_to_target(trial: Trial, result: DisplacementResult) -> Mask:
    """Return the true places that the study counts to the target."""
    away = shapely.distance(shapely.points(trial.truth.xy), trial.area)
    return np.asarray(away <= result.design.ring_edges_m[0])


def known_places(trial: Trial, result: DisplacementResult) -> Mask:
    """Return the true places, without those that are named as new: they stand apart in all sums."""
    known = np.ones(trial.truth.places, dtype=bool)
    for place in result.new_places:
        away = np.hypot(*(trial.truth.xy - np.asarray(place.xy)).T)
        known[np.argmin(away)] &= away.min() > NEW_PLACE_M
    return known


def standing(trial: Trial, members: Mask) -> float:
    """Return the heads that stood at the places marked before the event, on average."""
    return float(trial.truth.heads[members, trial.before].mean(axis=1).sum())


def target_alone(trial: Trial) -> Mask:
    """Return the one true place that is the target."""
    return np.asarray(np.arange(trial.truth.places) == trial.target)


def members(trial: Trial, code: str, known: Mask) -> Iterable[Mask]:
    """Yield the places of a territory, once for every way to place those on a border."""
    inside = known & (trial.truth.territory == code)
    either = _on_border(trial, code) & known
    places = np.flatnonzero(either).tolist()
    some = chain.from_iterable(combinations(places, n) for n in range(len(places) + 1))
    for chosen in some:
        yield (inside & ~either) | np.isin(np.arange(len(known)), chosen)


def _on_border(trial: Trial, code: str) -> Mask:
    """Return the places with at least a tenth of their visits on each side of a border."""
    seen = trial.world.seen
    at = seen.place >= 0
    size = trial.truth.places
    inside = np.bincount(seen.place[at], seen.territory[at] == code, size)
    share = inside / np.maximum(np.bincount(seen.place[at], minlength=size), 1)
    return np.asarray((share >= _BORDER_SHARE) & (share <= 1 - _BORDER_SHARE))


def share(trial: Trial) -> float:
    """Return the share of the heads moved that stand in a territory around the target."""
    moves = [(move, float(move.heads[trial.after].mean())) for move in trial.truth.moves]
    near = trial.around.near or ()
    fell = sum(heads for move, heads in moves if move.source == trial.target)
    kept = sum(
        heads
        for move, heads in moves
        if move.target is not None and str(trial.truth.territory[move.target]) in near
    )
    return kept / fell if fell else 0.0


def receivers(trial: Trial, places: Mask) -> dict[str, float]:
    """Return the heads that the places marked truly received of the target, by territory."""
    received: dict[str, float] = {}
    for move in trial.truth.moves:
        if move.source == trial.target and move.target is not None and places[move.target]:
            code = str(trial.truth.territory[move.target])
            received[code] = received.get(code, 0.0) + float(move.heads[trial.after].mean())
    return received


def gone(trial: Trial) -> float:
    """Return the heads that left the scene altogether."""
    moves = simulation.flows(trial.truth, trial.after.start, trial.after.stop)
    return sum(heads for (_, to), heads in moves.items() if to == simulation.GONE)


def within(trial: Trial, named: NewPlace, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return those of the true places that a new place names."""
    away = np.hypot(*(trial.truth.xy[places] - np.asarray(named.xy)).T)
    return np.asarray(places[away <= NEW_PLACE_M])


def account(trial: Trial, result: DisplacementResult) -> dict[str, float]:
    """Return the heads that truly left the target, and where around it they stand."""
    hit, known = counted_to_target(trial, result), known_places(trial, result)
    near = np.isin(trial.truth.territory.astype(str), sorted(map(str, trial.around.near or ())))
    fall = -trial.effect(hit)
    nearby = trial.effect(near & known & ~hit)
    fresh = trial.effect(near & ~known)
    return {"found_nearby": nearby, "new_places": fresh, "not_found": fall - nearby - fresh}


def emerged(trial: Trial) -> bool:
    """Return whether people moved to ground where nobody had been."""
    return trial.world.new is not None


def merged(trial: Trial, result: DisplacementResult) -> bool:
    """Return whether the new place is so near that the study counts it to the target."""
    return trial.world.new is not None and bool(counted_to_target(trial, result)[trial.world.new])
