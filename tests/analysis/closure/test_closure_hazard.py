"""How often sites come back is learned from all of them, and never from silence."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import hazard, hazard_of
from geosites.core.errors import Refused
from geosites.simulation.reactivation import CLOSED_AT, ReactivationScenario, simulate
from samples.closure_cases import active_period, at, closed, saw_nobody, visits

YEAR = 365.25
CONFIRMING = saw_nobody(1, 2.3, 3.3, 5)


def history(*rows, closures=None):
    return visits(rows), [closed()] if closures is None else closures


def test_nothing_known_is_one_reactivation_in_two_years():
    prior = hazard(0, 0.0)
    assert prior.per_year == 0.5
    assert prior.low < 0.5 < prior.high
    assert hazard_of([], at(0)) == prior


def test_history_moves_the_hazard():
    learned = hazard(3, 14.0)
    assert learned.per_year == pytest.approx(4 / 16)
    assert (learned.reactivations, learned.site_years) == (3, 14.0)


@given(reactivations=st.integers(0, 50), years=st.floats(0, 500))
def test_the_interval_holds_the_hazard(reactivations, years):
    learned = hazard(reactivations, years)
    assert 0 < learned.low < learned.per_year < learned.high


def test_more_history_narrows_the_interval():
    little, much = hazard(1, 2.0), hazard(100, 200.0)
    assert much.high - much.low < little.high - little.low


def test_a_site_is_at_risk_from_its_confirmation_to_its_last_empty_visit():
    rows = [*active_period(), *CONFIRMING, *saw_nobody(5 + YEAR)]
    learned = hazard_of([history(*rows)], at(900))
    assert learned.reactivations == 0
    assert learned.site_years == pytest.approx(1.0)


def test_silence_adds_no_time_at_risk():
    sites = [history(*active_period(), *CONFIRMING, *saw_nobody(100))]
    assert hazard_of(sites, at(110)) == hazard_of(sites, at(3000))


def test_a_verified_return_counts_once_and_ends_the_time_at_risk():
    rows = [*active_period(), *CONFIRMING, (at(5 + YEAR), 5, True), (at(5 + 2 * YEAR), 5, True)]
    learned = hazard_of([history(*rows)], at(2000))
    assert learned.reactivations == 1
    assert learned.site_years == pytest.approx(1.0)


def test_a_site_confirmed_again_is_at_risk_again():
    rows = [*active_period(), *CONFIRMING, (at(20), 5, True)]
    rows += [
        *saw_nobody(*(day + part for day in range(21, 26) for part in (0, 0.3, 0.6))),
        (at(60), 5, True),
    ]
    assert hazard_of([history(*rows)], at(100)).reactivations == 2


def test_a_site_never_confirmed_did_not_come_back():
    learned = hazard_of([history((at(3), 5, True), *saw_nobody(4), (at(9), 5, True))], at(20))
    assert (learned.reactivations, learned.site_years) == (0, 0.0)


def test_what_happens_without_a_closure_does_not_count():
    rows = [*active_period(), *CONFIRMING, *saw_nobody(20), (at(25), 5, True)]
    learned = hazard_of([history(*rows, closures=[closed(until=at(10))])], at(30))
    assert (learned.reactivations, learned.site_years) == (0, 0.0)
    assert hazard_of([history(*rows, closures=[])], at(30)).reactivations == 0


def test_the_hazard_of_simulated_sites_is_found_again():
    scenario = ReactivationScenario(
        sites=60,
        days_after=1000,
        reactivation_per_year=1.0,
        verified_share=1.0,
        detection=(0.75, 0.95),
    )
    sites = simulate(scenario, np.random.default_rng(20221005))
    until = CLOSED_AT + dt.timedelta(days=1000)
    learned = hazard_of([(site.visits, [site.closure]) for site in sites], until)
    assert learned.low < 1.0 < learned.high


def test_counts_below_zero_are_refused():
    with pytest.raises(Refused):
        hazard(-1, 3.0)
    with pytest.raises(Refused):
        hazard(1, -3.0)
