"""Every kind of scene that the studies are judged on is what its name says."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from geosites.simulation import Happening
from geosites.simulation.displacement_trials import EVENT_WEEK, SCENES, Trial, make

AFTER = slice(EVENT_WEEK, None)


def _made(name: str, number: int = 0) -> Trial:
    return make(np.random.default_rng([77, number]), SCENES[name])


@pytest.mark.parametrize("name", SCENES)
def test_the_truth_of_a_scene_adds_up(name):
    made = _made(name)
    moved = np.zeros_like(made.truth.heads)
    for move in made.truth.moves:
        moved[move.source] -= move.heads
        if move.target is not None:
            moved[move.target] += move.heads
    for move in made.without.moves:
        moved[move.source] += move.heads
    assert np.allclose(made.truth.heads, made.without.heads + moved)
    assert np.allclose(made.truth.heads[:, :EVENT_WEEK], made.without.heads[:, :EVENT_WEEK])
    everywhere = np.ones(made.truth.places, dtype=bool)
    assert (made.effect(everywhere) < -1) == (
        SCENES[name].plan.event.happening in {Happening.HALVING, Happening.FALL}
    )
    assert SCENES[name].null == np.allclose(made.truth.heads, made.without.heads)


@pytest.mark.parametrize("name", SCENES)
def test_the_same_seed_gives_the_same_scene(name):
    one, two, other = _made(name), _made(name), _made(name, 1)
    for field in fields(one.world.seen):
        first, second = (getattr(made.world.seen, field.name) for made in (one, two))
        assert len(first) == len(one.seen)
        assert np.array_equal(first, second)
    assert not np.array_equal(one.seen.xy[:50], other.seen.xy[:50])


def _near(made: Trial, place: int, metres: float) -> np.ndarray:
    return np.hypot(*(made.seen.xy - made.truth.xy[place]).T) < metres


@pytest.mark.parametrize(
    ("name", "metres"), [("new-490", 490), ("new-900", 900), ("new-2000", 2000), ("split-320", 320)]
)
def test_new_ground_lies_where_it_should_and_is_found_within_three_weeks(name, metres):
    for number in range(10):
        made = _made(name, number)
        new = made.world.new
        gap = np.hypot(*(made.truth.xy - made.truth.xy[new]).T)
        assert gap[made.target] == pytest.approx(metres)
        assert made.truth.heads[new, AFTER].mean() > 1
        weeks = made.seen.week[_near(made, new, 60) & (made.seen.heads > 1)]
        first = made.world.seen.week[made.world.seen.place == new].min() - EVENT_WEEK
        assert 1 <= first <= 4
        assert weeks.min() >= 1
        assert len(np.unique(weeks)) >= 6


def test_ground_may_be_new_to_every_visit_or_to_all_but_scattered_ones():
    def before(name, number):
        made = _made(name, number)
        return int((_near(made, made.world.new, 200) & (made.seen.week < 0)).sum())

    seen = [before("new-490", number) for number in range(20)]
    assert sum(seen) > 10
    made = [_made("new-490", number) for number in range(20)]
    heads = [m.seen.heads[_near(m, m.world.new, 100) & (m.seen.week < 0)] for m in made]
    assert np.concatenate(heads).max(initial=0) <= 1
    assert sum(before("new-490-unseen", number) for number in range(20)) == 0


def test_scattered_visits_keep_away_from_people_they_would_have_counted():
    made = _made("few-nothing")
    loose = made.world.seen.place < 0
    assert loose.sum() > 1200
    gaps = np.hypot(*(made.world.seen.xy[loose][:, None] - made.truth.xy[None]).transpose(2, 0, 1))
    assert gaps.min() >= 120
    assert made.world.seen.heads[loose].max() <= 1


def _share_by_night(made: Trial, at: np.ndarray) -> tuple[float, float]:
    before = made.seen.week < 0
    night = made.world.seen.day_part == 0
    return night[at & before].mean(), night[at & ~before].mean()


def test_patrols_turn_from_night_to_day_where_and_as_fast_as_they_should():
    at_once, slowly, everywhere, never = (
        _made(name)
        for name in (
            "day-target-nothing",
            "day-gradual-nothing",
            "day-city-nothing",
            "lived-nothing",
        )
    )
    for made in (at_once, everywhere):
        before, after = _share_by_night(made, made.world.seen.place == made.target)
        assert before > 0.45
        assert after < 0.25
    others = at_once.world.seen.place != at_once.target
    assert np.diff(_share_by_night(at_once, others & (at_once.world.seen.place >= 0)))[0] > -0.05
    away = (everywhere.world.seen.place != everywhere.target) & (everywhere.world.seen.place >= 0)
    assert np.diff(_share_by_night(everywhere, away))[0] < -0.4
    own = slowly.world.seen.place == slowly.target
    night = slowly.world.seen.day_part == 0
    soon = (slowly.seen.week >= 0) & (slowly.seen.week < 4)
    assert night[own & soon].mean() > night[own & (slowly.seen.week >= 8)].mean() + 0.1
    assert abs(np.diff(_share_by_night(never, never.world.seen.place >= 0))[0]) < 0.05


def _zero_share(made: Trial, where: np.ndarray) -> tuple[float, float]:
    zero, before = made.seen.heads == 0, made.seen.week < 0
    return zero[where & before].mean(), zero[where & ~before].mean()


def test_zeros_go_missing_where_they_should_and_nowhere_else():
    plain = _made("zeros-there-nothing")
    at = plain.world.seen.place == plain.target
    assert min(_zero_share(plain, at)) > 0.25
    target = _made("no-zeros-target-nothing")
    own = target.world.seen.place == target.target
    assert _zero_share(target, own)[0] > 0.25
    assert _zero_share(target, own)[1] == 0
    assert abs(np.diff(_zero_share(target, ~own))[0]) < 0.05
    territory = _made("no-zeros-territory-nothing")
    code = territory.without.territory[territory.receivers[0]]
    there = territory.seen.territory == code
    assert _zero_share(territory, there)[1] == 0
    assert abs(np.diff(_zero_share(territory, ~there))[0]) < 0.05
    unit = _made("no-zeros-unit-nothing")
    theirs = unit.world.seen.unit == f"unit-{unit.without.territory[unit.target]}"
    assert _zero_share(unit, theirs)[1] == 0
    assert abs(np.diff(_zero_share(unit, ~theirs))[0]) < 0.05
    begun = _made("zeros-begin-target-nothing")
    own = begun.world.seen.place == begun.target
    assert _zero_share(begun, own)[0] == 0
    assert _zero_share(begun, own)[1] > 0.25
    late = _made("late-zeros-nothing")
    last = late.seen.week >= late.world.plan.city.weeks - EVENT_WEEK - 3
    zeros = late.seen.heads == 0
    assert zeros[last].mean() < 0.6 * zeros[~last].mean()


def test_a_place_on_a_border_is_reported_from_both_sides():
    for number in range(5):
        made = _made("border-nothing", number)
        seen = made.world.seen
        sides = [
            np.unique(seen.territory[seen.place == place], return_counts=True)[1]
            for place in range(made.truth.places)
        ]
        assert any(len(side) > 1 and np.sort(side)[-2] > 0.2 * side.sum() for side in sides)


def test_a_decline_goes_on_and_a_common_shock_hits_all_alike():
    numbers = range(40)
    declines = [_made("decline-nothing", number) for number in numbers]
    week = np.arange(39)
    slopes = [np.polyfit(week, np.log(m.truth.heads[m.target]), 1)[0] for m in declines]
    assert np.mean(slopes) == pytest.approx(np.log(0.97), abs=0.012)
    shocks = [_made("shock-at-event-nothing", number) for number in numbers]
    ratio = [m.truth.heads[:, AFTER].mean() / m.truth.heads[:, :EVENT_WEEK].mean() for m in shocks]
    assert np.mean(ratio) == pytest.approx(0.6, abs=0.03)
    small = np.concatenate([np.delete(m.truth.heads.mean(axis=1), m.target) for m in shocks])
    assert 0.8 < np.quantile(small, 0.1) < np.quantile(small, 0.9) < 3


def test_several_crews_and_doubled_reports_share_their_slot():
    def largest(name):
        made = _made(name)
        own = made.world.seen.place == made.target
        _, times = np.unique(made.world.seen.slot[own], return_counts=True)
        return np.median(times), times.mean()

    assert largest("lived-nothing")[1] < 1.3
    assert largest("crews-2-nothing")[0] == 2
    assert largest("crews-3-nothing")[0] == 3
    assert largest("doubled-nothing")[1] > 1.2


def test_wide_scenes_are_visited_over_all_their_ground():
    wide, large = _made("wide-nothing"), _made("large-known-nothing")
    at = wide.world.seen.place == wide.target
    spread = (wide.seen.xy[at] - wide.truth.xy[wide.target]).std()
    assert 55 < spread < 130
    perimeters = large.around.sites
    assert len(perimeters) == 4
    assert perimeters[0].equals(large.area)
    assert large.area.area == pytest.approx(250 * 350)
    assert not _made("large-nothing").around.sites


def test_people_may_arrive_without_anybody_having_left():
    made = _made("arrival-nothing")
    heads = made.truth.heads[made.world.new]
    assert heads[:EVENT_WEEK].sum() == 0
    assert (heads[AFTER] == 20).all()
    assert not made.truth.moves
    assert made.effect(np.ones(made.truth.places, dtype=bool)) == 0
    assert made.world.new not in made.receivers


def test_a_second_operation_shortens_the_study_and_is_told():
    made = _made("second-fall")
    second = made.world.second
    gap = np.hypot(*(made.truth.xy[second] - made.truth.xy[made.target]))
    assert gap == pytest.approx(300)
    assert made.weeks_after == 4
    assert len(made.around.other_events) == 1
    heads = made.truth.heads[second]
    assert heads[30:].mean() < 0.7 * heads[:30].mean()
    hit = np.arange(made.truth.places) == made.target
    assert made.effect(hit) == pytest.approx(-0.6 * made.without.heads[made.target, 26:30].mean())


def _gaps(made: Trial) -> np.ndarray:
    apart = np.hypot(*(made.truth.xy[:, None] - made.truth.xy[None]).transpose(2, 0, 1))
    return apart[np.triu_indices(made.truth.places, 1)]


def test_places_may_stand_close():
    assert 320 <= _gaps(_made("close-nothing")).min() < 450
    assert _gaps(_made("plain-nothing")).min() >= 500


def test_varied_cities_differ_and_stay_within_what_is_said_of_them():
    cities = [_made("varied-nothing", number).world.plan for number in range(30)]
    places = [plan.city.places for plan in cities]
    assert 12 <= min(places) < 25
    assert 50 < max(places) <= 60
    assert all(1 <= plan.city.visits <= 7 for plan in cities)
    assert 8 < sum(plan.patrols.uneven for plan in cities) < 22
    assert len({plan.counting.dispersion for plan in cities}) == 30
