from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.spatial import cKDTree

from geosites.analysis.hotspots.exceedance import dispersion, exceedance
from geosites.analysis.hotspots.false_discovery_rate import benjamini_hochberg, q_values
from geosites.analysis.hotspots.gi_star import gi_star
from samples.vectors import vector, vector_file


def within(points: np.ndarray, band: float) -> list[np.ndarray]:
    """Return for each point the others up to `band` away."""
    near = cKDTree(points).query_ball_point(points, band * (1 + 1e-9))
    return [np.array([j for j in found if j != i]) for i, found in enumerate(near)]


@pytest.mark.parametrize("name", ["G30", "G60", "G150", "Gstar30", "Gstar60"])
def test_gi_is_that_of_getis_and_ord(name: str) -> None:
    table = pd.read_csv(vector_file("getisord_localG.csv"))
    star, band = "star" in name, int(name.lstrip("Gstar"))
    z = gi_star(table["val"], within(table[["x", "y"]].to_numpy(), band), star)
    assert_allclose(z, table[name], atol=vector("gistar-getisord")["tolerance"])


def test_the_published_cell_has_its_published_scores() -> None:
    known = vector("gistar-getisord")
    table = pd.read_csv(vector_file("getisord_localG.csv"))
    points, cell = table[["x", "y"]].to_numpy(), known["expected"]["index_1based"] - 1
    for band in known["inputs"]["bands_m"]:
        z = gi_star(table["val"], within(points, band), star=False)[cell]
        assert z == pytest.approx(known["expected"][f"G{band}"], abs=known["tolerance"])
    z = gi_star(table["val"], within(points, 30), star=True)[cell]
    n = len(table)
    assert z == pytest.approx(known["expected"]["Gstar30"], abs=1e-9)
    with_n_in_the_variance = z * np.sqrt((n - 1) / n)
    published = known["expected"]["Gstar30_published_variant"]
    assert with_n_in_the_variance == pytest.approx(published, abs=1e-9)


def test_a_grid_and_its_list_of_neighbours_give_the_same_scores() -> None:
    table = pd.read_csv(vector_file("getisord_localG.csv"))
    grid = table.pivot_table(index="y", columns="x", values="val").to_numpy()
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    order = table.sort_values(["y", "x"])
    for star in (True, False):
        listed = gi_star(order["val"], within(order[["x", "y"]].to_numpy(), 30), star)
        assert_allclose(gi_star(grid, cross, star).ravel(), listed, atol=1e-12)


def test_six_points_have_the_scores_of_esda() -> None:
    known = vector("gistar-esda-doctest")
    y, band = known["inputs"]["y"], known["inputs"]["threshold"]
    neighbours = within(np.array(known["inputs"]["points"], dtype=float), band)
    plain = gi_star(y, neighbours, star=False)[0]
    assert plain == pytest.approx(known["expected"]["Zs0_B"], abs=known["tolerance"])
    starred = gi_star(y, neighbours, star=True)[0]
    assert starred == pytest.approx(known["expected"]["Zs0_star_B"], abs=known["tolerance"])
    others, k = len(y) - 1, len(neighbours[0])
    as_one_draw = plain * np.sqrt((others - k) / (k * (others - 1)))
    assert as_one_draw == pytest.approx(known["expected"]["Zs0_R"], abs=known["tolerance"])


def test_gi_of_four_values_can_be_checked_by_hand() -> None:
    z = gi_star([1, 2, 3, 4], [[1], [0, 2], [1, 3], [2]])
    assert z[3] == pytest.approx(1.549, abs=5e-4)
    assert_allclose(gi_star([1, 2, 3, 4], [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]]), z)


def test_equal_values_have_no_score() -> None:
    assert np.isnan(gi_star(np.full((4, 4), 2.0), np.ones((3, 3)))).all()


def test_false_discovery_rates_can_be_checked_by_hand() -> None:
    p = [0.5, 0.01, np.nan, 0.03, 0.02]
    assert_allclose(q_values(p), [0.5, 0.04, np.nan, 0.04, 0.04])
    assert_array_equal(benjamini_hochberg(p, 0.05), [False, True, False, True, True])
    assert_array_equal(benjamini_hochberg(p, 0.039), False)


def test_maps_of_p_keep_their_shape() -> None:
    assert benjamini_hochberg(np.full((3, 4), 0.01), 0.05).all()
    assert q_values(np.full((3, 4), np.nan)).shape == (3, 4)


def test_exceedance_can_be_checked_by_hand() -> None:
    assert exceedance(3, 1) == pytest.approx(1 - 2.5 * np.exp(-1))
    assert exceedance(3, 1, 1) == pytest.approx(0.125)
    assert_allclose(exceedance([0, 0], 4, [0, 2]), 1.0)


def test_exceedance_is_that_of_scipy_s_laws() -> None:
    rng = np.random.default_rng(3)
    count, mean, spread = (
        rng.integers(0, 200, 5000),
        rng.gamma(1, 30, 5000),
        rng.gamma(1, 0.5, 5000),
    )
    size = 1 / spread
    wide = stats.nbinom.sf(count - 1, size, size / (size + mean))
    assert_allclose(exceedance(count, mean, spread), wide, rtol=1e-8, atol=1e-12)
    assert_allclose(exceedance(count, mean), stats.poisson.sf(count - 1, mean), rtol=1e-12)
    assert_array_equal(exceedance([0, 1], 0.0, [0.0, 2.0]), [1.0, 0.0])


def test_dispersion_can_be_checked_by_hand() -> None:
    assert dispersion([[0.0], [4.0]]) == pytest.approx(1.5)
    assert dispersion([[2.0, np.nan], [2.0, 3.0]]) == 0.0
    assert dispersion(np.full((5, 2), np.nan)) == 0.0
    assert dispersion(np.zeros((5, 2))) == 0.0


def test_dispersion_is_found_again_in_simulated_counts() -> None:
    rng = np.random.default_rng(6)
    counts = rng.poisson(5 * rng.gamma(1 / 0.8, 0.8, (52, 200)))
    assert dispersion(counts) == pytest.approx(0.8, abs=0.05)


def test_the_exceedance_of_overdispersed_counts_needs_the_dispersion() -> None:
    rng = np.random.default_rng(7)
    counts = rng.poisson(5 * rng.gamma(1 / 0.8, 0.8, 4000))
    assert (exceedance(counts, 5.0) <= 0.05).mean() > 0.12
    assert (exceedance(counts, 5.0, 0.8) <= 0.05).mean() <= 0.06
