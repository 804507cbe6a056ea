"""The answer for one site follows the table of statuses, and says what it rests on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np
import pytest

from geosites.analysis.closure import (
    EvidenceKind,
    EvidenceParameters,
    SiteVisits,
    Status,
    closure_state,
    p_all_missed,
    sighting_record_p,
)
from geosites.core.errors import Refused
from geosites.core.weeks import DayPart
from samples.closure_cases import CLOSED, DAY, HOUR, active_period, at, closed, saw_nobody, visits

CONFIRMING = saw_nobody(1, 2.3, 3.6, 4, 4.3, 5)
"""Morning, afternoon, evening, morning, afternoon, morning."""

TRUSTING = EvidenceParameters(learned_visits=1e9, one_part=0.0)
"""What was learned before the closure holds after it."""


def ask(rows, as_of, closures=None, hazard_per_year=0.5, parameters=None, **options):
    return closure_state(
        "forceval",
        visits(rows, **options),
        [closed()] if closures is None else closures,
        as_of,
        hazard_per_year=hazard_per_year,
        parameters=parameters or EvidenceParameters(),
    )


def test_a_site_without_a_closure_was_never_closed():
    state = ask(active_period(), at(3), closures=[])
    assert state.status is Status.NEVER_CLOSED
    assert (state.p_clear, state.closed_since, state.evidence) == (None, None, ())
    assert state.last_positive_at == at(-2, 6)


def test_before_everything_nothing_is_claimed():
    state = ask([*active_period(), *CONFIRMING], at(-1000))
    assert state.status is Status.NEVER_CLOSED
    assert (state.last_visit_at, state.last_positive_at) == (None, None)


def test_a_closure_yet_to_begin_closes_nothing():
    assert ask([], at(-0.001)).status is Status.NEVER_CLOSED
    assert ask([], CLOSED).status is Status.UNVERIFIED


def test_the_day_after_without_a_visit_nothing_is_known():
    state = ask(active_period(), at(1))
    assert state.status is Status.UNVERIFIED
    assert state.p_clear == pytest.approx(0.5 * math.exp(-0.5 / 365.25))
    assert state.next_visit_due == CLOSED
    assert state.visits_needed == 3
    assert state.legal_ref == "2022-1189"


def test_negative_visits_over_several_day_parts_confirm_a_closure():
    state = ask([*active_period(), *CONFIRMING], at(5.1))
    assert state.status is Status.CONFIRMED_CLOSED
    assert (state.visits_since_closure, state.negative_visits, state.visits_needed) == (6, 6, 0)
    assert state.day_parts == (DayPart.MORNING, DayPart.AFTERNOON, DayPart.EVENING)
    assert state.next_day_part is DayPart.NIGHT


def test_negative_visits_always_at_the_same_hour_do_not_confirm():
    state = ask([*active_period(), *saw_nobody(1, 2, 3, 4, 5, 6)], at(6.1))
    assert state.p_clear > 0.9
    assert state.status is Status.PROBABLY_CLOSED
    assert state.visits_needed == 1


def test_two_visits_within_a_day_part_count_once():
    state = ask([*active_period(), *saw_nobody(1, 1.01, 1.02, 2.3)], at(2.4))
    assert (state.visits_since_closure, state.negative_visits) == (4, 2)
    kinds = [item.kind for item in state.evidence]
    repeat, negative = EvidenceKind.REPEAT, EvidenceKind.NEGATIVE
    assert kinds == [negative, repeat, repeat, negative]
    assert state.status is Status.PROBABLY_CLOSED


def test_a_repeated_visit_adds_next_to_nothing():
    once = ask([*active_period(), *saw_nobody(1)], at(1.1))
    twice = ask([*active_period(), *saw_nobody(1, 1.02)], at(1.1))
    assert 0 < twice.p_clear - once.p_clear < 1e-4


def test_day_parts_are_those_of_paris_on_both_sides_of_a_clock_change():
    before = dt.datetime(2022, 10, 29, 21, 59, tzinfo=dt.UTC)
    rows = [(before, 0, None), (before + 2 * DAY + HOUR, 0, None)]
    assert ask(rows, before + 3 * DAY).day_parts == (DayPart.EVENING,)
    rows = [(before + dt.timedelta(minutes=1), 0, None), (before + 2 * DAY, 0, None)]
    assert ask(rows, before + 3 * DAY).day_parts == (DayPart.NIGHT, DayPart.EVENING)


def test_a_bare_date_counts_for_no_day_part():
    rows = [*active_period(), *CONFIRMING]
    known = ask(rows, at(5.1))
    rows += [(at(4, -6), 0, None)]
    state = ask(rows, at(5.1), day_only=[len(rows) - 1])
    assert state.p_clear == known.p_clear
    assert state.negative_visits == known.negative_visits
    assert state.visits_since_closure == known.visits_since_closure + 1
    assert EvidenceKind.DAY_UNKNOWN in [item.kind for item in state.evidence]


def test_heads_seen_on_a_bare_date_still_count():
    rows = [*active_period(), *CONFIRMING]
    before = ask(rows, at(7), hazard_per_year=0, parameters=TRUSTING)
    told = [(at(6, -6), 4, None), (at(6, -6), 2, None)]
    state = ask([*rows, *told], at(7), day_only=[46, 47], hazard_per_year=0, parameters=TRUSTING)
    assert state.status is Status.CONTRADICTED
    pooled = (36 + 0.5) / (40 + 1)
    odds = before.p_clear / (1 - before.p_clear) / (pooled / 0.05)
    assert state.p_clear == pytest.approx(odds / (1 + odds))
    told = [(at(6, -6), 4, True)]
    assert ask([*rows, *told], at(7), day_only=[46]).status is Status.REOPENED


def test_a_confirmation_older_than_a_fortnight_is_only_probable():
    rows = [*active_period(), *CONFIRMING]
    assert ask(rows, at(5 + 14)).status is Status.CONFIRMED_CLOSED
    assert ask(rows, at(5 + 14, 1 / 3600)).status is Status.PROBABLY_CLOSED


def test_after_long_silence_nothing_is_left_of_a_confirmation():
    state = ask([*active_period(), *CONFIRMING], at(400))
    assert state.status is Status.UNVERIFIED
    assert state.lapses_at is None
    assert state.next_visit_due == at(5 + 14)


def test_an_unverified_positive_contradicts_until_a_visit_sees_nobody():
    rows = [*active_period(), *CONFIRMING, (at(6), 4, None)]
    state = ask(rows, at(6.5))
    assert state.status is Status.CONTRADICTED
    assert state.next_visit_due == at(6)
    rows += saw_nobody(7)
    assert ask(rows, at(7.1)).status is Status.PROBABLY_CLOSED
    assert ask(rows, at(7.1), parameters=TRUSTING).status is Status.CONFIRMED_CLOSED


def test_an_unverified_positive_multiplies_the_odds_of_active_by_p_over_f():
    sure = ask([*active_period(), *CONFIRMING], at(6), hazard_per_year=0)
    state = ask([*active_period(), *CONFIRMING, (at(6), 4, None)], at(6), hazard_per_year=0)
    morning = next(d for d in state.detection if d.day_part is DayPart.MORNING)
    odds = sure.p_clear / (1 - sure.p_clear) / (morning.p / 0.05)
    assert state.p_clear == pytest.approx(odds / (1 + odds))


def test_ten_reports_of_one_evening_are_one_report():
    calls = [(at(6, 12 + n / 4), 4, None) for n in range(10)]
    rows = [*active_period(), *CONFIRMING]
    many, one = ask([*rows, *calls], at(7)), ask([*rows, calls[-1]], at(7))
    assert many.p_clear == pytest.approx(one.p_clear, abs=1e-12)


def test_a_verified_positive_reopens():
    rows = [*active_period(), *CONFIRMING, (at(6), 4, True)]
    state = ask(rows, at(6.5))
    assert state.status is Status.REOPENED
    assert (state.p_clear, state.p_low, state.p_high) == (0.0, 0.0, 0.0)
    assert (state.negative_visits, state.negatives_in_force) == (6, 0)
    assert state.last_positive_at == at(6)


def test_a_reopened_site_is_confirmed_again_only_by_visits_after_the_positive():
    rows = [*active_period(), *CONFIRMING, (at(6), 4, True)]
    after = saw_nobody(7, 8.3, 9, 9.3, 9.6, 10, 10.3, 11, 12)
    told = [ask([*rows, *after[:n]], at(13)).status for n in range(10)]
    assert told[:4] == [Status.REOPENED] * 4
    assert list(dict.fromkeys(told)) == [
        Status.REOPENED,
        Status.PROBABLY_CLOSED,
        Status.CONFIRMED_CLOSED,
    ]


def test_a_site_visited_at_one_time_of_the_day_does_not_stay_reopened_for_ever():
    rows = [*active_period(), (at(6), 4, True), *saw_nobody(*range(7, 16))]
    state = ask(rows, at(15.1))
    assert state.status is Status.PROBABLY_CLOSED
    assert state.day_parts == (DayPart.MORNING,)


def test_visits_in_other_parts_of_the_day_do_not_answer_the_heads_seen():
    seen_at_night = [*active_period(), (at(6, 18), 4, True)]
    by_day = saw_nobody(*(day + hour for day in range(8, 20) for hour in (0, 0.3)))
    assert ask([*seen_at_night, *by_day], at(20)).status is Status.REOPENED
    by_night = [(at(day, 18), 0, None) for day in range(20, 25)]
    assert ask([*seen_at_night, *by_day, *by_night], at(25)).status is Status.CONFIRMED_CLOSED


def test_a_site_confirmed_again_is_not_reopened_by_silence():
    rows = [*active_period(), (at(6), 4, True), *saw_nobody(7, 8.3, 9, 9.3, 9.6, 10, 10.3, 11)]
    assert ask(rows, at(30)).status is Status.PROBABLY_CLOSED
    assert ask(rows, at(500)).status is Status.UNVERIFIED


def test_a_negative_visit_at_the_instant_of_a_positive_is_not_after_it():
    rows = [*active_period(), *CONFIRMING, (at(6), 4, None), (at(6), 0, None)]
    assert ask(rows, at(6.5)).status is Status.CONTRADICTED


def test_verifying_or_rejecting_a_report_changes_the_answer():
    rows = [*active_period(), *CONFIRMING]
    told = [ask([*rows, (at(6), 4, verified)], at(6.5)) for verified in (None, True, False)]
    statuses = [Status.CONTRADICTED, Status.REOPENED, Status.CONFIRMED_CLOSED]
    assert [state.status for state in told] == statuses
    assert told[2].p_clear == ask(rows, at(6.5)).p_clear
    assert told[2].evidence[-1].kind is EvidenceKind.REJECTED


def test_numpy_and_missing_marks_of_verification_are_understood():
    rows = [*active_period(), *CONFIRMING]
    marks = (np.True_, np.False_, float("nan"))
    told = [ask([*rows, (at(6), 4, mark)], at(6.5)).status for mark in marks]
    assert told == [Status.REOPENED, Status.CONFIRMED_CLOSED, Status.CONTRADICTED]


def test_a_lifted_closure_is_lifted_whatever_was_seen():
    declared = closed(until=at(30))
    rows = [*active_period(), *CONFIRMING, (at(20), 9, True), *saw_nobody(40)]
    state = ask(rows, at(45), closures=[declared])
    assert state.status is Status.LIFTED
    assert (state.p_clear, state.lapses_at, state.next_visit_due) == (None, None, None)
    assert (state.closed_since, state.closed_until) == (CLOSED, at(30))
    assert state.negative_visits == 6
    assert ask(rows, at(30, -1), closures=[declared]).status is Status.REOPENED


def test_a_closure_that_prolongs_another_keeps_its_evidence():
    closures = [closed(until=at(6)), closed(at(6), legal_ref="2022-1300")]
    rows = [*active_period(), *CONFIRMING]
    state, plain = ask(rows, at(8), closures), ask(rows, at(8))
    assert (state.status, state.p_clear) == (plain.status, plain.p_clear)
    assert (state.closed_since, state.legal_ref) == (CLOSED, "2022-1300")


def test_a_closure_after_a_gap_starts_anew():
    closures = [closed(until=at(6)), closed(at(10))]
    state = ask([*active_period(), *CONFIRMING], at(10.5), closures)
    assert state.status is Status.UNVERIFIED
    assert (state.closed_since, state.evidence) == (at(10), ())
    assert ask([], at(8), closures).status is Status.LIFTED


def test_what_did_not_cover_the_site_is_no_visit():
    rows = [*active_period(), *CONFIRMING]
    known = ask(rows, at(5.5))
    state = ask([*rows, *saw_nobody(5.2)], at(5.5), uncovered=[len(rows)])
    assert (state.p_clear, state.visits_since_closure) == (known.p_clear, 6)


def test_heads_beside_the_perimeter_are_neither_positive_nor_negative():
    rows = [*active_period(), *CONFIRMING, (at(6), 8, True)]
    state = ask(rows, at(6), outside=[len(rows) - 1])
    assert state.status is Status.CONFIRMED_CLOSED
    assert state.evidence[-1].kind is EvidenceKind.NEARBY
    assert state.evidence[-1].p_before == state.evidence[-1].p_after


def test_silence_at_the_telephone_is_no_visit():
    rows = [*active_period(), *CONFIRMING, (at(6), 0, None)]
    state = ask(rows, at(6), calls=[len(rows) - 1])
    assert (state.visits_since_closure, state.last_visit_at) == (6, at(5))
    assert state.evidence[-1].kind is EvidenceKind.NOT_A_VISIT


def test_calls_from_an_active_site_do_not_make_patrols_look_sharp():
    rows = active_period()
    calls = [(at(-1 - n, 2), 9, None) for n in range(30)]
    plain = ask(rows, at(1)).detection
    assert ask([*rows, *calls], at(1), calls=range(40, 70)).detection == plain


def test_without_reactivation_the_belief_is_bayes_with_the_beta_binomial():
    before = [(at(-1 - n), 9 if n < 8 else 0, None) for n in range(10)]
    rows = [*before, *saw_nobody(1, 2, 3, 4, 5)]
    state = ask(rows, at(9), hazard_per_year=0, parameters=TRUSTING)
    missed = p_all_missed(8, 10, 5)
    assert state.p_clear == pytest.approx(0.5 / (0.5 + 0.5 * missed), rel=1e-12)
    assert missed == pytest.approx(0.0039, abs=1e-4)
    three = EvidenceParameters(one_part=0.0)
    state = ask(rows, at(9), hazard_per_year=0, parameters=three)
    assert state.p_clear == pytest.approx(1 / (1 + p_all_missed(2.4, 3, 5)), rel=1e-12)


def test_without_an_active_period_detection_is_unknown():
    state = ask(saw_nobody(1, 2.3, 3.6), at(4), hazard_per_year=0, parameters=TRUSTING)
    missed = p_all_missed(0, 0, 3)
    assert state.p_clear == pytest.approx(0.5 / (0.5 + 0.5 * missed), rel=1e-12)
    assert state.status is Status.UNVERIFIED
    assert {record.p for record in state.detection} == {0.5}


def test_a_part_of_the_day_without_visits_borrows_from_the_others():
    before = [(at(-1 - n), 9 if n < 8 else 0, None) for n in range(10)]
    state = ask(before, at(1), parameters=TRUSTING)
    learned = {record.day_part: record for record in state.detection}
    assert learned[DayPart.MORNING].p == pytest.approx(8.5 / 11)
    assert learned[DayPart.NIGHT].p == pytest.approx(4.5 / 6)
    assert (learned[DayPart.MORNING].visits, learned[DayPart.NIGHT].visits) == (10, 0)


def test_visits_long_after_the_scene_had_gone_do_not_blunt_detection():
    active = [(at(-200 - n), 9, None) for n in range(20)]
    gone = [(at(-150 + n), 0, None) for n in range(140)]
    assert ask([*active, *gone], at(1)).detection == ask(active, at(1)).detection


def test_visits_under_an_earlier_closure_do_not_blunt_detection():
    earlier = closed(at(-40), until=at(-20))
    gone = [(at(-39 + n), 0, None) for n in range(18)]
    active = [(at(-60 + n), 9, None) for n in range(20)] + [(at(-2), 9, None)]
    learned = ask([*active, *gone], at(1), closures=[earlier, closed()]).detection
    assert sum(record.visits for record in learned) == 21


def test_the_evidence_stands_in_order_and_leads_to_the_answer():
    rows = [*active_period(), *reversed(CONFIRMING), (at(7), 3, None)]
    state = ask(rows, at(7))
    times = [item.observed_at for item in state.evidence]
    assert times == sorted(times)
    assert state.evidence[-1].p_after == state.p_clear
    assert all(item.p_after > item.p_before for item in state.evidence[:-1])
    assert state.evidence[-1].p_after < state.evidence[-1].p_before


def test_each_step_of_the_evidence_was_the_answer_at_that_instant():
    rows = [*active_period(), *CONFIRMING, (at(7), 3, None), (at(8), 3, True), *saw_nobody(9)]
    for item in ask(rows, at(12)).evidence:
        assert ask(rows, item.observed_at).p_clear == pytest.approx(item.p_after, rel=1e-12)


def test_the_interval_holds_the_answer_and_narrows_with_experience():
    little, much = active_period(4, 5), active_period(80)
    states = [ask([*before, *CONFIRMING], at(6)) for before in (little, much)]
    assert all(state.p_low <= state.p_clear <= state.p_high for state in states)
    assert states[1].p_high - states[1].p_low < states[0].p_high - states[0].p_low


def test_the_visits_needed_are_enough_and_not_one_too_many():
    half_seen = [(at(-1 - n, 6 * n), 12 * (n // 4 % 2), None) for n in range(16)]
    rows = [*half_seen, *saw_nobody(1)]
    needed = ask(rows, at(2), hazard_per_year=0).visits_needed
    assert needed > 3
    more = [(at(2, 6 + 6 * n), 0, None) for n in range(needed)]
    enough = ask([*rows, *more], at(7), hazard_per_year=0)
    assert enough.status is Status.CONFIRMED_CLOSED
    assert ask([*rows, *more[:-1]], at(7), hazard_per_year=0).visits_needed == 1


def test_a_site_that_is_hardly_ever_seen_active_can_not_be_confirmed_by_visits():
    blind = [(at(-1 - n / 4), 9 if n % 101 == 0 else 0, None) for n in range(800)]
    assert ask(blind, at(1)).visits_needed is None


def test_a_confirmation_lapses_no_later_than_its_closure_ends():
    rows = [*active_period(), *CONFIRMING]
    assert ask(rows, at(6)).lapses_at == at(5 + 14)
    assert ask(rows, at(6), closures=[closed(until=at(10))]).lapses_at == at(10)


def test_without_reactivation_only_age_ends_a_confirmation():
    rows = [*active_period(), *CONFIRMING]
    assert ask(rows, at(6), hazard_per_year=0).lapses_at == at(5 + 14)
    assert ask(rows, at(60), hazard_per_year=0).lapses_at is None


def test_a_shorter_review_period_asks_for_an_earlier_visit():
    state = ask([*active_period(), *CONFIRMING], at(6), closures=[closed(review_days=3)])
    assert state.next_visit_due == at(8)


def test_without_a_visit_log_the_sighting_record_stands_in():
    sightings = [(at(-10 * n), 9, None) for n in range(1, 6)]
    state = ask(sightings, at(20))
    assert not state.visit_log
    days = [-10.0 * n for n in range(1, 6)]
    assert state.record_p == pytest.approx(sighting_record_p(days, 20.0))
    assert state.status is Status.UNVERIFIED
    assert ask([*sightings, *saw_nobody(1)], at(20)).record_p is None


def test_a_sighting_record_is_weighed_by_effort_where_that_is_known():
    sightings = [(at(-10 * n), 9, None) for n in range(1, 6)]
    effort = {at(day).timestamp(): 1.0 for day in range(-50, -5)}
    state = closure_state("forceval", visits(sightings), [closed()], at(20), effort=effort)
    assert state.record_p == pytest.approx((40 / 44) ** 4)


def test_one_sighting_is_no_record():
    assert ask([(at(-1), 3, None)], at(1)).record_p is None


def test_an_empty_history_is_an_unverified_closure():
    state = closure_state("forceval", SiteVisits.none(), [closed()], at(1))
    assert (state.status, state.visit_log, state.evidence) == (Status.UNVERIFIED, False, ())


def test_many_unverified_reports_leave_a_number_behind():
    reports = [(at(n / 4), 3, None) for n in range(1, 1200)]
    state = ask([*active_period(), *reports], at(301))
    assert state.p_clear == pytest.approx(0.0, abs=1e-12)
    assert 0 <= state.p_low <= state.p_high < 1e-12


def test_every_answer_carries_its_parameters():
    chosen = EvidenceParameters(false_alarm=0.01)
    state = ask([], at(1), parameters=chosen, hazard_per_year=0.2)
    assert (state.parameters, state.hazard_per_year) == (chosen, 0.2)


@pytest.mark.parametrize(
    "wrong", [{"false_alarm": 0.0}, {"prior_clear": 1.0}, {"prior_a": 0.0}, {"borrowed": 1.5}]
)
def test_parameters_that_cannot_be_are_refused(wrong):
    with pytest.raises(Refused):
        EvidenceParameters(**wrong)


def test_columns_of_different_length_are_refused():
    with pytest.raises(Refused, match="differ in length"):
        SiteVisits(
            ids=["a"],
            observed_at=np.empty(0, dtype=np.int64),
            headcount=[],
            verified=[],
            time_precision=[],
            covers=[],
            inside=[],
        )


def test_a_negative_hazard_and_a_naive_instant_are_refused():
    with pytest.raises(Refused, match="hazard_per_year"):
        ask([], at(1), hazard_per_year=-0.1)
    with pytest.raises(Refused, match="offset"):
        ask([], dt.datetime(2022, 10, 6))


def test_a_site_is_never_checked_until_somebody_visits_it():
    before = [*active_period(), *saw_nobody(-0.5)]
    assert ask(before, at(30)).never_checked
    call = [*before, (at(2), 0, None), (at(3), 6, None)]
    assert ask(call, at(30), calls=[41, 42]).never_checked
    assert not ask([*before, *saw_nobody(2)], at(30)).never_checked
    assert not ask([*before, (at(2), 6, True)], at(30)).never_checked
    assert not ask(before, at(30), closures=[]).never_checked


def test_an_empty_visit_outside_the_perimeter_is_no_visit_of_the_site():
    rows = [*active_period(), *saw_nobody(1, 2.3, 3.6, 4, 5)]
    state = ask(rows, at(6), uncovered=range(40, 45))
    assert state.never_checked
    assert (state.visits_since_closure, state.negative_visits) == (0, 0)
    assert state.p_clear == ask(active_period(), at(6)).p_clear
    assert {item.kind for item in state.evidence} == {EvidenceKind.ELSEWHERE}


def nearby_at(as_of, *seen, parameters=None):
    """Ask after heads seen at (day, metres off, how many) outside the perimeter."""
    rows = [*active_period(), *CONFIRMING, *((at(day), heads, None) for day, _, heads in seen)]
    outside = range(len(rows) - len(seen), len(rows))
    told = visits(rows, outside=outside, uncovered=outside)
    off_m = [0.0] * (len(rows) - len(seen)) + [off for _, off, _ in seen]
    told = dataclasses.replace(told, off_m=off_m)
    return closure_state("forceval", told, [closed()], at(as_of))


def test_heads_nearby_are_told_beside_an_answer_that_they_do_not_change():
    state = nearby_at(8, (6, 80.0, 25), (7, 140.0, 9))
    assert (state.nearby.heads, state.nearby.within_m, state.nearby.sightings) == (25, 80.0, 2)
    assert (state.nearby.since, state.nearby.last_at) == (at(6), at(7))
    assert (state.status, state.p_clear) == (nearby_at(8).status, nearby_at(8).p_clear)
    assert state.last_visit_at == at(5)


@pytest.mark.parametrize(
    ("as_of", "seen"),
    [
        (8, (6, 151.0, 25)),
        (8, (6, float("nan"), 25)),
        (8, (-1, 80.0, 25)),
        (20.1, (6, 80.0, 25)),
    ],
    ids=["too far", "position not known", "before the closure", "a fortnight ago"],
)
def test_heads_far_off_or_long_ago_are_not_nearby(as_of, seen):
    assert nearby_at(as_of, seen).nearby is None
    assert nearby_at(8, (6, 80.0, 25)).nearby is not None


def test_heads_nearby_belong_together_until_a_fortnight_passes_without_any():
    seen = [(day, 80.0, 25 if day == 6 else 8) for day in (6, 18, 30)]
    state = nearby_at(31, *seen)
    assert (state.nearby.since, state.nearby.heads, state.nearby.sightings) == (at(6), 8, 2)
    assert nearby_at(41, seen[0], (40, 80.0, 3)).nearby.since == at(40)


def test_rejected_sightings_count_nowhere():
    rows = [*active_period(), *CONFIRMING]
    known = ask(rows, at(9))
    wrong = [(at(-3, 1), 80, False), (at(6), 80, False), (at(7), 0, False), (at(8), 9, False)]
    count = len(rows)
    state = ask([*rows, *wrong], at(9), outside=[count + 3], uncovered=[count + 3])
    same = (
        "status", "p_clear", "p_low", "visits_since_closure", "negative_visits", "last_visit_at",
        "last_positive_at", "nearby", "detection", "visits_needed", "lapses_at", "day_parts",
    )  # fmt: skip
    assert {name: getattr(state, name) for name in same} == {
        name: getattr(known, name) for name in same
    }
    only_wrong = ask([*active_period(), *wrong], at(9))
    assert only_wrong.never_checked
