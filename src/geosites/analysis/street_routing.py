"""Shortest walking path along streets: its length and streets.

Dijkstra's algorithm in SciPy, on the junctions of the network.
A position joins the street that is nearest to it; where none is within `JOIN_M`, or the two
positions lie on parts of the network that are not joined, that is told and nothing is invented.
Where positions join the streets is found in `walking_graph`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra

from geosites.analysis.walking import DETOUR
from geosites.analysis.walking_graph import JoinedPositions, WalkingGraph, with_starts
from geosites.core.lru import LruCache
from geosites.core.street_network import NOTHING, StreetNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_AT_ONCE = 32
_FAR_TIMES, _FAR_M = 2.0, 1_000.0
"""A way is looked for so far first: few are longer."""

_LENGTHS_KEPT, _WAYS_KEPT = 64, 2_000
_SHORT_M = 25.0
"""Minimum length of an unnamed piece to be reported."""


class WayKind(StrEnum):
    """What a length rests on: streets, or `DETOUR` times the straight line for want of them."""

    STREETS = "streets"
    STRAIGHT = "straight"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class StreetLeg:
    """A stretch of a way along one street; `street` None where it has no name."""

    street: str | None
    metres: float


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way from one position to another: its length, what that rests on, street by street."""

    metres: float
    kind: WayKind
    legs: tuple[StreetLeg, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class WayLengths:
    """Metres on foot (n, m) between positions, and what each rests on, (n, m) of `WayKind`.

    Where no street leads from one to the other the metres are `DETOUR` times the straight line.
    """

    metres: Floats
    on_streets: npt.NDArray[np.bool_]
    unreachable: npt.NDArray[np.bool_]

    @property
    def kind(self) -> WayKind:
        """Streets where every way follows them."""
        followed = bool(self.on_streets.size and self.on_streets.all())
        return WayKind.STREETS if followed else WayKind.STRAIGHT


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetRouter:
    """Finds routes on a network; without walkable streets it returns straight lines."""

    network: StreetNetwork
    _lengths_known: LruCache = field(default_factory=lambda: LruCache(_LENGTHS_KEPT))
    _ways_known: LruCache = field(default_factory=lambda: LruCache(_WAYS_KEPT))

    def between(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> WayLengths:
        """Return the lengths of the ways from each start (n, 2) to each goal (m, 2), metres."""
        here, there = _points(start), _points(goal)
        key = here.tobytes(), there.tobytes()
        return self._lengths_known.get(key, lambda: self._between(here, there))

    def way(self, start: npt.ArrayLike, goal: npt.ArrayLike) -> Way:
        """Return the way from one position to another, street by street."""
        here, there = _points(start), _points(goal)
        key = here.tobytes(), there.tobytes()
        return self._ways_known.get(key, lambda: self._way(here, there))

    def ready(self) -> None:
        """Build what the first way needs, so that nobody waits for it."""
        self._graph.build()

    @cached_property
    def _graph(self) -> WalkingGraph:
        return WalkingGraph(network=self.network)

    def _between(self, here: Floats, there: Floats) -> WayLengths:
        crow = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
        one, other = self._graph.join(here), self._graph.join(there)
        fewer = len(here) <= len(there)
        metres = self._lengths(one, other) if fewer else self._lengths(other, one).T
        both = (one.piece >= 0)[:, None] & (other.piece >= 0)
        reached = np.isfinite(metres)
        return WayLengths(
            metres=np.where(reached, np.maximum(metres, crow), DETOUR * crow),
            on_streets=reached,
            unreachable=both & ~reached,
        )

    def _way(self, here: Floats, there: Floats) -> Way:
        found = self._between(here, there)
        metres = float(found.metres[0, 0])
        if not found.on_streets[0, 0]:
            gone = bool(found.unreachable[0, 0])
            return Way(metres=metres, kind=WayKind.UNREACHABLE if gone else WayKind.STRAIGHT)
        pieces = self._pieces(
            self._graph.join(here), self._graph.join(there), float(np.hypot(*(there - here)[0]))
        )
        return Way(metres=metres, kind=WayKind.STREETS, legs=self._told(pieces))

    def _lengths(self, one: JoinedPositions, other: JoinedPositions) -> Floats:
        """Return metres (n, m) along the streets; infinite where none leads there."""
        lengths = np.full((len(one.piece), len(other.piece)), np.inf)
        rows, columns = np.flatnonzero(one.piece >= 0), np.flatnonzero(other.piece >= 0)
        if not len(rows) or not len(columns):
            return lengths
        (near, out), (far, back) = self._graph.reach(one), self._graph.reach(other)
        graph = with_starts(self._graph.junctions, near[rows], out[rows])
        first = self.network.nodes
        ways = np.empty((len(rows), len(columns), 2))
        for begin in range(0, len(rows), _AT_ONCE):
            group = np.arange(begin, min(begin + _AT_ONCE, len(rows)))
            ways[group] = dijkstra(graph, indices=first + group)[:, far[columns]]
        best = (ways + back[columns]).min(axis=2)
        same = one.piece[rows][:, None] == other.piece[columns]
        direct = np.abs(one.along[rows][:, None] - other.along[columns])
        direct = direct + one.away[rows][:, None] + other.away[columns]
        lengths[np.ix_(rows, columns)] = np.where(same, np.minimum(best, direct), best)
        return lengths

    def _pieces(
        self, one: JoinedPositions, other: JoinedPositions, crow: float
    ) -> list[tuple[int, float]]:
        """Return the pieces of the way from one position to another, and metres along each."""
        start, goal = int(one.piece[0]), int(other.piece[0])
        direct = abs(float(one.along[0] - other.along[0]))
        (near, out), (far, back) = self._graph.reach(one), self._graph.reach(other)
        graph, begin = with_starts(self._graph.junctions, near, out), self.network.nodes
        within = float(out.max() + back.max()) + _FAR_TIMES * crow + _FAR_M
        for limit in (within, np.inf):
            lengths, before = dijkstra(graph, indices=begin, return_predecessors=True, limit=limit)
            ways = lengths[far[0]] + back[0]
            if np.isfinite(ways).any():
                break
        end = int(ways.argmin())
        if start == goal and direct + one.away[0] + other.away[0] <= ways.min():
            return [(start, direct)]
        node, path = int(far[0][end]), []
        while (previous := int(before[node])) != begin:
            piece = self._graph.piece_between[min(previous, node), max(previous, node)]
            path.append((piece, float(self._graph.length[piece])))
            node = previous
        side = int(node == near[0][1] and (node != near[0][0] or out[0][1] < out[0][0]))
        head = (start, float(out[0][side] - one.away[0]))
        return [head, *reversed(path), (goal, float(back[0][end] - other.away[0]))]

    def _told(self, pieces: Sequence[tuple[int, float]]) -> tuple[StreetLeg, ...]:
        """Return the streets of a route in order, each once for as long as it is followed."""
        legs: list[StreetLeg] = []
        for piece, metres in pieces:
            number = int(self.network.name[piece])
            street = self.network.names[number] if number >= 0 else None
            if legs and (legs[-1].street == street or (street is None and metres < _SHORT_M)):
                street, metres = legs[-1].street, metres + legs.pop().metres
            elif legs and legs[-1].street is None and legs[-1].metres < _SHORT_M:
                metres += legs.pop().metres
                if legs and legs[-1].street == street:
                    metres += legs.pop().metres
            if metres >= 1:
                legs.append(StreetLeg(street=street, metres=metres))
        return tuple(legs)


NO_STREETS = StreetRouter(network=NOTHING)
"""Returns `DETOUR` times the straight line, where there is no street network."""


def _points(xy: npt.ArrayLike) -> Floats:
    return np.asarray(xy, dtype=np.float64).reshape(-1, 2)
