"""Cell suppression: which table cells to withhold so that no small count can be derived.

A count of persons from 1 to `threshold` - 1 is *small*. Hiding it alone is not enough: subtracting
the visible cells from the total reveals it. Therefore other cells, the *complements*, are hidden
too (secondary suppression), until every small count could have been any value from 1 to `threshold`
- 1 (Cox 1980; Hundepool et al. 2012, section 4). An attacker may know this rule: complements are
taken in an order that does not depend on the counts, and whether there are enough of them is tested
on the sum, which is public anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

THRESHOLD = 11
"""Counts of persons below this are small, by default."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Suppression:
    """What is suppressed: `hidden` (n,) cells, and the total if the cells do not suffice."""

    hidden: Flags
    total_hidden: bool


def small(counts: Floats, threshold: float = THRESHOLD) -> Flags:
    """Return which counts (n, m) or (n,) are above 0 and below the threshold."""
    return (counts > 0) & (counts < threshold)


def suppress(
    counts: npt.ArrayLike, order: Sequence[int] | None = None, threshold: float = THRESHOLD
) -> Suppression:
    """Return which cells of a table to suppress if the total of each column is published too.

    `counts` (n,) or (n, m): m ways to count the same persons in n cells; a row is hidden entirely
    if any of its counts is small. `order` (n,) says in which order complements are taken; it must
    not depend on the counts. Negative counts are refused.

    With counts 3, 40, 25 and this order, 3 and 40 are hidden: their sum of 43 allows 3 to be
    anything from 1 to 10. With only 3 and 12, the sum of 15 would allow 1 to 4 only, so the total
    is hidden as well.
    """
    table = np.atleast_2d(np.asarray(counts, dtype=np.float64).T).T
    if (table < 0).any():
        raise ValueError("counts below 0")
    hidden: Flags = np.any(small(table, threshold), axis=1).reshape(len(table))
    if not hidden.any():
        return Suppression(hidden, total_hidden=False)
    room = (threshold - 1.0) * int(hidden.sum())
    complements = 0
    for cell in order if order is not None else range(len(table)):
        if _covered(table[hidden], complements, room, threshold):
            break
        if not hidden[cell] and (table[cell] >= threshold).all():
            hidden[cell] = True
            complements += 1
    covered = _covered(table[hidden], complements, room, threshold)
    return Suppression(hidden, total_hidden=not covered)


def _covered(kept: Floats, complements: int, room: float, threshold: float) -> bool:
    """Return whether the hidden sums leave every small count free from 1 to threshold - 1."""
    enough = kept.sum(axis=0) >= threshold * complements + room
    return complements > 0 and bool(enough.all())


def shuffled(codes: Sequence[str], salt: str) -> list[int]:
    """Return an order of the cells that depends on their codes and `salt`, and on no count."""
    marks = [hashlib.sha256(f"{salt}\0{code}".encode()).digest() for code in codes]
    return sorted(range(len(codes)), key=marks.__getitem__)


def far_apart(before: npt.ArrayLike, after: npt.ArrayLike, threshold: float = THRESHOLD) -> bool:
    """Return whether two tables of the same cells may both be seen by the same reader.

    They may where every count, and every total, is the same in both or differs by the threshold
    and more: the difference of two revisions is a count of persons too.
    """
    old, new = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    moved = np.abs(new - old)
    total = np.abs(new.sum(axis=0) - old.sum(axis=0))
    return not (small(moved, threshold).any() or small(total, threshold).any())
