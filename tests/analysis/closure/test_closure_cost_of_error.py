"""When one may stop visiting: the cheapest number of visits, and until when it is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import accumulate, repeat
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import (
    ClosureState,
    closure_state,
    net_expected_cost,
    stop_after,
    stopping_rule,
    stops_until,
)
from geosites.core.errors import Refused
from samples.closure_cases import active_period, at, closed, saw_nobody, visits


def misses(q: float, d: float, n: int = 80) -> list[float]:
    """Return P(active) after 0, 1, ... misses of a visit that sees people with chance d."""
    steps = accumulate(repeat(d, n), lambda p, d: p * (1 - d) / (1 - p * d), initial=q)
    return list(steps)


def test_three_numbers_worked_by_hand() -> None:
    rule = stopping_rule([0.3, 0.1, 0.05], 100)
    assert rule.worth_visits == 2
    assert rule.pays_from == pytest.approx(5.0)
    assert net_expected_cost(0.1, 1, 100) == pytest.approx(11.0)


@given(st.floats(0.001, 0.99), st.floats(0.05, 0.99), st.floats(1, 5000))
def test_it_is_the_cheapest_of_all_numbers(q: float, d: float, cost: float) -> None:
    chances = misses(q, d)
    rule = stopping_rule(chances, cost)
    every = [net_expected_cost(p, n, cost) for n, p in enumerate(chances[:61])]
    assert every[rule.worth_visits] == pytest.approx(min(every), rel=1e-9, abs=1e-9)
    gains = [n / (q - p) for n, p in enumerate(chances[:61]) if n and q > p]
    assert rule.pays_from == pytest.approx(min(gains), rel=1e-9)
    assert (rule.worth_visits > 0) == (cost > rule.pays_from * (1 + 1e-12))


def test_where_nobody_may_come_back_it_is_near_the_rule_of_regan() -> None:
    # their r^n is the chance of being there and unseen, before any conditioning on the misses
    _, regan = stop_after(1.0, 0.6, 1.0, 100.0)
    assert abs(stopping_rule(misses(0.5, 0.6), 100).worth_visits - regan) <= 1


@given(st.floats(0.05, 0.95), st.floats(0.1, 2), st.floats(10, 1000), st.floats(0.001, 0.5))
def test_one_may_stop_until_a_visit_is_worth_it_again(
    d: float, rate: float, cost: float, q: float
) -> None:
    years = stops_until(q, d, rate, cost)
    if years in (0.0, float("inf")):
        return
    for later, worth in ((years * 0.999, False), (years * 1.001, True)):
        now = 1 - (1 - q) * exp(-rate * later)
        after = now * (1 - d) / (1 - now * d)
        assert (cost * (now - after) > 1) == worth


def test_a_visit_that_is_never_worth_it_is_never_asked_for() -> None:
    assert stops_until(0.01, 0.5, 0.5, 1.5) == float("inf")
    assert stops_until(0.0001, 0.5, 0.0, 1000) == float("inf")
    assert stops_until(0.5, 0.5, 0.5, 1000) == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: stopping_rule([0.1], 0),
        lambda: stopping_rule([], 10),
        lambda: stops_until(0.1, 0, 1, 10),
    ],
)
def test_what_cannot_be_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(Refused):
        wrong()


def test_visits_that_tell_nothing_pay_at_no_cost() -> None:
    rule = stopping_rule([0.2] * 90, 1000)
    assert (rule.worth_visits, rule.pays_from) == (0, None)


def state_after(days: list[float], as_of: dt.datetime) -> ClosureState:
    """Return the state of a site after empty visits on some days."""
    rows = [*active_period(), *saw_nobody(*days)]
    return closure_state("forceval", visits(rows), [closed()], as_of)


def test_a_site_is_worth_fewer_visits_the_more_were_made() -> None:
    days = [0.3, 1.6, 2.8, 3.3, 4.6]
    states = [state_after(days[:n], at(5)) for n in range(6)]
    worth = [state.stopping.worth_visits for state in states if state.stopping is not None]
    assert worth == sorted(worth, reverse=True)
    assert len(worth) == 6
    assert worth[0] > worth[-1]


def test_after_many_visits_one_may_stop_for_a_while() -> None:
    days = [day + part / 4 for day in range(40) for part in range(4)]
    state = state_after(days, at(40))
    assert state.stopping is not None
    assert state.stopping.worth_visits == 0
    until = state.stopping.until
    assert until is not None
    assert until > state.as_of
    later = state_after(days, until + dt.timedelta(days=2)).stopping
    assert later is not None
    assert later.worth_visits > 0


def test_people_reported_are_settled_by_a_visit_not_by_a_cost() -> None:
    rows = [*active_period(), *saw_nobody(1), (at(2), 5, None)]
    assert closure_state("forceval", visits(rows), [closed()], at(3)).stopping is None


def test_a_visit_sees_best_in_the_part_of_the_day_that_is_asked_for() -> None:
    state = state_after([0.3], at(1))
    assert len(state.next_detection) == 4
    assert all(0 < p < 1 for p in state.next_detection)
