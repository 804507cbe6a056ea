from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from geosites.analysis.alarm.prospective_scan import alarm
from geosites.core.errors import NotEnoughData
from geosites.simulation import Scene, scale, scatter, scene, uneven_effort, visits
from samples.standing import weekly_levels

WEEKS, PLACES = 30, 50


def city(seed: int) -> tuple[Scene, np.random.Generator]:
    rng = np.random.default_rng([51, seed])
    xy = scatter(rng, box(0, 0, 6000, 6000), PLACES)
    return scene(rng, xy, np.full(PLACES, "a"), WEEKS, rng.gamma(2, 4, PLACES)), rng


def levels(truth: Scene, rng: np.random.Generator) -> np.ndarray:
    seen = visits(truth, rng, uneven_effort(rng, PLACES, WEEKS, 3.0))
    table = weekly_levels(seen.place, seen.week, seen.heads, 0, WEEKS)
    return np.pad(table, ((0, 0), (0, PLACES - table.shape[1])), constant_values=np.nan)


def test_places_that_wander_by_themselves_raise_no_more_alarms_than_alpha() -> None:
    p = []
    for seed in range(60):
        truth, rng = city(seed)
        raised = alarm(levels(truth, rng), truth.xy, rng, permutations=39)
        p.append(raised.p if raised else 1.0)
    assert np.mean(np.array(p) <= 0.05) <= 0.12


def test_neighbours_that_triple_are_named() -> None:
    found = 0
    for seed in range(20):
        truth, rng = city(seed)
        centre = int(np.argmin(np.hypot(*(truth.xy - 3000).T)))
        near = np.argsort(np.hypot(*(truth.xy - truth.xy[centre]).T))[:3]
        fuller = truth
        for place in near.tolist():
            fuller = scale(fuller, WEEKS - 2, place, 4.0)
        raised = alarm(levels(fuller, rng), truth.xy, rng, permutations=39)
        found += raised is not None and raised.p <= 0.05 and bool(set(near) & set(raised.members))
    assert found >= 14


def test_an_excess_can_be_checked_by_hand() -> None:
    table = np.full((12, 2), 10.0)
    table[-1, 0] = 20.0
    table[:8] += np.array([[1.0], [-1.0]] * 4)
    raised = alarm(table, [(0, 0), (9000, 0)], np.random.default_rng(1), max_weeks=1)
    assert raised is not None
    assert (raised.members, raised.weeks, raised.centre, raised.radius_m) == ((0,), 1, 0, 0.0)
    assert raised.heads == 20.0
    usual = (table[:11].sum(axis=0) + 0.5) / 11
    assert raised.expected == pytest.approx(usual[0] * 30 / usual.sum())


def test_a_whole_city_that_rises_is_no_local_alarm() -> None:
    table = np.full((12, 6), 10.0)
    table[-1] = 30.0
    rng = np.random.default_rng(2)
    assert alarm(table, rng.uniform(0, 9000, (6, 2)), rng) is None


def test_a_place_nobody_knew_before_takes_no_part() -> None:
    table = np.full((12, 3), 10.0)
    table[:9, 2] = np.nan
    table[-1, 2] = 500.0
    rng = np.random.default_rng(3)
    raised = alarm(table, [(0, 0), (5000, 0), (9000, 0)], rng)
    assert raised is None or 2 not in raised.members


def test_a_short_history_is_not_enough() -> None:
    with pytest.raises(NotEnoughData, match="weeks of history: 7"):
        alarm(np.ones((7, 2)), [(0, 0), (1, 1)], np.random.default_rng(4))
