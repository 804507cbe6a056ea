"""A large OpenStreetMap extract from a small one: its ground laid side by side, so many times.

Written as .osm.pbf, block by block, with numbers of its own for the nodes, ways and relations of
each copy. Streets of copies do not meet.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geosites.core.varint import to_varint, varint

Ids = npt.NDArray[np.int64]
Field = tuple[int, int | bytes]

STEP_DEG = 0.12
_NODES, _WAYS, _RELATIONS = 2, 3, 4
_NANO = 1e9
_FAR = 1 << 62


def laid_side_by_side(source: Path, out: Path, times: int) -> None:
    """Write `times` copies of an extract, in a square, to `out`.

    Copies are 0.12 degrees apart, which is more than Monaco is wide.
    """
    head, blocks = _blocks(source)
    every = [_parsed(block) for block in blocks]
    known = {
        kind: np.unique(np.concatenate([_ids(block, kind) for block in every]))
        for kind in (_NODES, _WAYS, _RELATIONS)
    }
    side = int(np.ceil(np.sqrt(times)))
    with out.open("wb") as file:
        file.write(_packed(b"OSMHeader", head))
        for kind in (_NODES, _WAYS, _RELATIONS):
            for copy in range(times):
                shift = STEP_DEG * (copy % side), STEP_DEG * (copy // side)
                for block in every:
                    made = _copied(block, kind, known, copy, shift)
                    if made:
                        file.write(_packed(b"OSMData", made))


def _copied(
    block: list[Field], kind: int, known: dict[int, Ids], copy: int, shift: tuple[float, float]
) -> bytes:
    """Return a block that holds the groups of one kind alone, moved and numbered anew."""
    groups = [_fields(value) for key, value in block if key == 2 and isinstance(value, bytes)]
    kept = [group for group in groups if group and group[0][0] == kind]
    if not kept:
        return b""
    body = b"".join(_field(key, value) for key, value in block if key in (1, 17, 18))
    for place, key in ((1, 19), (0, 20)):
        before = next((value for name, value in block if name == key), 0)
        body += _field(key, int(before) + round(shift[place] * _NANO))
    return body + b"".join(_field(2, _group(group, kind, known, copy)) for group in kept)


def _group(group: list[Field], kind: int, known: dict[int, Ids], copy: int) -> bytes:
    return b"".join(
        _field(key, _element(_fields(value), kind, known, copy))
        for key, value in group
        if isinstance(value, bytes)
    )


def _element(fields: list[Field], kind: int, known: dict[int, Ids], copy: int) -> bytes:
    def renumbered(ids: Ids, what: int) -> Ids:
        every = known[what]
        at = np.searchsorted(every, ids)
        there = every[np.minimum(at, len(every) - 1)] == ids
        lost = len(every) * 1_000 + ids % 1_000
        return np.where(there, at + 1 + copy * len(every), lost).astype(np.int64)

    types = next((value for key, value in fields if kind == _RELATIONS and key == 10), b"")
    out = b""
    for key, value in fields:
        if kind == _NODES and key == 1 and isinstance(value, bytes):
            value = _deltas(renumbered(_sums(value), _NODES))
        elif kind != _NODES and key == 1 and isinstance(value, int):
            value = int(renumbered(np.array([value], dtype=np.int64), kind)[0])
        elif kind == _WAYS and key == 8 and isinstance(value, bytes):
            value = _deltas(renumbered(_sums(value), _NODES))
        elif kind == _RELATIONS and key == 9 and isinstance(value, bytes):
            ids, of = _sums(value), np.frombuffer(bytes(types), dtype=np.uint8)
            parts = [renumbered(ids, what) for what in (_NODES, _WAYS, _RELATIONS)]
            value = _deltas(np.choose(of, parts))
        if kind != _RELATIONS or key != 4:
            out += _field(key, value)
    return out


def _ids(block: list[Field], kind: int) -> Ids:
    found = [np.empty(0, dtype=np.int64)]
    for key, value in block:
        if key != 2 or not isinstance(value, bytes):
            continue
        for what, element in _fields(value):
            if what != kind or not isinstance(element, bytes):
                continue
            first = next(value for name, value in _fields(element) if name == 1)
            found.append(_sums(first) if isinstance(first, bytes) else np.array([first]))
    return np.concatenate(found).astype(np.int64)


def _blocks(path: Path) -> tuple[bytes, list[bytes]]:
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        header = dict(_fields(data[at + 4 : at + 4 + length]))
        at += 4 + length
        blob = dict(_fields(data[at : at + int(header[3])]))
        at += int(header[3])
        found.append(zlib.decompress(bytes(blob[3])) if 3 in blob else bytes(blob[1]))
    return found[0], found[1:]


def _parsed(block: bytes) -> list[Field]:
    return list(_fields(block))


def _fields(message: bytes) -> list[Field]:
    return list(_each(message))


def _each(message: bytes) -> Iterator[Field]:
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        value, at = varint(message, at)
        if key & 7 == 2:
            yield key >> 3, message[at : at + value]
            at += value
        else:
            yield key >> 3, value - (1 << 64) if value >= _FAR else value


def _sums(packed: bytes) -> Ids:
    found, at = [], 0
    while at < len(packed):
        value, at = varint(packed, at)
        found.append((value >> 1) ^ -(value & 1))
    return np.cumsum(np.array(found, dtype=np.int64))


def _deltas(ids: Ids) -> bytes:
    steps = np.diff(ids, prepend=0)
    return b"".join(to_varint(int(step)) for step in (steps << 1) ^ (steps >> 63))


def _field(key: int, value: int | bytes) -> bytes:
    if isinstance(value, bytes):
        return to_varint(key << 3 | 2) + to_varint(len(value)) + value
    return to_varint(key << 3) + to_varint(value & ((1 << 64) - 1))


def _packed(kind: bytes, content: bytes) -> bytes:
    blob = _field(2, len(content)) + _field(3, zlib.compress(content, 6))
    head = _field(1, kind) + _field(3, len(blob))
    return len(head).to_bytes(4, "big") + head + blob
