"""Merkle trees (RFC 6962, section 2.1): roots, inclusion and consistency proofs.

A tree is read through `SubtreeHashes`: hashes of complete subtrees that start at a multiple of
their size. Hashes are SHA-256, 32 bytes; sizes and indices count leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Protocol

EMPTY_ROOT = hashlib.sha256(b"").digest()


class SubtreeHashes(Protocol):
    """Where the hashes of complete subtrees come from."""

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of leaves `index * 2**height` up to `(index + 1) * 2**height`."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(nodes: SubtreeHashes, size: int) -> bytes:
    """Return the root hash of the first `size` leaves."""
    return _range(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: SubtreeHashes, index: int, size: int) -> list[bytes]:
    """Return the audit path of a leaf, from its sibling up: PATH(index, D[size]).

    Raises `IndexError` for a leaf beyond the tree.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    return list(_path(nodes, index, 0, size))[::-1]


def consistency_proof(nodes: SubtreeHashes, old: int, size: int) -> list[bytes]:
    """Return the consistency proof that the first `old` leaves are those of the larger tree:
    PROOF(old, D).

    Raises `IndexError` if `old` is beyond the tree.
    """
    if not 0 <= old <= size:
        raise IndexError(old)
    if old in (0, size):
        return []
    return list(_subproof(nodes, old, 0, size, whole=True))[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to, or None where it cannot be one (RFC 9162 2.1.3).

    `leaf` is the hash of the leaf.
    """
    if not 0 <= index < size:
        return None
    number, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            result = node_hash(sibling, result)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        number, last = number >> 1, last >> 1
    return result if last == 0 else None


def consistent(
    old: int, old_root: bytes, size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Return whether a proof shows that a tree grew from another (RFC 9162, 2.1.4)."""
    if old == size:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if not 0 < old < size or not path:
        return False
    steps = list(path) if old & (old - 1) else [old_root, *path]
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    earlier = later = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            later = node_hash(later, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and earlier == old_root and later == new_root


def _range(nodes: SubtreeHashes, start: int, end: int) -> bytes:
    """Return MTH(D[start:end]); the range is one that the tree's own splits lead to."""
    count = end - start
    if not count & (count - 1):
        height = count.bit_length() - 1
        return nodes.node(height, start >> height)
    middle = start + _split(count)
    return node_hash(_range(nodes, start, middle), _range(nodes, middle, end))


def _path(nodes: SubtreeHashes, index: int, start: int, end: int) -> Iterator[bytes]:
    """Yield the audit path from the root down."""
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            yield _range(nodes, middle, end)
            end = middle
        else:
            yield _range(nodes, start, middle)
            start = middle


def _subproof(
    nodes: SubtreeHashes, old: int, start: int, end: int, *, whole: bool
) -> Iterator[bytes]:
    """Yield SUBPROOF from the root down; `whole` while the old tree is a prefix of this one."""
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            yield _range(nodes, middle, end)
            end = middle
        else:
            yield _range(nodes, start, middle)
            start, whole = middle, False
    if not whole:
        yield _range(nodes, start, end)


def _split(count: int) -> int:
    """Return the largest power of two below a count."""
    return 1 << (count - 1).bit_length() - 1
