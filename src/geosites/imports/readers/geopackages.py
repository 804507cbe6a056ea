"""Check a GeoPackage before GDAL reads it: endless views, too many layers, oversized values."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from geosites.core.errors import Refused

MOST_LAYERS = 1000
MOST_CELL_BYTES = 10_000_000
"""A value of a layer is not larger than this."""

_MOST_TABLES = 6 * MOST_LAYERS
"""Tables per layer: each may have five for its index; GDAL reads every one."""
_NO_LAYERS = ("qgis_projects", "layer_styles")
_STEPS = 1000
"""Number of SQLite instructions per step."""
_MOST_TURNS = 12_000
_TURN_BYTES = 1000
"""Bytes of the file for each additional step."""
_MOST_S, _BYTES_PER_S = 1.0, 10_000_000
"""Processor time limit of its queries: one instruction may make a text of 10 MB."""
_OWN = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys")


def refuse_endless(path: Path) -> int:
    """Return the maximum total length of the longest values of a row.

    Raises `Refused` if a GeoPackage has too many layers, or an endless view.

    A view is a query stored in the file, during which GDAL cannot be interrupted.
    """
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    ) as db:
        size = path.stat().st_size
        turns = iter(range(_MOST_TURNS + size // _TURN_BYTES))
        end = time.thread_time() + _MOST_S + size / _BYTES_PER_S
        db.set_progress_handler(
            lambda: next(turns, None) is None or time.thread_time() > end, _STEPS
        )
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_CELL_BYTES)
        try:
            db.execute("PRAGMA trusted_schema = off")
            return _look(db)
        except (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError) as error:
            raise Refused(
                "the GeoPackage asks more than a file does: save its layer as a table (%(error)s)",
                error=error,
            ) from error


def _look(db: sqlite3.Connection) -> int:
    longest = 0
    kinds = dict(db.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    if len(kinds) > _MOST_TABLES:
        raise Refused("the file has more than %(most)s layers", most=MOST_LAYERS)
    for name in _OWN:
        if kinds.get(name, "table") != "table":
            raise Refused(
                "the GeoPackage asks more than a file does: %(name)s is a view", name=name
            )
    if "gpkg_contents" not in kinds:
        return longest
    layers = [name for (name,) in db.execute("SELECT table_name FROM gpkg_contents LIMIT 1001")]
    if len(layers) > MOST_LAYERS:
        raise Refused("the file has more than %(most)s layers", most=MOST_LAYERS)
    for name in layers:
        if kinds.get(name) == "view":
            for row in db.execute(f"SELECT * FROM {_quoted(name)}"):  # noqa: S608 - quoted, in a file
                size = sum(len(value) for value in row if isinstance(value, str | bytes))
                longest = max(longest, size)
        elif name in kinds and name not in _NO_LAYERS:
            longest = max(longest, _measure(db, name))
    return longest


def _measure(db: sqlite3.Connection, table: str) -> int:
    """Return the sum of the longest values of a table; their bytes are not read for it.

    Raises `Refused` if one exceeds the limit.
    """
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({_quoted(table)})")]
    longest = ", ".join(f"max(length({_quoted(name)}))" for name in columns)
    try:
        lengths = db.execute(f"SELECT {longest} FROM {_quoted(table)}").fetchone()  # noqa: S608
    except sqlite3.DataError as error:
        raise _too_large() from error
    if any(length is not None and length > MOST_CELL_BYTES for length in lengths):
        raise _too_large()
    return sum(length or 0 for length in lengths)


def _too_large() -> Refused:
    return Refused(
        "the GeoPackage holds a value of more than %(most)s MB", most=MOST_CELL_BYTES // 1_000_000
    )


def _quoted(name: object) -> str:
    doubled = str(name).replace('"', '""')
    return f'"{doubled}"'
