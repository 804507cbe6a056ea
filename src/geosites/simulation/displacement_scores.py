"""How a study of a simulated event did against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import shapely

from geosites import simulation
from geosites.analysis.displacement.changes import HeadChange
from geosites.analysis.displacement.result import (
    DisplacementResult,
    Estimate,
    Finding,
    NewPlace,
    Slope,
)
from geosites.simulation import displacement_oracles as oracles
from geosites.simulation.displacement_trials import EVENT_WEEK, Trial

LEVEL_TOLERANCE = 0.15
NEW_PLACE_M = 200.0
"""A new place is found if it is named so near to where it truly is."""

_BORDER_SHARE = 0.1
_TWO_SIDED = 1.645
_ROUNDING = 1e-6

Scores = Mapping[str, Sequence[float]]
Mask = npt.NDArray[np.bool_]


def judge(trial: Trial, result: DisplacementResult) -> Scores:
    """Return scores by name, each with none, one or several values: 1 for right, 0 for wrong.

    `found`: the p that the words follow is at most .10 (a false alarm where nothing happened);
    `changed_by_wdd`: two-sided, fall or rise. `covers_*`: the interval holds the true effect.
    `level_*`: the level before is within 15 % of the heads standing there, `ratio_target` it over
    them; `level_oracle`: so is what the target's own visits give if one knows which they are and
    how full each hour is, the most that can be asked; `right_oracle` asks the same of the order of
    receivers. `share`: of a fall that is shown, what is
    found elsewhere.
    """
    hit = _hit(trial, result)
    true = trial.effect(hit)
    return {
        "found": [result.cautious_p <= 0.10],
        "found_05": [result.cautious_p <= 0.05],
        "found_plain": [result.placebo.p <= 0.10],
        "found_by_rank": [result.placebo.rank_p <= 0.10],
        "found_by_wdd": [result.counts.wdd.p_one_sided <= 0.10],
        "changed_by_wdd": [abs(result.counts.wdd.z) >= _TWO_SIDED],
        "found_by_panel": [result.panel.p <= 0.10] if result.panel else [],
        "covers_target": [_holds(result.target, true)],
        "covers_cautious": [_holds(_cautious(result), true)],
        "covers_net": [_holds(result.net, trial.effect(_known(trial, result)))],
        "level_target": [_near_truth(trial, hit, result.target.before)],
        "ratio_target": [result.target.before / _standing(trial, hit)],
        "level_oracle": [_near_truth(trial, _only(trial), oracles.target_level(trial))],
        "moved_told": [result.finding is Finding.FELL_AND_MOVED],
        **_territories(trial, result),
        **_share(trial, result),
        **_flows(trial, result),
        **_receivers(trial, result),
        **_new_places(trial, result),
        **_sums(trial, result),
    }


def rates(judged: Iterable[Scores]) -> dict[str, float]:
    """Return the mean of each score over all trials; a score without values is left out."""
    collected: dict[str, list[float]] = {}
    for scores in judged:
        for name, values in scores.items():
            collected.setdefault(name, []).extend(values)
    return {name: float(np.mean(values)) for name, values in collected.items() if values}


def warned(result: DisplacementResult) -> frozenset[str]:
    """Return the codes of the warnings that a result carries."""
    return frozenset(str(warning.code) for warning in result.warnings)


def _cautious(result: DisplacementResult) -> HeadChange | Slope:
    """Return the estimate that the words follow: with the slope where that explains the fall."""
    slope = result.slope
    return slope if slope is not None and slope.explains else result.target


def _holds(interval: HeadChange | Slope | Estimate | NewPlace, true: float) -> bool:
    return bool(interval.low <= true <= interval.high)


def _hit(trial: Trial, result: DisplacementResult) -> Mask:
    """Return the true places that the study counts to the target."""
    away = shapely.distance(shapely.points(trial.truth.xy), trial.area)
    return np.asarray(away <= result.design.ring_edges_m[0])


def _known(trial: Trial, result: DisplacementResult) -> Mask:
    """Return the true places, without those that are named as new: they stand apart in all sums."""
    known = np.ones(trial.truth.places, dtype=bool)
    for place in result.new_places:
        away = np.hypot(*(trial.truth.xy - np.asarray(place.xy)).T)
        known[np.argmin(away)] &= away.min() > NEW_PLACE_M
    return known


def _standing(trial: Trial, members: Mask) -> float:
    return float(trial.truth.heads[members, :EVENT_WEEK].mean(axis=1).sum())


def _near_truth(trial: Trial, members: Mask, before: float) -> bool:
    return abs(before / max(_standing(trial, members), _ROUNDING) - 1) <= LEVEL_TOLERANCE


def _only(trial: Trial) -> Mask:
    return np.asarray(np.arange(trial.truth.places) == trial.target)


def _territories(trial: Trial, result: DisplacementResult) -> Scores:
    """Return the scores of territories; a place on a border may stand on either side of it."""
    covers, levels = [], []
    known = _known(trial, result)
    for row in result.territories:
        possible = list(_members(trial, row.code, known))
        covers.append(any(_holds(row.change, trial.effect(each)) for each in possible))
        if any(_standing(trial, each) > 0 for each in possible):
            levels.append(any(_near_truth(trial, each, row.change.before) for each in possible))
    return {"covers_territories": covers, "level_territories": levels}


def _members(trial: Trial, code: str, known: Mask) -> Iterable[Mask]:
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


def _share(trial: Trial, result: DisplacementResult) -> Scores:
    """Return the share of a fall that is shown which is found around the target."""
    if result.displaced is None or not trial.truth.moves:
        return {}
    sums = result.accounting
    return {
        "share": [(sums.found_nearby + sums.new_places) / sums.fall],
        "covers_share": [_holds(result.displaced, _true_share(trial))],
    }


def _true_share(trial: Trial) -> float:
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


def _flows(trial: Trial, result: DisplacementResult) -> Scores:
    if result.allocation is None or not trial.truth.moves or trial.world.new is not None:
        return {}
    matches, own = result.allocation, str(trial.truth.territory[trial.target])
    true = _true_receivers(trial, _known(trial, result))
    gone = _gone(trial)
    known = [flow for flow in matches.flows if not flow.new]
    between = [flow for flow in known if flow.target != own]
    inside = {f.target: f.low - 1e-9 <= true.get(f.target, 0.0) <= f.high for f in between}
    return {
        "right_two_first": [{f.target for f in between[:2]} == set(true)] if len(true) == 2 else [],
        "covers_flows": [inside.get(code, False) for code in true],
        "covers_no_flow": [right for code, right in inside.items() if code not in true],
        "within_bounds": [f.bound_low <= true.get(f.target, 0.0) <= f.bound_high for f in between],
        "covers_left": [
            matches.left_or_not_found.low - 1e-9 <= gone <= matches.left_or_not_found.high
        ],
    }


def _true_receivers(trial: Trial, places: Mask) -> dict[str, float]:
    """Return the heads that the places marked truly received of the target, by territory."""
    received: dict[str, float] = {}
    for move in trial.truth.moves:
        if move.source == trial.target and move.target is not None and places[move.target]:
            code = str(trial.truth.territory[move.target])
            received[code] = received.get(code, 0.0) + float(move.heads[trial.after].mean())
    return received


def _gone(trial: Trial) -> float:
    moves = simulation.flows(trial.truth, trial.after.start, trial.after.stop)
    return sum(heads for (_, to), heads in moves.items() if to == simulation.GONE)


def _receivers(trial: Trial, result: DisplacementResult) -> Scores:
    """Return whether those that are told to have received most are the true ones.

    The territories around the target are ranked by their flows and new places, in the order in
    which they are told where both are 0; one farther away
    must be told by a new place there or as one that rose beyond doubt.
    """
    true = _true_receivers(trial, np.ones(trial.truth.places, dtype=bool))
    if not true or _merged(trial, result):
        return {}
    own = str(trial.truth.territory[trial.target])
    answer: dict[str, float] = {}
    for flow in result.allocation.flows if result.allocation else ():
        if flow.target != own and not flow.new and flow.high > 0:
            answer[flow.target] = answer.get(flow.target, 0.0) + flow.heads
    for place in result.new_places:
        answer[place.territory] = answer.get(place.territory, 0.0) + place.heads
    first = sorted(answer, key=lambda code: -answer[code])  # of two alike, the one told first
    far = set(answer) | {row.code for row in result.farther}
    return {
        "right_first": [_first(trial, true, first, far)],
        "right_oracle": [] if _emerged(trial) else [_first(trial, true, *oracles.receivers(trial))],
        "right_largest": [bool(first) and first[0] in true],
        "false_farther": [any(row.code not in true for row in result.farther)],
    }


def _first(trial: Trial, true: Mapping[str, float], first: Sequence[str], far: set[str]) -> bool:
    """Return whether the true receivers around come first, and those farther away are named."""
    around = {code for code in true if code in (trial.around.near or ())}
    return set(first[: len(around)]) == around and set(true) - around <= far


def _emerged(trial: Trial) -> bool:
    """Return whether people moved to ground where nobody had been."""
    return trial.world.new is not None


def _merged(trial: Trial, result: DisplacementResult) -> bool:
    """Return whether the new place is so near that the study counts it to the target."""
    return trial.world.new is not None and bool(_hit(trial, result)[trial.world.new])


def _new_places(trial: Trial, result: DisplacementResult) -> Scores:
    """Return whether the new place is named, and whether others are where nobody arrived."""
    named = result.new_places
    gained = trial.truth.heads[:, trial.after].mean(axis=1) > 2 * (
        trial.truth.heads[:, :EVENT_WEEK].mean(axis=1) + 1
    )
    false = any(not len(_within(trial, place, np.flatnonzero(gained))) for place in named)
    new = trial.world.new
    if new is None or _merged(trial, result):
        return {"false_new": [false]}
    right = [place for place in named if len(_within(trial, place, np.array([new])))]
    stands = float(trial.truth.heads[new, trial.after].mean())
    return {
        "new_found": [len(right) > 0],
        "false_new": [false],
        "covers_new": [bool(right) and _holds(right[0], stands)],
    }


def _within(trial: Trial, named: NewPlace, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return those of the true places that a new place names."""
    away = np.hypot(*(trial.truth.xy[places] - np.asarray(named.xy)).T)
    return np.asarray(places[away <= NEW_PLACE_M])


def _sums(trial: Trial, result: DisplacementResult) -> Scores:
    """Return whether the account of the fall adds up, and whether its intervals hold the truth."""
    sums = result.accounting
    answer = sums.found_nearby + sums.new_places + sums.not_found
    true = _true_account(trial, result)
    return {
        "adds_up": [abs(sums.fall - answer) <= _ROUNDING],
        **{f"covers_{name}": [_holds(sums.intervals[name], value)] for name, value in true.items()},
    }


def _true_account(trial: Trial, result: DisplacementResult) -> dict[str, float]:
    """Return the heads that truly left the target, and where around it they stand."""
    hit, known = _hit(trial, result), _known(trial, result)
    near = np.isin(trial.truth.territory.astype(str), sorted(map(str, trial.around.near or ())))
    fall = -trial.effect(hit)
    nearby = trial.effect(near & known & ~hit)
    fresh = trial.effect(near & ~known)
    return {"found_nearby": nearby, "new_places": fresh, "not_found": fall - nearby - fresh}
