"""Street extents: pieces of one name count as one street while they are close together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosites.core.street_network import StreetNetwork

Ints = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]


def street_extents(network: StreetNetwork, apart_m: float) -> Iterator[tuple[int, Box]]:
    """Yield the number of each name and a box in metres, once for each street of that name.

    Pieces belong to one street if they share a node, or are closer than `apart_m`.
    """
    named = np.flatnonzero(network.name >= 0)
    if not len(named):
        return
    first = network.start[:-1]
    low = np.minimum.reduceat(network.xy, first)[named]
    high = np.maximum.reduceat(network.xy, first)[named]
    name = network.name[named]
    group, number = _joined(network.ends[named], name)
    low, high, name = _grouped(low, high, name, group, number)
    group, number = _close(low, high, name, apart_m)
    low, high, name = _grouped(low, high, name, group, number)
    for n, west, east in zip(name.tolist(), low.tolist(), high.tolist(), strict=True):
        yield n, (west[0], west[1], east[0], east[1])


def _joined(ends: Ints, name: Ints) -> tuple[Ints, int]:
    """Return the group (n,) of each piece: those of one name that hang together by nodes."""
    keys = ends.astype(np.int64) * (int(name.max()) + 1) + name[:, None]
    _, vertex = np.unique(keys, return_inverse=True)
    vertex = vertex.reshape(-1, 2)
    size = int(vertex.max()) + 1
    links = coo_array((np.ones(len(vertex)), (vertex[:, 0], vertex[:, 1])), shape=(size, size))
    _, label = connected_components(links, directed=False)
    _, group = np.unique(label[vertex[:, 0]], return_inverse=True)
    return group.astype(np.int64), int(group.max()) + 1


def _close(
    low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], name: Ints, apart_m: float
) -> tuple[Ints, int]:
    boxes = shapely.box(*low.T, *high.T)
    wide = shapely.box(*(low - apart_m).T, *(high + apart_m).T)
    one, other = shapely.STRtree(boxes).query(wide, predicate="intersects")
    same = name[one] == name[other]
    size = len(name)
    links = coo_array((np.ones(same.sum()), (one[same], other[same])), shape=(size, size))
    count, label = connected_components(links, directed=False)
    return label.astype(np.int64), int(count)


def _grouped(
    low: npt.NDArray[np.float64],
    high: npt.NDArray[np.float64],
    name: Ints,
    group: Ints,
    number: int,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Ints]:
    """Return the boxes and the name of each group."""
    lows, highs = np.full((number, 2), np.inf), np.full((number, 2), -np.inf)
    np.minimum.at(lows, group, low)
    np.maximum.at(highs, group, high)
    names = np.zeros(number, dtype=np.int64)
    names[group] = name
    return lows, highs, names
