"""The base map: a file of tiles, pictures or vectors (MBTiles, PMTiles), read and never written."""

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
from geosites.presentation.basemap import BaseMap
from geosites.web.pmtiles import Pmtiles, is_pmtiles

PATH = "/tiles/base"
WORLD = (-180.0, -85.06, 180.0, 85.06)
DEEPEST = 24
ZIPPED = b"\x1f\x8b"
MOST_TILE = 8_000_000
"""No tile holds more bytes, however small it is compressed."""

VECTOR = "application/vnd.mapbox-vector-tile"
KINDS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
    (ZIPPED, VECTOR),
    (b"\x1a", VECTOR),
)
"""What the tiles that a browser draws begin with; vector tiles may be kept compressed."""

_LAYER = 0x1A
"""Field 3, a message: what a vector tile consists of."""

_TAG = re.compile(r"<[^>]*>")
_ONE = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"


@dataclass(frozen=True)
class TileFile:
    """A file of tiles, found to be one when the service starts."""

    path: Path
    view: BaseMap
    packed: Pmtiles | None = None

    @classmethod
    def open(cls, path: Path) -> TileFile:
        """Return the file, or raise `Refused` with what is wrong with it."""
        if not path.is_file():
            raise Refused("GEOSITES_BASEMAP %(path)s: there is no such file", path=path)
        if is_pmtiles(path):
            packed = Pmtiles.open(path)
            first, told = packed.first(), packed.metadata()
            return cls(path, _view(path, told, first, packed.zooms), packed)
        try:
            with _reading(path) as db:
                told = {
                    str(name): str(value)
                    for name, value in db.execute("SELECT name, value FROM metadata")
                }
                row = db.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
                zooms = db.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
            return cls(path, _view(path, told, row and row[0], zooms))
        except sqlite3.Error as error:
            raise Refused(
                "GEOSITES_BASEMAP %(path)s: not an MBTiles file (%(error)s)", path=path, error=error
            ) from error

    def tile(self, zoom: int, column: int, row: int) -> tuple[bytes, str]:
        """Return a picture and its media type; `row` counts from the north, as the web does.

        Raises `NotFound` where the file has none.
        """
        view = self.view
        if view.min_zoom <= zoom <= view.max_zoom and 0 <= row < 2**zoom:
            data = self._kept(zoom, column, row)
            if data is not None:
                return data, _media_type(self.path, data)
        raise NotFound("tile", f"{zoom}/{column}/{row}")

    def _kept(self, zoom: int, column: int, row: int) -> bytes | None:
        if column < 0 or column >= 2**zoom:
            return None
        if self.packed is not None:
            data = self.packed.tile(zoom, column, row)
        else:
            try:
                with _reading(self.path) as db:
                    result = db.execute(_ONE, (zoom, column, 2**zoom - 1 - row)).fetchone()
            except sqlite3.Error as error:
                raise _no_tiles(self.path) from error
            data = None if result is None else result[0]
        if isinstance(data, bytes) and data.startswith(ZIPPED):
            unzipped(self.path, data)
        return data


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as db:
        yield db


def _view(
    path: Path, answer: Mapping[str, str], first: bytes | None, zooms: tuple[int, int]
) -> BaseMap:
    if first is None:
        raise Refused("GEOSITES_BASEMAP %(path)s: holds no tile", path=path)
    vector = _media_type(path, first) == VECTOR
    if vector:
        _require_readable(path, first)
    low, high = zooms
    return BaseMap(
        url=f"{PATH}/{{z}}/{{x}}/{{y}}?v={_version(path)}",
        min_zoom=_zoom(path, answer.get("minzoom", low)),
        max_zoom=_zoom(path, answer.get("maxzoom", high)),
        bounds=_bounds(path, answer.get("bounds")),
        credit=unescape(_TAG.sub("", answer.get("attribution", ""))).strip(),
        vector=vector,
        layers=_layers(answer.get("json", "")) if vector else (),
    )


def _layers(text: str) -> tuple[Mapping[str, object], ...]:
    """Return the layers that the metadata of a file describe; none where they cannot be read."""
    try:
        found = json.loads(text or "{}")["vector_layers"]
        return tuple({"id": str(item["id"]), **item} for item in found)
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def unzipped(path: Path, tile: bytes) -> bytes:
    """Return what a tile holds that is compressed by gzip, or raise `Refused`."""
    try:
        return gunzipped(tile, MOST_TILE)
    except ValueError as error:
        raise _no_tiles(path) from error


def _media_type(path: Path, tile: object) -> str:
    """Return what a tile is by how it begins: what the file says of itself may be wrong."""
    for start, media_type in KINDS:
        if isinstance(tile, bytes) and tile.startswith(start):
            return media_type
    raise _no_tiles(path)


def _require_readable(path: Path, tile: bytes) -> None:
    """Refuse what is no vector tile: layers, each with its length before it."""
    data = unzipped(path, tile) if tile.startswith(ZIPPED) else tile
    at = 0
    while at < len(data):
        if data[at] != _LAYER:
            raise _no_tiles(path)
        size, at = varint(data, at + 1)
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
    if not str(value).isdecimal() or int(value) > DEEPEST:
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: a zoom of %(zoom)r is none of 0 to %(deepest)s",
            path=path,
            zoom=value,
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
            "GEOSITES_BASEMAP %(path)s: bounds %(text)r are not four degrees", path=path, text=text
        ) from error
    if not all(map(math.isfinite, (west, south, east, north))) or west >= east or south >= north:
        raise Refused(
            "GEOSITES_BASEMAP %(path)s: bounds %(text)r enclose nothing", path=path, text=text
        )
    return west, south, east, north


def _version(path: Path) -> str:
    """Return a word that changes with the file, so that its tiles may be kept by readers."""
    stat = path.stat()
    return hashlib.sha256(f"{stat.st_size} {stat.st_mtime_ns}".encode()).hexdigest()[:10]
