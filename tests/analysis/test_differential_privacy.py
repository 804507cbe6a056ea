"""Noise by whole numbers: its distribution, what it guarantees, and what one person can change."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from geosites.analysis.bounded_contributions import levels, whole
from geosites.analysis.differential_privacy import discrete_laplace, error_within, noisy

HALF = Fraction(1, 2)


def mass(z: int, epsilon: Fraction) -> float:
    a = math.exp(-float(epsilon))
    return (1 - a) / (1 + a) * a ** abs(z)


@pytest.mark.parametrize("epsilon", [HALF, Fraction(3, 7), Fraction(2), Fraction(1, 10)])
def test_the_noise_has_the_distribution_of_the_discrete_laplace(epsilon: Fraction) -> None:
    chance, draws = random.Random(20261129), 40_000
    found = Counter(discrete_laplace(epsilon, chance.randrange) for _ in range(draws))
    reach = error_within(epsilon, 0.98)
    inside = range(-reach, reach + 1)
    expected = [draws * mass(z, epsilon) for z in inside]
    seen = [found[z] for z in inside]
    rest = draws - sum(expected)
    chi2 = stats.chisquare([*seen, draws - sum(seen)], [*expected, rest])
    assert chi2.pvalue > 1e-3


def test_no_output_is_much_likelier_with_a_person_than_without() -> None:
    """The bound of exp(epsilon), for every output and both neighbours, from drawn frequencies."""
    epsilon, draws = Fraction(1), 60_000
    chance = random.Random(5)
    one = Counter(10 + discrete_laplace(epsilon, chance.randrange) for _ in range(draws))
    other = Counter(11 + discrete_laplace(epsilon, chance.randrange) for _ in range(draws))
    for output in range(7, 15):
        ratio = one[output] / other[output]
        slack = 4 * math.sqrt(1 / one[output] + 1 / other[output])
        assert abs(math.log(ratio)) <= float(epsilon) + slack


def test_draws_use_whole_numbers_of_the_source_and_nothing_else() -> None:
    asked: list[int] = []

    def below(limit: int) -> int:
        asked.append(limit)
        return 0 if len(asked) % 3 else limit - 1

    discrete_laplace(HALF, below)
    assert asked
    assert all(isinstance(limit, int) and limit > 0 for limit in asked)


def test_the_error_that_is_told_is_that_of_the_distribution() -> None:
    assert (error_within(HALF, 0.5), error_within(HALF, 0.9)) == (1, 5)
    for share in (0.5, 0.9, 0.99):
        k = error_within(HALF, share)
        inside = sum(mass(z, HALF) for z in range(-k, k + 1))
        assert inside >= share > inside - 2 * mass(k, HALF)


def test_counts_with_noise_are_never_below_0() -> None:
    chance = random.Random(2)
    assert min(noisy([0] * 300, Fraction(1, 10), chance.randrange)) == 0


@pytest.mark.parametrize("epsilon", [Fraction(0), Fraction(-1, 2)])
def test_an_epsilon_that_is_not_above_0_is_refused(epsilon: Fraction) -> None:
    with pytest.raises(ValueError, match="above 0"):
        discrete_laplace(epsilon)


Visits = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 9), st.booleans()),
    min_size=1,
    max_size=40,
)


@given(Visits, st.integers(0, 3))
def test_a_person_at_one_place_changes_one_count_by_at_most_1(
    visits: list[tuple[int, int, int, bool]], where: int
) -> None:
    """`there` says of each visit whether the person was at the place then."""
    place, week, heads, there = (np.array(column) for column in zip(*visits, strict=True))
    home = [0, 0, 1, 1]
    more = heads + (there & (place == where))
    without = whole(levels(place, week, heads), home)
    along = whole(levels(place, week, more), home)
    assert along.keys() == without.keys()
    changes = [along[row] - without[row] for row in along]
    assert sum(changes) in (0, 1)
    assert min(changes) >= 0


def test_halves_are_rounded_up_so_that_one_person_makes_one() -> None:
    """Round half to even would take .5 to 0 and 1.5 to 2."""
    assert whole({0: Fraction(1, 2)}, [0]) == {0: 1}
    assert whole({0: Fraction(3, 2)}, [0]) == {0: 2}


def test_the_level_is_the_mean_of_weekly_means() -> None:
    assert levels([0, 0, 0, 1], [1, 1, 2, 1], [20, 10, 0, 4]) == {0: Fraction(15, 2), 1: 4}
