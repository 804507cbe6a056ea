from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from geosites.analysis.alarm.scan_statistic import scan
from geosites.core.errors import Refused
from samples.vectors import vector, vector_file


def new_york() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cases, population and coordinates of the leukaemia data, by place."""
    inputs = vector("scan-ny-50")["inputs"]
    cases, coordinates, people = (
        np.loadtxt(vector_file(inputs[name])) for name in ("cases", "coords", "pop")
    )
    place = [table[:, 0].astype(int) - 1 for table in (cases, people)]
    return (
        np.bincount(place[0], cases[:, 1], len(coordinates)).astype(int),
        np.bincount(place[1], people[:, 2], len(coordinates)),
        coordinates[:, 1:],
    )


@pytest.mark.external_data
def test_the_clusters_of_new_york_are_those_of_satscan() -> None:
    known = vector("scan-ny-50")
    cases, people, xy = new_york()
    found = scan(
        cases,
        people,
        xy,
        known["inputs"]["max_pop"],
        permutations=199,
        rng=np.random.default_rng(31),
    )
    expected = known["expected"]
    for cluster, llr, count, p in zip(
        found, expected["llr"], expected["cases"], expected["p"], strict=False
    ):
        assert cluster.llr == pytest.approx(llr, abs=known["tolerance"])
        assert cluster.cases == count == cases[list(cluster.members)].sum()
        assert cluster.p == pytest.approx(p, abs=0.1)
    assert found[0].p == pytest.approx(1 / 200)


def test_the_likelihood_ratio_can_be_checked_by_hand() -> None:
    best = scan([8, 2], [1, 1], [(0, 0), (1, 0)])[0]
    assert best.llr == pytest.approx(8 * np.log(1.6) + 2 * np.log(0.4))
    assert (best.members, best.cases, best.expected, best.radius, best.p) == (
        (0,),
        8,
        5.0,
        0.0,
        None,
    )


def test_clusters_do_not_overlap_and_come_best_first() -> None:
    rng = np.random.default_rng(32)
    xy = rng.uniform(0, 10, (60, 2))
    found = scan(rng.poisson(3, 60), np.ones(60), xy)
    members = [member for cluster in found for member in cluster.members]
    assert len(members) == len(set(members))
    assert all(one.llr >= other.llr for one, other in pairwise(found))


def test_no_circle_holds_more_than_its_share_of_the_population() -> None:
    rng = np.random.default_rng(33)
    people = rng.uniform(1, 5, 40)
    for cluster in scan(rng.poisson(3, 40), people, rng.uniform(0, 1, (40, 2)), 0.1):
        assert people[list(cluster.members)].sum() <= 0.1 * people.sum() + 1e-9


def test_points_at_one_distance_enter_together() -> None:
    xy = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (9, 9), (9, 8), (8, 9), (8, 8), (7, 9)]
    best = scan([9, 9, 9, 9, 9, 1, 1, 1, 1, 1], np.ones(10), xy)[0]
    assert best.members == (0, 1, 2, 3, 4)


def test_nothing_stands_out_of_nothing() -> None:
    assert scan([0, 0], [1, 1], [(0, 0), (1, 0)]) == ()
    assert scan([3, 3], [1, 1], [(0, 0), (1, 0)]) == ()


def test_permutations_without_a_generator_are_refused() -> None:
    with pytest.raises(Refused, match="generator"):
        scan([8, 2], [1, 1], [(0, 0), (1, 0)], permutations=9)
