"""Simulated scenes counted by two crews, with known truth.

Independent of the estimators: people are seen independently of each other, or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geosites.analysis.abundance.double_counts import DoubleCounts


@dataclass(frozen=True, kw_only=True)
class CountedScenes:
    """Parameters of the simulation: number of scenes, number of people, and detection.

    `mean` is the mean of the people at a scene; `size` that of a negative binomial (variance mean +
    mean^2 / size), or None for Poisson. `detection` is the probability that a crew sees a person.
    `group`: group size; a crew sees all of a group or none of it. `moods` is the concentration of a
    beta distribution from which each crew at each scene draws its own probability (small is
    uneven), or None. `hidden` is the share of people who are seen half as well. `joint`: whether
    there is also a joint count.
    """

    scenes: int = 30
    mean: float = 12.0
    size: float | None = 1.2
    detection: float = 0.7
    group: int = 1
    moods: float | None = None
    hidden: float = 0.0
    joint: bool = False


def counted(world: CountedScenes, chance: np.random.Generator) -> tuple[DoubleCounts, int]:
    """Return the counts of both crews, and the number of people at the scenes that either saw."""
    scenes = [_scene(world, chance) for _ in range(world.scenes)]
    first, second, joint, present = (np.array(item) for item in zip(*scenes, strict=True))
    counts = DoubleCounts.of(first, second, joint if world.joint else None)
    return counts, int(present[first + second > 0].sum())


def _scene(world: CountedScenes, chance: np.random.Generator) -> tuple[int, int, int, int]:
    if world.size is None:
        present = int(chance.poisson(world.mean))
    else:
        present = int(chance.negative_binomial(world.size, world.size / (world.size + world.mean)))
    group = np.arange(present) // world.group
    groups = -(-present // world.group)
    ease = np.where(chance.random(groups) < world.hidden, 0.5, 1.0)
    seen = [(chance.random(groups) < _crew(world, chance) * ease)[group] for _ in range(2)]
    return int(seen[0].sum()), int(seen[1].sum()), int((seen[0] | seen[1]).sum()), present


def _crew(world: CountedScenes, chance: np.random.Generator) -> float:
    """Return the probability that a crew sees a person at a scene."""
    if world.moods is None:
        return world.detection
    return float(chance.beta(world.detection * world.moods, (1.0 - world.detection) * world.moods))
