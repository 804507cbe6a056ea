"""Vector tiles of a map in one MBTiles file, written tile by tile, so that it can go on later."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from geosites.core.errors import Refused
from geosites.imports.basemap.mapping import FROM_ZOOM, WEB_METRES, MapFeatures
from geosites.imports.basemap.mvt import EXTENT, LAYER, encode

ZOOMS = range(12, 16)
"""Below, the streets that come with geosites are drawn; above, the last ones serve."""

_HALF = math.pi * 6378137.0
_BUFFER = 64
_SMALLEST_PX = 2.0
_COMMIT = 64

Tile = tuple[int, int, int]
Progress = Callable[[int, int], None]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS metadata (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS tiles (
    zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB,
    PRIMARY KEY (zoom_level, tile_column, tile_row)
);
"""


def write(path: Path, features: MapFeatures, source: Path, credit: str, tell: Progress) -> int:
    """Write the tiles of some features to `path`; return how many tiles there are.

    Until the last is there they stand in `path` with `.part`, from which the next call with the
    same source goes on. `tell` is told of tiles done, and of all.
    """
    part = path.with_name(path.name + ".part")
    key = _key(source)
    with closing(_opened(part, key)) as db:
        metric = _in_web_metres(features.shape)
        wanted = list(_tiles(metric))
        done = set(db.execute("SELECT zoom_level, tile_column, tile_row FROM tiles"))
        for zoom in ZOOMS:
            todo = [tile for tile in wanted if tile[0] == zoom]
            for _ in _zoom(db, zoom, todo, done, features, metric):
                tell(len(done), len(wanted))
        _describe(db, features, credit)
        db.commit()
    part.replace(path)
    return len(wanted)


def _key(source: Path) -> str:
    stat = source.stat()
    text = f"{source.absolute()} {stat.st_size} {stat.st_mtime_ns} {ZOOMS} {EXTENT}"
    return hashlib.sha256(text.encode()).hexdigest()


def _opened(part: Path, key: str) -> sqlite3.Connection:
    """Return the unfinished file of this source, or a new one in the place of another's."""
    try:
        if part.exists():
            with closing(sqlite3.connect(part)) as db:
                row = db.execute("SELECT value FROM metadata WHERE name = 'source'").fetchone()
            if row is None or row[0] != key:
                part.unlink()
    except sqlite3.Error:
        part.unlink()
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(part)
        db.executescript(_SCHEMA)
    except (OSError, sqlite3.Error) as error:
        raise Refused("%(path)s: cannot be written: %(error)s", path=part, error=error) from error
    db.execute("INSERT OR REPLACE INTO metadata VALUES ('source', ?)", (key,))
    db.commit()
    return db


def _in_web_metres(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    project = Transformer.from_crs(4326, WEB_METRES, always_xy=True)
    result: npt.NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.column_stack(project.transform(xy[:, 0], xy[:, 1]))
    )
    return result


def _side(zoom: int) -> float:
    return 2 * _HALF / float(2**zoom)


def _tiles(shapes: npt.NDArray[np.object_]) -> Iterator[Tile]:
    """Yield every tile that holds something, the lowest zooms first; rows count from the north."""
    bounds = shapely.bounds(shapes)
    for zoom in ZOOMS:
        side = _side(zoom)
        west, east = np.floor((bounds[:, [0, 2]] + _HALF) / side).astype(int).T
        north, south = np.floor((_HALF - bounds[:, [3, 1]]) / side).astype(int).T
        spans = np.unique(np.stack([west, north, east, south], axis=1), axis=0).tolist()
        yield from sorted(
            {
                (zoom, column, row)
                for first, top, last, bottom in spans
                for column in range(first, last + 1)
                for row in range(top, bottom + 1)
            }
        )


def _zoom(
    db: sqlite3.Connection,
    zoom: int,
    todo: list[Tile],
    done: set[Tile],
    features: MapFeatures,
    metric: npt.NDArray[np.object_],
) -> Iterator[int]:
    """Write the tiles of one zoom that are not there yet; yield how many after each group."""
    side = _side(zoom)
    shown = np.flatnonzero(_shown(features, zoom))
    shapes = shapely.simplify(metric[shown], side / 4096 * 4)
    tree = shapely.STRtree(shapes)
    for count, (_, column, row) in enumerate(todo, start=1):
        name = (zoom, column, 2**zoom - 1 - row)
        if name not in done:
            data = _tile(tree, shapes, features, shown, (zoom, column, row))
            db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (*name, data))
            done.add(name)
        if count % _COMMIT == 0 or count == len(todo):
            db.commit()
            yield count


def _shown(features: MapFeatures, zoom: int) -> npt.NDArray[np.bool_]:
    pairs = zip(features.kind, features.level, strict=True)
    return np.array([zoom >= FROM_ZOOM.get(pair, 99) for pair in pairs], dtype=bool)


def _tile(
    tree: shapely.STRtree,
    shapes: npt.NDArray[np.object_],
    features: MapFeatures,
    shown: npt.NDArray[np.intp],
    tile: Tile,
) -> bytes:
    zoom, column, row = tile
    side = _side(zoom)
    scale, edge = EXTENT / side, side * _BUFFER / EXTENT
    west, north = column * side - _HALF, _HALF - row * side
    box = (west - edge, north - side - edge, west + side + edge, north + edge)
    near = np.sort(tree.query(shapely.box(*box)))
    cut = shapely.clip_by_rect(shapes[near], *box)
    cut = shapely.transform(cut, lambda xy: (xy - (west, north)) * (scale, -scale))
    drawn = [
        (shape, _properties(features, shown[number]))
        for number, shape in zip(near, shapely.orient_polygons(cut), strict=True)
        if not shape.is_empty and _large(shape)
    ]
    return gzip.compress(encode(drawn), 6, mtime=0)


def _large(shape: shapely.Geometry) -> bool:
    """Return whether a shape of a tile is more than a dot."""
    if shape.geom_type in ("GeometryCollection", "Point", "MultiPoint"):
        return False
    west, north, east, south = shape.bounds
    return bool(max(east - west, south - north) > _SMALLEST_PX * 16)


def _properties(features: MapFeatures, number: int) -> dict[str, str]:
    told = {"kind": str(features.kind[number])}
    for name, value in (("level", features.level[number]), ("label", features.label[number])):
        if value and told["kind"] != "building":
            told[name] = str(value)
    return told


def _describe(db: sqlite3.Connection, features: MapFeatures, credit: str) -> None:
    west, south, east, north = shapely.total_bounds(features.shape)
    fields = {"kind": "String", "level": "String", "label": "String"}
    layer = {"id": LAYER, "fields": fields, "minzoom": ZOOMS[0], "maxzoom": ZOOMS[-1]}
    told = {
        "name": "geosites",
        "format": "pbf",
        "minzoom": str(ZOOMS[0]),
        "maxzoom": str(ZOOMS[-1]),
        "bounds": f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}",
        "attribution": credit,
        "json": json.dumps({"vector_layers": [layer]}),
    }
    db.executemany("INSERT OR REPLACE INTO metadata VALUES (?, ?)", told.items())
