from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.spatial import cKDTree
from shapely.geometry import box

from geosites.analysis.hotspots.bandwidth_selectors import (
    by_area,
    by_likelihood,
    by_mean_square,
    by_normal_reference,
    by_normal_scale,
    by_plug_in,
    by_window,
    likelihood,
)
from geosites.analysis.hotspots.kernel_density import at_points
from samples.vectors import vector, vector_file

WINDOW = box(0, -1, 1, 0)
TOLERANCE = vector("bw-all-redwood")["tolerance"]


@pytest.fixture(scope="module")
def redwood() -> np.ndarray:
    return pd.read_csv(vector_file("redwood_points.csv")).to_numpy()


def candidates(points: np.ndarray) -> np.ndarray:
    """Return the 16 widths among which the published selectors choose."""
    nearest = cKDTree(points).query(points, 2)[0][:, 1].min()
    return np.geomspace(nearest, np.sqrt(2) / 2, 16)


@pytest.mark.parametrize("known", vector("bw-ppl-redwood")["expected"]["objective"])
def test_the_leave_one_out_likelihood_is_that_of_spatstat(
    known: dict[str, float], redwood: np.ndarray
) -> None:
    assert likelihood(redwood, WINDOW, known["sigma"]) == pytest.approx(
        known["sumlog_loo"], abs=1e-10
    )
    others = at_points(redwood, 1.0, WINDOW, known["sigma"], "uniform", leave_one_out=True)
    assert_allclose(others[:5], known["loo_first5"], atol=1e-10)


def test_the_selectors_choose_what_spatstat_chooses(redwood: np.ndarray) -> None:
    known, widths = vector("bw-all-redwood")["expected"], candidates(redwood)
    assert by_likelihood(redwood, WINDOW, widths) == pytest.approx(
        vector("bw-ppl-redwood")["expected"]["bw"], rel=1e-9
    )
    assert by_likelihood(redwood, WINDOW, widths) == pytest.approx(known["ppl"], rel=1e-9)
    assert by_area(redwood, WINDOW, widths) == pytest.approx(known["cvl"], rel=1e-9)
    radii = np.arange(1, 256) / 511 * 0.125
    assert by_mean_square(redwood, WINDOW, radii) == pytest.approx(known["diggle"], rel=TOLERANCE)
    assert by_window(WINDOW) == pytest.approx(known["frac"], rel=TOLERANCE)


def test_the_normal_scales_are_those_of_spatstat_and_mass(redwood: np.ndarray) -> None:
    known = vector("bw-all-redwood")["expected"]
    scale = by_normal_scale(redwood)
    assert_allclose(scale, known["scott"], rtol=1e-9)
    assert np.sqrt(scale.prod()) == pytest.approx(known["scott_iso"], rel=1e-9)
    assert by_normal_reference(redwood[:, 0]) == pytest.approx(known["nrd_mass_x"], rel=1e-9)
    assert by_normal_reference(redwood[:, 1]) == pytest.approx(known["nrd_mass_y"], rel=1e-9)


def test_the_plug_in_bandwidths_are_those_of_r(redwood: np.ndarray) -> None:
    known = vector("bw-all-redwood")["expected"]
    assert by_plug_in(redwood[:, 0]) == pytest.approx(known["SJ_x"], rel=TOLERANCE)
    assert by_plug_in(redwood[:, 1]) == pytest.approx(known["SJ_y"], rel=TOLERANCE)


def test_a_best_width_at_the_end_of_the_range_is_no_choice(redwood: np.ndarray) -> None:
    assert by_likelihood(redwood, WINDOW, [0.2, 0.3, 0.4]) is None
    even = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) / 8
    assert by_likelihood(even, box(-0.05, -0.05, 0.95, 0.95), [0.02, 0.05, 0.1, 0.2]) is None
