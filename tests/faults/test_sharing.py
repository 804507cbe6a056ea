"""Twenty schedules of faults between two real services that share; `bench share` runs 200."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench.share import FAULTS, Pair, faults_of, pair, run_schedule


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair() as running:
        yield running


@pytest.mark.parametrize("group", range(4))
def test_what_is_shared_comes_once_and_nothing_beyond_it(two: Pair, group: int) -> None:
    for seed in range(5 * group, 5 * group + 5):
        outcome = run_schedule(two, seed)
        assert outcome.sound, (seed, faults_of(seed), outcome)


def test_every_fault_is_in_the_twenty() -> None:
    assert {fault for seed in range(20) for fault in faults_of(seed)} == set(FAULTS)
