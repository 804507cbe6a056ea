"""The arithmetic of absence gives the published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import (
    equilibrium,
    p_all_missed,
    p_clear_series,
    required_sensitivity,
    stop_after,
    system_sensitivity,
    upper_bound,
    visits_needed,
    visits_to_detect,
)
from geosites.core.errors import Refused
from samples.vectors import vector


def test_the_belief_over_ten_empty_rounds_is_the_published_one():
    published = vector("freedom-pfree-series")
    told = published["inputs"]
    series = p_clear_series(told["prior"], told["p_intro"], [told["se"]] * told["rounds"])
    expected = published["expected"]
    assert series == pytest.approx(expected["p_clear"], abs=published["tolerance"])
    balance = equilibrium(told["p_intro"], told["se"])
    assert balance == pytest.approx(expected["equilibrium"], abs=published["tolerance"])


def test_the_belief_settles_at_the_equilibrium():
    series = p_clear_series(0.5, 0.01, np.full(200, 0.4))
    assert series[-1] == pytest.approx(equilibrium(0.01, 0.4), abs=1e-9)


def test_no_search_can_keep_up_with_introductions_more_likely_than_finding():
    assert equilibrium(0.5, 0.4) == 0.0


def test_the_sensitivity_required_for_a_target_is_the_published_one():
    published = vector("freedom-required-sensitivity")
    prior = published["inputs"]["prior"]
    found = [required_sensitivity(prior, target) for target in published["inputs"]["targets"]]
    assert found == pytest.approx(published["expected"]["se"], abs=published["tolerance"])


def test_a_required_sensitivity_reaches_its_target():
    sensitivity = required_sensitivity(0.5, 0.95)
    assert p_clear_series(0.5, 0.0, [sensitivity])[0] == pytest.approx(0.95)


def test_many_units_make_a_sensitive_system():
    published = vector("freedom-SVA")
    told, expected = published["inputs"], published["expected"]
    sensitivity = system_sensitivity(told["n"], told["unit_se"], told["design_prevalence"])
    assert sensitivity == pytest.approx(expected["sys_se"], abs=published["tolerance"])
    first_year = p_clear_series(told["prior"], 0.0, [sensitivity])[0]
    assert first_year == pytest.approx(expected["post_year1"], abs=published["tolerance"])


def test_misses_are_judged_with_the_doubt_about_detection():
    published = vector("beta-binomial-miss")
    cases = published["inputs"]["cases"]
    found = [p_all_missed(case["detections"], case["visits"], case["m"]) for case in cases]
    assert found == pytest.approx(published["expected"]["p_miss"], abs=published["tolerance"])
    assert all(np.array(found) > published["expected"]["plug_in"])


def test_no_misses_are_certain():
    assert p_all_missed(3, 10, 0) == 1.0


def test_visits_needed_without_a_prior_are_those_of_kery():
    published = vector("visits-kery")
    alpha = published["inputs"]["alpha"]
    found = [visits_to_detect(alpha, p) for p in published["inputs"]["p"]]
    assert found == published["expected"]["n"]


def test_visits_needed_with_a_prior_are_those_of_wintle():
    published = vector("visits-wintle")
    confidence = published["inputs"]["conf"]
    found = [visits_needed(confidence, psi, p) for psi, p in published["inputs"]["cases"]]
    assert found == published["expected"]["n"]


def test_no_visit_is_needed_where_the_prior_suffices():
    assert visits_needed(0.95, 0.05, 0.5) == 0
    assert visits_needed(0.95, 0.0, 0.5) == 0


def test_one_visit_suffices_where_activity_is_always_seen():
    assert visits_needed(0.95, 0.5, 1.0) == 1
    assert visits_to_detect(0.05, 1.0) == 1


@given(
    confidence=st.floats(0.6, 0.99),
    prior_active=st.floats(0.05, 0.95),
    p=st.floats(0.05, 0.95),
)
def test_the_visits_needed_suffice_and_one_less_does_not(confidence, prior_active, p):
    needed = visits_needed(confidence, prior_active, p)
    series = [1 - prior_active, *p_clear_series(1 - prior_active, 0.0, [p] * (needed + 1))]
    assert series[needed] >= confidence - 1e-9
    assert needed == 0 or series[needed - 1] < confidence + 1e-9


def test_the_rule_of_three_is_close_to_the_exact_bound():
    published = vector("rule-of-three")
    found = [upper_bound(n) for n in published["inputs"]["n"]]
    assert found == pytest.approx(published["expected"]["exact"], abs=published["tolerance"])
    assert found == pytest.approx(published["expected"]["approx"], rel=0.16)


def test_searching_stops_where_the_next_visit_costs_more_than_it_saves():
    published = vector("regan-stop")
    told, expected = published["inputs"], published["expected"]
    exact, whole = stop_after(
        told["persistence"], told["p"], told["cost_survey"], told["cost_escape"]
    )
    assert exact == pytest.approx(expected["n_star"], abs=published["tolerance"])
    assert whole == expected["n_integer"]


def test_searching_never_starts_where_an_escape_costs_nothing_to_speak_of():
    assert stop_after(0.6, 0.5, 1.0, 0.01) == (0.0, 0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: p_clear_series(1.5, 0.0, [0.5]),
        lambda: p_clear_series(0.5, 0.0, [1.5]),
        lambda: required_sensitivity(1.0, 0.9),
        lambda: p_all_missed(5, 3, 1),
        lambda: p_all_missed(1, 3, -1),
        lambda: visits_needed(1.0, 0.5, 0.5),
        lambda: visits_needed(0.95, 1.0, 0.5),
        lambda: visits_needed(0.95, 0.5, 0.0),
        lambda: visits_to_detect(0.05, 0.0),
        lambda: upper_bound(0),
        lambda: stop_after(1.0, 0.0, 1.0, 10.0),
    ],
)
def test_what_cannot_be_is_refused(ask):
    with pytest.raises(Refused):
        ask()
