"""The band of a site says at every instant what the answer for that instant says."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import SiteVisits, Status, closure_state, status_band
from geosites.core.errors import Refused
from samples.closure_cases import DAY, active_period, at, closed, saw_nobody, visits

MICROSECOND = dt.timedelta(microseconds=1)
CONFIRMING = saw_nobody(1, 2.3, 3.6, 4, 4.3, 5)
ROWS = st.lists(
    st.tuples(
        st.floats(-3, 60).map(at),
        st.sampled_from([0, 0, 0, 4]),
        st.sampled_from([None, None, True, False]),
    ),
    max_size=8,
)


def band(rows, closures, start=-10.0, end=100.0, **options):
    told = visits([*active_period(), *rows])
    return status_band(told, closures, at(start), at(end), **options)


def status(rows, closures, instant, **options):
    told = visits([*active_period(), *rows])
    return closure_state("forceval", told, closures, instant, **options).status


@given(rows=ROWS, until=st.floats(10, 90), per_year=st.sampled_from([0.0, 0.5, 8.0]))
def test_just_before_and_at_each_turn_it_is_the_answer_of_the_instant(rows, until, per_year):
    orders = [closed(until=at(until))]
    found = band(rows, orders, hazard_per_year=per_year)
    for one in found:
        for instant in (one.start, one.start + (one.end - one.start) / 2, one.end - MICROSECOND):
            assert one.status is status(rows, orders, instant, hazard_per_year=per_year)


@given(rows=ROWS)
def test_stretches_touch_and_differ_and_fill_the_time(rows):
    found = band(rows, [closed(until=at(40)), closed(at(50))])
    assert (found[0].start, found[-1].end) == (at(-10), at(100))
    for one, then in pairwise(found):
        assert one.end == then.start
        assert one.status is not then.status


def test_a_confirmation_lapses_fourteen_days_after_the_last_visit():
    found = band(CONFIRMING, [closed()], end=30, hazard_per_year=0.1)
    assert [one.status for one in found] == [
        Status.NEVER_CLOSED,
        Status.UNVERIFIED,
        Status.PROBABLY_CLOSED,
        Status.CONFIRMED_CLOSED,
        Status.PROBABLY_CLOSED,
    ]
    assert found[-1].start == at(5) + 14 * DAY + MICROSECOND


def test_a_status_is_exact_where_the_evidence_is():
    rows = [*CONFIRMING, (at(8), 5, True)]
    found = band(rows, [closed(until=at(20))], end=30)
    assert [(one.start, one.status) for one in found[-2:]] == [
        (at(8), Status.REOPENED),
        (at(20), Status.LIFTED),
    ]


def test_without_a_closure_it_is_one_stretch():
    found = status_band(SiteVisits.none(), [], at(0), at(9))
    assert [(one.start, one.end, one.status) for one in found] == [
        (at(0), at(9), Status.NEVER_CLOSED)
    ]


def test_a_time_that_ends_before_it_starts_is_refused():
    with pytest.raises(Refused, match="is not after"):
        status_band(SiteVisits.none(), [], at(9), at(9))
