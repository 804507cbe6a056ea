"""The answers in five worlds, by two simulators: as before, hiding, and back at night only."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from bench.closure_worlds import VARIANTS, WORLDS, Answers, logs, patrols

from geosites.analysis.closure import Status

TRIALS = 40
SEEN_AS_BEFORE = WORLDS[:3]


@cache
def together(world: str) -> Answers:
    found = [patrols(world, TRIALS), *(logs(world, variant, TRIALS) for variant in VARIANTS)]
    return Answers(
        p=np.concatenate([one.p for one in found]),
        status=np.concatenate([one.status for one in found]),
        clear=np.concatenate([one.clear for one in found]),
    )


@pytest.mark.parametrize("world", WORLDS)
def test_a_closure_is_confirmed_where_the_site_is_clear(world: str) -> None:
    found = together(world)
    confirmed = found.status == Status.CONFIRMED_CLOSED
    assert confirmed.mean() > 0.05
    assert found.clear[confirmed].mean() >= (0.95 if world in SEEN_AS_BEFORE else 0.90)


@pytest.mark.parametrize("world", WORLDS)
def test_a_high_probability_is_no_promise_that_is_not_kept(world: str) -> None:
    found = together(world)
    worst = 0.05 if world in SEEN_AS_BEFORE else 0.15
    for low in (0.8, 0.9, 0.95, 0.99) if world != "night" else (0.95, 0.99):
        inside = found.shown() & (found.p >= low)
        assert found.p[inside].mean() - found.clear[inside].mean() <= worst


def test_visits_at_one_time_of_day_leave_few_clear_sites_reopened() -> None:
    found = logs("detection .75", "afternoons only", TRIALS)
    reopened = found.status == Status.REOPENED
    assert reopened.mean() < 0.35
    assert found.clear[reopened].mean() < 0.6
    assert not (found.status == Status.CONFIRMED_CLOSED).any()
