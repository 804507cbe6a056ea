"""What one site adds to the history of all can be asked for at any instant."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import Exposure, SiteVisits, exposure, hazard_of
from geosites.analysis.closure.evidence import microseconds
from samples.closure_cases import active_period, at, closed, saw_nobody, visits

ROWS = st.lists(
    st.tuples(
        st.floats(0, 60).map(at),
        st.sampled_from([0, 0, 0, 4]),
        st.sampled_from([None, None, True, False]),
    ),
    max_size=25,
)


def until(told: SiteVisits, instant: int) -> SiteVisits:
    kept = np.flatnonzero(told.observed_at <= instant)
    columns = {
        each.name: [column[n] for n in kept]
        for each in fields(told)
        if each.name not in ("observed_at", "ground")
        and (column := getattr(told, each.name)) is not None
    }
    return replace(told, observed_at=told.observed_at[kept], **columns)


@given(rows=ROWS, day=st.floats(-5, 70))
def test_what_comes_later_changes_nothing_of_what_was(rows, day) -> None:
    told = visits([*active_period(), *saw_nobody(1, 2.3, 3.6, 4.3, 5), *rows])
    orders = [closed(until=at(40)), closed(at(45))]
    whole = exposure(told, orders).until(microseconds(at(day)))
    assert whole == exposure(until(told, microseconds(at(day))), orders).until(2**62)


def test_steps_are_in_order_and_never_fall() -> None:
    told = visits([*active_period(), *saw_nobody(1, 2.3, 3.6, 4.3, 5, 9), (at(20), 5, True)])
    steps = exposure(told, [closed()])
    assert list(steps.at) == sorted(steps.at)
    assert list(steps.returns) == [0] * (len(steps.at) - 1) + [1]
    assert list(steps.at_risk_us) == sorted(steps.at_risk_us)
    assert steps.until(steps.at[0] - 1) == (0, 0)


def test_the_hazard_is_made_of_what_sites_add() -> None:
    told = visits([*active_period(), *saw_nobody(1, 2.3, 3.6, 4.3, 5, 9), (at(20), 5, True)])
    learned = hazard_of([(told, [closed()])] * 3, at(30))
    returns, at_risk_us = exposure(told, [closed()]).until(microseconds(at(30)))
    assert learned.reactivations == 3 * returns == 3
    assert learned.site_years == pytest.approx(3 * at_risk_us / (365.25 * 86_400e6))


def test_a_site_without_visits_adds_nothing() -> None:
    assert exposure(SiteVisits.none(), [closed()]) == Exposure()
