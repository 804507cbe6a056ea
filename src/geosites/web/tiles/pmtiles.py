"""PMTiles version 3 reader: one file of tiles with a directory, read by offset.

Specification: https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. Directories and tiles
with a compression other than gzip are refused with its name.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geosites.core.errors import Refused
from geosites.core.gunzip import gunzipped
from geosites.core.varint import varints

MAGIC = b"PMTiles"
_HEAD = struct.Struct("<7sB11Q6B4i B2i")
_PLAIN, _GZIP = 1, 2
_COMPRESSIONS = {0: "unknown", 3: "brotli", 4: "zstd"}
_DEEPEST_LEAF = 3
_LAST_TILE = 1 << 60
MOST_DIRECTORY = 1_000_000
MOST_ABOUT = 8_000_000
MOST_TILE = 8_000_000
"""Bytes of a directory, of the description and of a tile, unpacked: more than any writer makes."""

_E7 = 1e7

Ints = npt.NDArray[np.int64]
Entries = tuple[Ints, Ints, Ints, Ints]
"""Of a directory, sorted: first tile, offset, length, how many tiles in a row (0: a leaf)."""


def is_pmtiles(path: Path) -> bool:
    """Return whether a file begins as PMTiles does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@dataclass(frozen=True)
class Pmtiles:
    """A tile file and its header; `open` raises `Refused` for a damaged one."""

    path: Path
    root: tuple[int, int]
    about: tuple[int, int]
    leaves: int
    tiles: int
    packed: int
    zooms: tuple[int, int]
    bounds: tuple[float, float, float, float]

    @classmethod
    def open(cls, path: Path) -> Pmtiles:
        """Return the file, found whole."""
        with path.open("rb") as file:
            head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise Refused("GEOSITES_BASEMAP %(path)s: the file is cut short", path=path)
        fields = _HEAD.unpack(head)
        if fields[1] != 3:
            raise Refused(
                "GEOSITES_BASEMAP %(path)s: PMTiles of version %(version)s, 3 is read",
                path=path,
                version=fields[1],
            )
        places = fields[2:10]
        if max(start + size for start, size in zip(places[::2], places[1::2], strict=True)) > (
            path.stat().st_size
        ):
            raise Refused("GEOSITES_BASEMAP %(path)s: the file is cut short", path=path)
        for number in (fields[14], fields[15]):
            if number not in (_PLAIN, _GZIP):
                raise Refused(
                    "GEOSITES_BASEMAP %(path)s: compressed by %(method)s; gzip is read",
                    path=path,
                    method=_COMPRESSIONS.get(number, str(number)),
                )
        return cls(
            path=path,
            root=(places[0], places[1]),
            about=(places[2], places[3]),
            leaves=places[4],
            tiles=places[6],
            packed=fields[14],
            zooms=(fields[17], fields[18]),
            bounds=tuple(edge / _E7 for edge in fields[19:23]),
        )

    def metadata(self) -> dict[str, str]:
        """Return the metadata of the file, in the form of MBTiles."""
        try:
            found = json.loads(self._unpacked(*self.about, MOST_ABOUT) or b"{}")
        except (ValueError, RecursionError) as error:
            raise self._damaged() from error
        if not isinstance(found, dict):
            raise self._damaged()
        told = {name: str(value) for name, value in found.items() if isinstance(value, str)}
        west, south, east, north = self.bounds
        layers = found.get("vector_layers")
        return {
            **told,
            **({"json": json.dumps({"vector_layers": layers})} if layers else {}),
            "minzoom": str(self.zooms[0]),
            "maxzoom": str(self.zooms[1]),
            "bounds": f"{west},{south},{east},{north}",
        }

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile as stored, or None; `row` counts from the north."""
        wanted, place = tile_number(zoom, column, row), self.root
        for _ in range(_DEEPEST_LEAF + 1):
            firsts, offsets, lengths, runs = _directory(self, place)
            at = int(np.searchsorted(firsts, wanted, side="right")) - 1
            if at < 0:
                return None
            if runs[at]:
                inside = wanted < firsts[at] + runs[at]
                return self._tile(int(offsets[at]), int(lengths[at])) if inside else None
            place = (self.leaves + int(offsets[at]), int(lengths[at]))
        raise self._damaged()

    def first(self) -> bytes | None:
        """Return the first tile of the file, or None for an empty one."""
        place = self.root
        for _ in range(_DEEPEST_LEAF + 1):
            _, offsets, lengths, runs = _directory(self, place)
            if not len(runs):
                return None
            if runs[0]:
                return self._tile(int(offsets[0]), int(lengths[0]))
            place = (self.leaves + int(offsets[0]), int(lengths[0]))
        raise self._damaged()

    def entries(self, place: tuple[int, int]) -> Entries:
        """Return the directory at a place of the file."""
        try:
            numbers = varints(self._unpacked(*place, MOST_DIRECTORY))
        except ValueError as error:
            raise self._damaged() from error
        count = int(numbers[0]) if len(numbers) else -1
        if len(numbers) != 1 + 4 * count:
            raise self._damaged()
        steps, runs, lengths, raw = numbers[1:].reshape(4, count)
        firsts = np.cumsum(steps)
        # With an offset of 0, the tile follows the previous one.
        told = np.flatnonzero(raw)
        if count and (not raw[0] or int(steps.max()) > _LAST_TILE or int(firsts.min()) < 0):
            raise self._damaged()
        ends = np.cumsum(lengths) - lengths
        last = told[np.searchsorted(told, np.arange(count), side="right") - 1] if count else told
        offsets = raw[last] - 1 + ends - ends[last]
        return firsts, offsets, lengths, runs

    def _tile(self, offset: int, length: int) -> bytes:
        if length > MOST_TILE:
            raise self._damaged()
        return self._read(self.tiles + offset, length)

    def _unpacked(self, offset: int, length: int, most: int) -> bytes:
        data = self._read(offset, min(length, most + 1))
        try:
            if len(data) > most:
                raise self._damaged()
            return gunzipped(data, most) if self.packed == _GZIP and data else data
        except ValueError as error:
            raise self._damaged() from error

    def _read(self, offset: int, length: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                data = file.read(length)
        except (OSError, OverflowError, ValueError) as error:
            raise self._damaged() from error
        if len(data) < length:
            raise self._damaged()
        return data

    def _damaged(self) -> Refused:
        return Refused("GEOSITES_BASEMAP %(path)s: the file is damaged", path=self.path)


@lru_cache(maxsize=32)
def _directory(file: Pmtiles, place: tuple[int, int]) -> Entries:
    return file.entries(place)


def tile_number(zoom: int, column: int, row: int) -> int:
    """Return the number of a tile: zoom by zoom, along the curve of Hilbert."""
    number, x, y = ((1 << 2 * zoom) - 1) // 3, column, row
    side = 1 << zoom >> 1
    while side:
        right, low = int(x & side > 0), int(y & side > 0)
        number += side * side * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        side >>= 1
    return number
