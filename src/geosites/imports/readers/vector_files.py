"""Layers and Parquet: batches of typed columns, a geometry turned into columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio

from geosites.core.errors import Refused
from geosites.imports.readers.geometry_columns import Shapes
from geosites.imports.readers.tables import (
    BLOCK_ROWS,
    Meter,
    OpenTable,
    Piece,
    as_text,
    row_numbers,
)
from geosites.validation import SHOWN, FileKind

_SQLITE = b"SQLite format 3\x00"
_FLATGEOBUF = b"fgb\x03"
_STYLES = "layer_styles"
"""A table of how layers are drawn, not of rows."""
_GEOGRAPHIC = "OGC:CRS84"


@contextmanager
def open_layer(path: Path, limit_bytes: int, kind: FileKind) -> Iterator[OpenTable]:
    """Open a GeoJSON, GeoPackage or FlatGeobuf file of one layer; a line is a feature."""
    Meter(limit_bytes).add(path.stat().st_size)
    options = _options(path)
    try:
        with pyogrio.open_arrow(
            path,
            layer=_only_layer(path),
            batch_size=BLOCK_ROWS,
            use_pyarrow=True,
            datetime_as_string=True,
            **options,
        ) as (about, reader):
            geometry = about["geometry_name"] or "wkb_geometry"
            shapes = Shapes.of(geometry, about["crs"], kind, reader.schema.names)
            yield _source(reader.schema, reader, Meter(limit_bytes), shapes)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise Refused("the file cannot be read: %(error)s", error=error) from error


@contextmanager
def open_parquet(path: Path, limit_bytes: int, kind: FileKind) -> Iterator[OpenTable]:
    """Open a Parquet or GeoParquet file; a line is the number of a row."""
    try:
        with pq.ParquetFile(path) as file:
            shapes = _parquet_shapes(file.schema_arrow, kind)
            batches = file.iter_batches(batch_size=BLOCK_ROWS)
            yield _source(file.schema_arrow, batches, Meter(limit_bytes), shapes)
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused(
            "the file is no Parquet file that can be read: %(error)s", error=error
        ) from error


def _options(path: Path) -> dict[str, str]:
    """Return how to open a file, having seen that it is what its name says.

    GDAL goes by content, and some contents name other files or addresses to read.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if path.suffix.lower() == ".gpkg":
        if not start.startswith(_SQLITE):
            raise Refused("the file is no GeoPackage")
        return {}
    if path.suffix.lower() == ".fgb":
        if not start.startswith(_FLATGEOBUF):
            raise Refused("the file is no FlatGeobuf")
        return {}
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        if not start:
            raise Refused("the file is empty")
        raise Refused("the file is no GeoJSON")
    return {"DATE_AS_STRING": "YES"}


def _only_layer(path: Path) -> str:
    names = [str(name) for name, _ in pyogrio.list_layers(path) if name != _STYLES]
    if len(names) != 1:
        raise Refused(
            "the file has %(count)s layers, not one: %(names)s",
            count=len(names),
            names=", ".join(names),
        )
    return names[0]


def _parquet_shapes(schema: pa.Schema, kind: FileKind) -> Shapes | None:
    about = (schema.metadata or {}).get(b"geo")
    if about is None:
        return None
    geo = json.loads(about)
    name = geo["primary_column"]
    column = geo["columns"][name]
    if column["encoding"] != "WKB":
        raise Refused(
            "the geometries are encoded as %(encoding)s, not as WKB", encoding=column["encoding"]
        )
    return Shapes.of(name, column.get("crs", _GEOGRAPHIC), kind, schema.names)


def _source(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], meter: Meter, shapes: Shapes | None
) -> OpenTable:
    held = shapes.geometry if shapes else None
    fields = [name for name in schema.names if name != held]
    header = (*fields, *(shapes.columns if shapes else ()))

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        line = 1
        for batch in batches:
            meter.add(batch.nbytes)
            yield _piece(batch, [header[position] for position in wanted], line, meter, shapes)
            line += len(batch)

    return OpenTable(tuple(header), pieces)


def _piece(
    batch: pa.RecordBatch, names: Sequence[str], line: int, meter: Meter, shapes: Shapes | None
) -> Piece:
    lines = row_numbers(line, len(batch))
    made, right, bad = shapes.read(batch, lines) if shapes else ({}, None, [])
    columns = [made[name] if name in made else as_text(batch.column(name), name) for name in names]
    if right is not None and bad:
        columns = [column.filter(right) for column in columns]
        lines = lines[right.to_numpy(zero_copy_only=False)]
    return Piece(
        columns=columns,
        lines=lines,
        bad=bad[:SHOWN],
        bad_total=len(bad),
        bytes_read=meter.count,
    )
