from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from geosites.analysis.hotspots.effort_test import effort_test


def test_the_rate_is_the_weighted_mean_heads_per_visit() -> None:
    xy = [(0, 0), (75, 0), (1000, 0)]
    test = effort_test([(0, 0)], xy, [8, 4, 99], [0, 0, 0], np.random.default_rng(1))
    near, far = 1.0, 1 - 0.5**2
    assert test.rate[0] == pytest.approx((near * 8 + far * 4) / (near + far))
    assert test.visits[0] == pytest.approx((near + far) ** 2 / (near**2 + far**2))


def test_cells_with_too_little_effort_are_not_judged() -> None:
    xy = np.vstack([np.zeros((4, 2)), np.full((6, 2), 1000.0)])
    test = effort_test(
        [(0, 0), (1000, 1000), (5000, 0)], xy, np.arange(10), np.zeros(10), np.random.default_rng(2)
    )
    assert_array_equal(np.isnan(test.p), [True, False, True])
    assert_array_equal(np.isnan(test.p_low), np.isnan(test.p))
    assert test.visits[2] == 0


def test_p_values_are_uniform_where_all_ground_is_alike() -> None:
    rng = np.random.default_rng(3)
    p, p_low = [], []
    for _ in range(60):
        xy = rng.uniform(0, 1500, (400, 2))
        heads = rng.poisson(4 * rng.gamma(1, 1, 400))
        cells = np.stack(np.meshgrid(*[np.arange(50, 1500, 300)] * 2), axis=-1).reshape(-1, 2)
        test = effort_test(cells, xy, heads, rng.integers(0, 4, 400), rng, permutations=99)
        p.append(test.p)
        p_low.append(test.p_low)
    for values in (np.concatenate(p), np.concatenate(p_low)):
        seen = values[~np.isnan(values)]
        for alpha in (0.01, 0.05, 0.2, 0.5):
            assert (seen <= alpha).mean() == pytest.approx(alpha, abs=0.02)


def test_uneven_effort_makes_no_cell_hot() -> None:
    rng = np.random.default_rng(4)
    xy = np.vstack([rng.normal(500, 30, (300, 2)), rng.uniform(0, 3000, (300, 2))])
    p = [
        effort_test([(500, 500)], xy, rng.poisson(3, 600), np.zeros(600), rng, permutations=99).p[0]
        for _ in range(60)
    ]
    assert (np.array(p) <= 0.05).mean() <= 0.12


def test_heads_are_compared_within_their_stratum_only() -> None:
    rng = np.random.default_rng(5)
    xy = np.vstack([rng.normal(0, 20, (30, 2)), rng.normal(2000, 20, (30, 2))])
    evening = np.repeat([1, 0], 30)
    heads = np.where(evening == 1, 20, 2)
    apart = effort_test([(0, 0)], xy, heads, evening, rng, permutations=99)
    mixed = effort_test([(0, 0)], xy, heads, np.zeros(60), rng, permutations=99)
    assert apart.p[0] == 1.0
    assert mixed.p[0] == pytest.approx(0.01)


def test_a_full_and_an_empty_place_are_told_from_the_rest() -> None:
    rng = np.random.default_rng(6)
    spots = np.array([(0, 0), (1000, 0), (2000, 0), (3000, 0), (4000, 0)])
    mean = np.array([20, 4, 4, 4, 0])
    which = np.repeat(np.arange(5), 20)
    heads = rng.poisson(mean[which])
    test = effort_test(spots, spots[which], heads, np.zeros(100), rng)
    assert test.p.argmin() == 0
    assert test.p[0] < 0.005
    assert test.p_low.argmin() == 4
    assert test.p_low[4] < 0.005


@pytest.mark.parametrize("heads", [0, 7])
def test_the_same_heads_everywhere_are_no_evidence(heads: int) -> None:
    xy = np.random.default_rng(7).uniform(0, 100, (20, 2))
    test = effort_test([(50, 50)], xy, np.full(20, heads), np.zeros(20), np.random.default_rng(8))
    assert (test.p[0], test.p_low[0]) == (1.0, 1.0)


def test_a_stratum_of_one_visit_keeps_its_heads() -> None:
    xy = np.random.default_rng(9).uniform(0, 100, (12, 2))
    heads = np.array([500] + [1] * 11)
    strata = np.array([9] + [0] * 11)
    test = effort_test([(50, 50)], xy, heads, strata, np.random.default_rng(10))
    assert test.p[0] == 1.0


def test_the_same_seed_gives_the_same_p() -> None:
    rng = np.random.default_rng(11)
    xy, heads = rng.uniform(0, 900, (200, 2)), rng.poisson(3, 200)
    first, second = (
        effort_test(xy[:20], xy, heads, np.zeros(200), np.random.default_rng(1)) for _ in range(2)
    )
    assert_allclose(first.p, second.p)


def test_what_crews_saw_together_is_one_observation() -> None:
    xy = [(0, 0), (0, 0), (75, 0), (1000, 0)]
    cells, strata = [(0, 0)], [0, 0, 0, 0]
    test = effort_test(
        cells, xy, [6, 10, 4, 99], strata, np.random.default_rng(1), observation=[0, 0, 1, 2]
    )
    alone = effort_test(
        cells, xy[1:], [8, 4, 99], strata[1:], np.random.default_rng(1), observation=[0, 1, 2]
    )
    assert test.rate[0] == pytest.approx(alone.rate[0])
    assert test.visits[0] == pytest.approx(alone.visits[0])


def test_an_observation_weighs_by_the_nearest_of_its_visits() -> None:
    xy = [(0, 0), (140, 0), (75, 0)]
    test = effort_test(
        [(0, 0)], xy, [8, 8, 4], [0, 0, 0], np.random.default_rng(1), observation=[0, 0, 1]
    )
    near, far = 1.0, 1 - 0.5**2
    assert test.rate[0] == pytest.approx((near * 8 + far * 4) / (near + far))


def test_a_crowd_of_crews_is_no_evidence_of_its_own() -> None:
    rng = np.random.default_rng(6)
    xy = np.repeat(rng.uniform(0, 4000, (80, 2)), 6, axis=0)
    scene = np.repeat(np.arange(80), 6)
    p: dict[str, list[float]] = {"together": [], "apart": []}
    for _ in range(40):
        heads = np.repeat(rng.poisson(4 * rng.gamma(1, 1, 80)), 6)
        for name, observation in (("together", scene), ("apart", np.arange(480))):
            test = effort_test(
                xy[::6], xy, heads, np.zeros(480), rng, observation=observation,
                floor_visits=1.0, permutations=99,
            )  # fmt: skip
            p[name].append(float((test.p <= 0.01).mean()))
    assert np.mean(p["together"]) <= 0.02
    assert np.mean(p["apart"]) > 0.1
