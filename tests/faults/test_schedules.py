"""Forty schedules of faults from seeds, against two workers: nothing lost, doubled or broken."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench.faults import Schedule, run_schedule
from bench.served import Served, served
from bench.strikes import FAST


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.mark.parametrize("group", range(8))
def test_every_acknowledged_sighting_is_there_once(service: Served, group: int) -> None:
    for seed in range(5 * group, 5 * group + 5):
        schedule = Schedule.of(seed, list(FAST))
        outcome = run_schedule(service, schedule)
        assert outcome.sound, (schedule, outcome)
        assert outcome.acknowledged == schedule.reporters * schedule.each
