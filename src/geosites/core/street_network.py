"""Street network: edges between junctions, as in a street map, and named places."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WALKED, STOOD_ON = 1, 2
"""Bits of `use`: a piece is walkable; it names positions."""

CENTIMETRES = 100.0
_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class MapPlace:
    """A quarter, village or station by name: `kind` is `place` or `station`; metres."""

    name: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetNetwork:
    """The pieces of all streets in metres, and their credit.

    Piece k has the vertices `xy[start[k]:start[k + 1]]`, runs from node `ends[k, 0]` to node
    `ends[k, 1]`, is called `names[name[k]]` (-1: no name) and has the uses `use[k]`. Pieces meet
    only at nodes; vertices (c, 2) are stored to the centimetre.
    """

    names: tuple[str, ...]
    xy: Floats
    start: Ints
    ends: Ints
    name: Ints
    use: Ints
    places: tuple[MapPlace, ...] = ()
    credit: str = ""

    def __len__(self) -> int:
        return len(self.name)

    @property
    def nodes(self) -> int:
        """The number of nodes."""
        return int(self.ends.max(initial=-1)) + 1

    @property
    def lengths(self) -> Floats:
        """The length of each piece in metres."""
        if not len(self):
            return np.empty(0)
        steps = np.r_[0.0, np.hypot(*np.diff(self.xy, axis=0).T)]
        steps[self.start[:-1]] = 0.0
        return np.asarray(np.add.reduceat(steps, self.start[:-1]))

    def segments(self, use: int) -> tuple[Floats, Ints]:
        """Return the straight segments (n, 2, 2) of the pieces of a use, and the piece of each."""
        piece = np.repeat(np.arange(len(self)), np.diff(self.start))
        inside = (piece[1:] == piece[:-1]) & ((self.use[piece[1:]] & use) > 0)
        first = np.flatnonzero(inside)
        return np.stack([self.xy[first], self.xy[first + 1]], axis=1), piece[first]

    def encoded(self) -> bytes:
        """Return the network as bytes, which `decoded` reads."""
        told = {
            "version": _VERSION,
            "names": self.names,
            "credit": self.credit,
            "places": [[place.name, place.kind, place.x, place.y] for place in self.places],
        }
        out = io.BytesIO()
        np.savez_compressed(
            out,
            told=np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8),
            xy=np.diff(
                np.rint(self.xy * CENTIMETRES).astype(np.int32), axis=0, prepend=np.int32(0)
            ),
            start=self.start.astype(np.int32),
            ends=self.ends.astype(np.int32),
            name=self.name.astype(np.int32),
            use=self.use.astype(np.uint8),
        )
        return out.getvalue()


NOTHING = StreetNetwork(
    names=(),
    xy=np.empty((0, 2)),
    start=np.zeros(1, dtype=np.int64),
    ends=np.empty((0, 2), dtype=np.int64),
    name=np.empty(0, dtype=np.int64),
    use=np.empty(0, dtype=np.int64),
)
"""The network of a store without a street map."""


def decoded(data: bytes) -> StreetNetwork:
    """Return the network that `StreetNetwork.encoded` wrote; raises `ValueError` for other data."""
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        told = json.loads(file["told"].tobytes())
        if told["version"] != _VERSION:
            raise ValueError(f"a street network of version {told['version']} is not read")
        return StreetNetwork(
            names=tuple(told["names"]),
            xy=np.cumsum(file["xy"], axis=0) / CENTIMETRES,
            start=file["start"].astype(np.int64),
            ends=file["ends"].astype(np.int64),
            name=file["name"].astype(np.int64),
            use=file["use"].astype(np.int64),
            places=tuple(
                MapPlace(name=name, kind=kind, x=x, y=y) for name, kind, x, y in told["places"]
            ),
            credit=told["credit"],
        )


def digest(data: bytes) -> str:
    """Return the digest of an encoded network."""
    return hashlib.sha256(data).hexdigest()


def network(lines: Floats, line: Ints, name: npt.NDArray[np.object_], use: Ints) -> StreetNetwork:
    """Return the network of lines that meet where they have a vertex in common.

    `lines` (c, 2) are the vertices in metres, `line` (c,) the number of the line of each, sorted;
    `name` and `use` go by line. Every line is cut where another one, or itself, comes by again.
    """
    names, number = _numbered(name)
    xy = np.rint(lines * CENTIMETRES).astype(np.int32)
    return joined(xy, line.astype(np.int32), names, number, use)


def joined(
    xy: npt.NDArray[np.int32],
    line: npt.NDArray[np.int32],
    names: tuple[str, ...],
    number: npt.NDArray[np.integer],
    use: npt.NDArray[np.integer],
) -> StreetNetwork:
    """Return the network of lines as `network` does, of vertices in centimetres.

    The name of a line is `names[number]`, or none where that is -1. Some 80 bytes a vertex.
    """
    if not len(line):
        return NOTHING
    vertex, met = _vertices(xy)
    new = np.r_[True, line[1:] != line[:-1]]
    cut = ~new & ~np.r_[new[1:], True] & met
    # An inner junction ends one piece and begins the next, so it occurs twice.
    order = np.repeat(np.arange(len(line), dtype=np.int32), cut.astype(np.int8) + np.int8(1))
    again = np.r_[False, order[1:] == order[:-1]]
    start = np.r_[np.flatnonzero(new[order] & ~again | again), len(order)]
    first, last = order[start[:-1]], order[start[1:] - 1]
    del new, cut, again
    _, node = np.unique(np.stack([vertex[first], vertex[last]], axis=1), return_inverse=True)
    del vertex, met
    return StreetNetwork(
        names=names,
        xy=xy[order] / CENTIMETRES,
        start=start.astype(np.int64),
        ends=node.reshape(-1, 2).astype(np.int64),
        name=number[line[first]].astype(np.int64),
        use=use[line[first]].astype(np.int64),
    )


def _vertices(xy: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Return the number of the place of each vertex, and whether another vertex lies there too."""
    keys = xy[:, 0].astype(np.int64) << 32 | xy[:, 1].astype(np.int64) & 0xFFFFFFFF
    order = np.argsort(keys)
    keys = keys[order]
    other = keys[1:] != keys[:-1]
    del keys
    vertex = np.empty(len(xy), dtype=np.int32)
    vertex[order] = np.r_[0, np.cumsum(other, dtype=np.int32)]
    met = np.empty(len(xy), dtype=np.bool_)
    met[order] = ~(np.r_[True, other] & np.r_[other, True])
    return vertex, met


def _numbered(name: npt.NDArray[np.object_]) -> tuple[tuple[str, ...], Ints]:
    """Return the names in order, and the number of each line's; -1 where it has none."""
    names = tuple(sorted({str(one) for one in name if one}))
    known = {one: number for number, one in enumerate(names)}
    return names, np.array([known.get(one, -1) for one in name], dtype=np.int64)
