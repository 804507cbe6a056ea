"""Places that hold people since the event and did not before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geosites.analysis.displacement import Design, EffortVisits, Finding, Surroundings, study

TARGET = shapely.Point(0, 0).buffer(50)
DESIGN = Design(draws=300)
FAR = [[5000.0 + 1000 * column, 1000.0 * row] for column in range(4) for row in range(3)]
CENTRES = np.array([[0.0, 0.0], [-800.0, 0.0], *FAR])
CODES = np.array(["T", "M", *(["F"] * 6), *(["G"] * 6)])
NEW = np.array([500.0, 0.0])


def _city(moved=18.0):
    """Return a city in which `moved` of 40 heads left the target in week 0."""
    rng = np.random.default_rng(5)
    place, week, _ = (each.ravel() for each in np.mgrid[0 : len(CENTRES), -26:13, 0:2])
    level = np.where(place == 0, 40.0, 20.0) - moved * ((place == 0) & (week >= 0))
    return EffortVisits(
        xy=CENTRES[place] + rng.normal(0, 15, (len(place), 2)),
        week=week,
        heads=rng.poisson(level).astype(float),
        territory=CODES[place],
    )


def _with(seen, weeks, heads, at=NEW, code="N"):
    """Return the visits and one more a week at `at`, which sees `heads`."""
    rng = np.random.default_rng(6)
    weeks = np.asarray(list(weeks))
    return EffortVisits(
        xy=np.vstack([seen.xy, at + rng.normal(0, 15, (len(weeks), 2))]),
        week=np.concatenate([seen.week, weeks]),
        heads=np.concatenate([seen.heads, np.full(len(weeks), float(heads))]),
        territory=np.concatenate([seen.territory, np.full(len(weeks), code)]),
    )


def _study(seen, around=None):
    near = around or Surroundings(near=["T", "M", "N"])
    return study(seen, TARGET, near, DESIGN, rng=np.random.default_rng(1))


def test_a_place_never_visited_before_is_named_with_what_stands_there():
    (place,) = _study(_with(_city(), range(13), 18)).new_places
    assert np.hypot(*(np.array(place.xy) - NEW)) < 30
    assert (place.territory, place.near, place.before_known) == ("N", True, False)
    assert place.heads == pytest.approx(18)
    assert place.low < 18 < place.high


def test_what_scattered_visits_saw_before_is_taken_off():
    seen = _with(_city(), range(13), 18)
    (place,) = _study(_with(seen, [-20, -14, -9, -3], 4)).new_places
    assert place.before_known
    assert place.before.value == pytest.approx(4)
    assert place.heads == pytest.approx(14, abs=1.5)


def test_a_place_often_visited_before_and_empty_then_is_new_as_well():
    seen = _with(_with(_city(), range(13), 18), range(-26, 0), 0)
    (place,) = _study(seen).new_places
    assert place.before_known
    assert place.before.high < 1
    assert place.low > 10


def test_a_known_site_that_filled_up_is_no_new_place():
    seen = _with(_with(_city(), range(13), 18), range(-26, 0), 0)
    site = shapely.Point(*NEW).buffer(100)
    result = _study(seen, Surroundings(near=["T", "M", "N"], sites=[site]))
    assert result.new_places == ()
    (row,) = (row for row in result.territories if row.code == "N")
    assert row.change.change == pytest.approx(18, abs=2)


@pytest.mark.parametrize(
    ("weeks", "heads"),
    [(range(5), 18), (range(13), 1), (range(13), 0)],
    ids=["seen in five weeks", "one head", "nobody"],
)
def test_too_little_is_no_new_place(weeks, heads):
    assert _study(_with(_city(), weeks, heads)).new_places == ()


def test_a_place_as_full_before_as_after_is_not_new():
    seen = _with(_city(), range(13), 18)
    assert _study(_with(seen, [-20, -14, -9, -3], 18)).new_places == ()


def test_new_places_stand_apart_from_every_other_sum():
    plain, with_new = _study(_city()), _study(_with(_city(), range(13), 18))
    assert with_new.net == plain.net
    assert [row.change for row in with_new.territories] == [row.change for row in plain.territories]


def test_a_fall_found_again_at_a_new_place_is_told_as_a_move():
    result = _study(_with(_city(), range(13), 18))
    assert result.finding == Finding.FELL_AND_MOVED
    account = result.accounting
    assert account.new_places == pytest.approx(18)
    assert account.fall == pytest.approx(
        account.found_nearby + account.new_places + account.not_found
    )
    first = result.allocation.flows[0]
    assert (first.target, first.new) == ("N", True)
    found = min(account.found_nearby + account.new_places, account.fall)
    assert sum(flow.heads for flow in result.allocation.flows) == pytest.approx(found)


def test_a_new_place_far_away_is_named_and_not_counted_as_found_nearby():
    seen = _with(_city(), range(13), 18, at=np.array([-4000.0, 3000.0]), code="X")
    result = _study(seen)
    (place,) = result.new_places
    assert not place.near
    assert result.accounting.new_places == 0
    assert result.finding != Finding.FELL_AND_MOVED


def test_visits_scattered_one_by_one_make_no_place():
    rng = np.random.default_rng(8)
    seen, weeks = _city(), np.arange(13)
    for week in weeks:
        seen = _with(seen, [week], 3, at=rng.uniform(-4000, -2000, 2))
    assert _study(seen).new_places == ()


def test_heads_that_stayed_make_an_account_without_a_move():
    result = _study(_city(moved=30.0))
    assert result.finding == Finding.FELL_NOT_FOUND_NEARBY
    assert result.accounting.not_found == pytest.approx(30, abs=6)
    assert replace(result, new_places=()) == result


def _beside(heads_by_week: dict[int, float]) -> EffortVisits:
    """Return the city, and ground that two empty visits a week cross and some counts fall on."""
    seen = _city(moved=0)
    for _ in range(2):
        seen = _with(seen, range(-26, 13), 0)
    for week, heads in heads_by_week.items():
        seen = _with(seen, [week], heads)
    return seen


def test_a_few_large_counts_among_empty_visits_are_not_a_new_place():
    assert _study(_beside({2: 60, 7: 50})).new_places == ()
    assert _study(_beside({1: 40, 3: 40, 5: 40, 8: 40})).new_places == ()


def test_people_in_most_weeks_since_the_first_are_a_new_place():
    (place,) = _study(_beside(dict.fromkeys(range(5, 13), 30.0))).new_places
    assert np.hypot(*(np.array(place.xy) - NEW)) < 30
