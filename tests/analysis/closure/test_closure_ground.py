"""A visit proves the ground it saw, and a perimeter is proved by the share of it that was seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geosites.analysis.closure import EvidenceKind, Status, closure_state, ground
from samples.closure_cases import active_period, at, closed, saw_nobody, visits

SQUARE = shapely.box(0, 0, 300, 300)
CIRCLE = shapely.Point(0, 0).buffer(100, quad_segs=32)
DAYS = (1, 2.3, 3.6, 4.85, 6)
"""In the morning, afternoon, evening, at night, in the morning."""


def ask(perimeter, spots, days=DAYS, *more):
    """Ask after one empty visit a day at each spot in turn, and `more` rows with their spots."""
    area = ground(perimeter)
    middle = perimeter.centroid.coords[0]
    empty = saw_nobody(*days)
    rows = [*active_period(), *empty, *(row for row, _ in more)]
    stood = [middle] * 40 + [spots[n % len(spots)] for n in range(len(empty))]
    stood += [spot for _, spot in more]
    seen = replace(visits(rows), sees=area.seen_from(stood), ground=area)
    return closure_state("park", seen, [closed()], max(row[0] for row in rows))


@pytest.mark.parametrize("perimeter", [SQUARE, CIRCLE, shapely.MultiPolygon([SQUARE])])
def test_the_points_of_a_perimeter_stand_for_its_area(perimeter):
    found = ground(perimeter)
    assert found.share.sum() == pytest.approx(1.0)
    assert shapely.covers(perimeter, shapely.points(found.xy)).all()
    assert 10 <= len(found.share) <= 40


def test_a_crew_sees_everything_near_and_nothing_far():
    found = ground(shapely.Point(0, 0).buffer(1))
    spots = [(0, 0), (99, 0), (150, 0), (201, 0)]
    assert found.seen_from(spots)[:, 0] == pytest.approx([1, 1, 0.5, 0], abs=0.02)


def test_a_perimeter_without_area_is_one_point():
    assert ground(shapely.Point(3, 4)).xy.tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize(
    "spots",
    [
        [(0, 0)],
        [(10, -12), (-8, 15), (12, 9)],
        [(50, 0), (-50, 0), (0, 50), (0, -50), (0, 0)],
        [(-70, 0), (70, 0)],
    ],
    ids=["centre", "around it", "well spread", "two ends"],
)
def test_a_small_site_is_proved_by_visits_at_its_centre_or_well_spread(spots):
    state = ask(CIRCLE, spots)
    assert state.status is Status.CONFIRMED_CLOSED
    assert state.covered > 0.9


@pytest.mark.parametrize("count", [5, 25])
@pytest.mark.parametrize("corner", [(0, 0), (20, 20), (280, 290)])
def test_visits_that_all_stood_at_one_corner_prove_that_corner(corner, count):
    days = [DAYS[n % 5] + 7 * (n // 5) for n in range(count)]
    state = ask(SQUARE, [corner], days)
    assert state.p_clear < 0.75
    assert state.status is Status.UNVERIFIED
    assert state.covered < 0.5
    assert state.visits_needed > 1


def test_a_large_site_is_proved_by_visits_to_all_of_it():
    quarters = [(75, 75), (225, 75), (75, 225), (225, 225)]
    days = [DAYS[n % 5] + 7 * (n // 5) for n in range(16)]
    assert ask(SQUARE, quarters, days[:4]).p_clear < 0.9
    state = ask(SQUARE, quarters, days)
    assert state.status is Status.CONFIRMED_CLOSED
    assert ask(SQUARE, quarters[:3], days).status is not Status.CONFIRMED_CLOSED


def test_many_half_looks_from_one_spot_do_not_make_up_for_ground_that_was_not_seen():
    days = [DAYS[n % 5] + 7 * (n // 5) for n in range(25)]
    rim = ask(CIRCLE, [(99, 0)], days)
    assert rim.p_clear > 0.95
    assert rim.covered < 0.8
    assert (rim.status, rim.visits_needed) == (Status.PROBABLY_CLOSED, 1)


def test_one_part_of_a_perimeter_does_not_prove_another():
    far = shapely.MultiPolygon([CIRCLE, shapely.affinity.translate(CIRCLE, 900)])
    assert ask(far, [(0, 0)], [n + 0.3 for n in range(20)]).p_clear < 0.7
    both = [DAYS[n % 5] + 7 * (n // 5) for n in range(10)]
    assert ask(far, [(0, 0), (900, 0)], both).status is Status.CONFIRMED_CLOSED
    crumb = shapely.MultiPolygon([SQUARE, shapely.Point(900, 0).buffer(3)])
    assert any(np.hypot(*(ground(crumb).xy - (900, 0)).T) < 3)


def test_two_ends_of_a_park_on_one_morning_are_no_repetition():
    ends = [(0, 0), (300, 300)]
    both = ask(SQUARE, ends, (1, 1.05))
    assert [item.kind for item in both.evidence] == [EvidenceKind.NEGATIVE] * 2
    assert both.negative_visits == 1
    assert both.p_clear > ask(SQUARE, ends[:1], (1, 1.05)).p_clear + 0.02
    assert ask(SQUARE, ends[:1], (1, 1.05)).evidence[-1].kind is EvidenceKind.REPEAT


def test_a_report_is_answered_where_it_was_made():
    spots = [(0, 0), (300, 300)]
    told = ((at(8), 6, None), (290, 290))
    far = ask(SQUARE, spots, DAYS, told, ((at(9), 0, None), (10, 10)))
    near = ask(SQUARE, spots, DAYS, told, ((at(9), 0, None), (270, 300)))
    assert (far.status, near.status) == (Status.CONTRADICTED, Status.UNVERIFIED)
    assert near.p_clear > far.p_clear


def test_heads_verified_at_one_end_are_not_answered_by_visits_to_the_other():
    seen = ((at(8), 6, True), (290, 290))
    here = [((at(9 + n / 3), 0, None), (30, 30)) for n in range(30)]
    state = ask(SQUARE, [(150, 150)], DAYS, seen, *here)
    assert state.status is Status.REOPENED
    assert state.p_clear < 0.4
