"""How often the intervals of people present hold them, from counts of two crews; truth simulated.

The estimators take neither the distribution of people over scenes nor, with joint counts, that
people are seen one by one; the simulator (`geosites.simulation.double_counts`) makes scenes where
neither holds. `persons` and `share` are the shares of answered trials whose 90 % interval held the
people at the scenes and the share of them that a crew misses; `answered` the share of trials that
got an answer at all; `width` the median of the interval of the share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bench.table import Promise, Table
from geosites.analysis.abundance.crew_detection import DetectionEstimate, detection
from geosites.analysis.abundance.double_counts import Interval
from geosites.simulation.double_counts import CountedScenes, counted

SEED = 20261130
TRIALS = 200
DETECTIONS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
WORLDS = {
    "30 scenes": CountedScenes(),
    "60 scenes": CountedScenes(scenes=60),
    "Poisson": CountedScenes(size=None),
    "very uneven": CountedScenes(mean=25.0, size=0.6),
    "small scenes": CountedScenes(scenes=40, mean=4.0, size=1.5),
    "in twos": CountedScenes(group=2),
}
"""Where the interval shall hold with and without joint counts."""
JOINT_ONLY = {
    "in fours": CountedScenes(group=4),
    "uneven crews": CountedScenes(moods=10.0),
}
"""Where it shall hold with joint counts."""
BROKEN = {"half of them hidden": CountedScenes(hidden=0.5)}
"""Where it does not: some people are seen half as well by both crews. Told, not promised."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """What came of the trials of one world."""

    persons: float
    share: float
    answered: float
    width: float


def score(world: CountedScenes, trials: int, seed: int) -> Score:
    """Return how often the intervals of so many trials held the truth."""
    truth = 1.0 - world.detection * (1.0 - world.hidden / 2.0)
    found = list(_trials(world, trials, seed))
    told = [(item, present) for item, present in found if item.unseen is not None]
    widths = [(item.unseen.high or 1.0) - item.unseen.low for item, _ in told if item.unseen]
    return Score(
        persons=float(np.mean([_holds(item.present, present) for item, present in told])),
        share=float(np.mean([_holds(item.unseen, truth) for item, _ in told])),
        answered=len(told) / trials,
        width=float(np.median(widths)),
    )


def _trials(
    world: CountedScenes, trials: int, seed: int
) -> Iterator[tuple[DetectionEstimate, int]]:
    for trial in range(trials):
        chance = np.random.default_rng([SEED, seed, trial])
        counts, present = counted(world, chance)
        yield detection(counts, second_opinion=False), present


def _holds(interval: Interval | None, truth: float) -> bool:
    if interval is None:
        return False
    return interval.low <= truth and (interval.high is None or truth <= interval.high)


def run(trials: int = TRIALS) -> Table:
    """Return one row a world, detection and kind of counts, and the promise of .90."""
    rows = [
        (
            name,
            "joint" if joint else "separate",
            p,
            score(replace(world, detection=p, joint=joint), trials, number),
        )
        for number, (name, world) in enumerate({**WORLDS, **JOINT_ONLY, **BROKEN}.items())
        for joint in (False, True)
        for p in DETECTIONS
    ]
    promised = [item for item in rows if _promised(item[0], item[1])]
    return Table(
        name="double_counts",
        note=f"{trials} trials a row, 90 % intervals",
        columns=("scenes", "counts", "detection", "persons", "share", "answered", "width"),
        rows=tuple((*item[:3], *_cells(item[3])) for item in rows),
        promises=tuple(
            _promise(kind, [item[3] for item in promised if item[1] == kind])
            for kind in ("separate", "joint")
        ),
    )


def _promised(world: str, kind: str) -> bool:
    return world in WORLDS or (world in JOINT_ONLY and kind == "joint")


def _promise(kind: str, scores: list[Score]) -> Promise:
    worst = min(min(item.persons, item.share) for item in scores)
    return Promise(
        what=f"coverage with {kind} counts, the worst row",
        promised=">= .90",
        measured=worst,
        kept=worst >= 0.90,
    )


def _cells(found: Score) -> tuple[Any, ...]:
    return tuple(
        round(item, 3) for item in (found.persons, found.share, found.answered, found.width)
    )
