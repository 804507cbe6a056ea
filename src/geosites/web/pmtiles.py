"""PMTiles, version 3: one file of tiles with a directory in it, read by position and never written.

By the specification of Protomaps (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md).
Directories and tiles that are compressed otherwise than by gzip are refused by name.
"""

from __future__ import annotations

import json
import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geosites.core.errors import Refused
from geosites.core.gunzip import gunzipped

MAGIC = b"PMTiles"
_HEAD = struct.Struct("<7sB11Q6B4i B2i")
_PLAIN, _GZIP = 1, 2
_COMPRESSIONS = {0: "unknown", 3: "brotli", 4: "zstd"}
_DEEPEST_LEAF = 3
MOST_DIRECTORY = 64_000_000
_E7 = 1e7

Entries = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Of a directory, sorted: first tile, offset, length, how many tiles in a row (0: a leaf)."""


def is_pmtiles(path: Path) -> bool:
    """Return whether a file begins as PMTiles does."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@dataclass(frozen=True)
class Pmtiles:
    """A file of tiles and what its head says; raises `Refused` from `open` for a damaged one."""

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
        """Return what the file says of itself, as an MBTiles file would."""
        try:
            found = json.loads(self._unpacked(*self.about) or b"{}")
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
        """Return a tile as it is kept, or None; `row` counts from the north."""
        wanted, place = tile_number(zoom, column, row), self.root
        for _ in range(_DEEPEST_LEAF + 1):
            firsts, offsets, lengths, runs = _directory(self, place)
            at = bisect_right(firsts, wanted) - 1
            if at < 0:
                return None
            if runs[at]:
                inside = wanted < firsts[at] + runs[at]
                return self._read(self.tiles + offsets[at], lengths[at]) if inside else None
            place = (self.leaves + offsets[at], lengths[at])
        raise self._damaged()

    def first(self) -> bytes | None:
        """Return the first tile of the file, or None for an empty one."""
        place = self.root
        for _ in range(_DEEPEST_LEAF + 1):
            _, offsets, lengths, runs = _directory(self, place)
            if not runs:
                return None
            if runs[0]:
                return self._read(self.tiles + offsets[0], lengths[0])
            place = (self.leaves + offsets[0], lengths[0])
        raise self._damaged()

    def entries(self, place: tuple[int, int]) -> Entries:
        """Return the directory at a place of the file."""
        data = self._unpacked(*place)
        numbers = _varints(data)
        if not numbers or len(numbers) != 1 + 4 * numbers[0]:
            raise self._damaged()
        count = numbers[0]
        if count and not numbers[1 + 3 * count]:
            raise self._damaged()
        steps, runs, lengths, raw = (
            numbers[1 + part * count : 1 + (part + 1) * count] for part in range(4)
        )
        firsts: list[int] = []
        offsets: list[int] = []
        total = 0
        for n in range(count):
            total += steps[n]
            firsts.append(total)
            offsets.append(raw[n] - 1 if raw[n] else offsets[n - 1] + lengths[n - 1])
        return tuple(firsts), tuple(offsets), tuple(lengths), tuple(runs)

    def _unpacked(self, offset: int, length: int) -> bytes:
        data = self._read(offset, length)
        if self.packed != _GZIP or not data:
            return data
        try:
            return gunzipped(data, MOST_DIRECTORY)
        except ValueError as error:
            raise self._damaged() from error

    def _read(self, offset: int, length: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                data = file.read(min(length, MOST_DIRECTORY))
        except (OSError, OverflowError) as error:
            raise self._damaged() from error
        if len(data) < length:
            raise self._damaged()
        return data

    def _damaged(self) -> Refused:
        return Refused("GEOSITES_BASEMAP %(path)s: the file is damaged", path=self.path)


@lru_cache(maxsize=256)
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


def _varints(data: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for one in data:
        value |= (one & 0x7F) << shift
        shift += 7
        if one < 0x80:
            found.append(value)
            value = shift = 0
    return found
