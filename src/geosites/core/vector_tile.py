"""Mapbox Vector Tile (version 2.1) decoder: geometries in tile coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.varint import varint

_MOVE, _CLOSE = 1, 7
_LENGTH, _FIXED64, _FIXED32 = 2, 1, 5
_LINE, _POLYGON = 2, 3
_LAYER, _NAME, _FEATURE, _KEY, _VALUE, _EXTENT = 3, 1, 2, 3, 4, 5
_TAGS, _TYPE, _GEOMETRY = 2, 3, 4

Field = tuple[int, int, bytes]
Drawn = tuple[shapely.Geometry, Mapping[str, str]]


def decode(data: bytes) -> Iterator[tuple[Drawn, int]]:
    """Yield the lines and areas of a tile with their texts, and the extent of their layer.

    Coordinates run from 0 to the extent, y downwards. Points and values that are not texts are left
    out. Raises `ValueError` where the tile is damaged.
    """
    for _, drawn, extent in decode_layers(data):
        yield drawn, extent


def decode_layers(data: bytes) -> Iterator[tuple[str, Drawn, int]]:
    """Yield what `decode` does, with the name of the layer before it."""
    for number, _, body in _fields(data):
        if number == _LAYER:
            fields = list(_fields(body))
            name = next((text.decode() for field, _, text in fields if field == _NAME), "")
            for drawn, extent in _of_layer(fields):
                yield name, drawn, extent


def _of_layer(fields: Sequence[Field]) -> Iterator[tuple[Drawn, int]]:
    keys = [body.decode() for number, _, body in fields if number == _KEY]
    values = [_text(body) for number, _, body in fields if number == _VALUE]
    extent = next((value for number, value, _ in fields if number == _EXTENT), 4096)
    for number, _, body in fields:
        if number != _FEATURE:
            continue
        found = {field: (value, packed) for field, value, packed in _fields(body)}
        shape = _shape(found.get(_TYPE, (0, b""))[0], _numbers(found.get(_GEOMETRY, (0, b""))[1]))
        tags = _numbers(found.get(_TAGS, (0, b""))[1])
        if shape is None:
            continue
        try:
            told = {
                keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)
            }
        except IndexError as error:
            raise ValueError("a tile names what it does not hold") from error
        yield (shape, {key: value for key, value in told.items() if value is not None}), extent


def _fields(data: bytes) -> Iterator[Field]:
    """Yield the number, the value and the bytes of each field of a message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        wire, value, size = key & 7, 0, 0
        if wire == _LENGTH:
            size, at = varint(data, at)
        elif wire == 0:
            value, at = varint(data, at)
        else:
            size = {_FIXED64: 8, _FIXED32: 4}.get(wire, len(data))
        if at + size > len(data):
            raise ValueError("a tile is cut short")
        yield key >> 3, value, data[at : at + size]
        at += size


def _text(value: bytes) -> str | None:
    return next((body.decode() for number, _, body in _fields(value) if number == 1), None)


def _numbers(packed: bytes) -> list[int]:
    numbers, at = [], 0
    while at < len(packed):
        number, at = varint(packed, at)
        numbers.append(number)
    return numbers


def _shape(kind: int, commands: Sequence[int]) -> shapely.Geometry | None:
    paths = _paths(commands)
    if kind == _LINE:
        lines = [path for path in paths if len(path) > 1]
        return shapely.MultiLineString(lines) if lines else None
    if kind != _POLYGON:
        return None
    # The number of holes is not written: a ring that runs the other way is one in the last area.
    areas: list[tuple[npt.NDArray[np.int64], list[npt.NDArray[np.int64]]]] = []
    for ring in paths:
        if len(ring) < 3:
            continue
        x, y = ring.T
        if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0 or not areas:
            areas.append((ring, []))
        else:
            areas[-1][1].append(ring)
    return shapely.make_valid(shapely.MultiPolygon(areas)) if areas else None


def _paths(commands: Sequence[int]) -> list[npt.NDArray[np.int64]]:
    """Return the points (n, 2) of each path that commands draw."""
    starts: list[int] = []
    steps: list[int] = []
    at = 0
    while at < len(commands):
        command, count = commands[at] & 7, commands[at] >> 3
        at += 1
        if command == _CLOSE:
            continue
        if at + 2 * count > len(commands):
            raise ValueError("a tile is cut short")
        if command == _MOVE:
            starts += range(len(steps) // 2, len(steps) // 2 + count)
        steps += commands[at : at + 2 * count]
        at += 2 * count
    zigzag = np.array(steps, dtype=np.int64).reshape(-1, 2)
    points = np.cumsum((zigzag >> 1) ^ -(zigzag & 1), axis=0)
    return np.split(points, starts[1:]) if starts else []
