"""Mapbox Vector Tile (version 2.1) encoder: one layer, extent 4096."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.varint import to_varint

EXTENT = 4096
LAYER = "ground"

_POINT, _LINE, _POLYGON = 1, 2, 3
Feature = tuple[shapely.Geometry, Mapping[str, str]]


def encode(features: Iterable[Feature]) -> bytes:
    """Return a tile of features with integer tile coordinates, y downwards."""
    keys: dict[str, int] = {}
    values: dict[str, int] = {}
    body = bytearray()
    for shape, properties in features:
        kind, geometry = _geometry(shape)
        if not geometry:
            continue
        tags: list[int] = []
        for key, value in properties.items():
            tags += [keys.setdefault(key, len(keys)), values.setdefault(value, len(values))]
        body += _bytes(2, _packed(2, tags) + _key(3, 0) + to_varint(kind) + _packed(4, geometry))
    if not body:
        return b""
    layer = _key(15, 0) + to_varint(2) + _bytes(1, LAYER.encode()) + bytes(body)
    layer += b"".join(_bytes(3, key.encode()) for key in keys)
    layer += b"".join(_bytes(4, _bytes(1, value.encode())) for value in values)
    return _bytes(3, layer + _key(5, 0) + to_varint(EXTENT))


def _geometry(shape: shapely.Geometry) -> tuple[int, list[int]]:
    commands: list[int] = []
    cursor = np.zeros(2, dtype=np.int64)
    dimension = shapely.get_dimensions(shape)
    if dimension == 0:
        points = np.rint(shapely.get_coordinates(shape)).astype(np.int64)
        steps = np.diff(points, axis=0, prepend=0)
        zigzag = ((steps << 1) ^ (steps >> 63)).ravel().tolist()
        return _POINT, [len(points) << 3 | 1, *zigzag]
    for part in shapely.get_parts(shape):
        rings = (part.exterior, *part.interiors) if dimension == 2 else (part,)
        for ring in rings:
            xy = np.rint(shapely.get_coordinates(ring)).astype(np.int64)
            cursor = _path(commands, xy, cursor, closed=dimension == 2)
    return (_POLYGON, _LINE)[2 - dimension], commands


def _path(
    commands: list[int], xy: npt.NDArray[np.int64], cursor: npt.NDArray[np.int64], *, closed: bool
) -> npt.NDArray[np.int64]:
    """Add one line or ring to the commands; return where the pen is then."""
    if closed:
        xy = xy[:-1]
    moved = np.r_[True, np.any(xy[1:] != xy[:-1], axis=1)]
    xy = xy[moved]
    if len(xy) < (3 if closed else 2):
        return cursor
    steps: npt.NDArray[np.int64] = np.vstack([cursor, xy])[1:] - np.vstack([cursor, xy])[:-1]
    zigzag = ((steps << 1) ^ (steps >> 63)).ravel().tolist()
    commands += [9, *zigzag[:2], (len(xy) - 1) << 3 | 2, *zigzag[2:]]
    if closed:
        commands.append(15)
    last: npt.NDArray[np.int64] = xy[-1]
    return last


def _key(field: int, wire: int) -> bytes:
    return to_varint(field << 3 | wire)


def _bytes(field: int, content: bytes) -> bytes:
    return _key(field, 2) + to_varint(len(content)) + content


def _packed(field: int, numbers: Sequence[int]) -> bytes:
    return _bytes(field, b"".join(map(to_varint, numbers)))
