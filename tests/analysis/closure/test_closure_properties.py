"""What must hold for any history: no silence, order or repetition can talk a site closed."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from geosites.analysis.closure import (
    EvidenceParameters,
    Status,
    closure_state,
    ground,
    p_all_missed,
    status_series,
)
from geosites.core import city
from geosites.core.weeks import DAY_PARTS, day_part
from samples.closure_cases import CLOSED, DAY, HOUR, at, closed, visits

ROUNDING = 1e-12
TRUSTING = EvidenceParameters(learned_visits=1e9, one_part=0.0)
"""What was learned before the closure holds after it."""

END = 60
HOURS = st.integers(0, END * 24 * 4).map(lambda quarters: at(0, quarters / 4))
BEFORE = st.integers(1, 60 * 24).map(lambda hours: at(0, -hours))
VERIFIED = st.sampled_from([None, None, None, True, False])
HEADS = st.sampled_from([0, 0, 0, 7])
AFTER = st.lists(st.tuples(HOURS, HEADS, VERIFIED), max_size=14)
ACTIVE = st.lists(st.tuples(BEFORE, HEADS, st.none()), max_size=10)
RATES = st.sampled_from([0.0, 0.5, 4.0, 40.0])


def ask(rows, as_of, rate=0.5, parameters=None, **options):
    return closure_state(
        "forceval",
        visits(rows, **options),
        [closed()],
        as_of,
        hazard_per_year=rate,
        parameters=parameters or EvidenceParameters(),
    )


@given(before=ACTIVE, after=AFTER, rate=RATES, seed=st.integers(0, 1000))
def test_the_order_of_arrival_never_changes_the_answer(before, after, rate, seed):
    rows = [*before, *after]
    shuffled = [rows[n] for n in np.random.default_rng(seed).permutation(len(rows))]
    assert ask(shuffled, at(END), rate) == ask(rows, at(END), rate)


@given(before=ACTIVE, after=AFTER, rate=RATES, days=st.integers(0, 2000))
def test_silence_never_raises_the_belief(before, after, rate, days):
    rows = [*before, *after]
    now, later = ask(rows, at(END), rate), ask(rows, at(END + days), rate)
    assert later.p_clear <= now.p_clear
    if now.status in (Status.REOPENED, Status.CONTRADICTED, Status.UNVERIFIED):
        assert later.status is now.status


@given(before=ACTIVE, after=AFTER, added=HOURS, rate=RATES)
def test_one_more_negative_visit_never_lowers_the_belief(before, after, added, rate):
    rows = [*before, *after]
    more = ask([*rows, (added, 0, None)], at(END), rate)
    assert more.p_clear >= ask(rows, at(END), rate).p_clear - ROUNDING


@given(
    before=ACTIVE,
    negatives=st.lists(HOURS, max_size=12),
    added=HOURS,
    asked=HOURS,
    rate=st.floats(0, 400),
)
def test_one_more_negative_visit_never_lowers_it_however_fast_sites_return(
    before, negatives, added, asked, rate
):
    rows = [*before, *((when, 0, None) for when in negatives)]
    more = ask([*rows, (added, 0, None)], asked, rate)
    assert more.p_clear >= ask(rows, asked, rate).p_clear - ROUNDING


@given(before=ACTIVE, after=AFTER, added=HOURS, rate=RATES, verified=st.sampled_from([None, True]))
def test_one_more_positive_never_raises_the_belief_until_it_is_followed_up(
    before, after, added, rate, verified
):
    rows = [*before, *(row for row in after if not (row[2] and row[1]))]
    assume(verified is None or not any(when > added and heads == 0 for when, heads, _ in rows))
    more = ask([*rows, (added, 5, verified)], at(END), rate)
    assert more.p_clear <= ask(rows, at(END), rate).p_clear + ROUNDING


@given(before=ACTIVE, after=AFTER, added=HOURS)
def test_a_rejected_report_changes_neither_belief_nor_status(before, after, added):
    rows = [*before, *after]
    plain, more = ask(rows, at(END)), ask([*rows, (added, 5, False)], at(END))
    assert (more.p_clear, more.status) == (plain.p_clear, plain.status)


@given(before=ACTIVE, after=AFTER, asked=HOURS)
def test_what_comes_later_changes_nothing_that_was_known(before, after, asked):
    rows = [*before, *after]
    known = [row for row in rows if row[0] <= asked]
    assert ask(rows, asked) == ask(known, asked)


@given(before=ACTIVE, after=AFTER, rate=RATES)
def test_the_interval_holds_the_belief(before, after, rate):
    state = ask([*before, *after], at(END), rate)
    assert 0 <= state.p_low <= state.p_clear <= state.p_high <= 1


@given(before=ACTIVE, after=AFTER, rate=RATES)
def test_a_series_tells_what_each_instant_was_told(before, after, rate):
    rows = [*before, *after]
    instants = [at(day) for day in range(-3, END, 7)]
    series = status_series(visits(rows), [closed()], instants, hazard_per_year=rate)
    each = [ask(rows, when, rate) for when in instants]
    assert [point.status for point in series] == [state.status for state in each]
    assert [point.p_clear for point in series] == [state.p_clear for state in each]


@given(
    negatives=st.lists(st.integers(0, 30 * 24), min_size=2, max_size=9),
    rate=st.floats(0.01, 10),
)
def test_a_status_holds_until_it_lapses_and_no_longer(negatives, rate):
    seen = [(at(-1 - n, 6 * n), 9, None) for n in range(24)]
    rows = [*seen, *((at(END, -hours), 0, None) for hours in negatives)]
    state = ask(rows, at(END), rate)
    second = HOUR / 3600
    if state.status is Status.UNVERIFIED:
        assert state.lapses_at is None
        return
    assert state.lapses_at >= state.as_of
    assert ask(rows, max(state.lapses_at - second, state.as_of), rate).status is state.status
    assert ask(rows, state.lapses_at + second, rate).status is not state.status


def _slots(rows):
    """Return the latest visit of each part of each day, with its part."""
    latest = {}
    for when in sorted(rows):
        local = when.astimezone(city.zone())
        latest[local.date(), day_part(when)] = when
    return [(when, DAY_PARTS.index(part)) for (_, part), when in latest.items()]


@settings(max_examples=30, deadline=None)
@given(negatives=st.lists(HOURS, max_size=9), rate=st.floats(0.1, 20))
def test_the_filter_is_the_sum_over_all_times_at_which_the_site_may_have_come_back(negatives, rate):
    seen = [(at(-1 - n, 6 * n), 9 * (n % 3 > 0), None) for n in range(12)]
    rows = [*seen, *((when, 0, None) for when in negatives)]
    state = ask(rows, at(END), rate, parameters=TRUSTING)
    slots = _slots(negatives)
    per_day = rate / 365.25
    times = sorted({0.0, END, *((when - CLOSED) / DAY for when, _ in slots)})
    active = 0.5 * _all_missed(slots, seen, -1.0)
    for start, end in pairwise(times):
        came_back = 0.5 * (math.exp(-per_day * start) - math.exp(-per_day * end))
        active += came_back * _all_missed(slots, seen, start)
    clear = 0.5 * math.exp(-per_day * END)
    assert state.p_clear == pytest.approx(clear / (clear + active), rel=1e-6)


def _beta(seen, part):
    borrowed = EvidenceParameters().borrowed
    own = [heads > 0 for when, heads, _ in seen if DAY_PARTS.index(day_part(when)) == part]
    others = [heads > 0 for when, heads, _ in seen if DAY_PARTS.index(day_part(when)) != part]
    hits = sum(own) + borrowed * sum(others)
    misses = len(own) - sum(own) + borrowed * (len(others) - sum(others))
    return 0.5 + hits, 0.5 + misses


def _all_missed(slots, seen, after_day):
    """The chance is that of the part in which heads were seen best, elsewhere in proportion."""
    later = [part for when, part in slots if (when - CLOSED) / DAY > after_day + 1e-9]
    posteriors = [_beta(seen, part) for part in range(len(DAY_PARTS))]
    means = [a / (a + b) for a, b in posteriors]
    top = max(means)
    a, b = posteriors[means.index(top)]

    def missed(p):
        return beta.pdf(p, a, b) * math.prod(1 - p * means[part] / top for part in later)

    return quad(missed, 0, 1, epsabs=1e-13, epsrel=1e-10)[0]


def test_the_misses_of_last_year_do_not_excuse_a_scene_that_came_back_last_month():
    """A running count of misses would: its P falls from .0952 to .0870 by one more visit."""
    late = (at(1682), 0, None)
    alone = ask([late], at(1682), parameters=TRUSTING)
    after_early = ask([(at(0.1), 0, None), late], at(1682), parameters=TRUSTING)
    assert alone.p_clear == pytest.approx(0.0952, abs=1e-4)
    assert after_early.p_clear == pytest.approx(0.108, abs=5e-4)


def test_daily_visits_settle_at_the_balance_of_hazard_and_evidence():
    rows = [(at(-1 - n, 2), 9, None) for n in range(27)]
    rows += [(at(day, 2), 0, None) for day in range(1, 200)]
    state = ask(rows, at(199, 2), parameters=TRUSTING)
    came_back = -math.expm1(-0.5 / 365.25)
    unseen = came_back * sum(p_all_missed(27, 27, misses) for misses in range(1, 20))
    assert 1 - state.p_clear == pytest.approx(unseen, rel=1e-2)


@given(
    spots=st.lists(st.tuples(HOURS, st.integers(0, 24)), max_size=12),
    added=st.tuples(HOURS, st.integers(0, 24)),
    positive=st.lists(st.tuples(HOURS, st.integers(0, 24), VERIFIED), max_size=3),
    rate=RATES,
)
def test_one_more_negative_visit_anywhere_never_lowers_the_belief(spots, added, positive, rate):
    park = ground(shapely.box(0, 0, 500, 500))

    def told(empty):
        rows = [*((when, 0, None) for when, _ in empty), *((at_, 5, v) for at_, _, v in positive)]
        stood = [spot for _, spot in empty] + [spot for _, spot, _ in positive]
        seen = replace(visits(rows), sees=park.seen_from(park.xy[stood]), ground=park)
        return closure_state("park", seen, [closed()], at(END), hazard_per_year=rate).p_clear

    assert told([*spots, added]) >= told(spots) - ROUNDING
