from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from geosites.analysis.hotspots.false_discovery_rate import benjamini_hochberg
from geosites.analysis.hotspots.gi_star import gi_star
from geosites.analysis.hotspots.grid import neighbours_sum
from geosites.analysis.hotspots.permutation_null import pooled_p
from samples.vectors import vector

SQUARE = np.ones((3, 3))


def test_maps_without_hotspots_show_none() -> None:
    known = vector("gistar-null-calibration")
    rng = np.random.default_rng(11)
    shape, alpha, maps = known["inputs"]["grid"], known["inputs"]["alpha"], known["inputs"]["reps"]
    null = [rng.poisson(0.2, shape) for _ in range(maps)]
    hits = [benjamini_hochberg(pooled_p(counts, SQUARE, 99, rng), alpha).any() for counts in null]
    assert sum(hits) <= known["expected"]["maps_with_any_BH_hit_max"]


def test_p_values_of_null_maps_are_not_too_small() -> None:
    rng = np.random.default_rng(12)
    p = np.array([pooled_p(rng.gamma(2, 1, (40, 30)), SQUARE, 99, rng) for _ in range(20)])
    for alpha in (0.01, 0.05, 0.2):
        assert (p <= alpha).mean() == pytest.approx(alpha, abs=0.012)


def test_a_planted_cluster_is_found_and_nothing_far_away() -> None:
    rng = np.random.default_rng(13)
    counts = rng.poisson(0.2, (90, 60))
    counts[40:43, 20:23] += 3
    hot = benjamini_hochberg(pooled_p(counts, SQUARE, 199, rng), 0.05)
    assert hot[41, 21]
    assert not hot[:37].any()
    assert not hot[46:].any()


def test_whole_numbers_and_others_give_the_same_p() -> None:
    counts = np.random.default_rng(14).poisson(0.5, (30, 20))
    whole = pooled_p(counts, SQUARE, 199, np.random.default_rng(15))
    scaled = pooled_p(counts * 0.1 + 0.05, SQUARE, 199, np.random.default_rng(15))
    inner = np.s_[1:-1, 1:-1]
    assert_allclose(whole[inner], scaled[inner], atol=1e-12)


def test_p_falls_as_gi_rises_among_cells_with_the_same_neighbourhood() -> None:
    values = np.random.default_rng(16).gamma(1, 1, (20, 25))
    p = pooled_p(values, SQUARE, 99, np.random.default_rng(17))[1:-1, 1:-1].ravel()
    z = gi_star(values, SQUARE)[1:-1, 1:-1].ravel()
    assert (np.diff(p[np.argsort(z)]) <= 1e-12).all()


def test_p_of_a_tiny_map_agrees_with_all_its_permutations() -> None:
    values = np.array([[9.0, 1.0, 0.0, 0.0]])
    kernel = np.ones((1, 3))
    p = pooled_p(values, kernel, 20_000, np.random.default_rng(18))
    middle = 1 / 2
    assert neighbours_sum(values, kernel)[0, 1] == 10.0
    assert p[0, 1] == pytest.approx(middle, abs=0.02)


def test_cells_outside_have_no_p_and_change_nothing() -> None:
    counts = np.random.default_rng(19).poisson(1.0, (12, 15)).astype(float)
    inside = np.zeros((20, 30), dtype=bool)
    inside[4:16, 8:23] = True
    framed = np.full((20, 30), 99.0)
    framed[4:16, 8:23] = counts
    p = pooled_p(framed, SQUARE, 499, np.random.default_rng(20), inside=inside)
    alone = pooled_p(counts, SQUARE, 499, np.random.default_rng(21))
    assert np.isnan(p[~inside]).all()
    assert_allclose(p[4:16, 8:23], alone, atol=0.02)


def test_large_whole_numbers_are_handled_too() -> None:
    counts = np.random.default_rng(22).poisson(3, (15, 15))
    small = pooled_p(counts, SQUARE, 99, np.random.default_rng(23))
    large = pooled_p(counts * 10_000, SQUARE, 99, np.random.default_rng(23))
    assert_allclose(small, large)


def test_the_same_seed_gives_the_same_p() -> None:
    counts = np.random.default_rng(24).poisson(3, (9, 9))
    first, second = (pooled_p(counts, SQUARE, 49, np.random.default_rng(1)) for _ in range(2))
    assert_allclose(first, second)
