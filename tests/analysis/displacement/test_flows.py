"""Bounds that always hold, and the allocation against published plans."""

from __future__ import annotations

import numpy as np
import ot
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geosites.analysis.displacement.flow_bounds import (
    allocate,
    allocate_many,
    bounds,
    bounds_between,
    unbalanced,
)
from geosites.core.errors import Refused
from samples.vectors import vector

heads = st.floats(0, 80, width=32)
table = arrays(np.float64, (3, 4), elements=st.floats(0, 50, width=32))
metres = arrays(np.float64, (3, 4), elements=st.floats(0, 6000, width=32))


def _inputs(name):
    known = vector(name)
    given_ = {key: np.asarray(value, dtype=float) for key, value in known["inputs"].items()}
    return given_, known["expected"], known["tolerance"]


def test_bounds_give_the_figures_of_the_inequality():
    known = vector("od-frechet")
    lower, upper = bounds(**known["inputs"])
    np.testing.assert_allclose(lower, known["expected"]["lower"])
    np.testing.assert_allclose(upper, known["expected"]["upper"])


def test_balanced_transport_gives_the_published_plan():
    known, expected, tolerance = _inputs("ot-sinkhorn")
    plan = unbalanced(known["a"], known["b"], known["M"], float(known["reg"]), np.inf)
    np.testing.assert_allclose(plan, expected["plan"], atol=tolerance)
    np.testing.assert_allclose(ot.emd(known["a"], known["b"], known["M"]), expected["emd"])


def test_unbalanced_transport_gives_the_published_plan():
    known, expected, tolerance = _inputs("ot-unbalanced")
    plan = unbalanced(
        known["a"], known["b"], known["M"], float(known["reg"]), float(known["reg_m"])
    )
    np.testing.assert_allclose(plan, expected["plan"], atol=tolerance)


def test_the_installed_solver_gives_the_published_partial_plan():
    known, expected, tolerance = _inputs("ot-partial")
    plan = ot.partial.partial_wasserstein(known["a"], known["b"], known["M"], m=float(known["m"]))
    np.testing.assert_allclose(plan, expected["plan"], atol=tolerance)


def test_all_draws_at_once_equal_the_solver_one_by_one():
    rng = np.random.default_rng(4)
    losses = rng.gamma(1, 10, (30, 3)) * (rng.random((30, 3)) < 0.6)
    gains = rng.gamma(1, 10, (30, 5)) * (rng.random((30, 5)) < 0.6)
    cost = rng.uniform(0, 5000, (3, 5))
    deterrence = rng.uniform(500, 2000, 30)
    many = allocate_many(losses, gains, cost, deterrence)
    for draw in range(30):
        one = allocate(losses[draw], gains[draw], cost, deterrence=deterrence[draw])
        np.testing.assert_allclose(many.plan[draw], one.plan, atol=1e-6)
        np.testing.assert_allclose(many.left[draw], one.left, atol=1e-6)
        np.testing.assert_allclose(many.arrived[draw], one.arrived, atol=1e-6)


def test_what_is_not_matched_is_left_or_arrived():
    short = allocate([40.0], [12.0, 8.0], [[1500.0, 2000.0]], deterrence=1000.0)
    assert short.left.sum() == pytest.approx(20.0, abs=0.1)
    assert short.arrived.sum() == pytest.approx(0.0, abs=0.1)
    rich = allocate([10.0], [30.0], [[800.0]], deterrence=1000.0)
    assert rich.left.sum() == pytest.approx(0.0, abs=0.1)
    assert rich.arrived.sum() == pytest.approx(20.0, abs=0.1)


def test_nothing_lost_or_nothing_gained_moves_nothing():
    assert allocate([0.0], [5.0], [[100.0]], deterrence=500.0).plan.sum() == 0
    assert allocate([5.0], [0.0], [[100.0]], deterrence=500.0).left.sum() == 5


def test_the_nearer_of_two_equal_gains_takes_more():
    plan = allocate([10.0], [10.0, 10.0], [[500.0, 3000.0]], deterrence=800.0).plan[0]
    assert plan[0] > plan[1] > 0


def test_negative_sizes_are_refused():
    with pytest.raises(Refused, match="negative"):
        bounds([-1.0], [2.0])


@given(table, metres)
def test_an_allocation_never_exceeds_what_was_lost_or_gained(true, cost):
    losses, gains = true.sum(axis=1), true.sum(axis=0)
    found = allocate_many(losses[None], gains[None], cost, np.array([900.0]))
    _, upper = bounds(losses, gains)
    assert (found.plan[0] <= upper + 1e-6).all()
    np.testing.assert_allclose(found.plan[0].sum(axis=1) + found.left[0], losses, atol=1e-6)
    np.testing.assert_allclose(found.plan[0].sum(axis=0) + found.arrived[0], gains, atol=1e-6)


@given(table)
def test_the_true_flows_lie_within_the_bounds_of_their_margins(true):
    lower, upper = bounds(true.sum(axis=1), true.sum(axis=0))
    assert (lower <= true + 1e-6).all()
    assert (true <= upper + 1e-6).all()


@given(table, st.floats(0, 20))
def test_bounds_over_a_range_hold_for_every_margin_in_it(true, reach):
    losses, gains = true.sum(axis=1), true.sum(axis=0)
    lower, upper = bounds_between(
        (np.maximum(losses - reach, 0), losses + reach),
        (np.maximum(gains - reach, 0), gains + reach),
        max(losses.sum(), gains.sum()) + 3 * reach,
    )
    assert (lower <= true + 1e-6).all()
    assert (true <= upper + 1e-6).all()
