"""Samples: everybody has the chance promised, the list is balanced wherever one stops."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.sampling import grts, inclusion_probabilities, pielou
from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
DRAWS = 3000


def city(seed: int = 1, n: int = 120) -> Floats:
    """Return points that lie in two clumps and between them."""
    rng = np.random.default_rng(seed)
    clumps = rng.choice([[1500.0, 1500.0], [7000.0, 6000.0]], n // 2) + rng.normal(
        0, 500, (n // 2, 2)
    )
    return np.vstack([clumps, rng.uniform(0, 9000, (n - n // 2, 2))])


def test_sizes_become_chances_that_sum_to_the_sample() -> None:
    assert inclusion_probabilities([1, 1, 2], 2).tolist() == [0.5, 0.5, 1.0]
    np.testing.assert_allclose(inclusion_probabilities([1, 1, 1, 1], 1), 0.25)
    chance = inclusion_probabilities([100, 50, 1, 1, 1, 1], 3)
    np.testing.assert_allclose(chance, [1, 1, 0.25, 0.25, 0.25, 0.25])
    np.testing.assert_allclose(inclusion_probabilities([5, 1], 2), 1)


@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=60), st.data())
def test_no_unit_is_without_a_chance(sizes: list[float], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(sizes)))
    chance = inclusion_probabilities(sizes, n)
    assert chance.sum() == pytest.approx(n)
    assert ((chance > 0) & (chance <= 1 + 1e-12)).all()


@pytest.mark.parametrize(("sizes", "n"), [([1.0, 0.0], 1), ([1.0], 2), ([1.0], 0), ([np.nan], 1)])
def test_what_cannot_be_drawn_is_refused(sizes: list[float], n: int) -> None:
    with pytest.raises(Refused):
        inclusion_probabilities(sizes, n)


def test_chances_that_do_not_sum_to_a_number_of_points_are_refused() -> None:
    with pytest.raises(Refused):
        grts(city(), np.full(120, 0.0101), np.random.default_rng(1))


@pytest.mark.parametrize("n", [7, 16, 40])
def test_each_point_is_drawn_as_often_as_promised(n: int) -> None:
    xy, rng = city(), np.random.default_rng(n)
    chance = inclusion_probabilities(rng.lognormal(0, 0.8, len(xy)), n)
    often, early, first = np.zeros(len(xy)), np.zeros(len(xy)), n // 3
    for _ in range(DRAWS):
        drawn = grts(xy, chance, rng)
        assert len(set(drawn.tolist())) == n
        often[drawn] += 1
        early[drawn[:first]] += 1
    for seen, promised in ((often, chance), (early, chance * first / n)):
        error = np.sqrt(np.maximum(promised * (1 - promised), 1e-9) / DRAWS)
        assert (abs(seen / DRAWS - promised) <= 4.5 * error + 1e-12).all()


@pytest.mark.parametrize("first", [8, 10, 16, 32])
def test_the_top_of_the_list_is_spread_better_than_at_random(first: int) -> None:
    xy, rng = city(3, 400), np.random.default_rng(9)
    chance = inclusion_probabilities(np.ones(len(xy)), 32)
    spread = [pielou(xy, chance, grts(xy, chance, rng)[:first]) for _ in range(300)]
    simple = [pielou(xy, chance, rng.choice(len(xy), first, replace=False)) for _ in range(300)]
    assert np.mean(spread) < 0.75 * np.mean(simple)


def test_the_first_four_lie_apart() -> None:
    x, y = np.meshgrid(np.arange(16.0), np.arange(16.0))
    xy, rng = np.column_stack([x.ravel(), y.ravel()]), np.random.default_rng(5)
    chance = np.full(256, 16 / 256)
    spread = [pielou(xy, chance, grts(xy, chance, rng)[:4]) for _ in range(400)]
    simple = [pielou(xy, chance, rng.choice(256, 4, replace=False)) for _ in range(400)]
    assert np.mean(spread) < 0.8 * np.mean(simple)


def test_points_at_one_spot_can_be_sampled() -> None:
    drawn = grts(np.zeros((5, 2)), np.full(5, 0.4), np.random.default_rng(1))
    assert len(set(drawn.tolist())) == 2


def test_the_same_seed_draws_the_same_list() -> None:
    chance = inclusion_probabilities(np.ones(120), 12)
    once, again = (grts(city(), chance, np.random.default_rng(4)) for _ in range(2))
    assert once.tolist() == again.tolist()


def test_a_total_is_known_better_than_from_a_simple_sample() -> None:
    xy = city(7, 300)
    values = np.exp(-np.hypot(*(xy - [1500, 1500]).T) / 2500) * 20
    rng, n = np.random.default_rng(11), 24
    chance = inclusion_probabilities(np.ones(len(xy)), n)
    balanced = [values[grts(xy, chance, rng)].sum() * len(xy) / n for _ in range(600)]
    simple = [values[rng.choice(len(xy), n, replace=False)].sum() * len(xy) / n for _ in range(600)]
    assert np.mean(balanced) == pytest.approx(values.sum(), rel=0.02)
    assert np.var(balanced) < 0.5 * np.var(simple)


def test_balance_is_0_where_each_one_drawn_stands_for_as_much() -> None:
    xy = np.array([[0.0, 0], [1, 0], [100, 0], [101, 0]])
    assert pielou(xy, np.full(4, 0.5), [0, 2]) == pytest.approx(0, abs=1e-12)
    assert pielou(xy, np.full(4, 0.5), [0, 1]) > 0.1
    assert pielou(xy, np.full(4, 0.25), [3]) == 0
