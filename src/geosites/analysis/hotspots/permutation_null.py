"""Permutation null distribution of neighbourhood sums, shared by cells with equal kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from geosites.analysis.hotspots.grid import Numbers, neighbours_sum

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_SMALL = 4096
"""Sums of whole numbers up to here are counted in a table, others by their rank."""
_TOGETHER = 100_000
_TIE = 1e-9


def pooled_p(
    grid: npt.ArrayLike,
    kernel: npt.ArrayLike,
    permutations: int,
    rng: np.random.Generator,
    *,
    inside: Mask | None = None,
) -> Floats:
    """Return the permutation p (rows, columns) of the sum around each cell; NaN outside.

    The cells (those `inside`, or all) are permuted, and all cells with the same neighbourhood share
    one null: p = (1 + #{>=}) / (1 + N). Within such a class Gi* grows with the sum, so this is the
    permutation p of Gi*. Normal p values find hotspots on every map that has none, and a separate
    null for each cell cannot reach the small p that many cells need; 20,000 cells with 999
    permutations resolve p down to 5e-8. The cells are put in random order once and then rotated,
    which needs no further shuffling (a group of permutations: Hemerik & Goeman 2018).
    """
    values: Numbers = np.asarray(grid, dtype=np.float64)
    weights: Numbers = np.asarray(kernel, dtype=np.float64)
    within = np.ones(values.shape, dtype=bool) if inside is None else inside
    values = np.where(within, values, 0.0)
    highest = _highest_sum(values, weights)
    if highest < _SMALL:
        values, weights = values.astype(np.int16), weights.astype(np.int16)
    group = _alike(within, weights)
    observed = neighbours_sum(values, weights)
    rank, levels = _ranking(highest, observed[within])
    counts = np.zeros((int(group.max()) + 2) * levels, dtype=np.int64)
    offset = (np.where(within, group, group.max() + 1) * levels).astype(np.int32)
    for maps in _permuted(values, within, permutations, rng):
        index = rank(neighbours_sum(maps, weights)) + offset
        counts += np.bincount(index.ravel(), minlength=len(counts))
    tail = counts.reshape(-1, levels)[:, ::-1].cumsum(axis=1)[:, ::-1]
    reached = tail[group, np.where(within, rank(observed), 0)]
    return np.asarray(np.where(within, (1 + reached) / (1 + tail[group, 0]), np.nan))


def _highest_sum(values: Floats, kernel: Floats) -> float:
    """Return an upper bound for sums of integers around a cell, infinite for other numbers."""
    for numbers in (values, kernel):
        if numbers.min() < 0 or (numbers != np.floor(numbers)).any():
            return np.inf
    return float(np.sort(values, axis=None)[-kernel.size :].sum() * kernel.max())


def _alike(within: Mask, kernel: Numbers) -> Ints:
    """Return the class of each cell: the share of its kernel on cells inside."""
    weights = np.asarray(kernel, dtype=np.float64)
    around = np.round(neighbours_sum(within.astype(np.float64), weights), 9)
    squares = np.round(neighbours_sum(within.astype(np.float64), weights**2), 9)
    _, first = np.unique(around, return_inverse=True)
    _, second = np.unique(squares, return_inverse=True)
    pair = (first * (second.max() + 1) + second).ravel()
    return np.unique(pair, return_inverse=True)[1].reshape(within.shape)


def _ranking(highest: float, observed: Numbers) -> tuple[Callable[[Numbers], Numbers], int]:
    """Return a function from sums to ranks among the observed sums, and the number of ranks."""
    if highest < _SMALL:
        return lambda sums: sums.astype(np.int32), int(highest) + 1
    levels = np.unique(observed.astype(np.float64)) - _TIE

    def rank(sums: Numbers) -> Numbers:
        ranks: Numbers = (sums >= levels[0]).astype(np.int32)
        above = sums >= levels[min(1, len(levels) - 1)]
        ranks[above] = np.searchsorted(levels, sums[above], side="right")
        return ranks

    return rank, len(levels) + 1


def _permuted(
    values: Numbers, within: Mask, permutations: int, rng: np.random.Generator
) -> Iterator[Numbers]:
    """Yield permuted maps (some, rows, columns); cells outside stay empty."""
    cells = np.flatnonzero(within)
    target = slice(None) if len(cells) == values.size else cells
    order = rng.permutation(len(cells))
    step = max(1, _TOGETHER // values.size)
    ring = np.resize(rng.permutation(values.ravel()[cells]), len(cells) + permutations)
    for first in range(0, permutations, step):
        maps = np.zeros((min(step, permutations - first), values.size), dtype=values.dtype)
        for turn, dealt in enumerate(maps, first):
            dealt[target] = ring[turn : turn + len(cells)].take(order)
        yield maps.reshape(-1, *values.shape)
