"""Spatial index: the nearest street, crossing or station of a position.

Everything is in metres. Motorways are left out: nobody is present there on foot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.street_network import STOOD_ON, StreetNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STREET_M = 60.0
"""Maximum distance from a street for a position to be named after it."""
STATION_M = 1_500.0
MEET_M = 12.0
"""Streets of a simplified map that come closer than this meet."""
CROSSING_M = 500.0
"""Maximum distance along the street to a crossing that is named."""
CORNER_M = 15.0
"""Maximum distance from a crossing for a position to be at the corner."""
OCTANTS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


@dataclass(frozen=True, kw_only=True)
class NearestPlace:
    """A street with its nearest crossing; without a street, a station and the distance from it.

    At a corner (`CORNER_M`) the names are the alphabetically first two of all streets that meet
    there, whichever is nearer, so that each corner has one name. `direction` is that of the
    position seen from the station, one of `OCTANTS`.
    """

    street: str | None = None
    crossing: str | None = None
    crossing_m: float | None = None
    station: str | None = None
    station_m: float | None = None
    direction: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetIndex:
    """Streets as straight segments, where they cross, and stations.

    `segments` (n, 2, 2) belong to the names `street` (n,); `crossings` (m, 2) to two names each,
    `crossed` (m, 2), in both orders and sorted by the first. If no street is near, `beyond` is
    used.
    """

    names: Sequence[str]
    segments: Floats
    street: Ints
    crossings: Floats
    crossed: Ints
    stations: Sequence[str]
    station_xy: Floats
    beyond: StreetIndex | None = None

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(self.segments))

    @cached_property
    def _stops(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.points(self.station_xy))

    def nearest(self, xy: npt.ArrayLike, within_m: float = STREET_M) -> list[NearestPlace | None]:
        """Return the location of each position (n, 2); None far from streets and stations."""
        points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
        answer: list[NearestPlace | None] = [None] * len(points)
        if len(self.segments):
            found = self._tree.query_nearest(
                shapely.points(points), max_distance=within_m, all_matches=False
            )
            for n, segment in found.T.tolist():
                answer[n] = self._by_street(points[n], segment)
        lost = [n for n, place in enumerate(answer) if place is None]
        for n, place in zip(lost, self._without_street(points[lost], within_m), strict=True):
            answer[n] = place
        return answer

    def _without_street(self, points: Floats, within_m: float) -> list[NearestPlace | None]:
        if self.beyond is not None:
            return self.beyond.nearest(points, within_m)
        answer: list[NearestPlace | None] = [None] * len(points)
        if len(self.stations):
            found = self._stops.query_nearest(
                shapely.points(points), max_distance=STATION_M, all_matches=False
            )
            for n, station in found.T.tolist():
                answer[n] = self._by_station(points[n], station)
        return answer

    def _by_street(self, point: Floats, segment: int) -> NearestPlace:
        street = int(self.street[segment])
        start, end = self.segments[segment]
        along = end - start
        share = float(np.clip((point - start) @ along / max(along @ along, 1e-9), 0, 1))
        crossing, away = self._crossing(street, start + share * along)
        if crossing is None:
            return NearestPlace(street=self.names[street])
        one, other = street, int(self.crossed[crossing, 1])
        if away < CORNER_M:
            one, other = self._corner(street, self.crossings[crossing])
        return NearestPlace(street=self.names[one], crossing=self.names[other], crossing_m=away)

    def _crossing(self, street: int, foot: Floats) -> tuple[int | None, float]:
        """Return the nearest crossing on a street, and how far away it is."""
        first, last = np.searchsorted(self.crossed[:, 0], [street, street + 1])
        if first == last:
            return None, math.inf
        away = np.hypot(*(self.crossings[first:last] - foot).T)
        best = int(away.argmin())
        return (None if away[best] > CROSSING_M else int(first + best)), float(away[best])

    def _corner(self, street: int, at: Floats) -> tuple[int, int]:
        """Return the first two streets that meet at a crossing, in the order of their names."""
        first, last = np.searchsorted(self.crossed[:, 0], [street, street + 1])
        met = np.hypot(*(self.crossings[first:last] - at).T) < MEET_M
        one, other = sorted({street, *self.crossed[first:last, 1][met].tolist()})[:2]
        return one, other

    def _by_station(self, point: Floats, station: int) -> NearestPlace:
        east, north = point - self.station_xy[station]
        octant = round(math.degrees(math.atan2(east, north)) / 45) % 8
        return NearestPlace(
            station=self.stations[station],
            station_m=float(np.hypot(east, north)),
            direction=OCTANTS[octant],
        )


def street_index(
    streets: Iterable[tuple[str, shapely.Geometry]],
    stations: Iterable[tuple[str, shapely.Point]],
    *,
    noded: bool = False,
) -> StreetIndex:
    """Return the index of named lines and points.

    `noded`: lines that cross have a vertex in common there, as on a street network; otherwise
    they cross where they come within `MEET_M` of one another.
    """
    parts = [(name, line) for name, shape in streets for line in shapely.get_parts(shape)]
    names = sorted({name for name, _ in parts})
    number = {name: n for n, name in enumerate(names)}
    lines = np.array([line for _, line in parts], dtype=object)
    of = np.array([number[name] for name, _ in parts], dtype=np.int64)
    segments, street = _segments(lines, of)
    pairs, points = _shared(segments, street) if noded else _met(lines, of)
    return _index(names, segments, street, pairs, points, stations)


def _index(
    names: Sequence[str],
    segments: Floats,
    street: Ints,
    pairs: Ints,
    points: Floats,
    stations: Iterable[tuple[str, shapely.Point]],
) -> StreetIndex:
    both = np.concatenate([pairs, pairs[:, ::-1]])
    order = np.lexsort(both.T[::-1])
    stops = list(stations)
    return StreetIndex(
        names=names,
        segments=segments,
        street=street,
        crossings=np.concatenate([points, points])[order],
        crossed=both[order],
        stations=[name for name, _ in stops],
        station_xy=np.array([[p.x, p.y] for _, p in stops], dtype=np.float64).reshape(-1, 2),
    )


def network_index(
    network: StreetNetwork,
    stations: Iterable[tuple[str, shapely.Point]],
    beyond: StreetIndex | None = None,
) -> StreetIndex:
    """Return the index of a street network, whose streets cross where they share a node.

    `beyond` is used where the network has no street.
    """
    segments, piece = network.segments(STOOD_ON)
    named = (network.name >= 0) & ((network.use & STOOD_ON) > 0)
    kept = named[piece]
    xy = np.zeros((network.nodes, 2))
    xy[network.ends[:, 0]] = network.xy[network.start[:-1]]
    xy[network.ends[:, 1]] = network.xy[network.start[1:] - 1]
    node, street = network.ends[named].ravel(), np.repeat(network.name[named], 2)
    pairs, at = _pairs(node, street)
    streets = segments[kept], network.name[piece[kept]]
    return replace(_index(network.names, *streets, pairs, xy[at], stations), beyond=beyond)


def _segments(lines: npt.NDArray[np.object_], of: Ints) -> tuple[Floats, Ints]:
    """Return the straight pieces of lines, and the street of each."""
    if not len(lines):
        return np.empty((0, 2, 2)), np.empty(0, dtype=np.int64)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inside = line[1:] == line[:-1]
    return np.stack([xy[:-1][inside], xy[1:][inside]], axis=1), of[line[:-1][inside]]


def _shared(segments: Floats, street: Ints) -> tuple[Ints, Floats]:
    """Return pairs of streets that have a vertex in common, and where."""
    ends = np.round(segments.reshape(-1, 2), 1)
    vertex, which = np.unique(ends, axis=0, return_inverse=True)
    pairs, at = _pairs(which.ravel(), np.repeat(street, 2))
    return pairs, vertex[at]


def _pairs(node: Ints, street: Ints) -> tuple[Ints, Ints]:
    """Return every two streets (n, 2) that come by one node, and the node (n,)."""
    seen = np.unique(np.stack([node, street], axis=1), axis=0)
    begins = np.flatnonzero(np.r_[True, seen[1:, 0] != seen[:-1, 0]])
    counts = np.diff(np.r_[begins, len(seen)])
    pairs, at = [], []
    for begin, count in zip(begins[counts > 1], counts[counts > 1], strict=True):
        here = seen[begin : begin + count, 1]
        for n, one in enumerate(here):
            for other in here[n + 1 :]:
                pairs.append((one, other))
                at.append(seen[begin, 0])
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), np.array(at, dtype=np.int64)


def _met(lines: npt.NDArray[np.object_], of: Ints) -> tuple[Ints, Floats]:
    """Return pairs of streets whose lines come close to one another, and where."""
    if not len(lines):
        return _arrays([], [])
    near = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=MEET_M)
    pairs, points = [], []
    for one, other in near.T:
        if of[one] < of[other]:
            meeting = shapely.shortest_line(lines[one], lines[other])
            pairs.append((of[one], of[other]))
            points.append(shapely.get_coordinates(meeting).mean(axis=0))
    return _arrays(pairs, points)


def _arrays(pairs: Sequence[object], points: Sequence[object]) -> tuple[Ints, Floats]:
    return (
        np.array(pairs, dtype=np.int64).reshape(-1, 2),
        np.array(points, dtype=np.float64).reshape(-1, 2),
    )
