"""Where to look next: what a visit is expected to tell, who goes where, who has a chance."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure import p_clear_series
from geosites.analysis.rounds import (
    CELL_M,
    Candidates,
    GroundVisits,
    ShiftLimits,
    cells,
    chance_within,
    closure_doubt,
    closure_reduction,
    crow_fly,
    frame,
    mean_doubt,
    mean_reduction,
    sample_list,
    shift_plan,
    team_routes,
)
from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
CITY = shapely.box(0, 0, 8000, 6000)


def candidates(n: int = 80, due: int = 4, seed: int = 3) -> Candidates:
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(n), 3).T
    late = np.zeros(n, dtype=bool)
    late[rng.choice(n, due, replace=False)] = True
    rank = np.where(rng.random(n) < 0.5, rng.permutation(n), -1)
    return Candidates(xy=rng.uniform(0, 5000, (n, 2)), share=share, due=late, rank=rank)


def test_the_reduction_of_a_closure_by_hand() -> None:
    assert closure_reduction(0.5, 0.5) == pytest.approx(1 / 12)
    assert closure_reduction(1.0, 0.5) == 0.0
    assert closure_reduction(0.5, 0.0) == 0.0
    assert closure_reduction(0.7, 1.0) == pytest.approx(closure_doubt(0.7))
    with pytest.raises(Refused):
        closure_reduction(1.2, 0.5)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_reduction_is_that_of_bayes(p: float, d: float) -> None:
    missed = closure_doubt(float(p_clear_series(p, 0, d)[0]))
    seen = (1 - p) * d
    assert closure_reduction(p, d) == pytest.approx(closure_doubt(p) - (1 - seen) * missed)


def test_one_more_week_shrinks_the_doubt_of_a_level() -> None:
    assert mean_reduction(12.0, 1) == pytest.approx(mean_doubt(12.0, 1) - mean_doubt(12.0, 2))
    assert mean_reduction(12.0, 0) == 6.0


def test_cells_cover_the_ground_once() -> None:
    ground = shapely.Polygon([(0, 0), (4100, 0), (4100, 1000), (900, 1000), (900, 3300), (0, 3300)])
    key, xy = cells(ground)
    assert len({tuple(k) for k in key.tolist()}) == len(key)
    assert shapely.contains_xy(ground, *xy.T).all()
    assert ground.area / CELL_M**2 <= len(key) <= 1.5 * ground.area / CELL_M**2
    assert (np.floor(xy / CELL_M) == key).all()


def test_a_ground_smaller_than_a_cell_is_one() -> None:
    key, xy = cells(shapely.box(10, 10, 30, 40))
    assert (len(key), len(xy)) == (1, 1)


def test_ground_where_nobody_went_is_like_any_other_where_hardly_anybody_stood() -> None:
    key, middle = cells(CITY)
    rng = np.random.default_rng(1)
    busy = np.array([2200.0, 2200.0]) + rng.normal(0, 40, (40, 2))
    empty = rng.uniform(4000, 6000, (60, 2))
    visits = GroundVisits(
        xy=np.vstack([busy, empty]),
        day=-1 - (np.arange(100) % 20),
        heads=np.concatenate([rng.poisson(12, 40), np.zeros(60)]).astype(float),
    )
    seen = frame(key, middle, visits)
    busiest = int(np.argmax(seen.variance))
    assert (seen.key[busiest] == [5, 5]).all()
    rest = np.delete(seen.variance, busiest)
    assert len(set(rest.tolist())) == 1
    assert rest[0] > 0
    np.testing.assert_allclose(seen.xy[busiest], busy.mean(axis=0), atol=1e-6)
    assert seen.looks[busiest] == 20
    assert not seen.seen_now.any()


def test_the_doubt_of_a_cell_is_that_of_before_the_list() -> None:
    key, middle = cells(CITY)
    here = np.tile([[2200.0, 2200.0]], (12, 1))
    day = np.array([*range(-30, -20), -3, 0])
    counts = np.array([8.0, 12] * 5 + [0, 0])
    then, now = (
        frame(key, middle, GroundVisits(xy=here[:n], day=day[:n], heads=counts[:n]), since=-10)
        for n in (10, 12)
    )
    np.testing.assert_array_equal(then.variance, now.variance)
    assert then.variance.max() > 1
    assert not then.seen_since.any()
    assert now.seen_since.sum() == now.seen_now.sum() == 1


def test_visits_off_the_ground_and_of_other_weeks_belong_to_no_cell() -> None:
    key, middle = cells(CITY)
    away = GroundVisits(
        xy=np.array([[-50.0, 100], [90_000, 100], [200, 200], [200, 200]]),
        day=np.array([0, -1, -400, 1]),
        heads=np.full(4, 9.0),
    )
    seen = frame(key, middle, away)
    assert seen.looks.sum() == 0
    np.testing.assert_array_equal(seen.xy, middle)


def test_every_cell_has_a_chance_and_the_list_keeps_it() -> None:
    _, xy = cells(CITY)
    rng = np.random.default_rng(2)
    size = rng.lognormal(0, 1, len(xy))
    begun, rounds = np.zeros(len(xy)), 40
    for _ in range(2000):
        listed, chance = sample_list(xy, size, rng)
        begun[listed[:rounds]] += 1
    promised = chance_within(chance, len(listed), rounds)
    assert promised.min() > 0
    error = np.sqrt(promised * (1 - promised) / 2000)
    assert (abs(begun / 2000 - promised) <= 4.5 * error).all()


@pytest.mark.parametrize("crews", [1, 2, 4])
def test_a_round_fits_into_its_shift(crews: int) -> None:
    offered, limits = candidates(), ShiftLimits(crews=crews, shift_min=180)
    plan = shift_plan(offered, limits)
    assert len(plan.rounds) == crews
    assert len(set(plan.rows)) == len(plan.rows)
    for crew in plan.rounds:
        rows = [stop.row for stop in crew.stops]
        legs = crow_fly(offered.xy[rows])
        way = np.array([legs[i, i + 1] for i in range(len(rows) - 1)])
        ridden = np.array([stop.ridden for stop in crew.stops[1:]], dtype=bool)
        assert (way[ridden] > 3000).all()
        assert crew.length_m == pytest.approx(way[~ridden].sum())
        assert crew.minutes == pytest.approx(np.where(ridden, 40, way / 75).sum() + 10 * len(rows))
        assert crew.minutes <= 180 + 1e-6
        assert offered.rank[rows[0]] >= 0
    assert set(plan.missed) == set(np.flatnonzero(offered.due)) - set(plan.rows)


def test_due_visits_come_first() -> None:
    offered = candidates(due=3)
    plan = shift_plan(offered, ShiftLimits(crews=2, shift_min=240))
    assert set(np.flatnonzero(offered.due)) <= set(plan.rows)


def test_what_is_far_away_is_ridden_to() -> None:
    xy = np.array([[0.0, 0], [20_000, 0]])
    share, rank = np.full((2, 3), 0.1), np.array([0, -1])
    offered = Candidates(xy=xy, share=share, due=np.array([False, True]), rank=rank)
    plan = shift_plan(offered, ShiftLimits())
    first, second = plan.rounds[0].stops
    assert (first.ridden, second.ridden, second.arrives_min) == (False, True, 50)
    assert plan.rounds[0].length_m == 0
    assert shift_plan(offered, ShiftLimits(shift_min=55)).missed == (1,)


def test_nothing_but_due_visits_is_ridden_to_from_a_stop() -> None:
    xy = np.array([[0.0, 0], [1000, 0], [9000, 0], [9100, 0]])
    share, rank = np.full((4, 3), 0.1), np.array([0, -1, -1, -1])
    offered = Candidates(xy=xy, share=share, due=np.zeros(4, dtype=bool), rank=rank)
    (crew,) = shift_plan(offered, ShiftLimits(shift_min=120)).rounds
    assert sum(stop.ridden for stop in crew.stops) <= 1
    assert all(
        crew.stops[number - 1].row == 0 or stop.row == 0
        for number, stop in enumerate(crew.stops)
        if stop.ridden
    )


def test_ground_far_from_every_visit_keeps_a_tenth_of_the_chance() -> None:
    key, middle = cells(CITY)
    visits = GroundVisits(xy=np.array([[200.0, 200]]), day=np.array([-5]), heads=np.zeros(1))
    seen = frame(key, middle, visits)
    near = np.hypot(*(seen.xy - [200, 200]).T) <= 1500
    assert (seen.remote == ~near).all()
    assert np.allclose(seen.size[near], 10 * seen.size[~near][0])
    assert (seen.size > 0).all()


def test_more_crews_and_longer_shifts_tell_more() -> None:
    offered = candidates(due=0)
    worth = [
        offered.value[shift_plan(offered, ShiftLimits(crews=crews, shift_min=shift)).rows].sum()
        for crews, shift in ((1, 120), (1, 240), (2, 240))
    ]
    assert worth == sorted(worth)
    assert worth[0] < worth[2]


def test_a_crew_makes_at_most_so_many_stops() -> None:
    plan = shift_plan(candidates(), ShiftLimits(crews=2, shift_min=400, most=3))
    assert [len(crew.stops) for crew in plan.rounds] == [3, 3]


def test_the_distance_is_that_of_the_streets_given() -> None:
    def river(xy: Floats) -> Floats:
        far = (xy[:, None, 0] < 2500) != (xy[None, :, 0] < 2500)
        return crow_fly(xy) + 50_000 * far

    offered = candidates(due=0)
    for crew in shift_plan(offered, ShiftLimits(crews=2, ride_min=1e9), river).rounds:
        sides = {bool(offered.xy[stop.row, 0] < 2500) for stop in crew.stops}
        assert len(sides) == 1


def test_the_same_question_gives_the_same_rounds() -> None:
    once, again = (shift_plan(candidates(), ShiftLimits(crews=2)) for _ in range(2))
    assert once == again


def test_the_list_is_worked_through_from_the_top() -> None:
    offered = candidates(due=0)
    (crew,) = shift_plan(offered, ShiftLimits()).rounds
    listed = offered.rank[offered.rank >= 0]
    assert offered.rank[crew.stops[0].row] == listed.min()


def test_without_a_list_or_without_stops_there_is_a_plan_all_the_same() -> None:
    offered = candidates()
    bare = Candidates(
        xy=offered.xy, share=offered.share, due=offered.due, rank=np.full(80, -1, dtype=np.int64)
    )
    assert len(shift_plan(bare, ShiftLimits(crews=2)).rounds) == 2
    none = Candidates(
        xy=np.empty((0, 2)),
        share=np.empty((0, 3)),
        due=np.zeros(0, dtype=bool),
        rank=np.zeros(0, dtype=np.int64),
    )
    assert shift_plan(none, ShiftLimits()).rounds == ()


def best_of_all(minutes: Floats, value: Floats, shift_min: float) -> float:
    """Return what the best round from stop 0 is worth, all orders tried."""
    stops = range(1, len(value))
    return max(
        sum(value[list(order)])
        for k in range(len(value))
        for order in permutations(stops, k)
        if sum(minutes[a, b] for a, b in zip((0, *order), order, strict=False)) + 10 * (k + 1)
        <= shift_min
    )


def test_rounds_are_as_good_as_the_best_where_all_can_be_tried() -> None:
    ratio = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        xy, value = rng.uniform(0, 3000, (7, 2)), rng.uniform(0.1, 1, 7)
        minutes = crow_fly(xy) / 75
        (route,) = team_routes(minutes, value, [0], shift_min=100, visit_min=10)
        ratio.append(sum(value[list(route[1:])]) / best_of_all(minutes, value, 100))
    assert max(ratio) <= 1 + 1e-9
    assert np.mean(ratio) >= 0.99
    assert np.median(ratio) == pytest.approx(1)


@pytest.mark.parametrize(
    "wrong",
    [{"crews": 0}, {"visit_min": 0}, {"shift_min": 5}, {"metres_per_min": 0}],
)
def test_a_shift_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Refused):
        ShiftLimits(**wrong)  # type: ignore[arg-type]
