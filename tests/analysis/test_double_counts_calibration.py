"""Intervals of people present hold them, on scenes that are not the estimators' own model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench.double_counts import BROKEN, JOINT_ONLY, WORLDS, score

TRIALS = 100
SLACK = 0.06
"""Of 100 trials with coverage .92, at least 86 hold the truth 39 times in 40."""


@pytest.mark.parametrize("detection", [0.4, 0.7, 0.9])
@pytest.mark.parametrize("world", ["30 scenes", "very uneven", "in twos"])
def test_separate_counts_alone_hold_the_people_present(world: str, detection: float) -> None:
    found = score(replace(WORLDS[world], detection=detection), TRIALS, 1)
    assert min(found.persons, found.share) >= 0.90 - SLACK


@pytest.mark.parametrize("detection", [0.4, 0.7, 0.9])
@pytest.mark.parametrize("world", ["30 scenes", "small scenes", "in fours", "uneven crews"])
def test_joint_counts_hold_the_people_present(world: str, detection: float) -> None:
    scenes = {**WORLDS, **JOINT_ONLY}[world]
    found = score(replace(scenes, detection=detection, joint=True), TRIALS, 2)
    assert min(found.persons, found.share) >= 0.90 - SLACK
    assert found.answered >= 0.97


def test_people_whom_both_crews_miss_more_easily_break_the_estimate() -> None:
    """As the documentation says: then it is a lower bound."""
    found = score(replace(BROKEN["half of them hidden"], detection=0.8, joint=True), TRIALS, 3)
    assert found.persons < 0.6
