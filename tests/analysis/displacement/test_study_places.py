"""Outer visits of a wide scene count for it; what is another scene stays one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geosites.analysis.displacement.study_design import Design, EffortVisits, Surroundings
from geosites.analysis.displacement.study_places import assigned, widest

DESIGN = Design()
SPREAD_M = 115.0


def _visits(*scenes: tuple[tuple[float, float], float, int], seed: int = 1) -> EffortVisits:
    """Return visits to scenes, each with its middle, its spread and how many went there."""
    rng = np.random.default_rng(seed)
    xy = np.vstack([rng.normal(middle, spread, (n, 2)) for middle, spread, n in scenes])
    week = rng.integers(-26, 13, len(xy))
    return EffortVisits(xy=xy, week=week, heads=np.ones(len(xy)), territory=np.repeat("a", len(xy)))


@pytest.mark.parametrize("seed", range(8))
def test_outer_visits_of_a_wide_scene_belong_to_it(seed: int) -> None:
    visits = _visits(((0, 0), SPREAD_M, 300), seed=seed)
    made = assigned(visits, Surroundings(), DESIGN)
    (scene,) = np.flatnonzero(~made.edge)
    away = np.hypot(*(visits.xy - made.centre[scene]).T)
    assert (made.index[away <= DESIGN.merge_m - 40] == scene).all()
    assert np.mean(made.index == scene) > 0.93
    assert np.hypot(*made.centre[scene]) < 25
    assert np.bincount(made.index, minlength=len(made)).min() > 0


def test_outer_visits_are_none_within_the_perimeter_of_the_scene() -> None:
    visits = _visits(((0, 0), SPREAD_M, 300))
    site = shapely.Point(0, 0).buffer(80)
    made = assigned(visits, Surroundings(sites=(site,)), DESIGN)
    own = made.index == np.flatnonzero(made.site == 0)[0]
    inside, outside = np.hypot(*visits.xy.T) < 79, np.hypot(*visits.xy.T) > 81
    assert (own & outside).any()
    assert not made.core[own & outside].any()
    assert made.core[inside].all()


def test_a_small_scene_beyond_reach_stays_a_place_of_its_own() -> None:
    visits = _visits(((0, 0), SPREAD_M, 300), ((600, 0), 30, 40))
    made = assigned(visits, Surroundings(), DESIGN)
    own = np.unique(made.index[300:])
    assert len(own) == 1
    assert not made.edge[own[0]]


@pytest.mark.parametrize(("first", "edge"), [(-26, True), (1, False)])
def test_ground_visited_since_the_event_alone_is_not_the_edge_of_a_scene(
    first: int, edge: bool
) -> None:
    seen = _visits(((0, 0), SPREAD_M, 300), ((400, 0), 15, 30))
    week = np.append(seen.week[:300], np.linspace(first, 12, 30).round().astype(int))
    visits = EffortVisits(xy=seen.xy, week=week, heads=seen.heads, territory=seen.territory)
    made = assigned(visits, Surroundings(), DESIGN)
    (own,) = np.unique(made.index[np.hypot(*(visits.xy - [400, 0]).T) < 60][-25:])
    assert made.edge[own] == edge


def test_a_known_site_beside_a_wide_scene_keeps_its_visits() -> None:
    visits = _visits(((0, 0), SPREAD_M, 300), ((280, 0), 10, 30))
    site = shapely.Point(280, 0).buffer(40)
    made = assigned(visits, Surroundings(sites=(site,)), DESIGN)
    place = int(np.flatnonzero(made.site == 0)[0])
    assert not made.edge[place]
    assert (made.index[300:] == place).sum() >= 29


def test_scenes_of_the_usual_width_are_left_as_they_are() -> None:
    visits = _visits(((0, 0), 35, 300), ((330, 0), 35, 60))
    made = assigned(visits, Surroundings(), DESIGN)
    assert not made.edge.any()
    assert len(made) == 2


def test_visits_at_an_edge_of_an_edge_count_for_the_widest_scene() -> None:
    """By hand: 0 is a scene, 1 its edge, 2 the edge of 1, 3 a scene with 4 as its edge."""
    assert widest(np.array([-1, 0, 1, -1, 3])).tolist() == [-1, 0, 0, -1, 3]
