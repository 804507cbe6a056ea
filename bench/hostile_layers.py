"""Packages, shapefiles and Parquet made to cost more than they hold, each as a file of its own."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from bench.hostile_tables import Make

_MB = 1 << 20
_SEEN = {"observed_at": "2023-07-13T15:30", "headcount": 3}


def layer(*statements: str, rows: int = 1, shape: Callable[[], object] | None = None) -> Make:
    """Return what writes a GeoPackage, changed by SQL."""

    def write(path: Path) -> None:
        _frame(rows, shape).to_file(path, layer="seen", driver="GPKG")
        with closing(sqlite3.connect(path)) as db, db:
            named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree%'"
            for (trigger,) in db.execute(named).fetchall():
                db.execute(f'DROP TRIGGER "{trigger}"')
            for statement in statements:
                db.execute(statement)

    return write


def _frame(rows: int = 1, shape: Callable[[], object] | None = None) -> gpd.GeoDataFrame:
    where = [shape() if shape else shapely.Point(2.37, 48.885)] * rows
    data = {name: [value] * rows for name, value in _SEEN.items()}
    return gpd.GeoDataFrame(data, geometry=where, crs=4326)


def circle(count: int) -> shapely.Polygon:
    """Return a circle of so many vertices."""
    turn = np.linspace(0, 2 * np.pi, count)
    return shapely.Polygon(
        np.column_stack([2.37 + 0.01 * np.cos(turn), 48.88 + 0.01 * np.sin(turn)])
    )


def _blob(depth: int) -> str:
    """Return a geometry of a GeoPackage that is collections within collections, as SQL."""
    head = b"GP\x00\x01" + struct.pack("<l", 4326)
    inner = struct.pack("<BLdd", 1, 1, 2.37, 48.885)
    return (head + struct.pack("<BLL", 1, 7, 1) * depth + inner).hex()


_GROW = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT {})"
    " INSERT INTO seen (geom, observed_at, headcount) SELECT geom, {}, 3 FROM seen, r"
)
GPKG: Mapping[str, Make] = {
    "bad rows, 500,000": layer(_GROW.format(500_000, "'bad'")),
    "texts of 1 MB, 100": layer(_GROW.format(100, "hex(zeroblob(500000))")),
    "a text of 60 MB": layer("UPDATE seen SET observed_at = hex(zeroblob(30000000))"),
    "a count that lies": layer("UPDATE gpkg_ogr_contents SET feature_count = 4000000000"),
    "an area of a million vertices": layer(shape=lambda: circle(1_000_000)),
    "collections, 10,000 deep": layer(
        f"UPDATE seen SET geom = x'{_blob(10_000)}'",
    ),
    "1,900 columns": layer(*(f"ALTER TABLE seen ADD COLUMN c{n} TEXT" for n in range(1_900))),
    "20,000 layers": layer(
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 20000)"
        " INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
        " SELECT 't' || n, 'features', 't' || n, 4326 FROM r"
    ),
    "a view without an end": layer(
        "ALTER TABLE seen RENAME TO kept",
        "CREATE VIEW seen AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
        " SELECT kept.* FROM kept, r",
    ),
    "a reference of 5 MB": layer(
        "UPDATE gpkg_spatial_ref_sys SET definition = hex(zeroblob(2500000))"
    ),
    "no reference": layer("DELETE FROM gpkg_spatial_ref_sys WHERE srs_id = 4326"),
}


def shapes(change: Mapping[str, Callable[[bytes], bytes]], rows: int = 1, area: int = 0) -> Make:
    """Return what writes a packed shapefile, some of its parts changed."""

    def write(path: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            shape = (lambda: circle(area)) if area else None
            frame = _frame(rows, shape)
            with warnings.catch_warnings(action="ignore"):  # names are cut after ten letters
                frame.to_file(Path(folder) / "a.shp")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for part in sorted(Path(folder).iterdir()):
                    data = part.read_bytes()
                    archive.writestr(part.name, change.get(part.suffix, bytes)(data))

    return write


def _put(at: int, form: str, value: int) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        new = struct.pack(form, value)
        return data[:at] + new + data[at + len(new) :]

    return change


SHAPEFILE: Mapping[str, Make] = {
    "features, 300,000": shapes({}, rows=300_000),
    "an area of a million vertices": shapes({}, area=1_000_000),
    "rows, a count that lies": shapes({".dbf": _put(4, "<L", 4_000_000_000)}),
    "width of rows that lies": shapes({".dbf": _put(10, "<H", 65_535)}),
    "vertices, a count that lies": shapes({".shp": _put(148, "<L", 2_000_000_000)}, area=100),
    "rings, a count that lies": shapes({".shp": _put(144, "<L", 2_000_000_000)}, area=100),
    "length of a record that lies": shapes({".shp": _put(104, ">L", 2_000_000_000)}, area=100),
    "places beyond the end": shapes({".shx": _put(100, ">L", 2_000_000_000)}),
    "a bomb of 1.9 GB": shapes({".prj": lambda data: data + b" " * (1900 * _MB)}),
    "a reference of 50 MB": shapes({".prj": lambda data: data + b" " * (50 * _MB)}),
}


def parquet(make: Callable[[], pa.Table], **options: object) -> Make:
    """Return what writes a table as Parquet."""
    return lambda path: pq.write_table(make(), path, **options)


def _table(rows: int, **more: object) -> pa.Table:
    plain = {"observed_at": "2023-07-13T15:30", "lon": 2.37, "lat": 48.885, "headcount": 3}
    columns = {name: pa.array([value] * rows) for name, value in plain.items()}
    return pa.table({**columns, **more})


def _drawn(path: Path, shape: object) -> None:
    frame = _frame(1, lambda: shape)
    made = io.BytesIO()
    frame.to_parquet(made)
    path.write_bytes(made.getvalue())


def _deep_type(depth: int) -> pa.Table:
    kind = pa.int32()
    for _ in range(depth):
        kind = pa.struct([("a", kind)])
    return _table(1, deep=pa.nulls(1, kind))


def _bytes_deep() -> pa.Table:
    inner = struct.pack("<BLdd", 1, 1, 2.37, 48.885)
    cell = struct.pack("<BLL", 1, 7, 1) * 10_000 + inner
    about = {"version": "1.0.0", "primary_column": "geometry",
             "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}  # fmt: skip
    table = pa.table({**{k: [v] for k, v in _SEEN.items()}, "geometry": pa.array([cell])})
    return table.replace_schema_metadata({"geo": json.dumps(about)})


def _footer(path: Path) -> None:
    """Write a file whose counts of rows lie."""
    made = io.BytesIO()
    pq.write_table(_table(1000), made)
    data = made.getvalue()
    path.write_bytes(data.replace(b"\x16\xd0\x0f", b"\x16\xfe\x0f"))


def _once(length: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0] * 8000, pa.int32()), ["a" * length])


PARQUET: Mapping[str, Make] = {
    "bad rows, a million": parquet(
        lambda: _table(1_000_000).set_column(0, "observed_at", pa.array(["bad"] * 1_000_000))
    ),
    "nulls, 100 million": parquet(
        lambda: pa.table({"observed_at": pa.nulls(100_000_000, pa.string())})
    ),
    "10,000 columns": parquet(lambda: _table(1, **{f"c{n}": [1] for n in range(10_000)})),
    "100,000 groups of rows": parquet(lambda: _table(100_000), row_group_size=1),
    "one text of 1 MB in 8,000 rows": parquet(lambda: _table(8000, unit=_once(1_000_000))),
    "a text of 200 MB": parquet(lambda: _table(1, unit=["a" * (200 * _MB)])),
    "texts of 100 kB in 8,000 rows": parquet(
        lambda: _table(8000, unit=[f"{n:06d}" * 16_000 for n in range(8000)]),
        compression="zstd",
        use_dictionary=False,
    ),
    "types, 900 deep": parquet(lambda: _deep_type(900)),
    "an area of a million vertices": lambda path: _drawn(path, circle(1_000_000)),
    "collections, 10,000 deep": parquet(_bytes_deep),
    "counts that lie": _footer,
    "lists of a million": parquet(lambda: _table(1, unit=[list(range(1_000_000))])),
    "decimals": parquet(lambda: _table(1, accuracy_m=pa.array([10**37], pa.decimal128(38)))),
    "an empty frame": parquet(lambda: pa.Table.from_pandas(pd.DataFrame())),
}
