"""How true the displacement figures are: many studies of simulated events whose truth is known.

One kind of scene in one line: `python -m bench.calibration --scene NAME --trials N`. With
`--effort`, kinds of scenes at given visits per place and week and weeks before the event.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zlib import crc32

import numpy as np

from bench.table import Promise, Table
from geosites.analysis.displacement.study_design import Design
from geosites.core.errors import NotEnoughData
from geosites.simulation import Effort, SceneKind
from geosites.simulation.displacement_scores import Scores, judge, rates, warned
from geosites.simulation.displacement_trials import SCENES, Trial, make

SEED = 20221005
TRIALS = 200
DESIGN = Design(draws=400)
FEWEST = 20
"""A rate of fewer studies answered promises nothing."""
EFFORT_SCENES = (
    "plain-nothing",
    "plain-halving",
    "lived-nothing",
    "lived-halving",
    "lived-move",
    "varied-move",
)
VISITS = (2.0, 4.0, 6.0, 8.0, 12.0)
WEEKS_BEFORE = (13, 26, 39)
"""Where the effort that each promise needs is looked for."""

SHOWN = (
    "found",
    "found_plain",
    "covers_target",
    "covers_cautious",
    "covers_territories",
    "covers_net",
    "level_target",
    "level_oracle",
    "level_territories",
    "ratio_target",
    "right_first",
    "right_oracle",
    "right_largest",
    "false_farther",
    "moved_told",
    "new_found",
    "false_new",
    "covers_new",
    "share",
    "covers_share",
    "covers_flows",
    "covers_found_nearby",
    "covers_not_found",
    "adds_up",
)
"""The scores of the table, in its order."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One trial: its scores, or the code of the refusal; the codes of the warnings.

    `at_target`: visits a week at the target.
    """

    scores: Scores | None
    at_target: float
    refused: str | None = None
    warnings: frozenset[str] = frozenset()


def run(trials: int = TRIALS) -> Table:
    """Return a row for each kind of scene, and the promises over all of them."""
    rows = [row(name, trials) for name in SCENES]
    return Table(
        name="calibration",
        note=f"{trials} studies of each kind of scene, seed {SEED}",
        columns=tuple(rows[0]),
        rows=tuple(tuple(each.values()) for each in rows),
        promises=tuple(promises(rows)),
    )


def promises(rows: list[dict[str, Any]]) -> Iterator[Promise]:
    """Yield what was promised for every kind of scene, with the worst of them."""
    null = [each for each in rows if SCENES[each["scene"]].null]
    halved = [each for each in rows if each["scene"] in {"plain-halving", "uneven-halving"}]
    fell = [each for each in rows if each["scene"] == "plain-fall"]
    moved = [each for each in rows if each["scene"].endswith("-move")]
    yield from _most("false alarms (p ≤ .10 where nothing happened)", null, "found", 0.13)
    for what in ("cautious", "territories", "net"):
        yield from _least(f"90 % intervals hold the truth: {what}", rows, f"covers_{what}", 0.85)
    yield from _least("level before within 15 %", rows, "level_target", 0.95)
    yield from _least("a halving is found (place test)", halved, "found_plain", 0.85)
    yield from _least("the right receivers come first", moved, "right_first", 0.95)
    yield from _least("a new place is found", rows, "new_found", 0.90)
    yield from _most("new places where there are none", null, "false_new", 0.05)
    yield from _most("displaced share after a plain fall", fell, "share", 0.05)
    yield from _least("what is told adds up", rows, "adds_up", 1.0)


def _least(what: str, rows: list[dict[str, Any]], key: str, bound: float) -> Iterator[Promise]:
    known = [each for each in rows if each[key] is not None and each["answered"] >= FEWEST]
    if known:
        worst = min(known, key=lambda each: each[key])
        yield Promise(
            what=f"{what}; least in {worst['scene']}",
            promised=f"at least {bound:g}",
            measured=worst[key],
            kept=worst[key] >= bound,
        )


def _most(what: str, rows: list[dict[str, Any]], key: str, bound: float) -> Iterator[Promise]:
    known = [each for each in rows if each[key] is not None and each["answered"] >= FEWEST]
    if known:
        worst = max(known, key=lambda each: each[key])
        yield Promise(
            what=f"{what}; most in {worst['scene']}",
            promised=f"at most {bound:g}",
            measured=worst[key],
            kept=worst[key] <= bound,
        )


def row(
    name: str,
    trials: int = TRIALS,
    seed: int = SEED,
    workers: int = 1,
    effort: Effort | None = None,
) -> dict[str, Any]:
    """Return the rates of one kind of scene; trial n draws from `[seed, crc32(name), n]`.

    No two kinds share their chance, so that a wild city is not seen in every row. With an effort,
    the name is that of the cell (`cell`).
    """
    started = time.perf_counter()
    judged = list(_judged(name, trials, seed, workers, effort))
    scores = rates(each.scores for each in judged if each.scores is not None)
    given = {} if effort is None else {**vars(effort), "at_target": _mean_at_target(judged)}
    return {
        "scene": name,
        **given,
        "trials": trials,
        "refused": _shares(each.refused for each in judged),
        "answered": sum(each.scores is not None for each in judged),
        **{key: round(scores[key], 3) if key in scores else None for key in SHOWN},
        "warned": _shares(code for each in judged for code in sorted(each.warnings)),
        "seconds": round(time.perf_counter() - started, 1),
    }


def one(number: int, name: str, seed: int = SEED, effort: Effort | None = None) -> Judged:
    """Return how one study did against the truth."""
    rng = np.random.default_rng([seed, crc32(cell(name, effort).encode()), number])
    made = make(rng, kind(name, effort))
    at_target = _at_target(made)
    try:
        result = made.study(rng, design(effort))
    except NotEnoughData as refusal:
        return Judged(scores=None, at_target=at_target, refused=str(refusal.cause))
    return Judged(scores=judge(made, result), at_target=at_target, warnings=warned(result))


def kind(name: str, effort: Effort | None = None) -> SceneKind:
    """Return a kind of scene, at an effort where one is given."""
    return replace(SCENES[name], effort=effort)


def design(effort: Effort | None = None) -> Design:
    """Return the choices of a study, which looks at all weeks before that an effort has."""
    return DESIGN if effort is None else replace(DESIGN, weeks_before=effort.weeks_before)


def cell(name: str, effort: Effort | None = None) -> str:
    """Return what a row is called: `plain-halving@4x26` has 4 visits and 26 weeks before."""
    return name if effort is None else f"{name}@{effort.visits:g}x{effort.weeks_before}"


def _at_target(made: Trial) -> float:
    """Return how many visits a week a crew made at the target."""
    return float((made.world.seen.place == made.target).sum() / made.truth.weeks)


def _mean_at_target(judged: list[Judged]) -> float:
    return round(float(np.mean([each.at_target for each in judged])), 1)


def _judged(
    name: str, trials: int, seed: int, workers: int, effort: Effort | None
) -> Iterator[Judged]:
    each = partial(one, name=name, seed=seed, effort=effort)
    if workers == 1:
        yield from map(each, range(trials))
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(each, range(trials), chunksize=8)


def _shares(codes: Iterable[str | None]) -> str | None:
    """Return how many trials had each code, the most frequent first; None if there are none."""
    counted = Counter(code for code in codes if code is not None)
    return ", ".join(f"{code} {count}" for code, count in counted.most_common()) or None


def _line(made: dict[str, Any]) -> str:
    return "  ".join(f"{key}={value}" for key, value in made.items() if value is not None)


def _efforts(asked: argparse.Namespace) -> list[Effort | None]:
    """Return the efforts that each kind of scene is measured at; None is its own."""
    if not asked.effort:
        return [None]
    return [
        Effort(visits=visits, weeks_before=weeks)
        for weeks in asked.weeks or WEEKS_BEFORE
        for visits in asked.visits or VISITS
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.calibration", description=__doc__)
    parser.add_argument("--scene", nargs="*", choices=list(SCENES), help="all by default")
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON document a line")
    parser.add_argument("--list", action="store_true", help="name the kinds of scenes")
    parser.add_argument("--effort", action="store_true", help="a row for each effort")
    parser.add_argument("--visits", nargs="*", type=float, help="per place and week")
    parser.add_argument("--weeks", nargs="*", type=int, help="before the event")
    return parser


def _main() -> None:
    asked = _parser().parse_args()
    if asked.list:
        print("\n".join(SCENES))
        return
    for name in asked.scene or (EFFORT_SCENES if asked.effort else SCENES):
        for effort in _efforts(asked):
            made = row(name, asked.trials, asked.seed, asked.workers, effort)
            print(json.dumps(made, ensure_ascii=False) if asked.json else _line(made), flush=True)


if __name__ == "__main__":
    _main()
