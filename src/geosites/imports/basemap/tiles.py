"""Vector tiles of a map in one MBTiles file, written one by one, so that it can resume."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core.errors import Refused
from geosites.db.geography.street_tiles import StreetTile
from geosites.imports.basemap.mapping import FROM_ZOOM, MapFeatures
from geosites.imports.basemap.mvt import EXTENT, LAYER, encode
from geosites.imports.basemap.scratch import HALF_M, UNHURRIED, Scratch

ZOOMS = range(12, 16)
"""Below, the streets that come with geosites are drawn; above, the last ones serve."""

_BUFFER = 64
MADE = f"{ZOOMS} {EXTENT} {_BUFFER} 3"
"""Version of the tiling; a build of another version is not resumed."""

_SMALLEST_PX = 2.0
_OF_ZOOM = "SELECT tile_column, tile_row, tile_data FROM tiles WHERE zoom_level = ?"

Tile = tuple[int, int, int]
Progress = Callable[[int, int], None]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS metadata (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS tiles (
    zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB,
    PRIMARY KEY (zoom_level, tile_column, tile_row)
);
"""


def write(
    path: Path, parts: Iterable[MapFeatures], key: str, credit: str, tell: Progress
) -> tuple[int, int]:
    """Write the tiles of some features to `path`; return how many features and tiles there are.

    Read features are in `path` with `.read`, finished tiles in `path` with `.part`, from which the
    next call with the same key resumes; both are removed at the end. `tell` is called with features
    read (of 0), then with tiles done and their total. Raises `Refused` if the disk is full.
    """
    try:
        return _write(path, parts, key, credit, tell)
    except sqlite3.Error as error:
        raise Refused("%(path)s: cannot be written: %(error)s", path=path, error=error) from error


def written(path: Path, zooms: Iterable[int]) -> Iterator[StreetTile]:
    """Yield the tiles of some zooms of a file, row by row."""
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as db:
        for zoom in zooms:
            for x, y, data in db.execute(_OF_ZOOM, (zoom,)):
                yield StreetTile(zoom, x, 2**zoom - 1 - y, data)


def _write(
    path: Path, parts: Iterable[MapFeatures], key: str, credit: str, tell: Progress
) -> tuple[int, int]:
    part = path.with_name(path.name + ".part")
    read = Scratch(path.with_name(path.name + ".read"), ZOOMS, _BUFFER / EXTENT)
    read.fill(key, parts, tell)
    with closing(_opened(part, key)) as db:
        wanted = read.tiles()
        done = set(db.execute("SELECT zoom_level, tile_column, tile_row FROM tiles"))
        for square, tiles in _by_square(wanted).items():
            if all(_named(tile) in done for tile in tiles):
                continue
            features = read.square(square)
            for zoom in ZOOMS:
                todo = [tile for tile in tiles if tile[0] == zoom]
                _zoom(db, zoom, todo, done, features)
                tell(len(done), len(wanted))
        _describe(db, read.bounds, credit)
        db.commit()
        db.execute("PRAGMA synchronous = FULL")
        db.execute("UPDATE metadata SET value = value WHERE name = 'source'")
        db.commit()
    part.replace(path)
    count = read.count
    read.remove()
    return count, len(wanted)


def _by_square(tiles: Iterable[Tile]) -> dict[tuple[int, int], list[Tile]]:
    """Return the tiles grouped by the tile of the lowest zoom that contains them."""
    found: dict[tuple[int, int], list[Tile]] = {}
    for zoom, column, row in tiles:
        down = zoom - ZOOMS[0]
        found.setdefault((column >> down, row >> down), []).append((zoom, column, row))
    return dict(sorted(found.items()))


def _named(tile: Tile) -> Tile:
    """Return a tile as the file names it: rows count from the south."""
    zoom, column, row = tile
    return zoom, column, 2**zoom - 1 - row


def _opened(part: Path, key: str) -> sqlite3.Connection:
    """Return the unfinished file of this source, or a new one that replaces another's."""
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
        db.executescript(UNHURRIED + _SCHEMA)
    except (OSError, sqlite3.Error) as error:
        raise Refused("%(path)s: cannot be written: %(error)s", path=part, error=error) from error
    db.execute("INSERT OR REPLACE INTO metadata VALUES ('source', ?)", (key,))
    db.commit()
    return db


def _side(zoom: int) -> float:
    return 2 * HALF_M / float(2**zoom)


def _zoom(
    db: sqlite3.Connection, zoom: int, todo: list[Tile], done: set[Tile], features: MapFeatures
) -> None:
    """Write the tiles of one zoom in a square that are not there yet."""
    shown = np.flatnonzero(_shown(features, zoom))
    shapes = shapely.simplify(features.shape[shown], _side(zoom) / 4096 * 4)
    tree = shapely.STRtree(shapes)
    for tile in todo:
        name = _named(tile)
        if name not in done:
            data = _tile(tree, shapes, features, shown, tile)
            db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (*name, data))
            done.add(name)
    db.commit()


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
    west, north = column * side - HALF_M, HALF_M - row * side
    box = (west - edge, north - side - edge, west + side + edge, north + edge)
    near = np.sort(tree.query(shapely.box(*box)))
    cut = shapely.clip_by_rect(shapes[near], *box)
    cut = shapely.transform(cut, lambda xy: (xy - (west, north)) * (scale, -scale))
    drawn = [
        (shape, _properties(features, shown[number]))
        for number, shape in zip(near, shapely.orient_polygons(cut), strict=True)
        if not shape.is_empty
        and _large(shape)
        and (features.kind[shown[number]] == "place") == (shape.geom_type == "Point")
    ]
    return gzip.compress(encode(drawn), 6, mtime=0)


def _large(shape: shapely.Geometry) -> bool:
    """Return whether a shape of a tile is more than a dot."""
    if shape.geom_type in ("GeometryCollection", "MultiPoint"):
        return False
    if shape.geom_type == "Point":
        return True
    west, north, east, south = shape.bounds
    return bool(max(east - west, south - north) > _SMALLEST_PX * 16)


def _properties(features: MapFeatures, number: int) -> dict[str, str]:
    told = {"kind": str(features.kind[number])}
    for name, value in (("level", features.level[number]), ("label", features.label[number])):
        if value and told["kind"] != "building":
            told[name] = str(value)
    return told


def _describe(db: sqlite3.Connection, bounds: str, credit: str) -> None:
    fields = {"kind": "String", "level": "String", "label": "String"}
    layer = {"id": LAYER, "fields": fields, "minzoom": ZOOMS[0], "maxzoom": ZOOMS[-1]}
    told = {
        "name": "geosites",
        "format": "pbf",
        "minzoom": str(ZOOMS[0]),
        "maxzoom": str(ZOOMS[-1]),
        "bounds": bounds,
        "attribution": credit,
        "json": json.dumps({"vector_layers": [layer]}),
    }
    db.executemany("INSERT OR REPLACE INTO metadata VALUES (?, ?)", told.items())
