"""Ways on foot: lengths, streets and what is unreachable, on grids and on real extracts."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.street_routing import StreetRouter, WayKind
from geosites.core import crs
from geosites.core.street_network import STOOD_ON, WALKED, StreetNetwork, network
from geosites.imports.basemap.streets import read_streets

DATA = Path(__file__).parents[1] / "data"


def laid(
    lines: dict[str, list[tuple[float, float]]], use: int = WALKED | STOOD_ON
) -> StreetNetwork:
    """Return the network of lines by name; names that begin with - are left out."""
    xy = np.array([point for line in lines.values() for point in line], dtype=float)
    line = np.repeat(np.arange(len(lines)), [len(points) for points in lines.values()])
    names = np.array([name if name[0] != "-" else "" for name in lines], dtype=object)
    return network(xy, line, names, np.full(len(lines), use))


SQUARE = {
    "Rue A": [(0, 0), (1000, 0)],
    "Rue B": [(1000, 0), (1000, 1000)],
    "Rue C": [(1000, 1000), (0, 1000)],
    "Rue D": [(0, 1000), (0, 0)],
}
"""Four streets around a block of a kilometre."""
ISLAND = {"Rue E": [(3000, 0), (4000, 0)]}


def test_one_walks_around_the_block_and_not_through_it() -> None:
    way = StreetRouter(network=laid(SQUARE)).way((200, 0), (800, 1000))
    assert way.kind is WayKind.STREETS
    assert way.metres == pytest.approx(2000)
    assert sorted((leg.street, round(leg.metres)) for leg in way.legs) in (
        [("Rue A", 800), ("Rue B", 1000), ("Rue C", 200)],
        [("Rue A", 200), ("Rue C", 800), ("Rue D", 1000)],
    )


def test_the_way_to_the_street_and_from_it_counts() -> None:
    way = StreetRouter(network=laid(SQUARE)).way((200, 30), (400, -50))
    assert way.metres == pytest.approx(30 + 200 + 50)
    assert [(leg.street, round(leg.metres)) for leg in way.legs] == [("Rue A", 200)]


def test_streets_that_nothing_joins_are_unreachable_and_said_so() -> None:
    router = StreetRouter(network=laid(SQUARE | ISLAND))
    way = router.way((200, 0), (3500, 0))
    assert way.kind is WayKind.UNREACHABLE
    assert way.metres == pytest.approx(1.3 * 3300)
    assert way.legs == ()
    found = router.between([(200, 0), (3500, 0)], [(200, 0), (3500, 0)])
    assert found.unreachable.tolist() == [[False, True], [True, False]]


def test_off_the_network_the_way_is_the_straight_line_times_1_3() -> None:
    router = StreetRouter(network=laid(SQUARE))
    assert router.way((200, 0), (9000, 0)).kind is WayKind.STRAIGHT
    assert router.way((200, 0), (9000, 0)).metres == pytest.approx(1.3 * 8800)
    found = router.between([(200, 0)], [(9000, 0)])
    assert not found.unreachable.any()
    assert found.kind is WayKind.STRAIGHT


def test_a_scrap_of_the_map_is_nobodys_goal() -> None:
    scrap = {"-": [(300, 90), (310, 90)]}
    way = StreetRouter(network=laid(SQUARE | scrap)).way((200, 0), (305, 89))
    assert way.kind is WayKind.STREETS


def test_nobody_walks_on_what_is_not_for_walking() -> None:
    both = network(
        np.array([(0, 0), (1000, 0), (0, 0), (0, 900), (1000, 900), (1000, 0)], dtype=float),
        np.array([0, 0, 1, 1, 1, 1]),
        np.array(["Périphérique", "Rue"], dtype=object),
        np.array([STOOD_ON, WALKED | STOOD_ON]),
    )
    assert StreetRouter(network=both).way((0, 0), (1000, 0)).metres == pytest.approx(2800)


def test_the_shorter_of_two_streets_between_two_corners_is_taken() -> None:
    lines = {"Rue A": [(0, 0), (1000, 0)], "Rue F": [(0, 0), (500, 800), (1000, 0)]}
    way = StreetRouter(network=laid(lines)).way((0, 0), (1000, 0))
    assert way.metres == pytest.approx(1000)
    assert [leg.street for leg in way.legs] == ["Rue A"]


def test_short_ways_without_a_name_are_not_told() -> None:
    lines = {
        "Rue A": [(0, 0), (1000, 0)],
        "-1": [(1000, 0), (1010, 0)],
        "Rue B": [(1010, 0), (1500, 0)],
        "-2": [(1500, 0), (1800, 0)],
    }
    way = StreetRouter(network=laid(lines)).way((0, 0), (1800, 0))
    assert [(leg.street, round(leg.metres)) for leg in way.legs] == [
        ("Rue A", 1010),
        ("Rue B", 490),
        (None, 300),
    ]


@pytest.fixture(scope="module", params=["barbes.osm.gz", "monaco.osm.pbf"])
def real(request: pytest.FixtureRequest) -> StreetNetwork:
    return read_streets(DATA / request.param, None, "").network


def test_a_way_is_never_shorter_than_the_straight_line(real: StreetNetwork) -> None:
    router = StreetRouter(network=real)
    rng = np.random.default_rng(4)
    xy = rng.choice(real.xy, 80) + rng.normal(0, 60, (80, 2))
    crow = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    found = router.between(xy, xy)
    assert (found.metres >= crow - 1e-6).all()
    assert np.allclose(found.metres, found.metres.T)
    assert found.on_streets.mean() > 0.8


def test_lengths_add_up_and_every_way_is_as_long_as_its_streets(real: StreetNetwork) -> None:
    router = StreetRouter(network=real)
    corners = np.unique(real.xy[real.start[:-1]][(real.use[:] & WALKED) > 0], axis=0)
    xy = np.random.default_rng(5).choice(corners, 12, replace=False)
    found = router.between(xy, xy)
    through = (found.metres[:, :, None] + found.metres[None]).min(axis=1)
    reached = found.on_streets
    assert (found.metres[reached] <= through[reached] + 1e-6).all()
    for n in range(1, len(xy)):
        way = router.way(xy[0], xy[n])
        assert way.metres == pytest.approx(found.metres[0, n])
        if way.kind is WayKind.STREETS:
            assert sum(leg.metres for leg in way.legs) == pytest.approx(way.metres, abs=12)


def test_lengths_are_those_of_another_program(real: StreetNetwork) -> None:
    """A plain search over a dictionary of segments, without pieces, comes to the same lengths."""
    segments, _ = real.segments(WALKED)
    router = StreetRouter(network=real)
    start = tuple(np.round(segments[0, 0], 2))
    known = _flooded(segments, start)
    goals = [one for one in list(known)[:: max(1, len(known) // 60)] if known[one] < np.inf]
    found = router.between([start], goals)
    assert np.allclose(found.metres[0], [known[one] for one in goals], atol=0.5)


NO_WAY = {"construction", "corridor", "elevator", "platform", "proposed", "motorway", "cycleway"}


def test_lengths_are_those_of_the_extract_itself() -> None:
    """The segments of the file as it lies there, read by another program: 20 ways, to 0.1 m."""
    with gzip.open(DATA / "barbes.osm.gz") as file:
        root = ElementTree.parse(file).getroot()
    node = {
        one.get("id"): (float(one.get("lon")), float(one.get("lat"))) for one in root.iter("node")
    }
    pairs = []
    for way in root.iter("way"):
        tags = {one.get("k"): one.get("v") for one in way.iter("tag")}
        may = tags.get("foot") in ("yes", "designated", "permissive")
        closed = {tags.get("foot"), None if may else tags.get("access")} & {"no", "private"}
        barred = tags.get("highway") in NO_WAY and not may
        if "highway" in tags and not closed and not barred:
            shape = [node[one.get("ref")] for one in way.iter("nd") if one.get("ref") in node]
            pairs += list(pairwise(shape))
    segments = crs.to_metric(np.array(pairs).reshape(-1, 2)).reshape(-1, 2, 2)
    start = tuple(np.round(segments[0, 0], 2))
    known = _flooded(segments, start)
    goals = list(known)[5 :: len(known) // 20][:20]
    router = StreetRouter(network=read_streets(DATA / "barbes.osm.gz", None, "").network)
    found = router.between([start], goals)
    assert len(goals) == 20
    assert found.on_streets.all()
    assert np.allclose(found.metres[0], [known[one] for one in goals], atol=0.1)


def _flooded(segments: np.ndarray, start: tuple[float, float]) -> dict[tuple[float, float], float]:
    import heapq

    near: dict[tuple[float, float], list[tuple[tuple[float, float], float]]] = {}
    for one, other in np.round(segments, 2).tolist():
        length = float(np.hypot(one[0] - other[0], one[1] - other[1]))
        near.setdefault(tuple(one), []).append((tuple(other), length))
        near.setdefault(tuple(other), []).append((tuple(one), length))
    done: dict[tuple[float, float], float] = {}
    waits = [(0.0, start)]
    while waits:
        metres, at = heapq.heappop(waits)
        if at in done:
            continue
        done[at] = metres
        for there, length in near[at]:
            heapq.heappush(waits, (metres + length, there))
    return done


@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8)),
        min_size=1,
        max_size=30,
    ),
    st.tuples(st.floats(0, 800), st.floats(0, 800), st.floats(0, 800), st.floats(0, 800)),
)
def test_no_network_makes_a_way_shorter_than_the_straight_line(
    lines: list[tuple[int, int, int, int]], ends: tuple[float, float, float, float]
) -> None:
    made = {
        f"Rue {n}": [(100.0 * a, 100.0 * b), (100.0 * c, 100.0 * d)]
        for n, (a, b, c, d) in enumerate(lines)
        if (a, b) != (c, d)
    }
    if not made:
        return
    router = StreetRouter(network=laid(made))
    way = router.way(ends[:2], ends[2:])
    crow = shapely.Point(ends[:2]).distance(shapely.Point(ends[2:]))
    assert crow - 1e-6 <= way.metres < np.inf
    back = router.way(ends[2:], ends[:2])
    assert way.metres == pytest.approx(back.metres)
    assert way.kind is back.kind
