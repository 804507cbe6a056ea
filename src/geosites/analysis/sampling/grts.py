"""Generalized random tessellation stratified (GRTS) samples of points in the plane.

Points are placed on a line in the order of a quadtree whose four quadrants are permuted at random
at every node. The length of each point on the line is its inclusion probability. A systematic
sample of the line is spread over the plane (Stevens & Olsen 2004, JASA 99: 262-278). The sample is
returned in reverse hierarchical order, so that any number of its first points is spread too: a list
that is worked through from the top is a balanced sample wherever one stops. The R package spsurvey
does the same (Dumelle et al. 2023).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DEPTH = 16
"""Levels of the quadtree: points nearer than 1/65,536 of the side are in random order."""

_ROUNDING = 1e-9


def inclusion_probabilities(size: npt.ArrayLike, n: int) -> Floats:
    """Return inclusion probabilities (N,) proportional to `size` that sum to `n`, none above 1.

    Units that would exceed 1 are included with certainty, and the rest is shared among the others.
    All sizes are above 0, so that every unit has a probability above 0. Sizes 1, 1, 2 and n = 2
    give .5, .5, 1.
    """
    sizes = np.asarray(size, dtype=np.float64)
    if not 0 < n <= len(sizes):
        raise Refused(f"a sample of {n} out of {len(sizes)} units cannot be drawn")
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        raise Refused("every size must be above 0, or its unit would never be drawn")
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        rest = sizes[~certain].sum()
        share = np.where(certain, 1.0, sizes * (n - certain.sum()) / rest if rest else 1.0)
        over = ~certain & (share >= 1 - _ROUNDING)
        if not over.any():
            return np.asarray(share, dtype=np.float64)
        certain |= over


def grts(xy: npt.ArrayLike, probability: npt.ArrayLike, rng: np.random.Generator) -> Ints:
    """Return the rows of a sample of points (N, 2) in reverse hierarchical order.

    `probability` (N,) are inclusion probabilities whose sum is the size n of the sample, a whole
    number. A point is drawn with its own probability, and is among the first m of the list with
    exactly m/n of it, since the order begins at a random point of the line.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    chance = np.asarray(probability, dtype=np.float64)
    n = round(float(chance.sum()))
    if len(points) != len(chance) or abs(chance.sum() - n) > 1e-6 or n < 1:
        raise Refused("the inclusion probabilities of a sample must sum to its size, 1 or more")
    line = _hierarchical_order(points, rng)
    ends = np.cumsum(chance[line])
    marks = rng.random() + np.arange(n)
    drawn = line[np.minimum(np.searchsorted(ends, marks, side="right"), len(line) - 1)]
    return np.roll(drawn, int(rng.integers(n)))[_reverse_hierarchical(n)]


def _hierarchical_order(points: Floats, rng: np.random.Generator) -> Ints:
    """Return the rows of points in the order of a quadtree, randomised at every node.

    The grid is shifted at random, so that no line of the map is a border of it every time.
    """
    low, side = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-9)
    unit = (points - low) / side / 2 + rng.uniform(0, 0.5, 2)
    cells = np.minimum((unit * 2**DEPTH).astype(np.int64), 2**DEPTH - 1)
    address = np.zeros(len(points), dtype=np.int64)
    node = np.zeros(len(points), dtype=np.int64)
    for level in reversed(range(DEPTH)):
        quadrant = (cells >> level & 1) @ np.array([2, 1])
        _, where = np.unique(node, return_inverse=True)
        turned = rng.permuted(np.tile(np.arange(4), (int(where.max()) + 1, 1)), axis=1)
        address = address * 4 + turned[where, quadrant]
        node = where * 4 + quadrant
    return np.lexsort((rng.random(len(points)), address)).astype(np.int64)


def _reverse_hierarchical(n: int) -> Ints:
    """Return the positions 0..n-1 of a line by their base-4 address read backwards.

    Each position is put on a line of 4^k cells, with k large enough. The first four are one in each
    quarter of the line, the first sixteen one in each sixteenth.
    """
    levels = 0
    while 4**levels < n:
        levels += 1
    cell = np.arange(n) * 4**levels // n
    digits = cell[:, None] // 4 ** np.arange(levels) % 4
    reversed_address = digits @ 4 ** np.arange(levels)[::-1] if levels else cell
    return np.argsort(reversed_address, kind="stable").astype(np.int64)
