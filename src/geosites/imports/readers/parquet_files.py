"""Parquet and GeoParquet: typed columns."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geosites.core.errors import Refused
from geosites.imports.readers.geometry_columns import Shapes
from geosites.imports.readers.json_keys import MOST_FEATURE_MB, too_large
from geosites.imports.readers.tables import BLOCK_ROWS, Meter, OpenTable, refuse_swelling
from geosites.imports.readers.vector_files import source_of
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind

_GEOGRAPHIC = "OGC:CRS84"
_FOOTER_BYTES, _MOST_FOOTER = 8, 16_000_000
_MOST_TEXT = 100_000_000
"""Maximum number of bytes of the texts of a column in a batch."""
_MOST_DICTIONARY = 40_000_000
"""Maximum number of bytes of the distinct texts of a column in a row group."""
_MOST_BATCH = 24_000_000
"""Target number of bytes of the rows of a batch, from the file's metadata."""
_CELL_BYTES = 4
"""A cell read into memory is at least so large, however small it is packed."""


@contextmanager
def open_parquet(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions | None = None
) -> Iterator[OpenTable]:
    """Open a Parquet or GeoParquet file; a line is the number of a row."""
    try:
        _refuse_footer(path)
        with pq.ParquetFile(path, read_dictionary=_texts(path)) as file:
            meter = Meter(limit_bytes)
            _refuse_size(file, path, limit_bytes)
            _refuse_dictionaries(file.metadata)
            schema = _without_covering(file.schema_arrow)
            shapes = _shapes(schema, kind, options or ReadOptions())
            rows = _batch_rows(file)
            batches = file.iter_batches(batch_size=rows, columns=schema.names)
            batches = _gathered(map(_unfolded, batches), rows)
            yield source_of(schema, batches, meter, shapes, {"format": "parquet"})
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused(
            "the file is not a Parquet file that can be read: %(error)s", error=error
        ) from error


def _refuse_footer(path: Path) -> None:
    """Raise `Refused` if the metadata on columns and row groups is too large."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(-min(size, _FOOTER_BYTES), io.SEEK_END)
        told = int.from_bytes(file.read(4), "little")
    if _MOST_FOOTER < told < size:
        raise Refused("the file declares more columns or groups of rows than are read")


def _texts(path: Path) -> list[str]:
    """Return the text and binary columns, whose values may be dictionary-encoded."""
    schema = pq.read_schema(path)
    kinds = (pa.types.is_string, pa.types.is_binary, pa.types.is_large_string)
    return [field.name for field in schema if any(kind(field.type) for kind in kinds)]


def _unfolded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with each text where it belongs; raises `Refused` where they are too large."""
    columns = []
    for column, name in zip(batch.columns, batch.schema.names, strict=True):
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary)
            total = pc.sum(lengths.take(column.indices.drop_null())).as_py() or 0
            if total > _MOST_TEXT:
                raise Refused("column %(name)r holds larger texts than any table does", name=name)
            columns.append(column.dictionary_decode())
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _gathered(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Yield batches of about this many rows; each row group starts a new batch."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if held and count + len(batch) > rows:
            yield pa.concat_batches(held)
            held, count = [], 0
        held.append(batch)
        count += len(batch)
    if held:
        yield pa.concat_batches(held)


def _refuse_size(file: pq.ParquetFile, path: Path, limit_bytes: int) -> None:
    """Raise `Refused` where the rows of a file cannot fit within the limit."""
    size = file.metadata.num_rows * file.metadata.num_columns * _CELL_BYTES
    Meter(limit_bytes).add(size)
    refuse_swelling(size, path.stat().st_size)


def _refuse_dictionaries(about: pq.FileMetaData) -> None:
    """Raise `Refused` if the dictionary of a column is large: all of it is in memory.

    The metadata gives the size of the dictionary and the references together.
    """
    for group in map(about.row_group, range(about.num_row_groups)):
        for chunk in map(group.column, range(group.num_columns)):
            if not chunk.has_dictionary_page or not chunk.dictionary_page_offset:
                continue
            packed = chunk.data_page_offset - chunk.dictionary_page_offset
            share = packed / max(chunk.total_compressed_size, 1)
            if share * chunk.total_uncompressed_size > _MOST_DICTIONARY:
                name = chunk.path_in_schema
                raise Refused("column %(name)r holds larger texts than any table does", name=name)


def _batch_rows(file: pq.ParquetFile) -> int:
    """Return the number of rows per batch: fewer if rows are large.

    Raises `Refused` if one takes too much memory.
    """
    groups = (file.metadata.row_group(at) for at in range(file.metadata.num_row_groups))
    longest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    if longest > MOST_FEATURE_MB * 1_000_000:
        raise too_large()
    return min(BLOCK_ROWS, max(_MOST_BATCH // max(longest, 1), 1))


def _shapes(schema: pa.Schema, kind: FileKind, options: ReadOptions) -> Shapes | None:
    about = (schema.metadata or {}).get(b"geo")
    if about is None:
        return None
    name, column = _primary(about)
    if name not in schema.names:
        raise Refused("the geo metadata name a column that is not there: %(name)r", name=name)
    if column.get("encoding") != "WKB":
        raise Refused(
            "the geometries are encoded as %(encoding)s, not as WKB",
            encoding=column.get("encoding"),
        )
    crs = column.get("crs", _GEOGRAPHIC)
    return Shapes.of(name, crs, kind, schema.names, options)


def _without_covering(schema: pa.Schema) -> pa.Schema:
    """Return a schema without the bounding box column of GeoParquet 1.1."""
    about = (schema.metadata or {}).get(b"geo")
    if about is None:
        return schema
    covering = _primary(about)[1].get("covering")
    box = covering.get("bbox") if isinstance(covering, dict) else None
    paths = box.values() if isinstance(box, dict) else ()
    held = [path[0] for path in paths if isinstance(path, list) and path]
    boxes = [field for field in schema if pa.types.is_struct(field.type) and field.name in held]
    return pa.schema([field for field in schema if field not in boxes], schema.metadata)


def _primary(about: bytes) -> tuple[str, Mapping[str, object]]:
    """Return the name of the geometry column, and its metadata."""
    try:
        geo = json.loads(about)
    except (ValueError, RecursionError) as error:
        raise Refused("the geo metadata are not JSON: %(error)s", error=error) from error
    name = geo.get("primary_column") if isinstance(geo, dict) else None
    if not isinstance(name, str):
        raise Refused("the geo metadata of the file name no primary column")
    columns = geo.get("columns")
    column = columns.get(name) if isinstance(columns, dict) else None
    if not isinstance(column, dict):
        raise Refused("the geo metadata say nothing about the primary column %(name)r", name=name)
    return name, cast("Mapping[str, object]", column)
