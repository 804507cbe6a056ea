"""Layers with geometries: GeoJSON, GeoPackage, FlatGeobuf and shapefiles."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyogrio

from geosites.core.errors import Refused
from geosites.imports.readers.geojson_files import FeatureCheck, feature_check, name_of
from geosites.imports.readers.geometry_columns import Shapes
from geosites.imports.readers.geopackages import refuse_endless
from geosites.imports.readers.json_keys import MOST_FEATURE_MB, too_large
from geosites.imports.readers.json_lines import is_lines
from geosites.imports.readers.shapefiles import require_parts
from geosites.imports.readers.tables import (
    BLOCK_BYTES,
    BLOCK_ROWS,
    MOST_COLUMNS,
    Meter,
    OpenTable,
    Piece,
    as_text,
    require_short,
    row_numbers,
)
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind

_SIGNATURES = {
    ".gpkg": (b"SQLite format 3\x00", "GeoPackage"),
    ".fgb": (b"fgb\x03", "FlatGeobuf"),
    ".shp": (b"\x00\x00\x27\x0a", "shapefile"),
}
_MOST_BATCH = 24 * BLOCK_BYTES
"""Maximum number of bytes of a batch, if each feature were as long as the longest."""


Opened: TypeAlias = AbstractContextManager[tuple[Mapping[str, str], pa.RecordBatchReader]]
"""A layer opened by GDAL: its metadata and its rows."""


@contextmanager
def open_layer(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions | None = None
) -> Iterator[OpenTable]:
    """Open a file of layers and read one of them; a line is a feature."""
    options = options or ReadOptions()
    Meter(limit_bytes).add(path.stat().st_size)
    more, check = options_to_open(path, options)
    there = _behind_mark(path)
    try:
        with ExitStack() as stack:
            with _quiet():
                layer, name = _layer(path, there, options.layer)
                size = _batch_rows(check.reach(BLOCK_ROWS))
                opening = partial(_opened, there, layer, more)
                about, reader = stack.enter_context(opening(size))
            geometry = about["geometry_name"] or "wkb_geometry"
            crs = about["crs"]
            shapes = Shapes.of(geometry, crs, kind, reader.schema.names, options)
            if not {*reader.schema.names} - {geometry} and not _count(there, layer):
                raise Refused("the file has no features")
            facts = {"format": path.suffix.lower()[1:], "layer": name}
            batches = _quietly(_in_step(reader, opening, check, size))
            yield source_of(reader.schema, batches, Meter(limit_bytes), shapes, facts)
    except UnicodeDecodeError as error:
        raise Refused("the file cannot be read: %(error)s", error=error) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        if "Missing 'features' member" in str(error):
            raise Refused("the file has no features") from error
        if "object too complex/large" in str(error):
            raise too_large() from error
        raise Refused("the file cannot be read: %(error)s", error=error) from error


def _opened(
    path: str, layer: str | int, more: Mapping[str, str], rows: int, passed: int = 0
) -> Opened:
    opened: Opened = pyogrio.open_arrow(
        path,
        layer=layer,
        batch_size=rows,
        skip_features=passed,
        use_pyarrow=True,
        datetime_as_string=True,
        **more,
    )
    return opened


def _batch_rows(longest: int) -> int:
    """Return how many features fit into memory, if each were as long as the longest."""
    return min(BLOCK_ROWS, max(_MOST_BATCH // max(longest, 1), 1))


def _in_step(
    reader: pa.RecordBatchReader, opening: Callable[..., Opened], check: FeatureCheck, size: int
) -> Iterator[pa.RecordBatch]:
    """Yield batches of features that were checked before; smaller ones if a feature is long."""
    rows = 0
    with ExitStack() as stack:
        while True:
            if size > _batch_rows(check.reach(rows + size)):
                size = _batch_rows(check.reach())
                _, reader = stack.enter_context(opening(size, rows))
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                check.reach()
                return
            rows += len(batch)
            yield batch


def source_of(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    meter: Meter,
    shapes: Shapes | None,
    facts: Mapping[str, str],
) -> OpenTable:
    """Return batches of typed columns as a table, their geometries as columns of ours."""
    held = shapes.geometry if shapes else None
    made = shapes.columns if shapes else ()
    fields = [name for name in schema.names if name != held and name not in made]
    header = (*fields, *made)
    if len(header) > MOST_COLUMNS:
        raise Refused(
            "the header has %(count)s columns; a table has at most %(most)s",
            count=len(header),
            most=MOST_COLUMNS,
        )

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        line = 1
        for batch in batches:
            meter.add(batch.nbytes)
            yield _piece(batch, [header[position] for position in wanted], line, meter, shapes)
            line += len(batch)

    facts = {**facts, **({"reference": shapes.reference} if shapes and shapes.reference else {})}
    return OpenTable(tuple(header), pieces, shapes.remarks() if shapes else (), facts)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress GDAL's warnings: rings are checked again, and measures are dropped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield


def _quietly(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches while suppressing GDAL's warnings: each ring is checked again.

    Raises `Refused` for lengths beyond the end of the file, as in a damaged FlatGeobuf.
    """
    with _quiet():
        try:
            for batch in batches:
                batch.validate(full=True)
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise Refused("the file cannot be read: %(error)s", error=error) from error


def _behind_mark(path: Path) -> str:
    """Return the path for GDAL: lines after a byte order mark, of which it would only read the
    first.
    """
    with path.open("rb") as file:
        marked = file.read(3) == b"\xef\xbb\xbf"
    return f"/vsisubfile/3,{path}" if marked and is_lines(path) else str(path)


def _count(path: str, layer: str | int) -> int:
    return int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])


def options_to_open(
    path: Path, options: ReadOptions, most_mb: int = MOST_FEATURE_MB
) -> tuple[dict[str, str], FeatureCheck]:
    """Return how to open a file, after checking that it matches its extension.

    Also return a feature checker that yields the length of the longest, in bytes or letters.

    GDAL decides by content, and some contents refer to other files or URLs.
    """
    with path.open("rb") as file:
        start = file.read(512)
    mark, name = _SIGNATURES.get(path.suffix.lower(), (b"", ""))
    if name:
        if not start.startswith(mark):
            raise Refused("the file is not a %(name)s", name=name)
        longest = refuse_endless(path) if name == "GeoPackage" else 0
        if name == "shapefile":
            require_parts(path)
        more = {"encoding": options.encoding} if options.encoding and name == "shapefile" else {}
        return more, FeatureCheck(longest=longest)
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n").startswith(b"{"):
        if not start:
            raise Refused("the file is empty")
        raise Refused("the file is not GeoJSON")
    pyogrio.set_gdal_config_options({"OGR_GEOJSON_MAX_OBJ_SIZE": str(most_mb)})
    return {"DATE_AS_STRING": "YES"}, feature_check(path, most_mb)


def _layer(path: Path, there: str, named: str | None) -> tuple[str | int, str]:
    """Return the layer to read, and its name: the one named, or the only one with geometries.

    GeoJSON has one layer: GDAL would read the whole file to say so.
    """
    if named is None and path.suffix.lower() not in _SIGNATURES:
        return 0, name_of(path)
    layers = {str(name): geometry for name, geometry in pyogrio.list_layers(there)}
    if named is not None:
        if named in layers:
            return named, named
        raise Refused(
            "there is no layer %(name)r; the file has %(names)s",
            name=named,
            names=", ".join(layers),
        )
    drawn = [name for name, geometry in layers.items() if geometry is not None]
    if len(drawn) == 1:
        return drawn[0], drawn[0]
    if not layers:
        raise Refused("the file has no layer")
    names = drawn or list(layers)
    if len(names) == 1:
        return names[0], names[0]
    raise Refused(
        "the file has %(count)s layers, not one: %(names)s (choose with --layer)",
        count=len(names),
        names=", ".join(names),
    )


def _piece(
    batch: pa.RecordBatch, names: Sequence[str], line: int, meter: Meter, shapes: Shapes | None
) -> Piece:
    lines = row_numbers(line, len(batch))
    made, right, bad, mended = shapes.read(batch, lines) if shapes else ({}, None, [], [])
    columns = [made[name] if name in made else as_text(batch.column(name), name) for name in names]
    for name, column in zip(names, columns, strict=True):
        require_short(column, name, lines)
    if right is not None and bad:
        columns = [column.filter(right) for column in columns]
        lines = lines[right.to_numpy(zero_copy_only=False)]
    return Piece(
        columns=columns,
        lines=lines,
        bad=bad,
        bad_total=len(bad),
        warnings=mended,
        bytes_read=meter.count,
    )
