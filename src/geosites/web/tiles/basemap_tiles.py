"""The base map: a read-only file of raster or vector tiles (MBTiles, PMTiles)."""

from __future__ import annotations

import hashlib
import json
import math
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from geosites.core.errors import NotFound, Refused
from geosites.core.gunzip import gunzipped
from geosites.core.varint import varint
from geosites.presentation.basemap_attribution import BaseMap
from geosites.web.tiles.pmtiles import Pmtiles, is_pmtiles

PATH = "/tiles/base"
WORLD = (-180.0, -85.06, 180.0, 85.06)
DEEPEST = 24
ZIPPED = b"\x1f\x8b"
MOST_TILE = 8_000_000
"""No tile holds more bytes, however small it is compressed."""

MOST_METADATA, MOST_CREDIT = 1_000, 500
"""Limits of metadata rows, and of letters of the credit, which every page shows."""

_STEPS, _MOST_TURNS = 1_000_000, 20
"""Limit of SQLite instructions for a query on the file: number of steps and their size."""

_METADATA = "SELECT name, value FROM metadata LIMIT ?"
_ZOOMS = "SELECT (SELECT min(zoom_level) FROM tiles), (SELECT max(zoom_level) FROM tiles)"

VECTOR = "application/vnd.mapbox-vector-tile"
KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (ZIPPED, VECTOR),
    (b"\x1a", VECTOR),
)
"""Magic bytes of supported tiles; vector tiles may be stored compressed."""

_LAYER = 0x1A
"""Field 3, a message: what a vector tile consists of."""

_TAG = re.compile(r"<[^<>]*>")
_MOST_LAYERS = 200
_FARTHEST = 180.1
"""Tolerance in degrees; some writers round bounds slightly beyond the world."""

_ONE = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"


@dataclass(frozen=True)
class TileFile:
    """A file of tiles, found to be one when the service starts."""

    path: Path
    view: BaseMap
    packed: Pmtiles | None = None

    @classmethod
    def open(cls, path: Path) -> TileFile:
        """Open the file, or raise `Refused` with the reason."""
        if not path.is_file():
            raise Refused("GEOSITES_BASEMAP %(path)s: there is no such file", path=path)
        if is_pmtiles(path):
            packed = Pmtiles.open(path)
            first, told = packed.first(), packed.metadata()
            return cls(path, _view(path, told, first, packed.zooms), packed)
        try:
            with _reading(path) as db:
                told = {
                    str(name): str(value) for name, value in db.execute(_METADATA, (MOST_METADATA,))
                }
                row = db.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
                zooms = db.execute(_ZOOMS).fetchone()
            return cls(path, _view(path, told, row and row[0], zooms))
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            raise Refused(
                "GEOSITES_BASEMAP %(path)s: not an MBTiles file (%(error)s)", path=path, error=error
            ) from error

    @property
    def version(self) -> str:
        """What changes with the file."""
        return _version(self.path)

    def tile(self, zoom: int, column: int, row: int) -> tuple[bytes, str]:
        """Return a picture and its media type; `row` counts from the north, as the web does.

        Raises `NotFound` where the file has none.
        """
        view = self.view
        if view.min_zoom <= zoom <= view.max_zoom and 0 <= row < 2**zoom:
            data = self._kept(zoom, column, row)
            if data is not None:
                return data, self._sort(data)
        raise NotFound("tile", f"{zoom}/{column}/{row}")

    def _sort(self, data: bytes) -> str:
        """Return the media type of a tile that is of the file's own sort: vectors or pictures."""
        media_type = _media_type(self.path, data)
        if (media_type == VECTOR) != self.view.vector:
            raise _no_tiles(self.path)
        return media_type

    def _kept(self, zoom: int, column: int, row: int) -> bytes | None:
        if column < 0 or column >= 2**zoom:
            return None
        if self.packed is not None:
            data = self.packed.tile(zoom, column, row)
        else:
            try:
                with _reading(self.path) as db:
                    result = db.execute(_ONE, (zoom, column, 2**zoom - 1 - row)).fetchone()
            except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
                raise _no_tiles(self.path) from error
            data = None if result is None else result[0]
        if isinstance(data, bytes) and data.startswith(ZIPPED):
            unzipped(self.path, data)
        return data


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as db:
        # A view is a query stored in the file, which may never end.
        turns = iter(range(_MOST_TURNS))
        db.set_progress_handler(lambda: next(turns, None) is None, _STEPS)
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TILE)
        db.execute("PRAGMA trusted_schema = off")
        yield db


def _view(
    path: Path, answer: Mapping[str, str], first: bytes | None, zooms: tuple[int, int]
) -> BaseMap:
    if first is None:
        raise Refused("GEOSITES_BASEMAP %(path)s: holds no tile", path=path)
    vector = _media_type(path, first) == VECTOR
    if vector:
        _require_readable(path, first)
    low, high = (
        _zoom(path, answer.get(name, found))
        for name, found in zip(("minzoom", "maxzoom"), zooms, strict=True)
    )
    if low > high:
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: the zooms %(low)s to %(high)s are none",
            path=path,
            low=low,
            high=high,
        )
    return BaseMap(
        url=f"{PATH}/{{z}}/{{x}}/{{y}}?v={_version(path)}",
        min_zoom=low,
        max_zoom=high,
        bounds=_bounds(path, answer.get("bounds")),
        credit=_plain(answer.get("attribution", "")),
        vector=vector,
        layers=_layers(answer.get("json", "")) if vector else (),
    )


def _layers(text: str) -> tuple[Mapping[str, object], ...]:
    """Return the layers that the metadata of a file describe; none where they cannot be read."""
    try:
        found = json.loads(text or "{}")["vector_layers"]
        return tuple(_layer(item) for item in found[:_MOST_LAYERS])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def _layer(item: Mapping[str, object]) -> Mapping[str, object]:
    """Return one layer as TileJSON describes it: its name, and texts by the names of its fields."""
    fields = item.get("fields")
    named = fields.items() if isinstance(fields, dict) else ()
    return {
        "id": _plain(str(item["id"])),
        "fields": {_plain(name): _plain(str(kind)) for name, kind in list(named)[:_MOST_LAYERS]},
    }


def _plain(text: str) -> str:
    """Return a text without markup and without signs that no page can show, cut to a line."""
    bare = unescape(_TAG.sub("", text[: 10 * MOST_CREDIT]))
    return "".join(one for one in bare if one.isprintable())[:MOST_CREDIT].strip()


def unzipped(path: Path, tile: bytes) -> bytes:
    """Return the content of a gzip-compressed tile, or raise `Refused`."""
    try:
        return gunzipped(tile, MOST_TILE)
    except ValueError as error:
        raise _no_tiles(path) from error


def _media_type(path: Path, tile: object) -> str:
    """Return the type of a tile by its first bytes, since the file's metadata may be wrong."""
    if isinstance(tile, bytes) and len(tile) <= MOST_TILE:
        for start, media_type in KINDS:
            if tile.startswith(start):
                return media_type
        if tile[:4] == b"RIFF" and tile[8:12] == b"WEBP":
            return "image/webp"
    raise _no_tiles(path)


def _require_readable(path: Path, tile: bytes) -> None:
    """Refuse anything but a vector tile: length-prefixed layers."""
    data = unzipped(path, tile) if tile.startswith(ZIPPED) else tile
    at = 0
    while at < len(data):
        if data[at] != _LAYER:
            raise _no_tiles(path)
        try:
            size, at = varint(data, at + 1)
        except ValueError as error:
            raise _no_tiles(path) from error
        at += size
    if at > len(data):
        raise _no_tiles(path)


def _no_tiles(path: Path) -> Refused:
    return Refused(
        "GEOSITES_BASEMAP %(path)s: holds tiles that are neither pictures (PNG, JPEG, WebP) nor "
        "vector tiles",
        path=path,
    )


def _zoom(path: Path, value: str | int) -> int:
    if not (str(value).isdecimal() and len(str(value)) < 4 and int(value) <= DEEPEST):
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: a zoom of %(zoom)r is none of 0 to %(deepest)s",
            path=path,
            zoom=str(value)[:40] if isinstance(value, str) else value,
            deepest=DEEPEST,
        )
    return int(value)


def _bounds(path: Path, text: str | None) -> tuple[float, float, float, float]:
    if text is None:
        return WORLD
    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError as error:
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: bounds %(text)r are not four degrees",
            path=path,
            text=text[:80],
        ) from error
    edges = west, south, east, north
    if not all(map(math.isfinite, edges)) or west >= east or south >= north:
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: bounds %(text)r enclose nothing", path=path, text=text[:80]
        )
    if max(abs(west), abs(east)) > _FARTHEST or max(abs(south), abs(north)) > _FARTHEST / 2:
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: bounds %(text)r lie beyond the world",
            path=path,
            text=text[:80],
        )
    return edges


def _version(path: Path) -> str:
    """Return a version string of the file, so that clients may cache its tiles."""
    stat = path.stat()
    return hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:10]
