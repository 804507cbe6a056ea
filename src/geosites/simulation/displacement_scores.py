"""Score a study of a simulated event against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from geosites.analysis.displacement.change_intervals import HeadChange
from geosites.analysis.displacement.result import (
    DisplacementResult,
    Estimate,
    Finding,
    NewPlace,
    Slope,
)
from geosites.simulation import displacement_oracles as oracles
from geosites.simulation import displacement_truth as truth
from geosites.simulation.displacement_trials import Trial

LEVEL_TOLERANCE = 0.15
_TWO_SIDED = 1.645
_ROUNDING = 1e-6

Scores = Mapping[str, Sequence[float]]
Mask = npt.NDArray[np.bool_]


def judge(trial: Trial, result: DisplacementResult) -> Scores:
    """Return scores by name, each with none, one or several values: 1 for right, 0 for wrong.

    `found`: the p that the text follows is at most .10 (a false alarm if nothing happened);
    `changed_by_wdd`: two-sided, fall or rise. `covers_*`: the interval contains the true effect.
    `level_*`: the level before is within 15 % of the people present there, `ratio_target` their
    ratio; `level_oracle`: the same for an estimate from the target's own visits with known places
    and hourly profile, an upper limit; `right_oracle` is that limit for the order of receivers.
    `share`: of a significant fall, the part found elsewhere.
    """
    hit = truth.counted_to_target(trial, result)
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
        "covers_net": [_holds(result.net, trial.effect(truth.known_places(trial, result)))],
        "level_target": [_near_truth(trial, hit, result.target.before)],
        "ratio_target": [result.target.before / truth.standing(trial, hit)],
        "level_oracle": [
            _near_truth(trial, truth.target_alone(trial), oracles.target_level(trial))
        ],
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


def _near_truth(trial: Trial, members: Mask, before: float) -> bool:
    return abs(before / max(truth.standing(trial, members), _ROUNDING) - 1) <= LEVEL_TOLERANCE


def _territories(trial: Trial, result: DisplacementResult) -> Scores:
    """Return the scores of territories; a place on a border may count on either side."""
    covers, levels = [], []
    known = truth.known_places(trial, result)
    for row in result.territories:
        possible = list(truth.members(trial, row.code, known))
        covers.append(any(_holds(row.change, trial.effect(each)) for each in possible))
        if any(truth.standing(trial, each) > 0 for each in possible):
            levels.append(any(_near_truth(trial, each, row.change.before) for each in possible))
    return {"covers_territories": covers, "level_territories": levels}


def _share(trial: Trial, result: DisplacementResult) -> Scores:
    """Return the share of a fall that is shown which is found around the target."""
    if result.displaced is None or not trial.truth.moves:
        return {}
    sums = result.accounting
    return {
        "share": [(sums.found_nearby + sums.new_places) / sums.fall],
        "covers_share": [_holds(result.displaced, truth.share(trial))],
    }


def _flows(trial: Trial, result: DisplacementResult) -> Scores:
    if result.allocation is None or not trial.truth.moves or trial.world.new is not None:
        return {}
    matches, own = result.allocation, str(trial.truth.territory[trial.target])
    true = truth.receivers(trial, truth.known_places(trial, result))
    gone = truth.gone(trial)
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


def _receivers(trial: Trial, result: DisplacementResult) -> Scores:
    """Return whether the reported main receivers are the true ones.

    The territories around the target are ranked by their flows and new places, in reported order if
    both are 0; one farther away must be reported by a new place there or as a significant rise.
    """
    true = truth.receivers(trial, np.ones(trial.truth.places, dtype=bool))
    if not true or truth.merged(trial, result):
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
        "right_oracle": []
        if truth.emerged(trial)
        else [_first(trial, true, *oracles.receivers(trial))],
        "right_largest": [bool(first) and first[0] in true],
        "false_farther": [any(row.code not in true for row in result.farther)],
    }


def _first(trial: Trial, true: Mapping[str, float], first: Sequence[str], far: set[str]) -> bool:
    """Return whether the true receivers around come first, and those farther away are named."""
    around = {code for code in true if code in (trial.around.near or ())}
    return set(first[: len(around)]) == around and set(true) - around <= far


def _new_places(trial: Trial, result: DisplacementResult) -> Scores:
    """Return whether the new place is named, and whether others are where nobody arrived."""
    named = result.new_places
    gained = trial.truth.heads[:, trial.after].mean(axis=1) > 2 * (
        trial.truth.heads[:, trial.before].mean(axis=1) + 1
    )
    false = any(not len(truth.within(trial, place, np.flatnonzero(gained))) for place in named)
    new = trial.world.new
    if new is None or truth.merged(trial, result):
        return {"false_new": [false]}
    right = [place for place in named if len(truth.within(trial, place, np.array([new])))]
    stands = float(trial.truth.heads[new, trial.after].mean())
    return {
        "new_found": [len(right) > 0],
        "false_new": [false],
        "covers_new": [bool(right) and _holds(right[0], stands)],
    }


def _sums(trial: Trial, result: DisplacementResult) -> Scores:
    """Return whether the account of the fall adds up, and whether its intervals hold the truth."""
    sums = result.accounting
    answer = sums.found_nearby + sums.new_places + sums.not_found
    true = truth.account(trial, result)
    return {
        "adds_up": [abs(sums.fall - answer) <= _ROUNDING],
        **{f"covers_{name}": [_holds(sums.intervals[name], value)] for name, value in true.items()},
    }
