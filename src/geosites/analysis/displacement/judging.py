"""How a study of a simulated event did against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from geosites.analysis import simulate
from geosites.analysis.displacement.result import DisplacementResult
from geosites.analysis.displacement.trials import EVENT_WEEK, Trial

LEVEL_TOLERANCE = 0.15
_TWO_SIDED = 1.645

Scores = Mapping[str, Sequence[float]]


def judge(trial: Trial, result: DisplacementResult) -> Scores:
    """Return scores by name, each with none, one or several values: 1 for right, 0 for wrong.

    `found`: p at most .10 (a false alarm where nothing happened); `changed_by_wdd`: two-sided, fall
    or rise. `covers_*`: the interval holds the true effect. `level_*`: the level before is within
    15 % of the heads standing there.
    """
    hit = np.arange(trial.truth.places) == trial.target
    return {
        "found": [result.placebo.p <= 0.10],
        "found_05": [result.placebo.p <= 0.05],
        "found_by_rank": [result.placebo.rank_p <= 0.10],
        "found_by_wdd": [result.counts.wdd.p_one_sided <= 0.10],
        "changed_by_wdd": [abs(result.counts.wdd.z) >= _TWO_SIDED],
        "found_by_panel": [result.panel.p <= 0.10] if result.panel else [],
        "covers_target": [result.target.low <= trial.effect(hit) <= result.target.high],
        "covers_net": [result.net.low <= trial.effect(hit | ~hit) <= result.net.high],
        "level_target": [_near_truth(trial, hit, result.target.before)],
        **_territories(trial, result),
        **_share(trial, result),
        **_flows(trial, result),
    }


def rates(judged: Iterable[Scores]) -> dict[str, float]:
    """Return the mean of each score over all trials; a score without values is left out."""
    collected: dict[str, list[float]] = {}
    for scores in judged:
        for name, values in scores.items():
            collected.setdefault(name, []).extend(values)
    return {name: float(np.mean(values)) for name, values in collected.items() if values}


def _near_truth(trial: Trial, members: np.ndarray, before: float) -> bool:
    standing = float(trial.truth.heads[members, :EVENT_WEEK].mean(axis=1).sum())
    return abs(before / standing - 1) <= LEVEL_TOLERANCE


def _territories(trial: Trial, result: DisplacementResult) -> Scores:
    covers, levels = [], []
    for row in result.territories:
        members = trial.truth.territory == row.code
        covers.append(row.change.low <= trial.effect(members) <= row.change.high)
        levels.append(_near_truth(trial, members, row.change.before))
    return {"covers_territories": covers, "level_territories": levels}


def _share(trial: Trial, result: DisplacementResult) -> Scores:
    if result.displaced is None or not trial.truth.moves:
        return {}
    fell = sum(float(move.heads[EVENT_WEEK:].mean()) for move in trial.truth.moves)
    kept = [m for m in trial.truth.moves if m.target is not None]
    true = sum(float(move.heads[EVENT_WEEK:].mean()) for move in kept) / fell if fell else 0.0
    share = result.displaced
    return {"share": [share.value], "covers_share": [share.low <= true <= share.high]}


def _flows(trial: Trial, result: DisplacementResult) -> Scores:
    if result.allocation is None or not trial.truth.moves:
        return {}
    found, own = result.allocation, str(trial.truth.territory[trial.target])
    moved = simulate.flows(trial.truth, EVENT_WEEK)
    true = {str(to): heads for (_, to), heads in moved.items() if to != simulate.GONE}
    gone = sum(heads for (_, to), heads in moved.items() if to == simulate.GONE)
    between = [flow for flow in found.flows if flow.target != own]
    inside = {f.target: f.low - 1e-9 <= true.get(f.target, 0.0) <= f.high for f in between}
    return {
        "right_two_first": [{f.target for f in between[:2]} == set(true)] if true else [],
        "covers_flows": [inside.get(code, False) for code in true],
        "covers_no_flow": [right for code, right in inside.items() if code not in true],
        "within_bounds": [f.bound_low <= true.get(f.target, 0.0) <= f.bound_high for f in between],
        "covers_left": [found.left_or_not_found.low - 1e-9 <= gone <= found.left_or_not_found.high],
    }
