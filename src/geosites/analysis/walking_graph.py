"""The street network as a graph to walk on: junctions, pieces, and where positions join them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from geosites.core.street_network import WALKED, StreetNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

JOIN_M = 250.0
"""A position farther from every street is not on the network."""

SCRAP_M = 500.0
"""Ways that hang together and are shorter in all are leavings of the map, and nobody's goal."""

_LEAST_M = 0.01


@dataclass(frozen=True, eq=False)
class JoinedPositions:
    """Where positions (n,) join the network: piece (-1: nowhere), metres to it and along it."""

    piece: Ints
    away: Floats
    along: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class WalkingGraph:
    """The pieces of a network that one may walk on, and the junctions between them."""

    network: StreetNetwork

    def build(self) -> None:
        """Build what the first way needs."""
        if len(self.walked):
            _ = self.junctions, self._segments, self.piece_between

    @cached_property
    def walked(self) -> Ints:
        """The pieces that one may walk on, without the leavings of the map."""
        net = self.network
        walked = np.flatnonzero((net.use & WALKED) > 0)
        if not len(walked):
            return walked.astype(np.int64)
        ends, size = net.ends[walked], net.nodes
        links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size))
        _, part = connected_components(links, directed=False)
        total = np.bincount(part[ends[:, 0]], self.length[walked])
        kept = total[part[ends[:, 0]]] >= SCRAP_M
        return np.asarray(walked[kept], dtype=np.int64)

    @cached_property
    def length(self) -> Floats:
        """Metres along each piece of the network."""
        return np.maximum(self.network.lengths, _LEAST_M)

    @cached_property
    def junctions(self) -> csr_array:
        """The junctions, with the shortest piece between each two, both ways."""
        size = self.network.nodes
        ends, length = self.network.ends[self.walked], self.length[self.walked]
        pairs = np.concatenate([ends, ends[:, ::-1]])
        metres = np.concatenate([length, length])
        order = np.lexsort((metres, pairs[:, 1], pairs[:, 0]))
        pairs, metres = pairs[order], metres[order]
        first = np.r_[True, np.any(pairs[1:] != pairs[:-1], axis=1)]
        first &= pairs[:, 0] != pairs[:, 1]
        return csr_array((metres[first], (pairs[first, 0], pairs[first, 1])), shape=(size, size))

    @cached_property
    def _segments(self) -> tuple[Floats, Ints, shapely.STRtree, Floats]:
        """Segments to walk on, the piece of each, their tree, and metres before each on it."""
        segments, piece = self.network.segments(WALKED)
        kept = np.isin(piece, self.walked)
        segments, piece = segments[kept], piece[kept]
        length = np.hypot(*(segments[:, 1] - segments[:, 0]).T)
        before = np.cumsum(length) - length
        first = np.r_[True, piece[1:] != piece[:-1]] if len(piece) else np.empty(0, dtype=bool)
        before -= np.repeat(before[first], np.diff(np.r_[np.flatnonzero(first), len(piece)]))
        return segments, piece, shapely.STRtree(shapely.linestrings(segments)), before

    @cached_property
    def piece_between(self) -> dict[tuple[int, int], int]:
        """The shortest piece between two junctions."""
        order = self.walked[np.argsort(-self.length[self.walked], kind="stable")]
        ends = np.sort(self.network.ends[order], axis=1).tolist()
        return {
            (one, other): piece for (one, other), piece in zip(ends, order.tolist(), strict=True)
        }

    def join(self, points: Floats) -> JoinedPositions:
        """Return where positions (n, 2) join the nearest piece to walk on."""
        count = len(points)
        joined = JoinedPositions(np.full(count, -1), np.zeros(count), np.zeros(count))
        if not len(self.walked) or not count:
            return joined
        segments, piece, tree, before = self._segments
        which, found = tree.query_nearest(
            shapely.points(points), max_distance=JOIN_M, all_matches=False
        )
        start, end = segments[found, 0], segments[found, 1]
        step, off = end - start, points[which] - start
        share = np.clip((off * step).sum(1) / np.maximum((step * step).sum(1), 1e-9), 0, 1)
        joined.piece[which] = piece[found]
        joined.away[which] = np.hypot(*(off - share[:, None] * step).T)
        joined.along[which] = before[found] + share * np.hypot(*step.T)
        return joined

    def reach(self, joined: JoinedPositions) -> tuple[Ints, Floats]:
        """Return the two junctions (n, 2) of the piece of each position, and metres to them."""
        piece = np.maximum(joined.piece, 0)
        length = self.length[piece]
        left = np.stack([joined.along, np.maximum(length - joined.along, 0)], axis=1)
        return self.network.ends[piece], left + joined.away[:, None]


def with_starts(graph: csr_array, near: Ints, out: Floats) -> csr_array:
    """Return the graph with a node more for each start, from which two junctions are reached."""
    count, size = len(near), graph.shape[0] + len(near)
    twice = near[:, 0] == near[:, 1]
    metres = np.where(twice[:, None] & [False, True], np.inf, out)
    metres[twice, 0] = out[twice].min(axis=1)
    pointer = graph.indptr[-1] + 2 * np.arange(1, count + 1)
    return csr_array(
        (
            np.concatenate([graph.data, metres.ravel()]),
            np.concatenate([graph.indices, near.ravel()]),
            np.concatenate([graph.indptr, pointer]),
        ),
        shape=(size, size),
    )
