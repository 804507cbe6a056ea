"""Count crossings of borders: where too many cross, a repair would not finish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.errors import Phrase, phrase
from geosites.imports.city.boundary_files import BoundaryFile

_MOST = 3_000
"""Maximum number of crossings that are repaired; in a larger city, one per edge."""

_LOOKED_AT = 500
_MOST_NEAR, _FEW_NEAR = 100, 20_000
"""Maximum average number of edges near an edge; on a map it is five."""

_PAIRS_AT_ONCE = 200_000

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def tangled(files: Sequence[BoundaryFile]) -> Phrase | None:
    """Return the feature whose border crosses itself or others too often to be repaired, or None.

    Borders that neighbours should share cross occasionally; such crossings are repaired. A ring of
    400 corners that crosses itself everywhere has 40,000 of them.
    """
    edges, feature = _edges(files)
    lines = shapely.linestrings(edges)
    tree, most = shapely.STRtree(lines), max(_MOST, len(edges))
    crowded = _crowded(tree, lines)
    if crowded is not None:
        return _told(files, int(feature[crowded]), most)
    crossings = 0
    each = np.zeros(int(feature.max(initial=-1)) + 1, dtype=np.int64)
    for one, other in _near(tree, lines):
        hit = one[_cross(edges[one], edges[other])]
        crossings += len(hit)
        each += np.bincount(feature[hit], minlength=len(each))
        if crossings > 2 * most:  # each is met from both of its edges
            return _told(files, int(each.argmax()), most)
    return None


def _crowded(tree: shapely.STRtree, lines: npt.NDArray[np.object_]) -> int | None:
    """Return an edge with far too many edges nearby, from a sample of edges, or None."""
    looked = range(0, len(lines), max(1, len(lines) // _LOOKED_AT))
    near = 0
    for edge in looked:
        near += len(tree.query(lines[edge]))
        if near > _MOST_NEAR * len(looked) + _FEW_NEAR:
            return edge
    return None


def _near(tree: shapely.STRtree, lines: npt.NDArray[np.object_]) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs of edges with intersecting boxes, in batches, each pair in both orders."""
    start, some = 0, 1
    while start < len(lines):
        one, other = tree.query(lines[start : start + some])
        yield one + start, other
        start += some
        some = max(1, min(2 * some, some * _PAIRS_AT_ONCE // max(len(one), 1)))


def _cross(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """Return which edges (n, 2, 2) cross the other ones, within both; a common corner is none."""
    apart = _side(one, other[:, 0]) * _side(one, other[:, 1]) < 0
    return apart & (_side(other, one[:, 0]) * _side(other, one[:, 1]) < 0)


def _side(edge: Floats, point: Floats) -> Floats:
    along, off = edge[:, 1] - edge[:, 0], point - edge[:, 0]
    return np.sign(along[:, 0] * off[:, 1] - along[:, 1] * off[:, 0])


def _edges(files: Sequence[BoundaryFile]) -> tuple[Floats, Ints]:
    """Return the edges (n, 2, 2) of all borders, and the number (n,) of the feature each is of."""
    areas = np.concatenate([file.areas for file in files])
    parts, of_area = shapely.get_parts(areas, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    at, of_ring = shapely.get_coordinates(rings, return_index=True)
    along = of_ring[1:] == of_ring[:-1]
    along &= (at[1:] != at[:-1]).any(axis=1)
    return np.stack([at[:-1][along], at[1:][along]], axis=1), of_area[of_part[of_ring[1:][along]]]


def _told(files: Sequence[BoundaryFile], feature: int, most: int) -> Phrase:
    for file in files:
        if feature < len(file.areas):
            break
        feature -= len(file.areas)
    return phrase(
        "%(file)s, feature %(number)s: its border crosses or meets itself or others all over; "
        "more than %(most)s crossings are not repaired",
        file=file.name,
        number=file.numbers[feature],
        most=most,
    )
