"""Convert vector tiles of any producer to the lines and waters of printed maps."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import shapely
import sqlalchemy as sa

from geosites.core.vector_tile import decode_layers
from geosites.db.geography import street_map, street_tiles
from geosites.db.geography.street_tiles import StreetTile
from geosites.imports.basemap.mvt import EXTENT, LAYER, encode

ZOOMS = (12, 13, 14)
"""The zooms that maps on paper are drawn from."""

TileReader = Callable[[int, int, int], bytes | None]
"""Returns the tile of a zoom, column and row from the north, unpacked; None where there is none."""

_KINDS = (
    (re.compile("^(?:water|ocean|river)"), "water"),
    (re.compile("^(?:trans|road|street|bridge)"), "road"),
)
_LEVELS = (
    (re.compile("rail|transit|tram|subway|light"), "rail"),
    (re.compile("path|track|foot|steps|pedestrian|cycle|service|other"), "path"),
    (re.compile("motorway|trunk|highway"), "motorway"),
    (re.compile("primary|secondary|major|medium"), "main"),
)
"""What layers and classes of OpenMapTiles, Protomaps and Shortbread are; on screen as well."""


def put(
    conn: sa.Connection, read: TileReader, area: shapely.Geometry, version: str, credit: str
) -> int:
    """Make the tiles of a file over an area in degrees those under maps on paper; return how many.

    `version` changes with the file. Raises `Refused` or `ValueError` for a damaged tile.
    """
    count = street_tiles.put(conn, _translated(read, places(area, ZOOMS)))
    street_map.say_loaded(conn, street_map.TILES, version, credit)
    return count


def places(area: shapely.Geometry, zooms: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Yield zoom, column and row of the tiles in the box around an area in degrees."""
    west, south, east, north = area.bounds
    for zoom in zooms:
        first, top = _place(west, north, zoom)
        last, bottom = _place(east, south, zoom)
        for column in range(first, last + 1):
            yield from ((zoom, column, row) for row in range(top, bottom + 1))


def _place(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 2**zoom
    high = math.asinh(math.tan(math.radians(max(-85.0, min(85.0, lat))))) / math.pi
    column, row = int((lon + 180) / 360 * side), int((1 - high) / 2 * side)
    return max(0, min(side - 1, column)), max(0, min(side - 1, row))


def _translated(read: TileReader, wanted: Iterable[tuple[int, int, int]]) -> Iterator[StreetTile]:
    for zoom, column, row in wanted:
        data = read(zoom, column, row)
        if data:
            made = encode(_drawn(data))
            yield StreetTile(zoom, column, row, gzip.compress(made, 6, mtime=0))


def _drawn(data: bytes) -> Iterator[tuple[shapely.Geometry, dict[str, str]]]:
    for layer, (shape, told), extent in decode_layers(data):
        ours = dict(told) if layer == LAYER else _ours(layer, told)
        if ours is None or not extent:
            continue
        scale = EXTENT / extent
        fitting = (shape,) if scale == 1 else (shapely.transform(shape, lambda xy: xy * scale),)  # noqa: B023
        for part in shapely.get_parts(fitting):
            if shapely.get_dimensions(part) > 0 and not part.is_empty:
                yield part, ours


def _ours(layer: str, told: Mapping[str, str]) -> dict[str, str] | None:
    """Return the class of a feature in another tile schema; None if it is not printed."""
    kind = next((ours for known, ours in _KINDS if known.search(layer)), None)
    if kind is None:
        return None
    what = " ".join(told.get(name, "") for name in ("class", "kind", "subclass", "pmap:kind"))
    level = next((ours for known, ours in _LEVELS if known.search(what)), "street")
    label = told.get("name:fr") or told.get("name:latin") or told.get("name") or ""
    found = {"kind": kind}
    if kind == "road":
        found = {"kind": "rail", "level": "train"} if level == "rail" else {**found, "level": level}
    return {**found, "label": label} if label else found
