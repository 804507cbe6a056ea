"""Temporary file of map features by tile, so that a large map needs little memory.

The squares are the tiles of the lowest zoom level; a feature is stored in each tile it intersects,
clipped to it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from geosites.core.errors import GeositesError, Refused
from geosites.imports.basemap.mapping import WEB_METRES, MapFeatures

HALF_M = math.pi * 6378137.0
"""Half the side of the world in web metres."""

_FEW = 16
"""Number of tiles around a shape up to which all are made, even if it crosses only some."""

Square = tuple[int, int]
Objects = npt.NDArray[np.object_]

UNHURRIED = "PRAGMA synchronous = OFF;"
"""Consistent after a killed process; after a power cut the build starts again."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS feature (
    column INTEGER, row INTEGER, kind TEXT, level TEXT, label TEXT, shape BLOB
);
CREATE TABLE IF NOT EXISTS tile (zoom INTEGER, column INTEGER, row INTEGER,
    PRIMARY KEY (zoom, column, row)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Scratch:
    """A file of features in web metres by square of a zoom, with a margin around each square."""

    path: Path
    zooms: range
    margin: float

    def fill(
        self, key: str, parts: Iterable[MapFeatures], tell: Callable[[int, int], None]
    ) -> None:
        """Store features, unless those of the same key exist; `tell` gets their number."""
        if self._about("done") == key:
            return
        self.remove()
        try:
            self._fill(key, parts, tell)
        except (GeositesError, sqlite3.Error):
            self.remove()
            raise

    def remove(self) -> None:
        """Remove the file, and those that SQLite left beside it."""
        self.path.unlink(missing_ok=True)
        self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)

    def _fill(
        self, key: str, parts: Iterable[MapFeatures], tell: Callable[[int, int], None]
    ) -> None:
        with closing(self._opened()) as db:
            count, bounds = 0, np.array([np.inf, np.inf, -np.inf, -np.inf])
            for part in parts:
                west, south, east, north = shapely.total_bounds(part.shape)
                bounds = np.r_[
                    np.minimum(bounds[:2], (west, south)), np.maximum(bounds[2:], (east, north))
                ]
                self._add(db, part)
                count += len(part)
                tell(count, 0)
            db.execute("CREATE INDEX square ON feature (column, row)")
            told = {"count": str(count), "bounds": ",".join(f"{edge:.5f}" for edge in bounds)}
            db.executemany("INSERT INTO about VALUES (?, ?)", [*told.items(), ("done", key)])
            db.commit()

    @property
    def count(self) -> int:
        """How many features were read."""
        return int(self._about("count") or 0)

    @property
    def bounds(self) -> str:
        """West, south, east and north of all, in degrees, as MBTiles write them."""
        return self._about("bounds") or ""

    def tiles(self) -> list[tuple[int, int, int]]:
        """Return every tile that holds something: zoom, column, row from the north."""
        with closing(self._opened()) as db:
            return db.execute("SELECT zoom, column, row FROM tile ORDER BY 1, 2, 3").fetchall()

    def square(self, at: Square) -> MapFeatures:
        """Return the features of a square in web metres, in the order in which they were read."""
        with closing(self._opened()) as db:
            rows = db.execute(
                "SELECT kind, level, label, shape FROM feature WHERE column = ? AND row = ? "
                "ORDER BY rowid",
                at,
            ).fetchall()
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        kind, level, label = (np.array(part, dtype=object) for part in columns[:3])
        return MapFeatures(kind, level, label, shapely.from_wkb(np.array(columns[3], dtype=object)))

    def _add(self, db: sqlite3.Connection, part: MapFeatures) -> None:
        shape = _in_web_metres(part.shape)
        bounds = shapely.bounds(shape)
        for zoom in self.zooms:
            spans = _span(bounds, zoom)
            wide = _count(spans) > _FEW
            touched = {
                (zoom, *cell)
                for span in np.unique(spans[~wide], axis=0).tolist()
                for cell in _cells(span)
            }
            for one in shape[wide]:
                touched.update((zoom, *cell) for cell in _crossed(one, zoom))
            db.executemany("INSERT OR IGNORE INTO tile VALUES (?, ?, ?)", touched)
        side = 2 * HALF_M / 2 ** self.zooms[0]
        edge = side * self.margin
        around = _span(bounds + np.array([-edge, -edge, edge, edge]), self.zooms[0])
        alone = (around[:, :2] == around[:, 2:]).all(axis=1)
        rows = self._rows(part, shape, around, alone, side)
        db.executemany("INSERT INTO feature VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.commit()

    def _rows(
        self,
        part: MapFeatures,
        shape: Objects,
        spans: npt.NDArray[np.int64],
        alone: npt.NDArray[np.bool_],
        side: float,
    ) -> Iterable[tuple[int, int, str, str, str, bytes]]:
        whole = shapely.to_wkb(shape)
        edge = side * self.margin
        for n, (first, top, last, bottom) in enumerate(spans.tolist()):
            told = part.kind[n], part.level[n], part.label[n]
            if alone[n]:
                yield first, top, *told, whole[n]
                continue
            for column in range(first, last + 1):
                for row in range(top, bottom + 1):
                    west, north = column * side - HALF_M, HALF_M - row * side
                    box = (west - edge, north - side - edge, west + side + edge, north + edge)
                    cut = shapely.clip_by_rect(shape[n], *box)
                    if not cut.is_empty:
                        yield column, row, *told, shapely.to_wkb(cut)

    def _about(self, key: str) -> str | None:
        if not self.path.exists():
            return None
        try:
            with closing(self._opened()) as db:
                row = db.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else str(row[0])

    def _opened(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self.path)
            db.executescript(UNHURRIED + _SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise Refused(
                "%(path)s: cannot be written: %(error)s", path=self.path, error=error
            ) from error
        return db


def _cells(span: Sequence[int]) -> Iterator[Square]:
    """Yield every column and row from the first of them to the last."""
    first, top, last, bottom = span
    return product(range(first, last + 1), range(top, bottom + 1))


def _count(spans: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the number of tiles in each span (n, 4)."""
    found: npt.NDArray[np.int64] = (spans[:, 2:] - spans[:, :2] + 1).prod(axis=1)
    return found


def _crossed(shape: shapely.Geometry, zoom: int) -> Iterator[Square]:
    """Yield the tiles that a shape crosses, and few others of its box."""
    side = 2 * HALF_M / float(2**zoom)
    parts = [shape]
    while parts:
        part = parts.pop()
        spans = _span(np.array([part.bounds]), zoom)
        first, top, last, bottom = spans[0].tolist()
        if _count(spans)[0] <= _FEW:
            yield from _cells(spans[0].tolist())
            continue
        west, south, east, north = part.bounds
        if last - first > bottom - top:
            middle = (first + last + 1) // 2 * side - HALF_M
            halves = (west, south, middle, north), (middle, south, east, north)
        else:
            middle = HALF_M - (top + bottom + 1) // 2 * side
            halves = (west, south, east, middle), (west, middle, east, north)
        cut = [shapely.clip_by_rect(part, *half) for half in halves]
        parts += [half for half in cut if not half.is_empty]


def _span(bounds: npt.NDArray[np.float64], zoom: int) -> npt.NDArray[np.int64]:
    """Return the first column and row (from the north) and the last that each box touches."""
    side = 2 * HALF_M / float(2**zoom)
    west, east = np.floor((bounds[:, [0, 2]] + HALF_M) / side).T
    north, south = np.floor((HALF_M - bounds[:, [3, 1]]) / side).T
    return np.stack([west, north, east, south], axis=1).astype(np.int64)


def _in_web_metres(shapes: Objects) -> Objects:
    project = Transformer.from_crs(4326, WEB_METRES, always_xy=True)
    result: Objects = shapely.transform(
        shapes, lambda xy: np.column_stack(project.transform(xy[:, 0], xy[:, 1]))
    )
    return result
