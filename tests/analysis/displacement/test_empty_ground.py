"""Empty visits beside a scene are no visits to it, and empty visits to it are."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geosites.analysis.displacement import (
    Design,
    DisplacementResult,
    EffortVisits,
    Surroundings,
    study,
)
from geosites.analysis.displacement.empty_ground import beside_scene
from geosites.analysis.displacement.study_places import assigned

DESIGN = Design(draws=300)
TARGET = shapely.Point(0, 0).buffer(40)
FAR = [[4000.0 + 1000 * column, 1000.0 * row] for column in range(4) for row in range(3)]
CENTRES = np.array([[0.0, 0.0], *FAR])


def _city(
    seed: int, *, left: float = 0.0, beside: tuple[int, int] = (0, 0), beside_m: float = 180.0
) -> EffortVisits:
    """Return a city from whose target the share `left` went, with empty visits beside it.

    30 heads at each of 13 places, three visits a week; `beside` empty visits a week `beside_m` from
    the target before and after the event, all around it.
    """
    rng = np.random.default_rng(seed)
    place, week, _ = (each.ravel() for each in np.mgrid[0 : len(CENTRES), -26:13, 0:3])
    level = np.where((place == 0) & (week >= 0), 30.0 * (1 - left), 30.0)
    heads = rng.negative_binomial(2, 2 / (2 + level)).astype(float)
    position = CENTRES[place] + rng.normal(0, 25, (len(place), 2))
    empty = np.repeat(np.arange(-26, 13), np.where(np.arange(-26, 13) < 0, *beside))
    turn = rng.uniform(0, 2 * np.pi, len(empty))
    around = beside_m * np.column_stack([np.cos(turn), np.sin(turn)])
    return EffortVisits(
        xy=np.vstack([position, around]),
        week=np.concatenate([week, empty]),
        heads=np.concatenate([heads, np.zeros(len(empty))]),
        territory=np.concatenate([np.where(place == 0, "T", "F"), np.repeat("T", len(empty))]),
    )


def _study(visits: EffortVisits, sites: tuple[shapely.Geometry, ...] = ()) -> DisplacementResult:
    return study(visits, TARGET, Surroundings(sites=sites), DESIGN, rng=np.random.default_rng(1))


@pytest.mark.parametrize("sites", [(), (TARGET,)], ids=["unknown ground", "known site"])
def test_a_level_is_the_same_with_and_without_empty_visits_beside_it(
    sites: tuple[shapely.Geometry, ...],
) -> None:
    alone = _study(_city(1), sites).target
    diluted = _study(_city(1, beside=(3, 3)), sites).target
    assert (diluted.before, diluted.after) == pytest.approx((alone.before, alone.after), rel=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_patrols_that_walk_around_a_scene_after_the_event_make_no_fall(seed: int) -> None:
    alone, crossed = (_study(_city(seed, beside=(0, some))).placebo for some in (0, 4))
    assert crossed.ratio == pytest.approx(alone.ratio, rel=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_patrols_that_no_longer_walk_around_a_scene_hide_no_fall(seed: int) -> None:
    alone, crossed = (_study(_city(seed, left=0.5, beside=(some, 0))).placebo for some in (0, 4))
    assert crossed.ratio == pytest.approx(alone.ratio, rel=0.03)
    assert crossed.p <= 0.1


def test_empty_visits_to_the_scene_itself_still_count() -> None:
    visits = _city(2)
    visits.heads[(np.hypot(*visits.xy.T) < 200) & (visits.week >= 0)] = 0
    found = _study(visits)
    assert found.target.after < 1
    assert found.placebo.p < 0.01


def test_the_ground_of_a_scene_is_where_somebody_was_seen_before_or_after() -> None:
    """By hand: people at 60 m and, since the event, at 110 m: the ground ends at 137.5 m."""
    ring = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    circle = np.column_stack([np.cos(ring), np.sin(ring)])
    xy = np.vstack([60 * circle, 110 * circle, 137 * circle, 138 * circle])
    visits = EffortVisits(
        xy=xy,
        week=np.repeat([-1, 1, 1, 1], 20),
        heads=np.repeat([5.0, 5.0, 0.0, 0.0], 20),
        territory=np.repeat("T", 80),
    )
    made = assigned(visits, Surroundings(), DESIGN)
    assert len(made) == 1
    assert beside_scene(visits, made).tolist() == [False] * 60 + [True] * 20


def test_a_place_where_few_visits_saw_anybody_keeps_all_its_visits() -> None:
    rng = np.random.default_rng(3)
    xy = rng.normal(0, 60, (50, 2))
    visits = EffortVisits(
        xy=xy,
        week=rng.integers(-26, 13, 50),
        heads=np.where(np.arange(50) < 9, 3.0, 0.0),
        territory=np.repeat("T", 50),
    )
    assert not beside_scene(visits, assigned(visits, Surroundings(), DESIGN)).any()


def test_every_visit_inside_a_known_perimeter_is_one_to_the_site() -> None:
    xy = np.vstack([np.random.default_rng(4).normal([0, 0], 8, (40, 2)), [[170.0, 0.0]] * 20])
    visits = EffortVisits(
        xy=xy,
        week=np.tile(np.arange(-26, 4), 2),
        heads=np.repeat([6.0, 0.0], [40, 20]),
        territory=np.repeat("T", 60),
    )
    park = shapely.box(-180, -50, 180, 50)
    inside = assigned(visits, Surroundings(sites=(park,)), DESIGN)
    assert not beside_scene(visits, inside).any()
    assert beside_scene(visits, assigned(visits, Surroundings(), DESIGN)).sum() == 20


def test_a_visit_may_have_been_as_near_as_its_accuracy_allows() -> None:
    """By hand: people at 60 m, so that the ground ends at 75 m; empty visits at 100 m."""
    ring = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    circle = np.column_stack([np.cos(ring), np.sin(ring)])
    visits = EffortVisits(
        xy=np.vstack([60 * circle, 100 * circle[:3]]),
        week=np.append(np.tile([-1, 1], 10), [1, 1, 1]),
        heads=np.repeat([5.0, 0.0], [20, 3]),
        territory=np.repeat("T", 23),
        accuracy_m=np.append(np.full(20, np.nan), [24.0, 26.0, np.nan]),
    )
    made = assigned(visits, Surroundings(), DESIGN)
    assert beside_scene(visits, made)[20:].tolist() == [True, False, True]
