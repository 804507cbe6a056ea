"""The names under which others import the methods: they stay, wherever the code moves."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
import shapely

import geosites
from geosites import simulation
from geosites.analysis import closure, density, displacement, flows, places, significance, simulate

WINDOW = shapely.box(0, 0, 1000, 1000)
XY = np.array([[200.0, 200.0], [210.0, 200.0], [800.0, 800.0]])


def test_places_and_their_levels() -> None:
    found = places.places(XY, radius_m=200)
    assert found.tolist() == [0, 0, 1]
    assert places.level([0, 0, 1], [0, 1, 1], [10, 0, 4]).tolist() == [5.0, 4.0]


@pytest.mark.parametrize("edge", ["diggle", "uniform", "none"])
def test_density(edge: density.Edge) -> None:
    there = density.at_points(XY, [1.0, 2.0, 3.0], WINDOW, 100.0, edge=edge)
    assert there.shape == (3,)
    drawn = density.surface(XY, [1.0, 2.0, 3.0], WINDOW, 100.0, 50.0)
    assert drawn.values.shape == (len(drawn.y), len(drawn.x))
    assert drawn.integral == pytest.approx(6.0, rel=0.02)


def test_significance() -> None:
    values = np.array([5.0, 5.0, 0.0, 0.0])
    z = significance.gi_star(values, [[0, 1], [0, 1], [2, 3], [2, 3]], star=True)
    assert z[0] > 0 > z[2]
    grid = np.zeros((6, 6))
    grid[2, 2] = 40
    p = significance.pooled_p(grid, np.ones((3, 3)), 99, np.random.default_rng(1))
    assert p.shape == grid.shape
    mask = significance.benjamini_hochberg([0.01, 0.02, 0.03, 0.5], 0.05)
    assert mask.tolist() == [True, True, True, False]
    (first, *_) = significance.scan([9, 1, 1], [10, 10, 10], XY, max_share=0.5)
    assert (first.llr > 0, first.cases, list(first.members)) == (True, 9, [0])


def test_displacement() -> None:
    found = displacement.wdd((60, 30), (40, 40), (20, 35), (50, 50), alpha=0.05)
    assert found.estimate == pytest.approx(-15.0)
    assert found.low < found.estimate < found.high
    assert displacement.wdq((60, 30), (20, 35), (40, 40)) == pytest.approx(-0.5, abs=0.02)
    assert callable(displacement.place_test)


def test_flows() -> None:
    lower, upper = flows.bounds([60, 20], [50, 30])
    assert (lower[0, 0], upper[0, 0]) == (30, 50)
    allocated = flows.allocate([60, 20], [50, 30], [[0.0, 1.0], [1.0, 0.0]], deterrence=1.0)
    assert allocated.plan.sum(axis=1) + allocated.left == pytest.approx([60, 20])


def test_closure() -> None:
    assert len(closure.p_clear_series(0.5, 0.02, [0.7, 0.7])) == 2
    assert 0 < closure.p_all_missed(5, 10, 3, a=0.5, b=0.5) < 1
    assert closure.visits_needed(0.95, 0.5, 0.7) == 3
    assert 0 < closure.sighting_record_p([1.0, 4.0, 9.0], 20.0) < 1


def test_the_simulator_goes_by_both_names_and_nothing_inside_loads_it_by_the_public_one() -> None:
    assert {name: getattr(simulate, name) for name in simulation.__all__} == {
        name: getattr(simulation, name) for name in simulation.__all__
    }
    root = Path(geosites.__file__).parent
    facades = {"density", "significance", "flows", "simulate"}
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                *room, last = node.module.split(".")
                assert room != ["geosites", "analysis"] or last not in facades, path
