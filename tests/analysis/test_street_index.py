"""The nearest street, crossing and station of a position."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely

from geosites.analysis.street_index import StreetIndex, street_index
from geosites.core.crs import to_metric
from geosites.core.ground import GroundKind
from geosites.imports import geography
from geosites.reference_data.ground import read_ground

RIQUET = shapely.LineString([(0, 0), (400, 0)])
AUBERVILLIERS = shapely.LineString([(100, -300), (100, 300)])
STOP = shapely.Point(0, 800)


def cross(*, noded: bool = False) -> StreetIndex:
    riquet = shapely.LineString([(0, 0), (100, 0), (400, 0)])
    other = shapely.LineString([(100, -300), (100, 0), (100, 300)])
    lines = (riquet, other) if noded else (RIQUET, AUBERVILLIERS)
    names = ("Rue Riquet", "Rue d'Aubervilliers")
    return street_index(zip(names, lines, strict=True), [("Crimée", STOP)], noded=noded)


@pytest.mark.parametrize("noded", [False, True])
def test_a_position_is_on_its_nearest_street_so_far_from_the_crossing(noded: bool) -> None:
    (place,) = cross(noded=noded).nearest([[140, 10]])
    assert place is not None
    assert (place.street, place.crossing) == ("Rue Riquet", "Rue d'Aubervilliers")
    assert place.crossing_m == pytest.approx(40)
    assert place.station is None


@pytest.mark.parametrize("noded", [False, True])
def test_a_corner_has_one_name_from_whichever_street(noded: bool) -> None:
    third = shapely.LineString([(100, 0), (300, -200)])
    index = street_index(
        [
            ("Rue Riquet", shapely.LineString([(0, 0), (100, 0), (400, 0)])),
            ("Rue d'Aubervilliers", shapely.LineString([(100, -300), (100, 0), (100, 300)])),
            ("Rue Pajol", third),
        ],
        [],
        noded=noded,
    )
    around = index.nearest([[108, 1], [101, 9], [106, -5.5]])
    assert {(place.street, place.crossing) for place in around if place} == {
        ("Rue Pajol", "Rue Riquet")
    }


def test_away_from_streets_a_station_and_the_way_from_it_serve() -> None:
    (place,) = cross().nearest([[200, 600]])
    assert place is not None
    assert place.street is None
    assert (place.station, place.direction) == ("Crimée", "se")
    assert place.station_m == pytest.approx(np.hypot(200, 200))


@pytest.mark.parametrize(
    ("x", "y", "direction"),
    [(0, 1300, "n"), (400, 1200, "ne"), (500, 800, "e"), (-500, 800, "w"), (-300, 500, "sw")],
)
def test_directions_go_round_the_station(x: float, y: float, direction: str) -> None:
    (place,) = cross().nearest([[x, y]])
    assert place is not None
    assert place.direction == direction


def test_far_from_everything_there_is_no_name() -> None:
    assert cross().nearest([[9_000, 9_000]]) == [None]
    assert street_index([], []).nearest([[0, 0], [1, 1]]) == [None, None]


def test_many_positions_are_answered_each_in_its_place() -> None:
    one, two, three = cross().nearest([[9_000, 9_000], [100, 200], [350, 5]])
    assert one is None
    assert two is not None
    assert three is not None
    assert (two.street, three.street) == ("Rue d'Aubervilliers", "Rue Riquet")


TRUTH = [
    (2.37830, 48.89850, "Boulevard Macdonald"),
    (2.36967, 48.88330, "Boulevard de la Villette"),
    (2.38290, 48.89130, None),
]
"""Positions whose street was read on a street map."""


@pytest.mark.parametrize(("lon", "lat", "street"), TRUTH)
def test_the_streets_that_come_with_geosites_name_known_places(
    lon: float, lat: float, street: str | None
) -> None:
    features = read_ground(geography.folder()).features
    roads = [
        (item.name, item.shape)
        for item in features
        if item.kind is GroundKind.ROAD and item.name and item.grade != "motorway"
    ]
    stops = [(item.name or "", item.shape) for item in features if item.kind is GroundKind.STATION]
    (place,) = street_index(roads, stops).nearest(to_metric([lon, lat]))
    assert place is not None
    assert place.street == street
    assert street or place.station


def test_two_hundred_thousand_segments_answer_within_five_milliseconds() -> None:
    lines = np.arange(317) * 50.0
    across = shapely.linestrings(
        [[(x, y) for y in lines] for x in lines] + [[(x, y) for x in lines] for y in lines]
    )
    names = [f"Rue {n}" for n in range(len(across))]
    index = street_index(zip(names, across, strict=True), [], noded=True)
    assert len(index.segments) > 200_000
    rng = np.random.default_rng(1)
    index.nearest([[0, 0]])
    spent = []
    for point in rng.uniform(0, 15_800, (200, 2)):
        began = time.thread_time()
        (place,) = index.nearest(point)
        spent.append(time.thread_time() - began)
        assert place is not None
        assert f"Rue {_nearest(point)}" in (place.street, place.crossing)
    assert np.quantile(spent, 0.95) < 0.005


def _nearest(point: np.ndarray) -> int:
    """Return the number of the nearest line of the grid: 317 upright ones, then 317 level ones."""
    off = np.abs(point - np.round(point / 50) * 50)
    axis = int(off[1] < off[0])
    return round(float(point[axis]) / 50) + 317 * axis
