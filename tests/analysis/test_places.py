from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from geosites.analysis.place_levels import level, standing_weights, weekly_means, weighing
from geosites.analysis.places import assign, centres, places
from geosites.core.errors import Refused
from geosites.simulation import scene, visits
from samples.standing import heads_standing

seeds = st.integers(0, 2**32 - 1)


def scattered(seed: int, n: int = 120, size: float = 2000.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, size, (n, 2))


@given(seeds)
def test_every_visit_lies_within_reach_of_one_common_centre(seed: int) -> None:
    xy = scattered(seed)
    place = places(xy)
    for index in range(place.max() + 1):
        members = xy[place == index]
        middle = (members.min(axis=0) + members.max(axis=0)) / 2
        assert len(members) > 0
        assert np.hypot(*(members - middle).T).max() <= 300 * np.sqrt(2)


@given(seeds)
def test_the_order_of_the_visits_does_not_matter(seed: int) -> None:
    xy = scattered(seed)
    order = np.random.default_rng(seed).permutation(len(xy))
    assert_array_equal(places(xy)[order], places(xy[order]))


@given(seeds)
def test_a_second_visit_to_the_same_position_changes_no_place(seed: int) -> None:
    xy = scattered(seed)
    again = np.vstack([xy, xy[:40], xy[:10]])
    assert_array_equal(places(again)[: len(xy)], places(xy))
    assert_array_equal(places(again)[len(xy) :], places(xy)[[*range(40), *range(10)]])


def test_visits_450_m_apart_are_two_places_and_150_m_apart_are_one() -> None:
    assert_array_equal(places([(0, 0), (450, 0)]), [0, 1])
    assert_array_equal(places([(0, 0), (150, 0)]), [0, 0])


def test_a_street_full_of_visits_is_not_one_place() -> None:
    street = np.column_stack([np.arange(0, 4000, 20.0), np.zeros(200)])
    place = places(street)
    assert place.max() + 1 >= 4000 / 600
    assert all(np.ptp(street[place == k, 0]) <= 600 for k in range(place.max() + 1))


def test_known_places_are_found_again_from_jittered_visits() -> None:
    rng = np.random.default_rng(5)
    columns, rows = np.meshgrid(np.arange(8) * 700.0, np.arange(8) * 700.0)
    true = np.column_stack([columns.ravel(), rows.ravel()])
    city = scene(rng, true, np.full(64, "a"), weeks=12, base=10.0)
    seen = visits(city, rng, effort=2.0, jitter_m=40.0)
    place = places(seen.xy)
    assert place.max() + 1 == 64
    assert np.hypot(*(centres(seen.xy, place)[place] - true[seen.place]).T).max() < 60


def test_places_are_numbered_from_west_to_east() -> None:
    xy = np.array([(5000.0, 0.0), (0.0, 0.0), (2500.0, 900.0), (0.0, 3000.0)])
    assert_array_equal(places(xy), [3, 0, 2, 1])


def test_no_visit_is_no_place_and_no_position_is_refused() -> None:
    assert places(np.empty((0, 2))).shape == (0,)
    with pytest.raises(Refused, match="not a number"):
        places([(0.0, np.nan)])


def around(x: float, y: float, n: int, seed: int = 3, sd: float = 40.0) -> np.ndarray:
    return np.random.default_rng([seed, int(x), int(y)]).normal((x, y), sd, (n, 2))


def garden(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform((-125, -175), (125, 175), (n, 2))


EAST, WEST = shapely.box(0, -50, 100, 50), shapely.box(-100, -50, -10, 50)


@pytest.mark.parametrize("visits", [3, 8, 20, 60])
def test_a_scene_as_large_as_a_garden_counts_once(visits: int) -> None:
    found = [places(garden(visits, seed)).max() + 1 for seed in range(200)]
    assert np.mean(found) <= 1.08
    apart = [places(garden(visits, seed), merge_m=0.0).max() + 1 for seed in range(200)]
    assert np.mean(apart) > 1.3


def test_two_scenes_350_m_apart_are_two_places() -> None:
    told = [0] * 12 + [1] * 6
    scenes = [np.vstack([around(0, 0, 12, seed), around(350, 0, 6, seed)]) for seed in range(200)]
    assert np.mean([places(xy).tolist() == told for xy in scenes]) >= 0.98


def test_a_stray_centre_beside_a_large_scene_vanishes() -> None:
    xy = np.vstack([garden(60), [(240, 0), (250, 20), (238, -10)]])
    assert_array_equal(places(xy), np.zeros(63))
    assert places(xy, merge_m=0.0).max() > 0


def test_what_lies_beyond_every_kept_centre_is_a_place_of_its_own() -> None:
    xy = np.vstack([around(0, 0, 30), [(220, 0), (460, 0)]])
    assert_array_equal(places(xy), [0] * 31 + [1])


@given(seeds)
def test_merging_leaves_fewer_places_and_reaches_no_farther(seed: int) -> None:
    xy = scattered(seed, 400)
    found = assign(xy)
    assert len(found) == found.index.max() + 1 == len(found.centre)
    far = np.hypot(*(xy - found.centre[found.index]).T)
    assert far.max() <= 600
    assert len(found) < len(assign(xy, merge_m=0.0))


def test_visits_within_a_perimeter_are_one_place_and_two_sites_two() -> None:
    xy = [(10, 0), (90, 0), (-15, 0), (-90, 40)]
    found = assign(xy, sites=[EAST, WEST])
    assert_array_equal(found.index, [1, 1, 0, 0])
    assert_array_equal(found.site, [1, 0])
    assert_allclose(found.centre, [(-52.5, 20), (50, 0)])


def test_a_visit_is_in_a_site_if_its_accuracy_reaches_it() -> None:
    xy = np.vstack([around(50, 0, 9, sd=10.0), around(500, 0, 20), [(180.0, 0.0)]])
    site = [shapely.box(0, -50, 100, 50)]
    alone = assign(xy[-1:], sites=site, accuracy_m=[79.0])
    assert_array_equal(alone.site, [-1])
    assert_array_equal(assign(xy[-1:], sites=site, accuracy_m=[81.0]).site, [0])
    assert_array_equal(assign(xy[-1:] + 25.0, sites=site, accuracy_m=[5000.0]).site, [-1])
    assert_array_equal(assign(xy[-1:], sites=site, accuracy_m=[np.nan]).site, [-1])


def test_where_perimeters_overlap_the_nearest_centroid_decides() -> None:
    wide, small = shapely.box(0, 0, 400, 400), shapely.box(0, 0, 100, 100)
    found = assign([(60, 60), (95, 95), (160, 160)], sites=[wide, small])
    assert_array_equal(found.site[found.index], [1, 1, 0])


def test_outer_visits_of_a_known_site_join_it_and_a_larger_scene_beside_it_does_not() -> None:
    inside, outside = around(50, 0, 12, sd=15.0), around(260, 0, 6, sd=15.0)
    assert assign(np.vstack([inside, outside]), sites=[EAST]).index.max() == 0
    larger = assign(np.vstack([inside[:4], outside]), sites=[EAST])
    assert_array_equal(larger.site, [0, -1])
    about = np.vstack([inside[:4], around(150, 0, 6, sd=15.0)])
    assert assign(about, sites=[EAST]).index.max() == 0


@given(seeds)
def test_with_sites_too_the_order_does_not_matter(seed: int) -> None:
    xy, rng = scattered(seed), np.random.default_rng(seed)
    sites = [shapely.Point(*one).buffer(120) for one in rng.uniform(0, 2000, (5, 2))]
    accuracy, order = rng.choice([5.0, 60.0, np.nan], len(xy)), rng.permutation(len(xy))
    whole = assign(xy, sites=sites, accuracy_m=accuracy)
    turned = assign(xy[order], sites=sites, accuracy_m=accuracy[order])
    assert_array_equal(whole.index[order], turned.index)
    assert_array_equal(whole.site, turned.site)
    again = assign(
        np.vstack([xy, xy[:40]]), sites=sites, accuracy_m=np.append(accuracy, accuracy[:40])
    )
    assert_array_equal(again.index, np.append(whole.index, whole.index[:40]))
    assert len({int(one) for one in whole.site if one >= 0}) == (whole.site >= 0).sum()


def test_the_level_is_the_mean_of_weekly_means() -> None:
    week = np.array([1] * 10 + [2])
    heads = np.array([20] * 10 + [0])
    assert_allclose(level(np.zeros(11, np.int64), week, heads), [10.0])


def test_more_visits_to_a_full_week_do_not_raise_the_level() -> None:
    place, week, heads = np.array([0, 0, 1, 1]), np.array([4, 5, 4, 5]), np.array([6, 2, 1, 3])
    more = np.repeat([0, 1, 2, 3], [9, 1, 1, 1])
    assert_allclose(level(place[more], week[more], heads[more]), level(place, week, heads))


def test_empty_ground_at_the_edge_does_not_thin_a_scene_and_no_crowd_is_lost() -> None:
    place, core = np.zeros(12, np.int64), np.arange(12) < 10
    empty_edge = np.where(core, 30, 0)
    assert_array_equal(weighing(place, core, empty_edge), core)
    assert_array_equal(weighing(place, core, 30 - empty_edge), ~core)
    assert_array_equal(weighing(place, core, np.where(core, 20, 30)), np.ones(12, bool))
    assert_array_equal(weighing(place, np.arange(12) < 11, 30 - empty_edge), np.ones(12, bool))
    assert_array_equal(weighing(place, core, np.full(12, 30)), core)
    assert_array_equal(weighing(place, np.zeros(12, bool), empty_edge), np.ones(12, bool))
    assert weighing(np.zeros(0, np.int64), np.zeros(0, bool), []).shape == (0,)


@pytest.mark.parametrize(("empty", "full"), [(30, 10), (30, 5), (12, 8)])
def test_a_crowd_across_the_street_of_a_closed_site_is_not_thinned(empty: int, full: int) -> None:
    levels = []
    for seed in range(60):
        xy = np.vstack([around(0, 0, empty, seed, 60.0), around(230, 0, full, seed, 25.0)])
        heads = np.repeat([0, 60], [empty, full])
        found = assign(xy, sites=[shapely.Point(0, 0).buffer(150)])
        weighs = weighing(found.index, found.core, heads)
        levels.append(heads_standing(found.index[weighs], heads[weighs]))
    assert 50 <= np.mean(levels) <= 66


@given(seeds)
def test_what_is_within_the_radius_or_a_perimeter_is_core(seed: int) -> None:
    xy = scattered(seed)
    site = shapely.Point(1000, 1000).buffer(150)
    found = assign(xy, sites=[site])
    inside = shapely.intersects_xy(site, *xy.T)
    at_site = found.site[found.index] == 0
    assert_array_equal(found.core[at_site], inside[at_site])
    assert set(found.index[found.core]) == set(range(len(found)))


def test_an_index_without_visits_has_no_level() -> None:
    assert_array_equal(level(np.array([0, 2]), [0, 0], [3, 5]), [3.0, np.nan, 5.0])


def test_weekly_means_keep_their_weeks_and_visits() -> None:
    means = weekly_means(np.array([1, 0, 1, 1]), [-2, 3, -2, 3], [4, 1, 8, 5])
    assert_array_equal(means.place, [0, 1, 1])
    assert_array_equal(means.week, [3, -2, 3])
    assert_allclose(means.mean, [1, 6, 5])
    assert_array_equal(means.visits, [1, 2, 1])


def test_ten_visits_to_one_scene_do_not_draw_ten_scenes() -> None:
    weights = standing_weights(np.zeros(10, np.int64), np.full(10, 30))
    assert_allclose(weights, 3.0)
    assert heads_standing(np.zeros(10, np.int64), np.full(10, 30)) == pytest.approx(30)


@given(seeds)
def test_weights_of_a_place_sum_to_its_level_over_any_weeks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    place, week, heads = rng.integers(0, 6, 50), rng.integers(0, 4, 50), rng.poisson(5, 50)
    sums = np.bincount(place, standing_weights(place, heads, week), 6)
    assert_allclose(
        sums,
        np.nan_to_num(level(np.append(place, 5), np.append(week, 9), np.append(heads, 0)))
        if 5 not in place
        else level(place, week, heads),
        atol=1e-12,
    )
