from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import box

from geosites.analysis.hotspots.bandwidth_forecast import WeekWeights, forward_chaining
from geosites.core.errors import NotEnoughData

WINDOW = box(0, 0, 5000, 5000)


def weeks(
    seed: int, count: int, spread_m: float, scenes: int = 6, n: int = 60
) -> list[WeekWeights]:
    """Return weeks of visits that wander around fixed scenes with a known spread."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(1000, 4000, (scenes, 2))
    drawn = (
        np.clip(centre[rng.integers(0, scenes, n)] + rng.normal(0, spread_m, (n, 2)), 0, 5000)
        for _ in range(count)
    )
    return [WeekWeights(xy=xy, weights=rng.poisson(5, n).astype(float)) for xy in drawn]


def test_scenes_that_wander_are_foretold_best_by_a_middle_bandwidth() -> None:
    study = forward_chaining(weeks(1, 8, 250.0), WINDOW)
    assert study.recommended_m is not None
    assert 100 < study.recommended_m < 400
    assert study.reason is None
    best = max(study.forecasts, key=lambda forecast: forecast.log_likelihood)
    assert best.bandwidth_m == study.recommended_m
    assert study.weeks == 7


def test_the_same_places_again_and_again_recommend_nothing() -> None:
    study = forward_chaining(weeks(2, 5, 5.0), WINDOW)
    assert study.recommended_m is None
    assert "100 m" in str(study.reason)
    assert "again and again" in str(study.reason)


def test_no_clustering_recommends_nothing() -> None:
    rng = np.random.default_rng(3)
    uniform = [WeekWeights(xy=rng.uniform(0, 5000, (80, 2)), weights=np.ones(80)) for _ in range(5)]
    study = forward_chaining(uniform, WINDOW)
    assert study.recommended_m is None
    assert "nothing clusters" in str(study.reason)


def test_the_accuracy_index_can_be_checked_by_hand() -> None:
    xy = np.array([(2512.5, 2512.5), (600.0, 600.0)])
    same = WeekWeights(xy=xy, weights=np.array([9.0, 0.0]))
    half = WeekWeights(xy=xy, weights=np.array([5.0, 5.0]))
    forecast = forward_chaining([same, half], WINDOW, [100.0, 200.0]).forecasts[0]
    assert forecast.pai == pytest.approx(0.5 / 0.01)


def test_uniform_reports_have_an_accuracy_index_near_one() -> None:
    rng = np.random.default_rng(4)
    uniform = [
        WeekWeights(xy=rng.uniform(0, 5000, (400, 2)), weights=np.ones(400)) for _ in range(6)
    ]
    for forecast in forward_chaining(uniform, WINDOW, [200.0, 400.0], area_share=0.2).forecasts:
        assert forecast.pai == pytest.approx(1.0, abs=0.25)


def test_the_week_itself_is_never_used_to_foretell_it() -> None:
    first = weeks(5, 3, 100.0)
    moved = [*first[:2], WeekWeights(xy=5000 - first[2].xy, weights=first[2].weights)]
    same, other = (forward_chaining(w, WINDOW, [150.0, 200.0]) for w in (first, moved))
    assert other.forecasts[0].log_likelihood < same.forecasts[0].log_likelihood


def test_one_week_is_not_enough() -> None:
    empty = WeekWeights(xy=np.empty((0, 2)), weights=np.empty(0))
    with pytest.raises(NotEnoughData, match=r"weeks with people present: 1"):
        forward_chaining([*weeks(6, 1, 100.0), empty], WINDOW)
