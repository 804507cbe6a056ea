"""All sites together: the history of each, the most urgent first, and a round that makes sense."""

from __future__ import annotations

import numpy as np
import pytest

from geosites.analysis.closure import (
    SiteVisits,
    Status,
    closure_state,
    round_sheet,
    status_series,
    visit_first,
)
from geosites.core.weeks import DayPart
from samples.closure_cases import active_period, at, closed, saw_nobody, visits

CONFIRMING = saw_nobody(1, 2.3, 3.6, 4, 4.3, 5)


def state(site, *more, closures=None, as_of=10):
    rows = [*active_period(), *more]
    declared = [closed()] if closures is None else closures
    return closure_state(site, visits(rows), declared, at(as_of))


def board():
    return [
        state("a-never", closures=[]),
        state("b-lifted", closures=[closed(until=at(5))]),
        state("c-confirmed", *CONFIRMING),
        state("d-confirmed-before", *CONFIRMING[:-1]),
        state("e-probable", *saw_nobody(1, 2)),
        state("f-unverified"),
        state("g-reopened", *CONFIRMING, (at(8), 5, True)),
        state("h-contradicted", *CONFIRMING, (at(9), 5, None)),
    ]


def test_what_one_visit_can_settle_comes_first_and_what_is_not_closed_last():
    assert [item.site for item in visit_first(board())] == [
        "h-contradicted",
        "g-reopened",
        "f-unverified",
        "e-probable",
        "d-confirmed-before",
        "c-confirmed",
        "b-lifted",
        "a-never",
    ]


def test_the_history_of_a_site_is_a_band_of_statuses():
    rows = [*active_period(), *CONFIRMING, (at(26), 3, None), (at(27), 9, True)]
    rows += saw_nobody(29, 29.3, 30, 30.6, 31, 31.3, 31.6, 32, 32.3, 32.6)
    days = [-1, 0.5, 5.5, 25, 26.5, 28, 33, 80]
    series = status_series(visits(rows), [closed(until=at(70))], [at(day) for day in days])
    assert [point.status for point in series] == [
        Status.NEVER_CLOSED,
        Status.UNVERIFIED,
        Status.CONFIRMED_CLOSED,
        Status.PROBABLY_CLOSED,
        Status.CONTRADICTED,
        Status.REOPENED,
        Status.CONFIRMED_CLOSED,
        Status.LIFTED,
    ]
    assert [point.p_clear is None for point in series] == [True, *[False] * 6, True]


def test_a_history_may_be_asked_in_any_order_or_not_at_all():
    found, closures = visits([*active_period(), *CONFIRMING]), [closed()]
    forth = status_series(found, closures, [at(1), at(6)])
    back = status_series(found, closures, [at(6), at(1)])
    assert forth == back[::-1]
    assert status_series(SiteVisits.none(), closures, []) == ()


def test_a_history_spans_closures_with_a_gap_between():
    closures = [closed(until=at(6)), closed(at(10))]
    told = status_series(visits(CONFIRMING), closures, [at(5.5), at(8), at(10)])
    assert [point.status for point in told][1:] == [Status.LIFTED, Status.UNVERIFIED]
    assert told[2].p_clear == 0.5


PLACES = {
    "c-confirmed": (0, 0),
    "d-confirmed-before": (100, 0),
    "e-probable": (400, 0),
    "f-unverified": (0, 300),
    "g-reopened": (0, 200),
    "h-contradicted": (0, 0),
}


def test_a_round_goes_to_what_is_due_and_walks_to_the_nearest():
    stops = round_sheet(board(), PLACES, at(10))
    assert [stop.site for stop in stops] == ["h-contradicted", "g-reopened", "f-unverified"]
    assert [stop.leg_m for stop in stops] == pytest.approx([0, 260, 130])


def test_a_round_may_start_from_the_station():
    stops = round_sheet(board(), PLACES, at(40), start=(450, 0))
    assert [stop.site for stop in stops][:2] == ["e-probable", "d-confirmed-before"]
    assert stops[0].leg_m == pytest.approx(65)
    assert len(stops) == 6


def test_a_short_round_keeps_the_most_urgent():
    stops = round_sheet(board(), PLACES, at(40), most=2, start=np.array([0, 1000]))
    assert [stop.site for stop in stops] == ["g-reopened", "h-contradicted"]


def test_a_stop_names_the_part_of_the_day_that_is_lacking():
    stops = round_sheet(board(), PLACES, at(40))
    wanted = {stop.site: stop.day_part for stop in stops}
    assert wanted["c-confirmed"] is DayPart.NIGHT
    assert wanted["e-probable"] is not DayPart.MORNING
    needed = {stop.site: stop.visits_needed for stop in stops}
    assert needed["e-probable"] == 2


def test_nothing_due_makes_no_round():
    assert round_sheet([state("c-confirmed", *CONFIRMING)], PLACES, at(10)) == ()
    assert round_sheet([], PLACES, at(10)) == ()
